"""How much of each voxel face, and of each voxel, spheres, ellipsoids and bridges leave open.

Every plane is cut into lines, several per voxel. The part of a line inside a grain is an interval
known exactly; the intervals of all grains are sorted and joined, so that overlaps count once
(`line_covers`).

A grain is the set (x - c)^T Q (x - c) <= 1; of a sphere Q = 1/r^2, see `ellipsoids` for others.
With its spheres a bridge is a cylinder from centre to centre.

A rank may ask for its part of the voxels only; it gets the same numbers as from the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import StageFailed
from multiscale.voxels.bridges import Bridges, cylinders
from multiscale.voxels.line_covers import cover_planes
from multiscale.voxels.slabs import Slabs, from_all, whole

Floats = NDArray[np.float64]
type Bytes = np.ndarray[Any, np.dtype[np.uint8]]
type Singles = np.ndarray[Any, np.dtype[np.float32]]
Shape = tuple[int, int, int]
Wraps = tuple[bool, bool, bool]
Part = tuple[slice, slice, slice]

LINES = 8
OPEN = 255  # a face without a grain


@dataclass(frozen=True)
class Apertures:
    """Open fraction of the voxel faces, in steps of 1/255.

    Attributes:
        x, y, z: faces normal to each axis, lower faces first, shapes (nx + 1, ny, nz),
            (nx, ny + 1, nz), (nx, ny, nz + 1). The two ends of a periodic axis are one plane.
    """

    x: Bytes
    y: Bytes
    z: Bytes

    def along(self, order: tuple[int, int, int]) -> Apertures:
        """Put the axes in another order, as `numpy.transpose` does."""
        faces = (self.x, self.y, self.z)
        return Apertures(*(np.ascontiguousarray(faces[a].transpose(order)) for a in order))


def sphere_forms(radius: Floats) -> Floats:
    """Give Q = 1/r^2 of spheres, shape (n, 3, 3)."""
    return np.eye(3) / np.asarray(radius, float)[:, None, None] ** 2


def scaled(form: Floats, factor: float) -> Floats:
    """Give radii of spheres or Q of ellipsoids that are `factor` times as large."""
    form = np.asarray(form, float)
    return factor * form if form.ndim == 1 else form / factor**2


def face_apertures(
    centre: Floats,
    form: Floats,
    shape: Shape,
    edge: Floats,
    periodic: Wraps,
    part: Part | None = None,
    bridges: Bridges | None = None,
    cut: int = 1,
    lines: int = LINES,
) -> Apertures:
    """Compute the open fraction of every voxel face between grains that may overlap.

        A_f = 1 - |face inside any grain| / |face|

    Args:
        centre: centres of the grains [m], shape (n, 3).
        form: Q of ellipsoids [1/m^2], shape (n, 3, 3), or radii of spheres [m], shape (n,).
        shape: voxels along x, y, z.
        edge: edge lengths of a voxel [m], shape (3,).
        periodic: which axes repeat; grains are cut off at the others.
        part: the voxels whose faces are wanted, all where left out.
        bridges: bonds between spheres, whose cylinders are grains too; none where left out.
        cut: pieces along both edges of a face, each with its own open fraction: those of x have the
            shape (nx + 1, cut ny, cut nz).
        lines: across each face.
    """
    finer = cut * shape[0], cut * shape[1], cut * shape[2]
    faces, spans = [], [(cut * begin, cut * end) for begin, end in _spans(shape, part)]
    for axis in range(3):
        order = (axis, *(a for a in range(3) if a != axis))
        planes = np.arange(spans[axis][0], spans[axis][1] + 1.0, cut)
        covered = _covered(
            centre, form, finer, edge / cut, periodic, order, planes, lines // cut, spans, bridges
        )
        planes_last = np.rint(OPEN * (1 - covered)).astype(np.uint8)
        faces.append(np.ascontiguousarray(planes_last.transpose(np.argsort(order))))
    return Apertures(*faces)


def solid_fractions(
    centre: Floats,
    form: Floats,
    shape: Shape,
    edge: Floats,
    periodic: Wraps,
    planes: int = 4,
    part: Part | None = None,
    bridges: Bridges | None = None,
) -> Singles:
    """Compute the volume fraction of each voxel that lies in the grains.

    By the mean over `planes` planes normal to x, each as exact as the faces.

    Args:
        centre, form, shape, edge, periodic: as for `face_apertures`.
        planes: planes per voxel.
        part: the voxels wanted, all where left out.
        bridges: as for `face_apertures`.
    """
    spans = _spans(shape, part)
    height = (np.arange(planes * spans[0][0], planes * spans[0][1]) + 0.5) / planes
    covered = _covered(
        centre, form, shape, edge, periodic, (0, 1, 2), height, planes, spans, bridges
    )
    return covered.reshape(-1, planes, *covered.shape[1:]).mean(axis=1)


def volume_factor(
    centre: Floats,
    radius: Floats,
    shape: Shape,
    edge: Floats,
    periodic: Wraps,
    fraction: float,
    slabs: Slabs | None = None,
) -> float:
    """Find the common radius factor with which the grains fill `fraction` of the box. Collective.

    Newton's method; the slope is the surface, of which overlaps hide a part: 3 V / factor is used
    first, then the secant.

    Args:
        centre, shape, edge, periodic: as for `face_apertures`.
        radius: radii of spheres [m], shape (n,), or Q of ellipsoids [1/m^2], shape (n, 3, 3).
        fraction: of the box, to be met to 1e-6.
        slabs: who has which slices along z; this rank all where left out.

    Raises:
        StageFailed: no factor near 1 gives this volume.
    """

    slabs = slabs or whole(shape[2], (False, False, False))
    part = slice(None), slice(None), slice(slabs.begin, slabs.end)

    def filled(factor: float) -> float:
        form = scaled(radius, factor)
        solid = solid_fractions(centre, form, shape, edge, periodic, part=part)
        by_slice = np.concatenate(from_all(solid.sum(axis=(0, 1), dtype=np.float64), slabs))
        return float(by_slice.sum() / np.prod(shape))

    factor, volume = 1.0, filled(1.0)
    slope = 3 * volume
    for _ in range(12):
        if abs(volume - fraction) < 1e-6:
            return factor
        step = float(np.clip((fraction - volume) / slope, -0.2, 0.2))
        after = filled(factor + step)
        slope = (after - volume) / step if after != volume else slope
        factor, volume = factor + step, after
    raise StageFailed(
        f"{len(radius)} particles fill {volume:.4f} of the box where {fraction:.4f} is asked for; "
        "compare the powder's sizes with the electrode's active mass"
    )


def _spans(shape: Shape, part: Part | None) -> list[tuple[int, int]]:
    """First and last + 1 of the voxels wanted along each axis."""
    every = (slice(None),) * 3
    return [chosen.indices(n)[:2] for n, chosen in zip(shape, part or every, strict=True)]


def _covered(
    centre: Floats,
    form: Floats,
    shape: Shape,
    edge: Floats,
    periodic: Wraps,
    order: tuple[int, ...],
    height: Floats,
    lines: int,
    spans: list[tuple[int, int]],
    bridges: Bridges | None,
) -> Singles:
    """Covered fraction of the cells of parallel planes; axes (normal, across the lines, along)."""
    axes = list(order)
    cells = np.array(shape)[axes]
    across, along = (spans[a] for a in axes[1:])
    covered = np.zeros((height.size, across[1] - across[0], along[1] - along[0]), np.float32)
    form = np.asarray(form, float)
    form = sphere_forms(form) if form.ndim == 1 else form
    cover_planes(
        np.ascontiguousarray(np.asarray(centre, float)[:, axes] / np.asarray(edge)[axes]),
        np.ascontiguousarray(form[:, axes][:, :, axes]),
        cylinders(bridges, order),
        np.asarray(edge, float)[axes],
        cells.astype(float),
        np.array(periodic)[axes],
        height,
        lines,
        (across[0], along[0]),
        covered,
    )
    return covered
