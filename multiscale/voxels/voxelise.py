"""Spheres on a voxel grid that is periodic in x and y and bounded by planes in z."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.errors import StageFailed

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Shape = tuple[int, int, int]


def radius_factor(
    centre: Floats,
    radius: Floats,
    shape: Shape,
    edge: Floats,
    count: int,
    taken: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.bool_], float]:
    """Choose the `count` voxels deepest in the spheres, and the radius factor that this means.

    With q(x) = min_i |x - c_i| / r_i, spheres of radius factor r_i hold the voxels q <= factor. The
    count-th smallest q is therefore the factor that gives this volume, overlaps counted once.

    Args:
        centre: sphere centres [m], shape (n, 3).
        radius: sphere radii [m], shape (n,).
        shape: voxels along x, y, z.
        edge: edge lengths of a voxel [m], shape (3,).
        count: voxels wanted inside the spheres.
        taken: voxels that are not to be had, shape (x, y, z); none by default.

    Returns:
        Mask of the voxels inside, and the factor.

    Raises:
        StageFailed: the spheres would have to double their radius, or, where voxels are taken,
            to be five times as large.
    """
    reach = 1.1
    while True:
        q = np.full(shape, np.inf, np.float32)
        _scaled_distance(centre, radius, edge, reach, q)
        if taken is not None:
            q[taken] = np.inf
        if np.count_nonzero(q <= reach) >= count:
            break
        if reach > (2 if taken is None else 5):
            raise StageFailed(
                f"{radius.size} spheres, {reach:.1f} times as large, fill less than {count} "
                "voxels; compare the powder's sizes with the electrode's active mass"
            )
        reach *= 1.2
    if count == 0:
        return np.zeros(shape, bool), 0.0
    factor = np.partition(q, count - 1, axis=None)[count - 1]
    inside = q < factor
    ties = np.flatnonzero(q == factor)[: count - np.count_nonzero(inside)]
    inside.flat[ties] = True
    return inside, float(factor)


def surface_distances(
    centre: Floats, radius: Floats, shape: Shape, edge: Floats
) -> tuple[Singles, Singles]:
    """Distance of each voxel centre to the nearest and to the second nearest sphere's surface.

    d_1 = min_i (|x - c_i| - r_i), negative inside; d_2 the same over the other spheres.

    Args:
        centre: sphere centres [m], shape (n, 3), at least two.
        radius: sphere radii [m], shape (n,).
        shape: voxels along x, y, z.
        edge: edge lengths of a voxel [m], shape (3,).

    Returns:
        d_1 and d_2 [m].
    """
    if radius.size < 2:
        raise StageFailed(f"distances to two particles asked for, but there is {radius.size}")
    reach = float(np.mean(radius))
    largest = 2 * float(np.linalg.norm(edge * shape))
    while True:
        # What lies within reach of a surface is exact; widen the reach until it covers every voxel.
        d = np.full((2, *shape), np.inf, np.float32)
        _two_nearest(centre, radius, edge, reach, d[0], d[1], np.full(shape, -1, np.int32))
        if reach > largest or np.isfinite(d[1][d[0] > 0]).all():
            return d[0], d[1]
        reach *= 1.5


@njit(cache=True, error_model="numpy")
def _scaled_distance(centre, radius, edge, reach, q):  # type: ignore[no-untyped-def]
    """q = min_i |x - c_i| / r_i wherever it is below reach."""
    nx, ny, nz = q.shape
    for p in range(radius.size):
        far, square = reach * radius[p], (reach * radius[p]) ** 2
        cx, cy, cz = centre[p, 0], centre[p, 1], centre[p, 2]
        for i in range(int(np.floor((cx - far) / edge[0])), int(np.ceil((cx + far) / edge[0]))):
            dx = (i + 0.5) * edge[0] - cx
            for j in range(int(np.floor((cy - far) / edge[1])), int(np.ceil((cy + far) / edge[1]))):
                dy = (j + 0.5) * edge[1] - cy
                left = square - dx * dx - dy * dy
                if left < 0:
                    continue
                half = np.sqrt(left)
                column = q[i % nx, j % ny]
                low = max(int((cz - half) / edge[2] - 0.5), 0)
                for k in range(low, min(int((cz + half) / edge[2] + 0.5) + 1, nz)):
                    dz = (k + 0.5) * edge[2] - cz
                    ratio = np.float32(np.sqrt(dx * dx + dy * dy + dz * dz) / radius[p])
                    column[k] = min(column[k], ratio)


@njit(cache=True, error_model="numpy")
def _two_nearest(centre, radius, edge, reach, d1, d2, owner):  # type: ignore[no-untyped-def]
    """The two smallest surface distances from different spheres, wherever they are below reach."""
    nx, ny, nz = d1.shape
    for p in range(radius.size):
        far, square = radius[p] + reach, (radius[p] + reach) ** 2
        cx, cy, cz = centre[p, 0], centre[p, 1], centre[p, 2]
        for i in range(int(np.floor((cx - far) / edge[0])), int(np.ceil((cx + far) / edge[0]))):
            dx = (i + 0.5) * edge[0] - cx
            for j in range(int(np.floor((cy - far) / edge[1])), int(np.ceil((cy + far) / edge[1]))):
                dy = (j + 0.5) * edge[1] - cy
                left = square - dx * dx - dy * dy
                if left < 0:
                    continue
                half, a, b = np.sqrt(left), i % nx, j % ny
                low = max(int((cz - half) / edge[2] - 0.5), 0)
                for k in range(low, min(int((cz + half) / edge[2] + 0.5) + 1, nz)):
                    dz = (k + 0.5) * edge[2] - cz
                    d = np.float32(np.sqrt(dx * dx + dy * dy + dz * dz) - radius[p])
                    if d > reach:
                        continue
                    if d < d1[a, b, k]:
                        if owner[a, b, k] != p:  # a periodic image is not another sphere
                            d2[a, b, k] = d1[a, b, k]
                        d1[a, b, k] = d
                        owner[a, b, k] = p
                    elif d < d2[a, b, k] and owner[a, b, k] != p:
                        d2[a, b, k] = d
