"""The active material as it comes out of the bag."""

from dataclasses import dataclass
from typing import Annotated

from multiscale.records.record import FloatArray, Record, profile, scalar, text


@dataclass(frozen=True)
class Powder(Record):
    """Active-material powder: chemistry and volume-weighted particle-size distribution."""

    material: Annotated[str, text("active material, a name known to multiscale.materials")]
    density: Annotated[
        float,
        scalar("kg/m^3", "density of the particles, closed pores included", low=500, high=12000),
    ]
    diameter: Annotated[
        FloatArray,
        profile(
            "m", "particle diameter of each size class", "size", low=1e-8, high=1e-3, display="um"
        ),
    ]
    volume_fraction: Annotated[
        FloatArray,
        profile(
            "1", "share of each size class in the solid volume; sums to 1", "size", low=0, high=1
        ),
    ]
