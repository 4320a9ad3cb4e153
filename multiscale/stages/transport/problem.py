"""What is solved and what comes out: conduction along one axis of a volume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypedDict

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.transport.contacts import ContactLaw
from multiscale.stages.transport.volume import Volume
from multiscale.voxels.checkerboard import Singles
from multiscale.voxels.slabs import Slabs

type Axis = Literal[0, 1, 2]
type Edges = tuple[float, float, float]

# The driven axis comes first, the others follow in cyclic order.
ORDER = {0: (0, 1, 2), 1: (1, 2, 0), 2: (2, 0, 1)}
PACKING = (True, True, False)


class Tolerances(TypedDict):
    """What every solver takes."""

    residual_tolerance: float
    flux_tolerance: float
    watch: Callable[[int, float], None]


@dataclass(frozen=True)
class Geometry:
    """The voxels and what is known of them.

    Attributes:
        label: phases of the voxels.
        edges: voxel edges [m].
        periodic: which axes repeat.
        centre, radius: the spheres that the active material is [m], shapes (n, 3) and (n,); none
            where its surface is known by the labels only.
        aspect: polar over equatorial diameter where they are spheroids.
        contact: what resists between conductors [Ohm m^2].
        halves: the carbon-binder domain on voxels of half the edge, all else pore; the electrolyte
            between spheres sees it there.
        pole: directions of the poles of spheroids, shape (n, 3); along z where there are none.
    """

    label: Volume
    edges: FloatArray
    periodic: tuple[bool, bool, bool] = PACKING
    centre: FloatArray = field(default_factory=lambda: np.empty((0, 3)))
    radius: FloatArray = field(default_factory=lambda: np.empty(0))
    aspect: float = 1.0
    contact: ContactLaw = field(default_factory=ContactLaw)
    halves: Volume | None = None
    pole: FloatArray = field(default_factory=lambda: np.empty((0, 3)))


@dataclass(frozen=True)
class Fields:
    """One driven solve, axes (x, y, z); NaN where nothing connects both faces.

    Attributes:
        axis: the driven one.
        slabs: who has which layers along it.
        concentration: 1 at the lower face, 0 at the upper one; of this rank's layers.
        flux_density: |j| over the mean of j along the driven axis, of the same.
        concentration_error, flux_density_error: of a voxel, root mean square.
    """

    axis: Axis
    slabs: Slabs
    concentration: Singles
    flux_density: Singles
    concentration_error: float = 0.0
    flux_density_error: float = 0.0


@dataclass(frozen=True)
class Transport:
    """Effective conduction along one axis.

    Attributes:
        conductivity: D_eff, in the unit of the phases' conductivities; 0 without percolation.
        layers: D of each layer along the axis, shape (layers,).
        percolating: share of the conductor (weighted with `content`) that connects both faces.
        flux_mismatch: (max - min) / mean of the fluxes through the voxel layers.
        ceiling: what the layers would conduct with their phases side by side (Wiener), shape
            (layers,).
        coarse: D_eff on voxels of twice the edge.
        coarse_layers: the layers there, shape (layers,).
        error: estimated |D_eff - D of vanishing voxels|.
        layers_error: the same of each layer, shape (layers,).
        cut: whether the surfaces are open fractions of faces, not staircases.
        cross: mean flux along x, y, z over the mean gradient along the axis, shape (3,).
        coarse_cross: the same on voxels of twice the edge.
        fields: what passes where on the voxels, if that was asked for.
        order: what elements of another degree change; 0 of finite volumes.
        spread: what faces between unlike conductors leave open, see `voxels.dissipation`.
        sharper: bound from below that the same flux proves, not less than `conductivity`; 0 where
            not known.
        upper: bound from above of what the voxels conduct as they are, of which `conductivity` is
            one from below; 0 where not known.
    """

    conductivity: float
    layers: FloatArray
    percolating: float
    flux_mismatch: float
    ceiling: FloatArray
    coarse: float
    coarse_layers: FloatArray
    error: float
    layers_error: FloatArray
    cut: bool = False
    cross: FloatArray = field(default_factory=lambda: np.zeros(3))
    coarse_cross: FloatArray = field(default_factory=lambda: np.zeros(3))
    fields: Fields | None = None
    order: float = 0.0
    spread: float = 0.0
    sharper: float = 0.0
    upper: float = 0.0
