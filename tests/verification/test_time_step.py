"""The limit of the time step is a bound, and not far off: for each law, and with bonds.

A face-centred crystal, pressed together so that twelve contacts overlap by 5 % of the radius, is
the stiffest packing there is. It is shaken a little and must come to rest, or keep its energy.
"""

import numpy as np
import pytest
from particle_packings import loose

from multiscale import particles as dem
from multiscale.errors import StageFailed
from multiscale.particles import limits, watch
from multiscale.particles.binder import bind
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.bond_rates import expected_rates, stable_step

R, RHO = 5e-6, 4750.0
STICKY = 1e3  # friction that never slides, so that only damping takes energy
SOFT = dict(young=50e6, poisson=0.25, restitution=0.3, friction=STICKY)
FILM = dict(viscosity=0.1, largest_radius=R)
STILL = dict(shear_rate=0.0, ux=0.0, uy=0.0, uz=0.0)
L = dem.laws
LAWS = {
    "hertz_mindlin": [L.hertz_mindlin(**SOFT)],
    "undamped": [L.hertz_mindlin(**SOFT | {"restitution": 1.0})],
    "rolling": [L.hertz_mindlin_rolling(**SOFT, rolling_friction=STICKY)],
    "granular": [L.granular_hertz(kn=5e7, kt=4e7, gamma_n=1e12, gamma_t=5e11, friction=STICKY)],
    "dmt": [L.dmt(**SOFT, work_of_adhesion=0.05)],
    "jkr": [L.jkr(**SOFT, work_of_adhesion=0.05, largest_radius=R)],
    "yielding": [
        L.thornton_ning(
            young=142e9,
            poisson=0.25,
            yield_pressure=3.5e9,
            friction=STICKY,
            restitution=0.3,
            largest_radius=R,
        )
    ],
    "adhesion": [L.hertz_mindlin(**SOFT), L.range_adhesion(hamaker=1e-18, cutoff=1e-9, span=5e-8)],
    "film": [
        L.lubrication(**FILM),
        L.stokes_drag(viscosity=0.1, **STILL),
        L.hertz_mindlin(**SOFT),
    ],
    "bridge": [
        L.hertz_mindlin(**SOFT),
        L.pendular(surface_tension=0.04, contact_angle=0.0, volume=1e-19),
    ],
    "attraction": [
        L.hertz_mindlin(**SOFT),
        L.cgmd(energy=1e-10, cutoff=1.5, largest_radius=R),
    ],
}


def crystal(cells: int = 3, pitch: float = 1.95 * R):
    """Centres of a face-centred cubic crystal, and the edge of its periodic box."""
    base = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    corner = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
    edge = pitch * np.sqrt(2)
    return (corner + base).reshape(-1, 3) * edge + 1e-3 * R, cells * edge


def shaken(laws, time_step: float, **more) -> dem.Simulation:
    """The crystal with small velocities and spins, without momentum."""
    x, edge = crystal()
    v, w = np.random.default_rng(1).normal(0.0, 1e-7, (2, *x.shape))
    return dem.Simulation(
        dem.spheres(x, R, density=RHO, velocity=v - v.mean(axis=0), spin=w / R),
        box=dem.Box((edge,) * 3),
        laws=laws,
        time_step=time_step,
        overlap=1.0,
        **more,
    )


def longest(laws, **more) -> float:
    """What the engine allows; asked twice, as a law may look at the time step."""
    step = 1e-10
    for _ in range(2):
        sim = shaken(laws, step, **more)
        sim.rebuild()
        step = min(watch.step_limits(sim).values())
    return step


def growth(laws, time_step: float, steps: int = 800, **more) -> float:
    """Kinetic energy after some steps over that at the start."""
    sim = shaken(laws, time_step, **more)
    before = sim.particles()
    for _ in range(steps // 100):
        try:
            sim.run(100)
        except StageFailed:  # particles are no longer numbers
            return np.inf
        ratio = kinetic(sim.particles()) / kinetic(before)
        if ratio > 1e4:
            break
    return ratio


def kinetic(p: dem.Particles) -> float:
    speed = np.sum(p.velocity**2, axis=1) + 0.4 * p.radius**2 * np.sum(p.spin**2, axis=1)
    return 0.5 * float(p.mass @ speed)


FAST = ("rolling", "yielding", "film")  # each law compiles a kernel of its own


@pytest.mark.parametrize(
    "name", [n if n in FAST else pytest.param(n, marks=pytest.mark.slow) for n in LAWS]
)
def test_every_law_is_stable_at_its_limit_and_not_far_beyond(name, monkeypatch):
    """Stable at 0.8 (auto) and 0.99 of the limit; beyond twice the limit energy grows."""
    monkeypatch.setattr(watch, "check_start", lambda *a, **k: None)
    limit = longest(LAWS[name])
    for share in (0.8, 0.99):
        assert growth(LAWS[name], share * limit) < (2.0 if name == "undamped" else 0.1)
    assert growth(LAWS[name], 2.0 * limit) > 1e4


@pytest.mark.parametrize("damping", [0.0, 2e-9])
def test_bonds_beside_a_contact_law_are_stable_at_their_limit(damping, monkeypatch):
    """Bonds and contacts together; the limit of the bonds alone would be too long."""
    monkeypatch.setattr(watch, "check_start", lambda *a, **k: None)
    x, edge = crystal()
    glue = BondMaterial(0.5e9, 0.3, np.inf, np.inf, damping=damping)
    ids, H = np.arange(len(x)), np.eye(3) * edge
    bonds = bind(x, np.full(len(x), R), ids, H, (True,) * 3, gap=0.1 * R, volume=1e-14)
    more = dict(bonds=bonds, bond_materials=[glue])
    laws = [L.hertz_mindlin(**SOFT | {"young": 2e10, "restitution": 1.0})]
    limit = longest(laws, **more)
    sim = shaken(laws, limit, **more)
    sim.rebuild()
    found = watch.step_limits(sim)
    assert found[limits.TOGETHER] < 0.95 * min(found["bonds"], found["hertz_mindlin"])
    assert growth(laws, 0.99 * limit, **more) < 2.0
    assert growth(laws, 2.0 * limit, **more) > 1e4


def test_bonds_still_to_be_made_are_expected_to_be_no_softer_than_they_become():
    """A random heap: the expected limit is below that of the bonds, and above 0.3 of it."""
    x, r, edge = loose(400, 0.6, seed=3, spread=0.3)
    radius, x, edge = 1e-5 * r, 1e-5 * x, 1e-5 * edge
    glue = BondMaterial(1e9, 0.3, np.inf, np.inf)
    mass = RHO * 4 / 3 * np.pi * radius**3
    for share in (0.003, 0.1):
        bonds = bind(
            x, radius, np.arange(400), np.eye(3) * edge, (True,) * 3, gap=3e-7,
            volume=share * float(mass.sum()) / RHO,
        )  # fmt: skip
        sim = dem.Simulation(
            dem.spheres(x, radius, density=RHO), box=dem.Box((edge,) * 3),
            laws=[L.hertz_mindlin(**SOFT)], bonds=bonds, bond_materials=[glue], time_step=1e-12,
            skin=1e-6,
        )  # fmt: skip
        sim.rebuild()
        s = sim.state
        made = stable_step(sim.bonds, sim.ends, s.X, s.V, s.n, [glue])
        least = radius.argmin()
        k, c, *_ = expected_rates(glue, radius[[least]], mass[[least]])
        assert 0.3 * made < float(limits.longest(k, c)[0]) < made
