"""The dry coating as particles and bonds."""

from dataclasses import dataclass
from typing import Annotated

from multiscale.records.record import FloatArray, Record, profile, scalar


@dataclass(frozen=True)
class Packing(Record):
    """Spheres of active material and carbon-binder domain on the foil, z = 0, and their bonds."""

    position: Annotated[
        FloatArray, profile("m", "centres of the spheres", "particle", "axis", display="um")
    ]
    radius: Annotated[
        FloatArray, profile("m", "radii of the spheres", "particle", low=1e-9, display="um")
    ]
    kind: Annotated[
        FloatArray,
        profile(
            "1", "1 active material, 2 carbon-binder domain, nano-porous", "particle", low=1, high=2
        ),
    ]
    bond: Annotated[
        FloatArray,
        profile(
            "1", "numbers of the spheres that a bond joins; -1 is the foil", "bond", "end", low=-1
        ),
    ]
    bond_radius: Annotated[
        FloatArray, profile("m", "radii of the bonds, cylinders", "bond", low=0, display="um")
    ]
    bond_length: Annotated[
        FloatArray,
        profile("m", "lengths of the bonds; with the radii their volumes", "bond", low=0),
    ]
    box: Annotated[
        FloatArray,
        profile("m", "edges of the box, z up to the coating's surface", "axis", display="um"),
    ]
    periodic: Annotated[
        FloatArray,
        profile("1", "1 where the box repeats along an axis, 0 where not", "axis", low=0, high=1),
    ]
    thickness: Annotated[
        float,
        scalar("m", "height of the coating", low=1e-7, high=5e-3, computed=True, display="um"),
    ]
    porosity: Annotated[
        float,
        scalar("1", "pore fraction, pores and nano-pores", low=0.02, high=0.95, computed=True),
    ]
    nanoporosity: Annotated[
        float, scalar("1", "pore fraction inside the carbon-binder domain", low=0, high=0.95)
    ]
    active_mass: Annotated[
        float, scalar("kg/m^2", "active material, by the spheres", low=0, high=10, display="g/m^2")
    ]
    inactive_volume: Annotated[
        float,
        scalar("m", "binder and additive per area, by the spheres", low=0, high=1e-3, display="um"),
    ]
    bond_volume: Annotated[
        float, scalar("m", "binder per area, by the bonds", low=0, high=1e-3, display="um")
    ]
    z: Annotated[
        FloatArray,
        profile("1", "height over thickness, slice centres, z = 0 at the foil", "z", low=0, high=1),
    ]
    cbd_profile: Annotated[
        FloatArray,
        profile("1", "carbon-binder domain of a slice over the mean", "z", low=0, computed=True),
    ]
    cbd_scatter: Annotated[
        FloatArray,
        profile("1", "standard deviation of that by the number of spheres", "z", low=0),
    ]
    film_profile: Annotated[
        FloatArray,
        profile(
            "1",
            "the same by the film model, of binder and additive in the liquid between the grains, "
            "as spheres show it",
            "z",
            low=0,
        ),
    ]
    cbd_ratio: Annotated[
        float,
        scalar("1", "carbon-binder domain, top over bottom tenth", low=0, computed=True),
    ]
    film_ratio: Annotated[
        float, scalar("1", "the same by the film model, as spheres show it", low=0)
    ]
    coordination: Annotated[
        float, scalar("1", "bonds of a sphere, those to the foil included", low=0)
    ]
    entry_fraction: Annotated[
        float,
        scalar(
            "1", "solid fraction, all solids, at which the surface stopped falling", low=0, high=1
        ),
    ]
    surface_pressure: Annotated[
        float,
        scalar(
            "1", "pressure of the surface on the particles there, over that of air entry", low=0
        ),
    ]
    settling: Annotated[
        float,
        scalar("1", "loss of height after that, over the height", low=-1, high=1),
    ]
    peclet: Annotated[
        FloatArray,
        profile("1", "evaporation over diffusion, E h/D, of each binder", "binder", low=0),
    ]
    stokes: Annotated[
        float, scalar("1", "relaxation time of a particle over that of the film's fall", low=0)
    ]
    capillary: Annotated[
        float, scalar("1", "drag over the pull of the surface on a particle", low=0)
    ]
    stiffness: Annotated[
        float, scalar("1", "deepest overlap of two spheres over the smaller radius", low=0)
    ]
