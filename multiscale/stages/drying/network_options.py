"""What a network of particles says to the film model, as a table."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from multiscale.coupling.stage import Options
from multiscale.units import Quantity

Fraction = Annotated[float, Quantity("1", above=0, below=1)]
Pressure = Annotated[float, Quantity("Pa", low=0, high=1e9)]
Permeability = Annotated[float, Quantity("m^2", above=0, high=1e-6)]
PermeabilityError = Annotated[float, Quantity("m^2", low=0, high=1e-6)]


class NetworkOptions(Options):
    """Yield and permeability of the film's solids, as `multiscale network --toml` measures them."""

    solids_mass: Annotated[float, Quantity("kg/m^2", above=0, high=10)]
    """Solids per area of the particles that were pressed; those of the film, or it is refused."""
    solid_fraction: tuple[Fraction, ...] = Field(min_length=3, max_length=200)
    """Solid fractions, all binder included, rising."""
    yield_stress: tuple[Pressure, ...]
    """Compressive yield stress at each: it never falls. 0 where the network carries nothing; the
    last meets the pressure of air entry."""
    yield_stress_error: tuple[Pressure, ...]
    """Its error."""
    permeability: tuple[Permeability, ...]
    """Permeability to liquid along the thickness at each: it falls."""
    permeability_error: tuple[PermeabilityError, ...]
    """Its numerical error."""

    @model_validator(mode="after")
    def _is_a_table(self) -> Self:
        count = len(self.solid_fraction)
        for name in ("yield_stress", "yield_stress_error", "permeability", "permeability_error"):
            if len(getattr(self, name)) != count:
                raise ValueError(
                    f"{name} has {len(getattr(self, name))} entries and solid_fraction {count}; "
                    "give one per solid fraction"
                )
        if not (np.diff(self.solid_fraction) > 0).all():
            raise ValueError("solid_fraction does not rise from entry to entry; sort the table")
        if not ((np.diff(self.yield_stress) >= 0).all() and self.yield_stress[-1] > 0):
            raise ValueError(
                "yield_stress falls, or is nowhere above 0; a network that is pressed together "
                "carries no less: take the largest stress up to each solid fraction"
            )
        if not (np.diff(self.permeability) < 0).all():
            raise ValueError(
                "permeability does not fall as the solids come closer; leave out rows that differ "
                "by less than their error"
            )
        return self
