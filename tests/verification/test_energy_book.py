"""The energy book of boxes that deform and of body laws: work = held + lost, D2 11.

That ranks book the same: tests/mpi/test_particle_ranks.py.
"""

import numpy as np
import pytest
from particle_packings import loose

from multiscale import particles as dem
from multiscale.particles.binder import bind
from multiscale.particles.bond_kernel import BROKEN
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.bonds import Bonds, make_bonds
from multiscale.particles.energy import Energy
from multiscale.particles.layout import Frame
from multiscale.particles.measure import Measure, measure
from multiscale.particles.perform import perform
from multiscale.particles.protocols import Pack, Shear

BINDER = BondMaterial(200.0, 0.3, 30.0, 30.0, shares=(0.4,), times=(0.5,), damping=0.01)


def _unbound() -> Bonds:
    none = np.zeros((0, 3))
    return make_bonds(np.zeros((0, 2), np.int64), none, none[:, 0], none[:, 0], branches=2)


def _simulation(
    given: dem.Particles,
    edge: float,
    bonds: Bonds | None,
    *,
    viscosity: float = 0.0,
    weight: float = 0.0,
    time_step: float = 2e-3,
    shear_rate: float = 0.0,
) -> dem.Simulation:
    """One kernel for all: friction, weight, drag, bonds, a box that may deform."""
    laws = [
        dem.laws.hertz_mindlin(young=1e3, poisson=0.25, restitution=0.6, friction=0.5),
        dem.laws.gravity(density_difference=1.0, gx=0.0, gy=0.0, gz=-weight),
        dem.laws.stokes_drag(
            viscosity=viscosity, ux=0.0, uy=0.0, uz=0.0, shear_rate=shear_rate
        ),
    ]  # fmt: skip
    return dem.Simulation(
        given,
        box=dem.Box((edge,) * 3, shear_rate=shear_rate),
        laws=laws,
        bonds=bonds,
        bond_materials=[BINDER],
        time_step=time_step,
        skin=0.2,
        flow=True,
        book=True,
    )


def _packing(bonded: bool, viscosity: float) -> dem.Simulation:
    n = 200
    x, r, edge = loose(n, 0.5, seed=7, spread=0.3)
    bonds = _unbound()
    if bonded:
        volume = 0.02 * edge**3
        bonds = bind(
            x, r, np.arange(n), np.eye(3) * edge, (True,) * 3, gap=0.1, volume=volume, branches=2
        )  # fmt: skip
    return _simulation(dem.spheres(x, r), edge, bonds, viscosity=viscosity)


def _start(sim: dem.Simulation) -> Energy:
    sim.rebuild()
    return measure(sim).energy


@pytest.mark.parametrize(("bonded", "viscosity"), [(False, 0.0), (True, 0.02)])
def test_the_book_closes_in_a_box_that_deforms(bonded: bool, viscosity: float) -> None:
    """D2 11: packed alike from all sides, then sheared through a flip: within 0.5 % of the work.

    With bonds that break and with the drag of the liquid too, whose work is its loss.
    """
    sim = _packing(bonded, viscosity)
    start = _start(sim)
    packed = perform(sim, [Pack(rate=1e-2, solid_fraction=0.62)], sample=10**9)[-1].energy
    course: list[Measure] = []
    shear = Shear(rate=0.2, strain=1.2)
    perform(sim, [shear], sample=100, on_sample=lambda found, _: course.append(found))
    sheared = course[-1].energy  # while it still moves
    assert sim.frame[Frame.TILT, 0] < 0.5 * sim.lengths[0]  # it has flipped once
    for before, after in ((start, packed), (packed, sheared)):
        work = after.work - before.work
        lost = after.lost + after.bond_lost - before.lost - before.bond_lost
        assert lost > 0.03 * work > 0
        assert after.residual - before.residual == pytest.approx(0.0, abs=5e-3 * work)
    if bonded:
        assert sim.bond_sums[BROKEN] > 100 and packed.bonds > 0.02 * packed.work
        assert sheared.body_work < packed.body_work < 0
    assert packed.stored > 0.1 * packed.work


def test_weight_does_the_work_that_drag_loses() -> None:
    """A sphere falls in a liquid from rest: v = v_t (1 - e^(-t/tau)).

    Weight has done m g x, drag has lost gamma int v² dt, and the difference is the kinetic energy.
    """
    r, g, viscosity, dt = 0.1, 2.0, 0.05, 2e-4
    sim = _simulation(
        dem.spheres([[1.0, 1.0, 4.0]], r), 5.0, _unbound(), viscosity=viscosity, weight=g,
        time_step=dt,
    )  # fmt: skip
    mass, gamma = float(sim.particles().mass[0]), 6 * np.pi * viscosity * r
    tau = mass / gamma
    sim.run(round(2.0 * tau / dt))
    found, t = measure(sim).energy, sim.time
    v_t, gone = g * tau, np.exp(-t / tau)
    speed = v_t * (1 - gone)
    fallen = v_t * (t - tau * (1 - gone))
    loss = gamma * v_t**2 * (t - 2 * tau * (1 - gone) + 0.5 * tau * (1 - gone**2))
    assert mass * g * fallen - loss == pytest.approx(0.5 * mass * speed**2, rel=1e-12)
    assert found.body_work == pytest.approx(mass * g * fallen - loss, rel=2e-3)
    assert found.kinetic == pytest.approx(found.body_work, rel=1e-12)


def test_motion_in_a_sheared_liquid_is_booked_to_round_off() -> None:
    """Far spheres in a sheared liquid, through faces and flips: only drag and box do work."""
    edge, rate = 10.0, 0.7
    rng = np.random.default_rng(5)
    grid = np.stack(np.meshgrid(*[np.arange(4) + 0.5] * 3), axis=-1).reshape(-1, 3) * edge / 4
    v = 0.2 * rng.normal(size=grid.shape)
    v[:, 0] += rate * grid[:, 1]
    given = dem.spheres(grid, 0.05, velocity=v, spin=rng.normal(size=v.shape))
    sim = _simulation(given, edge, _unbound(), viscosity=5e-4, shear_rate=rate, time_step=1e-3)
    start = _start(sim)
    assert start.translation == pytest.approx(
        0.5 * float(given.mass @ np.sum((v - rate * grid[:, 1:2] * [1, 0, 0]) ** 2, axis=1))
    )
    sim.run(4000)
    end = measure(sim).energy
    assert end.stored == end.lost == 0.0
    assert abs(end.box_work) > 0.05 * start.kinetic and end.body_work < -0.05 * start.kinetic
    assert end.residual == pytest.approx(start.residual, rel=1e-10)
