"""Options of the slurry stage, one model per kind."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import model_validator

from multiscale.coupling.stage import Options
from multiscale.units import Quantity

Crowding = Literal["krieger-dougherty", "maron-pierce", "boyer"]


class _Slurry(Options):
    """What every kind needs."""

    temperature: Annotated[float, Quantity("K", low=275.0, high=360.0, display="degC")] = 298.15
    """Slurry temperature; the medium's viscosity follows that of the solvent."""
    maximum_packing: Annotated[float, Quantity("1", low=0.3, high=0.85)] | None = None
    """Fraction of active material that jams in shear; from the particle sizes if left out."""
    rate_low: Annotated[float, Quantity("1/s", low=1e-4, high=10.0)] = 1e-2
    """Lowest shear rate of the tabulated flow curve."""
    rate_high: Annotated[float, Quantity("1/s", low=100.0, high=1e6)] = 1e4
    """Highest shear rate of the tabulated flow curve; coaters work at web speed over gap."""


class SlurryClosure(_Slurry):
    """Flow curve from the recipe: medium x network x crowding."""

    kind: Literal["closure"] = "closure"
    """Which model."""
    crowding: Crowding = "krieger-dougherty"
    """Law of the relative viscosity over the fraction of active material."""
    medium_viscosity: Annotated[float, Quantity("Pa*s", low=2e-4, high=1e3)] | None = None
    """Viscosity of the polymer solution at low shear; from the binders if left out."""
    network_yield_stress: Annotated[float, Quantity("Pa", low=0.0, high=1e4)] | None = None
    """Yield stress of the medium with its additive; from the additive's fraction if left out."""
    fit_low: Annotated[float, Quantity("1/s", low=1e-3, high=100.0)] = 1.0
    """Lowest shear rate that the Herschel-Bulkley law is fitted to."""
    fit_high: Annotated[float, Quantity("1/s", low=100.0, high=1e5)] = 1e3
    """Highest shear rate that the Herschel-Bulkley law is fitted to."""

    @model_validator(mode="after")
    def _fit_inside_table(self) -> Self:
        if not self.rate_low <= self.fit_low < self.fit_high <= self.rate_high:
            raise ValueError(
                f"the fit from {self.fit_low:g} to {self.fit_high:g} 1/s must lie inside the flow "
                f"curve from {self.rate_low:g} to {self.rate_high:g} 1/s"
            )
        return self


class SlurryMeasured(_Slurry):
    """Herschel-Bulkley parameters from a rheometer."""

    kind: Literal["measured"] = "measured"
    """Which model."""
    yield_stress: Annotated[float, Quantity("Pa", low=0.0, high=1e4)] = 10.0
    """tau_y in tau = tau_y + K rate^n."""
    consistency: Annotated[float, Quantity("Pa*s", low=1e-4, high=1e5)] = 10.0
    """K, with the rate in units of 1/s (Pa s^n)."""
    flow_index: Annotated[float, Quantity("1", low=0.05, high=2.0)] = 0.6
    """n."""
