"""What the mixer holds, by mass and by volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Composition:
    """Fractions of the whole slurry.

    Attributes:
        mass: of active material, additive, solvent and each binder, in this order.
        volume: likewise; a dissolved binder keeps its dry volume.
        density: slurry density, kg/m³.
    """

    mass: Array
    volume: Array
    density: float

    @property
    def solid_fraction(self) -> float:
        """Volume fraction of all that stays after drying."""
        return float(1.0 - self.volume[2])


def compose(
    solids: float, dry_mass: Array, dry_density: Array, solvent_density: float
) -> Composition:
    """Turn a recipe by mass into volume fractions, volumes adding up.

    phi_i = (w_i/rho_i) / sum_j w_j/rho_j ;  rho = 1 / sum_j w_j/rho_j

    Args:
        solids: mass fraction of solids in the slurry.
        dry_mass: mass fractions in the solids: active material, additive, each binder.
        dry_density: their densities, kg/m³.
        solvent_density: kg/m³.
    """
    mass = np.insert(solids * dry_mass, 2, 1.0 - solids)
    specific = mass / np.insert(dry_density, 2, solvent_density)
    return Composition(mass, specific / specific.sum(), float(1.0 / specific.sum()))
