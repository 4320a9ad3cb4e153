"""What can be set about the edge of the coating and about the model of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from multiscale.coupling.stage import Options
from multiscale.stages.drying.options import Film1D
from multiscale.units import Quantity


class Edge(Options):
    """The strip of the web beside an edge of the coating: its wet shape, its air, its flow."""

    width: Annotated[float, Quantity("m", low=2e-3, high=0.2, display="mm")] = 25e-3
    """Width of the strip, from the edge inwards; beyond it nothing changes across the web."""
    bare_foil: Annotated[float, Quantity("m", low=0, high=0.1, display="mm")] = 10e-3
    """Width of bare foil beside the edge; it is hotter than the coating and heats it."""
    angle: Annotated[float, Quantity("rad", low=0.02, high=0.8, display="deg")] = 0.15
    """Slope of the wet film's surface at the edge."""
    rim: Annotated[float, Quantity("1", low=0.05, high=1)] = 0.2
    """Height at which the film is cut off at the edge over its height in the middle; the wedge
    outside is left out."""
    bead: Annotated[float, Quantity("1", low=0, high=1)] = 0.0
    """Height of a bead along the wet edge over the height in the middle."""
    air_enhancement: Annotated[float, Quantity("1", low=0, high=5)] = 0.3
    """Rise of heat and mass transfer at the edge over those in the middle."""
    air_layer: Annotated[float, Quantity("m", low=1e-4, high=0.1, display="mm")] = 3e-3
    """Length over which that rise falls off by e."""
    nozzle_variation: Annotated[float, Quantity("1", low=0, high=0.9)] = 0.0
    """Amplitude of a cosine across the web in the transfer coefficients, over their mean."""
    nozzle_pitch: Annotated[float, Quantity("m", low=1e-3, high=0.5, display="mm")] = 20e-3
    """Wavelength of that cosine."""
    viscosity: Annotated[float, Quantity("Pa*s", low=1e-4, high=1e4)] = 2.0
    """Plastic viscosity of the slurry as it enters; it rises with the solids to infinity at
    `packing`."""
    yield_stress: Annotated[float, Quantity("Pa", low=0, high=1e3)] = 1.0
    """Yield stress of the slurry as it enters; it rises as the viscosity does."""
    surface_tension_factor: Annotated[float, Quantity("1", low=0, high=3)] = 1.0
    """Factor on the solvent's surface tension in the levelling of the wet film; below 1 with a
    surfactant."""
    medium_viscosity: Annotated[float, Quantity("Pa*s", low=1e-4, high=1e3)] = 0.05
    """Viscosity of the polymer solution between the grains at 25 degC."""
    thickening: Annotated[float, Quantity("1", low=0, high=8)] = 3.9
    """Exponent with which that viscosity rises with the dissolved polymer's concentration."""
    columns: Annotated[int, Field(ge=16, le=4000)] = 120
    """Columns across the strip, crowded towards the edge."""
    layers: Annotated[int, Field(ge=16, le=4000)] = 80
    """Cells through the thickness, crowded towards the surface."""
    steps: Annotated[int, Field(ge=20, le=20000)] = 240
    """Time steps of the binder transport."""
    tolerance: Annotated[float, Quantity("1", low=1e-10, high=1e-3)] = 1e-5
    """Relative tolerance of height, solids and heat across the strip in time."""

    def probe(self) -> Edge:
        """The same edge on a coarser grid."""
        return self.model_copy(update={"columns": 40, "layers": 30, "steps": 60, "tolerance": 1e-4})


class Film2D(Film1D):
    """Film-1d in the middle of the web, and the cross-section of the film beside its edge."""

    kind: Literal["film-2d"] = "film-2d"  # type: ignore[assignment]  # a kind has one name
    edge: Edge = Field(default_factory=Edge)
    """The strip of the web beside an edge."""

    def probe(self) -> Film2D:
        """The same dryer and edge with coarser grids."""
        coarse = super().probe()
        return coarse.model_copy(update={"edge": self.edge.probe()})  # type: ignore[return-value]
