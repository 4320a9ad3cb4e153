"""Options of the cell stage."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator

from multiscale.coupling.stage import Options
from multiscale.units import SI, Quantity

Fraction = Annotated[float, Quantity("1", low=0.05, high=0.95)]


class Counter(Options):
    """The other electrode of the full cell; its thickness follows from the balance."""

    porosity: Fraction = 0.3
    """Electrolyte fraction."""
    active_fraction: Fraction = 0.63
    """Volume fraction of active material."""
    tortuosity: Annotated[float, Quantity("1", low=1, high=50)] = 3.0
    """Tortuosity factor tau = porosity D0 / D_eff."""
    particle_radius: Annotated[float, Quantity("m", low=1e-7, high=5e-5, display="um")] = 5e-6
    """Radius of its particles."""
    conductivity: Annotated[float, Quantity("S/m", low=1e-3, high=1e4)] = 1.0
    """Effective electronic conductivity."""


class DFN(Options):
    """Doyle-Fuller-Newman model of the electrode against lithium and in a full cell."""

    kind: Literal["dfn"] = "dfn"
    c_rates: tuple[Annotated[float, Quantity("1", low=0.001, high=50)], ...] = (
        0.1,
        0.2,
        0.5,
        1.0,
        2.0,
        3.0,
        5.0,
    )
    """Discharge rates, increasing; 1 empties the nominal capacity in an hour."""
    temperature: Annotated[float, Quantity("K", low=253.15, high=333.15, display="degC")] = 298.15
    """Temperature of the cell, held constant."""
    n_to_p: Annotated[float, Quantity("1", low=1, high=2)] = 1.1
    """Nominal capacity of the negative over that of the positive electrode."""
    formation_loss: Annotated[float, Quantity("1", low=0, high=0.3)] = 0.08
    """Share of the positive electrode's nominal capacity that the first cycle loses."""
    cutoff: Annotated[float, Quantity("V", low=2, high=3.6)] = 2.8
    """Lower cut-off voltage of the full cell; the half cell's belongs to the material."""
    separator_thickness: Annotated[float, Quantity("m", low=1e-6, high=1e-3, display="um")] = 20e-6
    """Thickness of the separator."""
    separator_porosity: Fraction = 0.47
    """Porosity of the separator."""
    separator_tortuosity: Annotated[float, Quantity("1", low=1, high=20)] = 1.46
    """Tortuosity factor of the separator, porosity D0 / D_eff."""
    lithium_exchange_current: Annotated[float, Quantity("A/m^2", low=0.01, high=1e4)] = 20.0
    """Exchange current of the lithium counter electrode at rest concentration."""
    contact_resistance: Annotated[float, Quantity("ohm*m^2", low=0, high=0.1)] = 0.0
    """Resistance between coating and foil, per area; what the transport stage found for the foil
    (`foil_resistance`) comes on top."""
    counter_graphite: Counter = Counter(
        porosity=0.32,
        active_fraction=0.62,
        tortuosity=3.5,
        particle_radius=SI(6e-6),
        conductivity=SI(50.0),
    )
    """Negative electrode that a positive electrode under study meets in the full cell."""
    counter_nmc622: Counter = Counter(
        porosity=0.3,
        active_fraction=0.63,
        tortuosity=2.5,
        particle_radius=SI(5e-6),
        conductivity=SI(1.0),
    )
    """Positive electrode that a negative electrode under study meets in the full cell."""
    points: int = Field(default=40, ge=6, le=200)
    """Mesh cells in each electrode, in the separator and in the particles; the error takes half of
    them, of which PyBaMM needs three."""
    tolerance: Annotated[float, Quantity("1", low=1e-10, high=1e-4)] = 1e-7
    """Relative and absolute tolerance of the time integration."""

    @field_validator("c_rates")
    @classmethod
    def _increase(cls, rates: tuple[float, ...]) -> tuple[float, ...]:
        if not rates or any(b <= a for a, b in pairwise(rates)):
            raise ValueError(f"c_rates = {list(rates)} must be rates that increase")
        return rates

    def probe(self) -> DFN:
        """Every third rate on half the mesh."""
        return self.model_copy(
            update={"points": max(self.points // 2, 6), "c_rates": self.c_rates[::3]}
        )
