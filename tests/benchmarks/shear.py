"""The sheared slurry of the particle benchmarks: two sizes that attract each other, in a flow.

Active material of 5 um among carbon-binder domain of 1.3 um, one to 24 by number, three fifths of
the volume solid, in a periodic box under simple shear (Lees-Edwards: a box that tilts, and flips).
The force is that of coarse-grained slurries, Lennard-Jones with shifted force and Hertz contact of
spheres 1.02 times as large, with the published numbers; there is no thermostat: what the shear puts
in goes into the dashpots of the contacts. All quantities are in um, us and pg, so that stresses are
in kPa and energies in fJ.
"""

import dataclasses
import math
from pathlib import Path
from typing import Any

from mpi4py import MPI

import numpy as np

from multiscale import particles as dem
from multiscale.particles.laws import cgmd_artistic
from multiscale.particles.placing import Room, place

SOLID = 0.6  # solid fraction
TYPES = ("AM", "CBD")
RADIUS = {"AM": 2.5, "CBD": 0.65}
EACH = 24  # small particles for each large one: the published slurry has 159 and 3,786
TIME_STEP = 2e-3
RATE = 0.05  # shear rate [1/us]
SETTLED = 0.5  # strain that comes before all that is timed or compared
SLURRY: dict[str, Any] = {
    "density": {"AM": 4.65, "CBD": 0.95},
    "energy": {"AM": 1.0, "CBD": 1.0},
    "cutoff": {"AM": 1.5, "CBD": 2.2 / 1.3},
    "sigma": 0.89,
    "kn": 3.5,
    "kt": 1.378 * 3.5,
    "gamma_n": 30.0,
    "gamma_t": 0.959 * 30.0,
    "friction": 0.015,
    "swelling": 1.02,
}


@dataclasses.dataclass(frozen=True)
class Sheared:
    """All particles and the box at one moment: what both engines start from.

    Attributes:
        position, velocity, spin: shape (particles, 3); velocity with the flow.
        radius, kind: shape (particles,); `kind` counts in TYPES.
        edge: of the cubic box; tilt: of y towards x.
    """

    position: np.ndarray
    velocity: np.ndarray
    spin: np.ndarray
    radius: np.ndarray
    kind: np.ndarray
    edge: float
    tilt: float

    def save(self, path: Path) -> None:
        np.savez(path, **dataclasses.asdict(self))

    @staticmethod
    def load(path: Path) -> "Sheared":
        with np.load(path) as d:
            arrays = {k: d[k] for k in ("position", "velocity", "spin", "radius", "kind")}
            return Sheared(**arrays, edge=float(d["edge"]), tilt=float(d["tilt"]))

    def emptied(self) -> "Sheared":
        """Give the box without the particles."""
        vectors = dict.fromkeys(("position", "velocity", "spin"), np.zeros((0, 3)))
        return dataclasses.replace(self, **vectors, radius=np.zeros(0), kind=np.zeros(0, int))


def random_slurry(particles: int, seed: int = 0) -> Sheared:
    """Spread the spheres at random, none of which overlap, moving with the flow."""
    large = round(particles / (EACH + 1))
    kind = np.repeat([0, 1], [large, particles - large])
    radius = np.array([RADIUS[t] for t in TYPES])[kind]
    edge = float(np.sum(4 / 3 * math.pi * radius**3) / SOLID) ** (1 / 3)
    x, ids = place(radius, Room((edge,) * 3, (True,) * 3), seed, MPI.COMM_SELF)
    position = np.empty_like(x)
    position[ids] = x % edge
    velocity = np.zeros_like(x)
    velocity[:, 0] = RATE * position[:, 1]
    return Sheared(position, velocity, np.zeros_like(x), radius, kind, edge, 0.0)


def slurry_law(numbers: dict[str, Any]) -> dem.Law:
    """Give the force in the words of multiscale."""
    given = {k: v for k, v in numbers.items() if k not in ("density", "types")}
    return cgmd_artistic(**given, largest_radius=max(RADIUS.values()))
