"""What can be set for the microstructure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from multiscale.coupling.stage import Options
from multiscale.units import Quantity


class Stochastic(Options):
    """Relaxed random packing of spheres, carbon-binder domain by bridging and energy rules."""

    kind: Literal["stochastic"] = "stochastic"
    """Packing of spheres with the powder's sizes, filled to the electrode's composition."""
    voxel_size: Annotated[float, Quantity("m", low=5e-8, high=5e-6, display="um")] = 0.5e-6
    """Voxel edge; along z it is adjusted so that a whole number of voxels fills the thickness."""
    lateral_size: Annotated[float, Quantity("m", low=5e-6, high=5e-4, display="um")] = 60e-6
    """Edge of the box in the plane of the foil; at least five large particles (d90) are advised."""
    nanoporosity: Annotated[float, Quantity("1", low=0.0, high=0.8)] = 0.47
    """Pore fraction inside the carbon-binder domain."""
    bridge_fraction: Annotated[float, Quantity("1", low=0.0, high=1.0)] = 0.5
    """Share of the carbon-binder domain that sits in bridges between two particles."""
    clustering: Annotated[float, Quantity("1", low=0.0, high=1.0)] = 0.3
    """Weight w of the energy rule for the other share: 0 film on the particles, 1 clusters."""
    grain_size: Annotated[float, Quantity("m", low=5e-8, high=5e-6, display="um")] = 1e-6
    """Diameter of the grains that the energy rule places; resolved if it is at least two voxels."""
    additive_follows_binder: bool = True
    """Whether the additive has the binder's profile over the thickness; uniform otherwise."""
    sweeps: Annotated[int, Field(ge=5, le=1000)] = 40
    """Draws of the energy rule; the more, the closer to placing one voxel at a time."""

    def probe(self) -> Stochastic:
        """A box of three fifths of the edge; the voxels stay, since they decide what connects."""
        return self.model_copy(update={"lateral_size": 0.6 * self.lateral_size})
