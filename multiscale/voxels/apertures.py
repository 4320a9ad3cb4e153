"""How much of each voxel face, and of each voxel, spheres or ellipsoids leave open.

Every plane is cut into lines, several per voxel. The part of a line inside a grain is an interval
known exactly; the intervals of all grains are sorted and joined, so that overlaps count once.

A grain is the set (x - c)^T Q (x - c) <= 1; of a sphere Q = 1/r^2, see `ellipsoids` for others.

A rank may ask for its part of the voxels only; it gets the same numbers as from the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from multiscale.errors import StageFailed
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


def face_apertures(
    centre: Floats,
    form: Floats,
    shape: Shape,
    edge: Floats,
    periodic: Wraps,
    part: Part | None = None,
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
    """
    faces, spans = [], _spans(shape, part)
    for axis in range(3):
        order = (axis, *(a for a in range(3) if a != axis))
        planes = np.arange(spans[axis][0], spans[axis][1] + 1.0)
        covered = _covered(centre, form, shape, edge, periodic, order, planes, LINES, spans)
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
) -> Singles:
    """Compute the volume fraction of each voxel that lies in the grains.

    By the mean over `planes` planes normal to x, each as exact as the faces.

    Args:
        centre, form, shape, edge, periodic: as for `face_apertures`.
        planes: planes per voxel.
        part: the voxels wanted, all where left out.
    """
    spans = _spans(shape, part)
    height = (np.arange(planes * spans[0][0], planes * spans[0][1]) + 0.5) / planes
    covered = _covered(centre, form, shape, edge, periodic, (0, 1, 2), height, planes, spans)
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
    """Find the common radius factor with which the spheres fill `fraction` of the box. Collective.

    Newton's method; the slope is the surface, of which overlaps hide a part: 3 V / factor is used
    first, then the secant.

    Args:
        centre, shape, edge, periodic: as for `face_apertures`.
        radius: radii of spheres [m], shape (n,).
        fraction: of the box, to be met to 1e-6.
        slabs: who has which slices along z; this rank all where left out.

    Raises:
        StageFailed: no factor near 1 gives this volume.
    """

    slabs = slabs or whole(shape[2], (False, False, False))
    part = slice(None), slice(None), slice(slabs.begin, slabs.end)

    def filled(factor: float) -> float:
        solid = solid_fractions(centre, factor * radius, shape, edge, periodic, part=part)
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
        f"{radius.size} spheres fill {volume:.4f} of the box where {fraction:.4f} is asked for; "
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
) -> Singles:
    """Covered fraction of the cells of parallel planes; axes (normal, across the lines, along)."""
    axes = list(order)
    cells = np.array(shape)[axes]
    across, along = (spans[a] for a in axes[1:])
    covered = np.zeros((height.size, across[1] - across[0], along[1] - along[0]), np.float32)
    form = np.asarray(form, float)
    form = sphere_forms(form) if form.ndim == 1 else form
    _cover_planes(
        np.ascontiguousarray(np.asarray(centre, float)[:, axes] / np.asarray(edge)[axes]),
        np.ascontiguousarray(form[:, axes][:, :, axes]),
        np.asarray(edge, float)[axes],
        cells.astype(float),
        np.array(periodic)[axes],
        height,
        lines,
        (across[0], along[0]),
        covered,
    )
    return covered


@njit(parallel=True, cache=True, error_model="numpy")
def _cover_planes(  # type: ignore[no-untyped-def]
    centre, form, edge, box, wraps, height, lines, first, covered
):
    for p in prange(height.size):
        _cover_plane(centre, form, edge, box, wraps, height[p], lines, first, covered[p])


@njit(cache=True, error_model="numpy")
def _images(centre, reach, length, wraps, low, high):  # type: ignore[no-untyped-def]
    """First and last period by which centre ± reach meets [low, high]."""
    if not wraps:
        return 0, 0 if centre + reach > low and centre - reach < high else -1
    first = np.ceil((low - reach - centre) / length)
    return int(first), int(np.floor((high + reach - centre) / length))


@njit(cache=True, error_model="numpy")
def _cover_plane(  # type: ignore[no-untyped-def]
    centre, form, edge, box, wraps, height, lines, first_cell, covered
):
    """Lengths in voxels of their axis; `height` along the first, lines along the third.

    With (g, u, w) from the centre, g fixed by the plane: the shadow of the grain along w is
    S_gg g^2 + 2 S_gu g u + S_uu u^2 <= 1 with S = Q - Q_w Q_w^T/Q_ww, and a line at u is inside
    where Q_ww w^2 + 2 b w + c <= 0. `covered` begins with the cell `first_cell` of the plane.
    """
    rows = lines * covered.shape[0]
    begin, end = float(first_cell[1]), float(first_cell[1] + covered.shape[1])
    start = np.zeros(rows + 1, np.int64)
    # Two passes: how many intervals each line has, then the intervals.
    low, high, at = np.empty(0), np.empty(0), np.zeros(0, np.int64)
    for counting in (True, False):
        for q in range(form.shape[0]):
            gg, gu, gw = form[q, 0, 0], form[q, 0, 1], form[q, 0, 2]
            uu, uw, ww = form[q, 1, 1], form[q, 1, 2], form[q, 2, 2]
            s_gg, s_gu, s_uu = gg - gw * gw / ww, gu - gw * uw / ww, uu - uw * uw / ww
            reach = np.sqrt(s_uu / (s_gg * s_uu - s_gu * s_gu)) / edge[0]
            first, last = _images(centre[q, 0], reach, box[0], wraps[0], height, height)
            for s in range(first, last + 1):
                gap = edge[0] * (height - centre[q, 0] - s * box[0])
                square = s_gu * s_gu * gap * gap - s_uu * (s_gg * gap * gap - 1.0)
                if square <= 0:
                    continue
                width = np.sqrt(square) / (s_uu * edge[1])
                axis = centre[q, 1] - s_gu * gap / (s_uu * edge[1])
                bottom = int(np.ceil((axis - width) * lines - 0.5))
                top = int(np.floor((axis + width) * lines - 0.5))
                for line in range(bottom, top + 1):
                    row = line % (lines * int(box[1])) if wraps[1] else line
                    row -= lines * first_cell[0]
                    if row < 0 or row >= rows:
                        continue
                    across = edge[1] * ((line + 0.5) / lines - centre[q, 1])
                    b = gw * gap + uw * across
                    c = gg * gap * gap + 2.0 * gu * gap * across + uu * across * across - 1.0
                    rest = b * b - ww * c
                    if rest <= 0:
                        continue
                    half = np.sqrt(rest) / (ww * edge[2])
                    base = centre[q, 2] - b / (ww * edge[2])
                    one, other = _images(base, half, box[2], wraps[2], 0.0, box[2])
                    for t in range(one, other + 1):
                        middle = base + t * box[2]
                        if middle - half >= end or middle + half <= begin:
                            continue
                        if counting:
                            start[row + 1] += 1
                        else:
                            low[at[row]] = max(middle - half, 0.0)
                            high[at[row]] = min(middle + half, box[2])
                            at[row] += 1
        if counting:
            for row in range(rows):
                start[row + 1] += start[row]
            low, high, at = np.empty(start[rows]), np.empty(start[rows]), start[:-1].copy()
    for row in range(rows):
        _lay(low[start[row] : start[row + 1]], high[start[row] : start[row + 1]],
             1 / lines, first_cell[1], covered[row // lines])  # fmt: skip


@njit(cache=True, error_model="numpy")
def _lay(low, high, share, first, cells):  # type: ignore[no-untyped-def]
    """Add the union of the intervals of one line to the cells that it crosses, from `first` on."""
    order = np.argsort(low)
    end = 0.0
    for n in order:
        a, end_here = max(low[n], end), high[n]
        if end_here <= a:
            continue
        end = end_here
        cell, last = max(int(a), first), min(int(end_here), first + cells.size - 1)
        while cell <= last:
            cells[cell - first] += share * max(min(end_here, cell + 1.0) - max(a, float(cell)), 0.0)
            cell += 1
