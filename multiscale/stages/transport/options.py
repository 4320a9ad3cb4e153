"""How the effective transport is found."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from multiscale.coupling.stage import Options
from multiscale.units import Quantity


class Conductors(Options):
    """What the phases conduct, and what every kind makes of it."""

    cbd_tortuosity: Annotated[float, Quantity("1", low=1, high=100)] | None = None
    """Tortuosity factor of the nano-pores, D_cbd = nanoporosity / tortuosity D0; where left out
    Bruggeman's nanoporosity^-0.5, an assumption."""
    active_conductivity: Annotated[float, Quantity("S/m", low=0, high=1e6)] = 1e-3
    """Electronic conductivity of the active material; of NMC it varies by orders with the lithium
    content."""
    cbd_conductivity: Annotated[float, Quantity("S/m", low=0, high=1e6)] = 300.0
    """Electronic conductivity of the dense carbon-binder composite, a prior: 100 to 1000 S/m are
    usual. Without a conductive additive in the formulation the domain insulates, whatever is set
    here."""
    cbd_exponent: Annotated[float, Quantity("1", low=1, high=4)] = 1.5
    """Exponent m of (1 - nanoporosity)^m, by which the nano-pores lower the conductivity of the
    carbon-binder domain."""
    cbd_access: Annotated[float, Quantity("1", low=0, high=1)] | None = None
    """Share of the interface of active material and carbon-binder domain that the electrolyte
    reaches; the nanoporosity where left out."""
    active_heat_conductivity: Annotated[float, Quantity("W/(m*K)", low=1e-3, high=2e3)] = 4.0
    """Thermal conductivity of the active material: 2 to 5 W/(m K) of NMC, 5 to 10 of graphite
    across its layers. A prior."""
    electrolyte_heat_conductivity: Annotated[float, Quantity("W/(m*K)", low=1e-3, high=10)] = 0.18
    """Thermal conductivity of what fills the pores: 0.18 W/(m K) of electrolyte, 0.026 of air."""
    cbd_heat_conductivity: Annotated[float, Quantity("W/(m*K)", low=1e-3, high=1e2)] = 0.3
    """Thermal conductivity of the carbon-binder domain, its nano-pores filled: 0.2 to 0.4 W/(m K).
    A prior."""
    layers: int = Field(default=10, ge=1, le=200)
    """Layers of the depth profiles."""
    extrapolate: bool = True
    """Whether to extrapolate from the voxels and voxels of twice the edge to vanishing ones, where
    surfaces are staircases and these two are close enough; otherwise the value is that of the
    voxels."""
    flux_tolerance: Annotated[float, Quantity("1", low=1e-10, high=1e-2)] = 1e-4
    """Largest relative difference of the fluxes through the voxel layers."""


class Voxels(Conductors):
    """Finite volumes and creeping flow on the labelled voxels, in three directions."""

    kind: Literal["voxels"] = "voxels"
    """Conduction and flow solved on the voxels."""
    particle_contact_resistance: Annotated[float, Quantity("ohm*m^2", low=0, high=1)] = 0.0
    """Specific resistance between two particles, for electrons; as the next two unknown as a rule,
    and 0 the lower bound."""
    cbd_contact_resistance: Annotated[float, Quantity("ohm*m^2", low=0, high=1)] = 0.0
    """Specific resistance between particles and carbon-binder domain, for electrons."""
    foil_contact_resistance: Annotated[float, Quantity("ohm*m^2", low=0, high=1)] = 0.0
    """Specific resistance where solids touch the foil. What it adds to the whole coating is
    reported apart from the coating's conductivity; it is more, because solids touch a part only."""
    flow: bool = False
    """Whether to solve creeping flow for the permeability too; for the default cathode a quarter of
    the time of all the rest, in wide pores more, and no later stage needs it."""
    fields: bool | None = None
    """Whether to keep concentration and flux density of the electrolyte through the thickness on
    all voxels, 8 bytes each, for pictures; where left out, up to 8 million voxels."""
    residual_tolerance: Annotated[float, Quantity("1", low=1e-12, high=1e-4)] = 1e-6
    """Largest relative residual of the linear systems."""

    def probe(self) -> Voxels:
        """Looser tolerances; the voxels themselves are the microstructure's."""
        return self.model_copy(update={"residual_tolerance": 1e-5, "flux_tolerance": 1e-3})


class Mesh(Conductors):
    """Finite elements on the voxels that conduct (DOLFINx), a check that shares no solver with
    `voxels`; contacts do not resist, and flow and fields are left out."""

    kind: Literal["mesh"] = "mesh"
    """Conduction solved on hexahedra, one for each voxel, and on voxels of twice the edge."""
    degree: Literal[1, 2] = 1
    """Of the elements; on voxels of twice the edge both are solved."""
    elements: int = Field(default=1_000_000, ge=1)
    """Voxels that may conduct, for the memory: linear elements take about 8 kB each, all ranks
    together. Quadratic ones take eight times as much, so that an eighth as many are allowed."""
    residual_tolerance: Annotated[float, Quantity("1", low=1e-14, high=1e-4)] = 1e-8
    """Largest relative residual of the linear systems."""

    def probe(self) -> Mesh:
        """A looser tolerance; the voxels themselves are the microstructure's."""
        return self.model_copy(update={"residual_tolerance": 1e-6})
