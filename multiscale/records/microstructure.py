"""The electrode as a labelled volume."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from multiscale.records.record import FieldRef, FloatArray, Record, profile, scalar, volume


class Phase(IntEnum):
    """Labels of the voxels."""

    PORE = 0
    ACTIVE = 1
    CBD = 2  # carbon-binder domain, nano-porous


class Form(IntEnum):
    """Forms of the carbon-binder domain, the axis `form`."""

    FILM = 0  # on the particles
    BRIDGES = 1  # between two particles
    HEAPS = 2  # between several
    AGGLOMERATES = 3  # of their own size, stuck to particles
    FIBRILS = 4


def _not_filled() -> NDArray[np.uint8]:
    return np.empty((0, 0, 0), np.uint8)


@dataclass(frozen=True)
class Microstructure(Record):
    """Labelled voxels of the calendered coating, foil at z = 0."""

    label: Annotated[
        FieldRef | NDArray[np.uint8],
        volume(
            "1",
            "phase of each voxel: 0 pore, 1 active material, 2 carbon-binder domain",
            "x",
            "y",
            "z",
        ),
    ]
    voxel_size: Annotated[
        FloatArray,
        profile("m", "edge lengths of a voxel", "axis", low=1e-9, high=1e-4, display="um"),
    ]
    thickness: Annotated[float, scalar("m", "coating thickness", low=1e-7, high=5e-3, display="um")]
    particles: Annotated[float, scalar("1", "number of active-material particles", low=1)]
    active_fraction: Annotated[
        float, scalar("1", "volume fraction of active material", low=0, high=1, computed=True)
    ]
    cbd_fraction: Annotated[
        float,
        scalar(
            "1",
            "volume fraction of carbon-binder domain, its nano-pores included",
            low=0,
            high=1,
            computed=True,
        ),
    ]
    pore_fraction: Annotated[
        float, scalar("1", "volume fraction of open pore", low=0, high=1, computed=True)
    ]
    nanoporosity: Annotated[
        float, scalar("1", "pore fraction inside the carbon-binder domain", low=0, high=0.95)
    ]
    porosity: Annotated[
        float,
        scalar("1", "electrolyte fraction: open pore and nano-pores", low=0, high=1, computed=True),
    ]
    active_mass: Annotated[
        float,
        scalar(
            "kg/m^2",
            "active material on the foil, by voxels",
            low=0,
            high=10,
            computed=True,
            display="g/m^2",
        ),
    ]
    area_active_pore: Annotated[
        float,
        scalar(
            "1/m", "interface of active material and open pore per volume", low=0, computed=True
        ),
    ]
    area_active_cbd: Annotated[
        float,
        scalar(
            "1/m",
            "interface of active material and carbon-binder domain per volume",
            low=0,
            computed=True,
        ),
    ]
    z: Annotated[
        FloatArray,
        profile("1", "height over thickness, slice centres, z = 0 at the foil", "z", low=0, high=1),
    ]
    active_profile: Annotated[
        FloatArray, profile("1", "active material by slice", "z", low=0, high=1)
    ]
    cbd_profile: Annotated[
        FloatArray, profile("1", "carbon-binder domain by slice", "z", low=0, high=1)
    ]
    pore_profile: Annotated[FloatArray, profile("1", "open pore by slice", "z", low=0, high=1)]
    area_profile: Annotated[
        FloatArray,
        profile("1/m", "interface of active material and open pore by slice", "z", low=0),
    ]
    representative_error: Annotated[
        float, scalar("1", "standard error of the active fraction for the finite volume", low=0)
    ]
    periodic: Annotated[
        FloatArray,
        profile(
            "1", "1 where the volume repeats along an axis, 0 where not", "axis", low=0, high=1
        ),
    ] = field(default_factory=lambda: np.array([1.0, 1.0, 0.0]))
    centre: Annotated[
        FloatArray,
        profile(
            "m",
            "centres of the particles where they are spheres or spheroids, else none; x and y may "
            "lie outside",
            "particle",
            "axis",
            display="um",
        ),
    ] = field(default_factory=lambda: np.empty((0, 3)))
    radius: Annotated[
        FloatArray,
        profile(
            "m",
            "radii of these spheres, equatorial ones of spheroids, which together fill the active "
            "fraction",
            "particle",
            low=0,
            display="um",
        ),
    ] = field(default_factory=lambda: np.empty(0))
    aspect: Annotated[
        float,
        scalar("1", "polar over equatorial diameter of these; 1 spheres", low=0.01),
    ] = 1.0
    pole: Annotated[
        FloatArray,
        profile(
            "1",
            "directions of the poles of these spheroids; none where all lie along z",
            "particle",
            "axis",
            low=-1,
            high=1,
        ),
    ] = field(default_factory=lambda: np.empty((0, 3)))
    cbd_share: Annotated[
        FloatArray,
        profile(
            "1",
            "carbon-binder domain by form: film, bridges, heaps, agglomerates, fibrils; none "
            "where it was not placed by form",
            "form",
            low=0,
            high=1,
            computed=True,
        ),
    ] = field(default_factory=lambda: np.empty(0))
    cbd_share_prior: Annotated[
        FloatArray,
        profile(
            "1",
            "standard deviation of these shares by what is not known of the mixing; 0 where the "
            "case sets one",
            "form",
            low=0,
            high=1,
        ),
    ] = field(default_factory=lambda: np.empty(0))
    cbd_octants: Annotated[
        FieldRef | NDArray[np.uint8],
        volume(
            "1",
            "carbon-binder domain of the same recipe on half the voxel edge, between the same "
            "particles: bit 4 x + 2 y + z is the half at (x, y, z) of the voxel; empty where not "
            "filled",
            "x",
            "y",
            "z",
        ),
    ] = field(default_factory=_not_filled)
