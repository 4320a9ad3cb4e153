"""A cathode of spheres and binder between two plates, pressed and released, as in [Sangros2020].

The particles are packed by the engine: placed at random in a wide slab, drawn together sideways to
the dry porosity, bonded there to each other and to the foil, pressed by the upper plate to each
load in turn, and let go from each load while the loading goes on from where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from multiscale import particles as dem
from multiscale.particles.binder import bind, close_pairs
from multiscale.particles.bond_kernel import BROKEN
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.box import lattice
from multiscale.particles.measure import Energy, measure
from multiscale.particles.perform import perform
from multiscale.particles.protocols import Compress, Hold, Pack, solid_volume
from multiscale.particles.rest import Relax
from multiscale.particles.restart import resume, save

# Volumes of 92 % NMC111 (4750 kg/m3), 4 % carbon black (1900) and 4 % PVDF (1780), by mass.
BINDER_SHARE = (0.04 / 1900 + 0.04 / 1780) / (0.92 / 4750 + 0.04 / 1900 + 0.04 / 1780)
# Rigid spheres raise the yield stress of a perfectly plastic matrix [PonteCastaneda]: PVDF's 50 MPa
# by the carbon black in it, 0.484 of the solid.
CARBON_SHARE = (0.04 / 1900) / (0.04 / 1900 + 0.04 / 1780)
BINDER_YIELD = float(np.round(50e6 * np.sqrt(1 + 1.5 * CARBON_SHARE), -5))  # 65.7 MPa
EDGE, HEIGHT, POROSITY, PARTICLES = 150e-6, 78.15e-6, 0.522, 2237
DENSITY = 4750.0
ALUMINIUM_YOUNG, ALUMINIUM_POISSON = 70e9, 0.33
NEVER = 10**9


@dataclass(frozen=True)
class Cathode:
    """What is assumed of the material and the numerics; the first two are calibrated.

    Attributes:
        yield_pressure: p_y of the particles [Pa].
        strength: sigma_b = tau_b of the bonds, their mean [Pa].
        binder_young: E of solid binder [Pa].
        binder_poisson: nu of the bonds.
        weibull: modulus of the scatter of strength from bond to bond.
        friction: mu of the particles, and of the plates.
        squeezed: mu of the binder, whose broken necks are squeezed; None: they carry nothing.
        binder_porosity: eps of the binder itself; 0: its necks are solid, and do not flow.
        binder_yield: sigma_y of solid binder, PVDF with carbon black [Pa], where it has pores.
        foil_yield: sigma_y of the aluminium foil [Pa]; None: a plate of the particles' material, to
            which nothing sticks.
        gap: pairs closer than this are bonded [m].
        spread: sigma of ln(diameter), by number.
        inertial_number: at the load of each stage; sets the plate's speed.
        young: of the particles [Pa].
        time_step: [s].
    """

    yield_pressure: float
    strength: float
    binder_young: float = 2e9
    binder_poisson: float = 0.3
    weibull: float = 2.0
    friction: float = 0.5
    squeezed: float | None = 0.5
    binder_porosity: float = 0.47
    binder_yield: float = BINDER_YIELD
    foil_yield: float | None = 150e6
    gap: float = 1e-6
    spread: float = 0.3
    inertial_number: float = 7e-4
    young: float = 142.5e9
    time_step: float = 2e-10
    particles: int = PARTICLES
    seed: int = 1


CALIBRATED = Cathode(yield_pressure=3.60e9, strength=100.7e6)  # see press_calibration.py


@dataclass(frozen=True)
class Pressed:
    """One load: porosities under it and after release, and what became of the packing."""

    load: float
    porosity_pressed: float
    porosity: float
    overlap_volume: float  # share of the coating's volume, by which the union of spheres is less
    deepest: float  # overlap over the smaller radius
    broken: float  # share of the bonds
    coordination: float
    inertial_number: float
    release_slack: float  # gained as the pressure falls from 2 % to 1 % of the load
    energy: Energy  # under load


def radii(c: Cathode, area: float) -> np.ndarray:
    """Draw log-normal radii, cut at 0.6 and 1.8 medians, with the active material's volume."""
    z = np.random.default_rng(c.seed).normal(size=20 * c.particles) * c.spread
    z = z[(z > np.log(0.6)) & (z < np.log(1.8))][: c.particles]
    r = np.exp(z)
    volume = (1 - POROSITY) * (1 - BINDER_SHARE) * area * HEIGHT
    return r * (volume / np.sum(4 / 3 * np.pi * r**3)) ** (1 / 3)


def scattered(r: np.ndarray, edge: float, rng: np.random.Generator) -> np.ndarray:
    """Place spheres at random without overlaps in a slab, the large ones first."""
    x = np.empty((len(r), 3))
    order = np.argsort(-r)
    for k, p in enumerate(order):
        placed = order[:k]
        while True:
            new = rng.random(3) * (edge, edge, HEIGHT - 2 * r[p]) + (0, 0, r[p])
            d = x[placed] - new
            d[:, :2] -= edge * np.rint(d[:, :2] / edge)
            if np.all(np.sum(d**2, axis=1) > (r[placed] + r[p]) ** 2):
                x[p] = new
                break
    return x


def simulation(
    c: Cathode,
    particles: dem.Particles,
    edge: float,
    *,
    young: float,
    time_step: float,
    **more: Any,
) -> dem.Simulation:
    """Put particles between two plates."""
    foil = c.foil_yield is not None and young == c.young
    law = dem.laws.thornton_ning(
        **contact(c, young, foil),
        friction=c.friction,
        restitution=0.3,
        largest_radius=float(particles.radius.max()),
    )
    return dem.Simulation(
        particles,
        box=dem.Box((edge, edge, HEIGHT), periodic=(True, True, False)),
        walls=[dem.Wall("z", 0.0, type="foil" if foil else None), dem.Wall("z", HEIGHT)],
        laws=[law],
        time_step=time_step,
        book=True,
        step=4.0,  # the smallest spheres have few contacts; for the energy book see the page
        **more,
    )


def contact(c: Cathode, young: float, foil: bool) -> dict[str, Any]:
    """Give moduli and yield pressures, of particles and foil.

    A rigid sphere sinks into a perfectly plastic half-space by F = 26.95 sigma_y R delta (the limit
    of Storakers); the law's F = pi p_y R delta is this with p_y = 8.58 sigma_y.
    """
    if not foil or c.foil_yield is None:
        return {"young": young, "poisson": 0.25, "yield_pressure": c.yield_pressure}
    return {
        "young": {"solid": young, "foil": ALUMINIUM_YOUNG},
        "poisson": {"solid": 0.25, "foil": ALUMINIUM_POISSON},
        "yield_pressure": {"solid": c.yield_pressure, "foil": 26.95 / np.pi * c.foil_yield},
    }


def dry(c: Cathode) -> tuple[dem.Particles, float]:
    """Give the particles as they lie in the dry coating, and the edge of the periodic square."""
    edge = EDGE * np.sqrt(c.particles / PARTICLES)
    r = radii(c, edge**2)
    wide = 1.6 * edge
    x = scattered(r, wide, np.random.default_rng(c.seed))
    soft = replace(c, friction=0.0)
    sim = simulation(
        soft, dem.spheres(x, r, density=DENSITY), wide, young=1e9, time_step=4e-9, flow=True
    )
    fraction = (1 - POROSITY) * (1 - BINDER_SHARE)
    perform(sim, [Pack(rate=1e4, solid_fraction=fraction, every=10), Relax()], sample=NEVER)
    p = sim.particles()
    return replace(p, velocity=0 * p.velocity, spin=0 * p.spin), float(sim.lengths[0])


def bonded(c: Cathode, p: dem.Particles, edge: float) -> dem.Simulation:
    """Bind the dry packing with all of the binder."""
    H = np.diag([edge, edge, HEIGHT])
    if c.foil_yield is not None:
        p = replace(p, types=("solid", "foil"))
    binders = [
        BondMaterial(
            c.binder_young,
            c.binder_poisson,
            strength,
            strength,
            damping=1e-9,
            friction=c.squeezed,
            porosity=c.binder_porosity,
            yield_stress=c.binder_yield if c.binder_porosity else None,
        )
        for strength in (strengths(c.weibull) * c.strength).tolist()
    ]
    bonds = bind(
        p.position,
        p.radius,
        p.id,
        H,
        (True, True, False),
        gap=c.gap,
        volume=p.volume * BINDER_SHARE / (1 - BINDER_SHARE) / binders[0].density,
        branches=binders[0].branches,
        walls=None if c.foil_yield is None else {0: np.array([0.0, 0.0, 1.0, 0.0])},
    )
    kind = np.random.default_rng(c.seed).integers(len(binders), size=len(bonds))
    return simulation(
        c,
        p,
        edge,
        young=c.young,
        time_step=c.time_step,
        bonds=replace(bonds, material=kind),
        bond_materials=binders,
    )


def strengths(modulus: float, classes: int = 5) -> np.ndarray:
    """Give the strengths of equally frequent classes of a Weibull distribution of mean 1."""
    middle = (np.arange(classes) + 0.5) / classes
    strength = (-np.log(1 - middle)) ** (1 / modulus)
    return strength / strength.mean()


def speed_at(c: Cathode, load: float, height: float) -> float:
    """Give the plate's speed [m/s] at which I = (v/h) d sqrt(rho/P) is the one wanted."""
    return float(c.inertial_number * height / mean_diameter() * np.sqrt(load / DENSITY))


def mean_diameter() -> float:
    """Diameter of the sphere of mean volume [m]."""
    volume = (1 - POROSITY) * (1 - BINDER_SHARE) * EDGE**2 * HEIGHT / PARTICLES
    return float((6 / np.pi * volume) ** (1 / 3))


def porosity(sim: dem.Simulation) -> float:
    """1 - (spheres + binder) / volume: mass is kept where spheres flatten each other."""
    return 1 - solid_volume(sim) / (1 - BINDER_SHARE) / sim.volume


def lenses(sim: dem.Simulation) -> float:
    """Volume that overlapping pairs share [m3]: that of the union is less by it."""
    p = sim.particles()
    i, j, axis = close_pairs(p.position, p.radius, 0.0, lattice(sim.frame), (True, True, False))
    d, ri, rj = np.linalg.norm(axis, axis=1), p.radius[i], p.radius[j]
    lens = np.pi * (ri + rj - d) ** 2 / (12 * d)
    return float(np.sum(lens * (d**2 + 2 * d * (ri + rj) - 3 * (ri - rj) ** 2)))


def press(
    c: Cathode, loads: Sequence[float], packing: tuple[dem.Particles, float] | None = None
) -> list[Pressed]:
    """Press to each load in turn; give what the coating is after release from each."""
    p, edge = packing or dry(c)
    sim, results = bonded(c, p, edge), []
    with TemporaryDirectory() as scratch:
        for load in loads:
            speed = speed_at(c, load, sim.lengths[2])
            hold = Hold(pressure=load, duration=2e-6, pace=0.2 * speed, every=20)
            perform(sim, [Compress(speed, pressure=load, every=20), hold], sample=NEVER)
            folder = Path(scratch) / f"{load:.0f}"
            save(sim, folder)
            branch = bonded(c, p, edge)
            resume(branch, folder)
            results.append(_released(branch, load, speed))
    return results


def _released(sim: dem.Simulation, load: float, speed: float) -> Pressed:
    under, pressed, share = measure(sim), porosity(sim), lenses(sim) / sim.volume
    height, least = float(sim.lengths[2]), 0.01 * load
    perform(sim, [Compress(-speed, pressure=2 * least, every=20)], sample=NEVER)
    before = porosity(sim)
    perform(sim, [Compress(-0.3 * speed, pressure=least, every=20)], sample=NEVER)
    return Pressed(
        load,
        pressed,
        porosity(sim),
        share,
        under.overlap,
        float(sim.bond_sums[BROKEN]) / len(sim.bonds),
        under.coordination,
        speed / height * mean_diameter() * np.sqrt(DENSITY / load),
        porosity(sim) - before,
        under.energy,
    )
