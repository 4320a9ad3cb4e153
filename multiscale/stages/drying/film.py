"""What lies on the foil, per web area, and how it is arranged at a given solvent content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from multiscale.materials.solvent import Solvent
from multiscale.records.record import FloatArray
from multiscale.stages.drying.evaporation import Air, evaporation_rate, solvent_activity


@dataclass(frozen=True)
class Film:
    """A coating on its foil. Areal quantities are per coated area.

    Attributes:
        solvent: the liquid.
        liquid_density: kg/m^3; constant, thermal expansion is left out.
        initial_solvent: kg/m^2.
        solids_mass: of the dry coating, kg/m^2.
        solids_volume: of active material, additive and binder, m.
        polymer_volume: of the binder that dissolves, m.
        chi: Flory-Huggins parameter of that binder.
        packing: solid fraction at which shrinkage ends.
        heat_capacity: of foil and solids, J/(m^2 K).
        grain: Sauter diameter of the powder, m.
        pore_radius: m.
        initial_temperature: K.
        foil: its material.
        surface: area of each powder per web area, 1.
        connected: saturation below which the liquid no longer flows and dries where it is.
    """

    solvent: Solvent
    liquid_density: float
    initial_solvent: float
    solids_mass: float
    solids_volume: float
    polymer_volume: float
    chi: float
    packing: float
    heat_capacity: float
    grain: float
    pore_radius: float
    initial_temperature: float
    foil: str
    surface: Mapping[str, float]
    connected: float

    @property
    def dry_height(self) -> float:
        """Height at which the film stops shrinking, m."""
        return self.solids_volume / self.packing

    @property
    def pore_volume(self) -> float:
        """Pore volume of the packed film, m."""
        return self.dry_height - self.solids_volume

    @property
    def solvent_at_packing(self) -> float:
        """Solvent that fills the pores at the end of shrinkage, kg/m^2."""
        return self.pore_volume * self.liquid_density

    def height(self, m: FloatArray) -> FloatArray:
        """Height (m) at solvent content m (kg/m^2): it shrinks until the solids pack."""
        return np.maximum(self.solids_volume + m / self.liquid_density, self.dry_height)

    def activity(self, m: float) -> float:
        """Activity of the solvent at content m (kg/m^2), in solution with the dissolved binder."""
        L = m / self.liquid_density
        solution = L + self.polymer_volume
        return solvent_activity(L / solution, self.chi) if solution > 0 else 0.0

    def dry_layer(self, m: float) -> float:
        """Length of free air that resists as the dried pores do at content m (kg/m^2), m.

        s = delta/eps^(3/2),  delta = h (1 - S/S_c): liquid that no longer flows dries from the
        surface down. D_eff = D_v eps/tau with Bruggeman's tortuosity factor tau = eps^(-1/2).
        """
        S = m / self.liquid_density / self.pore_volume
        depth = self.dry_height * max(1 - S / self.connected, 0.0)
        return float(depth / (1 - self.packing) ** 1.5)

    def rate(self, m: float, T: float, gas: Air) -> float:
        """Evaporation rate at solvent content m (kg/m^2) and temperature T (K), kg/(m^2 s).

        The solution of solvent and dissolved binder wets the surface in the share of the pores
        that it fills; its solvent has the activity of the mean composition. Once the liquid no
        longer flows, the vapour crosses the dried pores above it.
        """
        solution = m / self.liquid_density + self.polymer_volume
        if solution <= 0:
            return 0.0
        return evaporation_rate(
            self.solvent,
            T,
            gas,
            self.activity(m),
            self.pore_radius,
            min(solution / self.pore_volume, 1.0),
            self.dry_layer(m),
        )
