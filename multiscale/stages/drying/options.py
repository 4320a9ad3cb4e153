"""What can be set about the dryer and about the model of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from multiscale.coupling.stage import Options
from multiscale.stages.drying.binding_options import BindingOptions
from multiscale.stages.drying.solids_options import SolidsOptions
from multiscale.units import SI, Quantity


class Zone(Options):
    """One zone of the dryer, in the order in which the web passes them."""

    length: Annotated[float, Quantity("m", low=0.01, high=100)] = 2.0
    """Length along the web."""
    air_temperature: Annotated[float, Quantity("K", low=283.15, high=423.15, display="degC")] = (
        353.15
    )
    """Temperature of the drying air."""
    heat_transfer: Annotated[float, Quantity("W/m^2/K", low=1, high=500)] = 35.0
    """Heat-transfer coefficient between air and coating."""
    heat_transfer_bottom: Annotated[float, Quantity("W/m^2/K", low=0, high=500)] = 35.0
    """Heat-transfer coefficient between air and the bare side of the foil."""
    vapour_fraction: Annotated[float, Quantity("1", low=0, high=0.5)] = 0.0
    """Mole fraction of solvent vapour in the drying air of the zone and so in its exhaust; 0: air
    without vapour, whose exhaust carries the limit."""
    radiation: Annotated[float, Quantity("W/m^2", low=0, high=5e4)] = 0.0
    """Heat that radiators give to the coating."""
    roller_transfer: Annotated[float, Quantity("W/m^2/K", low=0, high=5000)] = 0.0
    """Heat-transfer coefficient between heated rollers and the web, averaged over the zone; 0: the
    web does not touch any."""
    roller_temperature: Annotated[float, Quantity("K", low=283.15, high=423.15, display="degC")] = (
        353.15
    )
    """Temperature of those rollers."""
    fresh_air: Annotated[float, Quantity("kg/m^2/s", above=0, high=10)] | None = None
    """Fresh air per web area in the zone; left out, what the exhaust's vapour limit asks for."""

    @model_validator(mode="before")
    @classmethod
    def _has_no_place(cls, table: Any) -> Any:
        """Refuse the ends of a zone, between which a gap could be left."""
        given = [key for key in ("start", "end") if isinstance(table, dict) and key in table]
        if given:
            raise ValueError(
                f"unknown key '{given[0]}': each zone begins where the one before it ends; give "
                "its length, and a zone of its own to a stretch without dryer"
            )
        return table


class Film1D(Options):
    """Heat, solvent and binder through the film's thickness, from the coater to the exit."""

    kind: Literal["film-1d"] = "film-1d"
    zones: tuple[Zone, ...] = Field(
        default=(
            Zone(air_temperature=SI(353.15)),
            Zone(air_temperature=SI(383.15)),
            Zone(air_temperature=SI(393.15)),
        ),
        min_length=1,
        max_length=50,
    )
    """Zones of the dryer, in the order in which the web passes them."""
    ambient_temperature: Annotated[
        float, Quantity("K", low=253.15, high=333.15, display="degC")
    ] = 298.15
    """Temperature of the fresh air before it is heated."""
    exhaust_vapour_fraction: Annotated[float, Quantity("1", above=0, high=0.5)] | None = None
    """Largest vapour mole fraction in the exhaust; left out, a quarter of the lower explosive limit
    for NMP, 0.1 for water."""
    packing: Annotated[float, Quantity("1", low=0.3, high=0.8)] = 0.5
    """Solid volume fraction at which the film stops shrinking; one minus the final porosity."""
    solids_heat_capacity: Annotated[float, Quantity("J/kg/K", low=300, high=2500)] = 800.0
    """Specific heat of active material and additive."""
    mobile_fraction: Annotated[float, Quantity("1", low=0, high=1)] | None = None
    """Share of every binder that moves with the liquid until it gels or adsorbs, the rest is bound
    to the solids from the first; left out, each binder's own, see docs/explanation/drying.md."""
    diffusivity_factor: Annotated[float, Quantity("1", low=1e-3, high=1e3)] = 1.0
    """Factor on the diffusivity of every binder."""
    tortuosity_exponent: Annotated[float, Quantity("1", low=0, high=2)] = 0.5
    """Bruggeman's b in D_eff = D phi_l^b, per liquid cross-section; tau = phi_l^-b."""
    dispersion: Annotated[float, Quantity("1", low=0, high=5)] = 0.5
    """Dispersivity of the flow between the grains over their Sauter diameter; it spreads a latex,
    which hardly diffuses. 0.5 in packed beds."""
    solids: SolidsOptions = SolidsOptions()
    """How the solids settle, pack and yield, and how liquid flows between them."""
    binding: BindingOptions = BindingOptions()
    """How binder gels, adsorbs and holds on to the foil."""
    connected_saturation: Annotated[float, Quantity("1", low=1e-3, high=0.5)] = 0.1
    """Pore saturation below which the liquid no longer flows, so that binder stays where it is."""
    residual_limit: Annotated[float, Quantity("1", low=1e-6, high=0.2, display="ppm")] = 5e-4
    """Residual solvent per mass of dry coating at which the coating counts as dry."""
    cells: Annotated[int, Field(ge=20, le=5000)] = 200
    """Cells through the thickness, crowded towards the surface."""
    steps: Annotated[int, Field(ge=20, le=20000)] = 400
    """Time steps of the binder transport."""
    tolerance: Annotated[float, Quantity("1", low=1e-12, high=1e-7)] = 1e-8
    """Relative tolerance of the heat and solvent balance in time; at 1e-6 it would not close."""

    def probe(self) -> Film1D:
        """The same dryer with a coarser grid."""
        return self.model_copy(update={"cells": 60, "steps": 120, "tolerance": 1e-7})
