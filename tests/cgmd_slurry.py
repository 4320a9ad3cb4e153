"""The coarse-grained slurry of the public scripts of [Lombardo2020], packed to 100 kPa.

159 particles of active material in six sizes and some 3,800 spheres of 6.2 um that stand for carbon
binder domain and solvent. The spheres overlap deeply: they are a compressible medium between the
particles. Contacts are those of active material 1.14 times as large.

The scripts hold 300 K and raise the pressure in 13 million steps of 1 ns. k_B T is 3e-9 of p V of a
domain, so that what they reach is mechanical equilibrium; here it is reached at once, with a
hundredth of the damping and domains of one mass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale import particles as dem
from multiscale.particles.measure import measure
from multiscale.particles.perform import perform
from multiscale.particles.protocols import Pack

Floats = NDArray[np.float64]
SIZES = 1e-6 * np.array([10.35, 8.28, 5.86, 4.5, 3.5, 2.5])  # diameters [m], largest first
COUNTS = np.array([12, 33, 23, 26, 36, 29])
SWOLLEN = 1.14  # contact diameter of active material over its diameter
DOMAIN = 6.2e-6  # contact diameter of a domain with its solvent [m]
CORE, CUTOFF = 1.1e-6, 2.2e-6  # sigma and cutoff of domains [m]
ACTIVE_DENSITY = 4650.0
FICTITIOUS = 100.0  # density of a domain while it moves [kg/m3]; theirs is 2 to 200
EASE = 0.01  # of the published damping
PRESSURE = 100e3


@dataclass(frozen=True)
class Slurry:
    """Parameters of the published force field, in SI.

    Attributes:
        active, domain: energies over diameter [J/m].
        sigma: of active material over its diameter.
        kn: [Pa]; damping: gamma_n [1/(m s)]; friction: their x_mu.
        density: of a domain with its solvent [kg/m3].
        particle_volume: of active material per domain [m3].
    """

    active: float
    sigma: float
    domain: float
    density: float
    kn: float
    damping: float
    friction: float
    particle_volume: float

    @property
    def domains(self) -> int:
        """Domains beside the 159 particles."""
        return round(float(COUNTS @ (np.pi / 6 * SIZES**3)) / self.particle_volume)

    def density_at(self, volume: float) -> float:
        """Give the density of the slurry [kg/m3] for a volume per domain [m3]."""
        mass = np.pi / 6 * DOMAIN**3 * self.density + ACTIVE_DENSITY * self.particle_volume
        return float(mass / volume)

    def law(self, ease: float) -> dem.Law:
        """Give the law for radii of contact, so that nothing swells."""
        return dem.laws.cgmd_artistic(
            energy={"AM": self.active / SWOLLEN, "CBD": self.domain},
            cutoff={"AM": 1.0, "CBD": CUTOFF / DOMAIN},
            sigma={"AM": self.sigma / SWOLLEN, "CBD": CORE / DOMAIN},
            largest_radius=0.5 * SWOLLEN * float(SIZES[0]),
            kn=self.kn,
            kt=1.378 * self.kn,
            gamma_n=ease * self.damping,
            gamma_t=0.959 * ease * self.damping,
            friction=self.friction,
            swelling=1.0,
        )


@dataclass(frozen=True)
class Packed:
    """What a slurry is like at rest near 100 kPa.

    Attributes:
        volume: per domain [m3], taken to 100 kPa by the slurry's own compressibility.
        stress: at the end [Pa], shape (3, 3).
        kinetic: energy over the stored one.
    """

    volume: float
    stress: Floats
    kinetic: float


def scattered(edges: Floats, cores: Floats, seed: int) -> Floats:
    """Place points one after the other, no nearer than the mean of their cores [m]."""
    rng = np.random.default_rng(seed)
    x = np.empty((len(cores), 3))
    for i, core in enumerate(cores):
        while True:
            apart = x[:i] - (place := rng.random(3) * edges)
            apart -= edges * np.rint(apart / edges)
            if np.all(np.sum(apart**2, axis=1) >= (0.5 * (cores[:i] + core)) ** 2):
                break
        x[i] = place
    return x


def dilute(
    slurry: Slurry, edges: Sequence[float], seed: int, *, step: float, ease: float
) -> dem.Simulation:
    """Make the slurry at random in a box that is too large for it."""
    sizes, n = np.repeat(SIZES, COUNTS), slurry.domains
    x = scattered(np.array(edges), np.r_[slurry.sigma * sizes, np.full(n, CORE)], seed)
    return dem.Simulation(
        dem.spheres(
            x,
            0.5 * np.r_[SWOLLEN * sizes, np.full(n, DOMAIN)],
            density={"AM": ACTIVE_DENSITY, "CBD": FICTITIOUS},
            type=["AM"] * len(sizes) + ["CBD"] * n,
        ),
        box=dem.Box(tuple(edges)),
        laws=[slurry.law(ease)],
        time_step=step,
        flow=True,
        overlap=np.inf,
        step=np.inf,
        skin=0.6e-6,
    )


def packed(
    slurry: Slurry,
    *,
    edges: Sequence[float] = (40e-6,) * 3,
    seed: int = 1,
    step: float = 40e-9,
    ease: float = EASE,
    rate: float = 2e3,
) -> Packed:
    """Shrink the box to about 95 kPa, let it rest, and go on to 100 kPa eight times slower."""
    sim = dilute(slurry, edges, seed, step=step, ease=ease)
    every, rest = round(100 * 40e-9 / step), round(200 * 40e-9 / step)
    stages = [
        Pack(rate, pressure=0.95 * PRESSURE, every=every),
        Pack(rate / 8, pressure=PRESSURE, every=every),
    ]
    at_rest = []
    for stage in stages:
        perform(sim, [stage], sample=1_000_000)
        sim.run(rest)
        at_rest.append(measure(sim))
    first, last = at_rest
    power = np.log(last.volume / first.volume) / np.log(last.pressure / first.pressure)
    return Packed(
        last.volume / slurry.domains * (PRESSURE / last.pressure) ** power,
        last.total_stress,
        last.energy.kinetic / last.energy.stored,
    )
