"""Particles of a phase: touching ones are parted by a watershed of the distance to the surface."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Ids = NDArray[np.int32]

# Two maxima of the distance are two particles if the path between them dips by more than this
# share of the smaller one: touching spheres dip by far more, a rough surface by less.
DIP = 0.1
_REACH = 32


def split_particles(phase: Mask, periodic: tuple[bool, bool, bool]) -> Ids:
    """Number the particles of a phase.

    The seeds are the maxima of the distance to the surface that stand out by `DIP` of their height,
    after smoothing over a voxel; a watershed gives every voxel to one of them [Beucher1979].

    Args:
        phase: where the particles are, shape (x, y, z).
        periodic: axes that wrap around.

    Returns:
        Particle of each voxel from 1 on, 0 outside.
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    # Room on both sides for the largest particle: the distance transform knows no repeats.
    room = [min(n, _REACH) for n in phase.shape]
    around = phase
    for axis, (width, wraps) in enumerate(zip(room, periodic, strict=True)):
        pad = [(width * (a == axis), width * (a == axis)) for a in range(3)]
        around = np.pad(around, pad, "wrap" if wraps else "edge")
    inside = tuple(slice(w, w + n) for w, n in zip(room, phase.shape, strict=True))
    distance = np.asarray(distance_transform_edt(around), np.float32)
    height = np.where(around, gaussian_filter(distance, 1.0), 0.0)[inside]
    order = np.argsort(-height, axis=None, kind="stable")[: np.count_nonzero(phase)]
    found = _flood(
        height.ravel(), order.astype(np.int64), np.array(phase.shape), np.array(periodic), DIP
    )
    return np.asarray(found.reshape(phase.shape))


@njit(cache=True, error_model="numpy")
def _root(parent, i):  # type: ignore[no-untyped-def]
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, error_model="numpy")
def _flood(height, order, shape, periodic, dip):  # type: ignore[no-untyped-def]
    """Let the basins grow from their summits downwards; low summits join where two meet."""
    ny, nz = shape[1], shape[2]
    basin = np.zeros(height.size, np.int32)
    parent, summit = [0], [0.0]
    near = np.empty(6, np.int64)
    for v in order:
        i, j, k = v // (ny * nz), v // nz % ny, v % nz
        count = 0
        for d in range(6):
            at = np.array([i, j, k])
            axis = d // 2
            at[axis] += 2 * (d % 2) - 1
            if not 0 <= at[axis] < shape[axis]:
                if not periodic[axis]:
                    continue
                at[axis] %= shape[axis]
            there = basin[(at[0] * ny + at[1]) * nz + at[2]]
            if there > 0:
                near[count] = _root(parent, there)
                count += 1
        if count == 0:
            parent.append(len(parent))
            summit.append(height[v])
            basin[v] = len(parent) - 1
            continue
        best = near[0]
        for n in range(1, count):
            if summit[near[n]] > summit[best]:
                best = near[n]
        for n in range(count):
            other = _root(parent, near[n])
            if other != best and height[v] > (1 - dip) * summit[other]:
                parent[other] = best
        basin[v] = best
    number = np.zeros(len(parent), np.int32)
    largest = 0
    for b in range(1, len(parent)):
        if parent[b] == b:
            largest += 1
            number[b] = largest
    for v in order:
        basin[v] = number[_root(parent, basin[v])]
    return basin
