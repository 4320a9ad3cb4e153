"""All particles of a case, known to every rank in a few bytes: runs of equal ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.particle_case.load import ParticleCase
from multiscale.particles.radii import Floats, Integers, Radii


@dataclass(frozen=True)
class Population:
    """All particles of a case, numbered through its species; a run holds equal ones.

    Attributes:
        sizes: of all particles.
        mass: that moves, of a particle of each run [kg], shape (runs,).
        type: index of the species, of each run, shape (runs,).
    """

    sizes: Radii
    mass: Floats
    type: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def radius(self) -> Floats:
        """Radius of a particle of each run [m], shape (runs,)."""
        return self.sizes.value

    @property
    def volume(self) -> float:
        """Volume of all spheres [m3]."""
        return self.sizes.volume

    @property
    def diameter(self) -> float:
        """Mean diameter by volume, sum d^4 / sum d^3 [m]."""
        weight = self.sizes.count * self.radius**3
        return 2 * float(weight @ self.radius / weight.sum())

    @property
    def density(self) -> float:
        """Mass that moves over volume [kg/m3]."""
        return float(self.sizes.count @ self.mass) / self.volume

    def of_species(self, k: int) -> Radii:
        """Give the radii of one species."""
        mine = self.type == k
        return Radii(self.radius[mine], np.cumsum(self.sizes.count[mine]))

    def rows(self, ids: Integers) -> tuple[Floats, Floats, NDArray[np.int8]]:
        """Give radii, masses and types of these particles, shape (m,) each."""
        run = self.sizes.run(ids)
        return self.radius[run], self.mass[run], self.type[run]


def populate(case: ParticleCase) -> Population:
    """Give the sizes, masses and types of all particles."""
    each = case.radii()
    radius = np.concatenate([r.value for r in each])
    end = np.cumsum(np.concatenate([r.count for r in each]))
    kind = np.repeat(np.arange(len(each)), [len(r.value) for r in each]).astype(np.int8)
    density = np.array([s.density * s.mass_scaling for s in case.species])
    return Population(Radii(radius, end), density[kind] * 4 / 3 * np.pi * radius**3, kind)
