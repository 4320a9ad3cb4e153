"""What can be set about the particles of a drying film."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from multiscale.coupling.stage import Options
from multiscale.units import Quantity


class Particles(Options):
    """Active material and carbon-binder domain as spheres, carried by the film and bound."""

    kind: Literal["particles"] = "particles"
    """Spheres in a box that is periodic in the plane of the foil."""
    lateral_size: Annotated[float, Quantity("m", low=5e-6, high=5e-4, display="um")] = 50e-6
    """Edge of the box in the plane of the foil; particles wider than 0.4 of it are taken
    as smaller ones."""
    cbd_diameter: Annotated[float, Quantity("m", low=2e-7, high=1e-5, display="um")] = 2e-6
    """Diameter of the spheres that stand for additive and binder."""
    nanoporosity: Annotated[float, Quantity("1", low=0.0, high=0.8)] = 0.47
    """Pore fraction inside the carbon-binder domain."""
    friction: Annotated[float, Quantity("1", low=0.0, high=1.0)] = 0.3
    """Coefficient of sliding friction between all spheres."""
    contact_angle: Annotated[float, Quantity("rad", low=0.0, high=1.57, display="deg")] = 0.35
    """Contact angle of the liquid on the solids."""
    steps: Annotated[int, Field(ge=1000, le=10_000_000)] = 12_000
    """Time steps of the fall; setting, drawing together and coming to rest take as many each."""
    checkpoint: Annotated[int, Field(ge=1000, le=100_000_000)] = 20_000
    """Time steps between two checkpoints, from which a stopped run goes on."""
    slices: Annotated[int, Field(ge=4, le=100)] = 10
    """Slices of the profiles over the thickness."""

    def probe(self) -> Particles:
        """A smaller box with coarser spheres of carbon-binder domain."""
        return self.model_copy(
            update={
                "lateral_size": 0.8 * self.lateral_size,
                "cbd_diameter": 1.5 * self.cbd_diameter,
            }
        )
