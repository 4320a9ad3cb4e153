"""Which particle each voxel belongs to, and its signed distance to the surface, slab by slab."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange
from numpy.typing import NDArray

from multiscale.voxels.checkerboard import layer, parallel

type Floats = NDArray[np.float64]
type Singles = np.ndarray[Any, np.dtype[np.float32]]
type Ids = np.ndarray[Any, np.dtype[np.int32]]


def particle_fields(
    centre: Floats,
    radius: Floats,
    shape: tuple[int, int, int],
    edge: Floats,
    periodic: tuple[bool, bool, bool],
    reach: float,
    slab: tuple[int, int] | None = None,
) -> tuple[Ids, Singles]:
    """Find the sphere whose surface is nearest, and the signed distance to it.

        d(x) = min_p (|x - c_p| - r_p),    negative inside; exact up to `reach` from a surface

    Overlapping spheres are parted where they are equally deep. Each layer of voxels is its own
    task, so that the result depends neither on the threads nor on how ranks cut the volume.

    Args:
        centre: sphere centres [m], shape (n, 3).
        radius: sphere radii [m], shape (n,).
        shape: voxels along x, y, z of the whole volume.
        edge: edge lengths of a voxel [m], shape (3,).
        periodic: which axes repeat.
        reach: distance outside the surfaces up to which d is wanted [m]; infinite beyond.
        slab: first layer along x and the one after the last; all where left out.

    Returns:
        Sphere of each voxel from 1 on, 0 beyond `reach`, and d [m], both of the slab's shape.
    """
    low, high = (0, shape[0]) if slab is None else slab
    ids = np.zeros((high - low, shape[1], shape[2]), np.int32)
    distance = np.full(ids.shape, np.inf, np.float32)
    _fill(
        np.asarray(centre, float),
        np.asarray(radius, float),
        np.asarray(edge, float),
        np.array(shape),
        np.array(periodic),
        float(reach),
        low,
        ids,
        distance,
    )
    return ids, distance


@parallel
def _fill(centre, radius, edge, shape, wraps, reach, low, ids, distance):  # type: ignore[no-untyped-def]
    for i in prange(ids.shape[0]):
        _fill_layer(
            np.int64(i), centre, radius, edge, shape, wraps, reach, low, ids[i], distance[i]
        )


@layer
def _fill_layer(i, centre, radius, edge, shape, wraps, reach, low, ids, distance):  # type: ignore[no-untyped-def]
    x = (low + i + 0.5) * edge[0]
    length = shape[0] * edge[0]
    for p in range(radius.size):
        far = radius[p] + reach
        dx = x - centre[p, 0]
        if wraps[0]:
            dx -= length * np.round(dx / length)
        rest = far * far - dx * dx
        if rest <= 0:
            continue
        wide, cy, cz = np.sqrt(rest), centre[p, 1], centre[p, 2]
        first = int(np.ceil((cy - wide) / edge[1] - 0.5))
        for j in range(first, int(np.floor((cy + wide) / edge[1] - 0.5)) + 1):
            if not wraps[1] and (j < 0 or j >= shape[1]):
                continue
            dy = (j + 0.5) * edge[1] - cy
            left = rest - dy * dy
            if left <= 0:
                continue
            half = np.sqrt(left)
            lowest = int(np.ceil((cz - half) / edge[2] - 0.5))
            for k in range(lowest, int(np.floor((cz + half) / edge[2] - 0.5)) + 1):
                if not wraps[2] and (k < 0 or k >= shape[2]):
                    continue
                dz = (k + 0.5) * edge[2] - cz
                d = np.float32(np.sqrt(dx * dx + dy * dy + dz * dz) - radius[p])
                b, c = j % shape[1], k % shape[2]
                if d < distance[b, c]:
                    distance[b, c] = d
                    ids[b, c] = p + 1
