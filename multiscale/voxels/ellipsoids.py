"""Ellipsoids of any orientation on voxels: nearest one and signed distance to its surface.

Their face apertures and volume fractions are those of `apertures`, which takes their `forms`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from multiscale.errors import StageFailed
from multiscale.voxels.checkerboard import parallel
from multiscale.voxels.slabs import Slabs, from_all
from multiscale.voxels.voxelise import bounded

type Floats = NDArray[np.float64]
type Singles = np.ndarray[Any, np.dtype[np.float32]]
type Ids = np.ndarray[Any, np.dtype[np.int32]]

_LEAST = 1e-7  # of the least semi-axis: closer to a plane of symmetry, a point is moved off it


@dataclass(frozen=True)
class Ellipsoids:
    """Ellipsoids: x = c + R (a o u) with |u| <= 1.

    Attributes:
        centre: c [m], shape (n, 3).
        axes: semi-axes a [m], shape (n, 3).
        turn: rotations R, their columns the directions of the axes, shape (n, 3, 3).
    """

    centre: Floats
    axes: Floats
    turn: Floats

    @property
    def volume(self) -> Floats:
        """Volume of each [m^3], overlaps not counted, shape (n,)."""
        return np.asarray(4 / 3 * np.pi * self.axes.prod(axis=1))


def spheroids(centre: Floats, diameter: Floats, aspect: float, axis: Floats) -> Ellipsoids:
    """Give spheroids of the volume of spheres: plates for aspect < 1, rods for aspect > 1.

    Args:
        centre: centres [m], shape (n, 3).
        diameter: of the spheres of equal volume [m], shape (n,).
        aspect: polar over equatorial diameter.
        axis: direction of each polar axis, of any length, shape (n, 3).
    """
    polar = axis / np.linalg.norm(axis, axis=1)[:, None]
    least = np.eye(3)[np.abs(polar).argmin(axis=1)]  # any direction that is not the pole
    first = np.cross(polar, least)
    first /= np.linalg.norm(first, axis=1)[:, None]
    turn = np.stack([first, np.cross(polar, first), polar], axis=2)
    equatorial = diameter / 2 * aspect ** (-1 / 3)
    axes = equatorial[:, None] * np.array([1.0, 1.0, aspect])
    return Ellipsoids(np.asarray(centre, float), axes, turn)


def stretch(aspect: float) -> Floats:
    """Give the factors along x, y, z that turn spheroids with their poles along z into spheres.

    Volume fractions and open fractions of faces do not change where space is stretched.
    """
    return np.array([1.0, 1.0, 1.0 / aspect])


def forms(grains: Ellipsoids) -> Floats:
    """Give Q = R diag(1/a^2) R^T [1/m^2], shape (n, 3, 3)."""
    return np.einsum("nik,nk,njk->nij", grains.turn, grains.axes**-2, grains.turn)


def surface_distance(grains: Ellipsoids, point: Floats) -> Floats:
    """Give the signed distance of a point to the surface of each ellipsoid, negative inside.

    The nearest point is a_i^2 y_i/(t + a_i^2) in the frame of the axes, where t is the largest root
    of sum_i (a_i y_i/(t + a_i^2))^2 = 1 [Eberly2013].

    Args:
        grains: the ellipsoids.
        point: [m], shape (3,).

    Returns:
        Distances [m], shape (n,).
    """
    y = np.einsum("nik,ni->nk", grains.turn, point - grains.centre)
    return np.array([_distance(*at, *axes) for at, axes in zip(y, grains.axes, strict=True)])


def ellipsoid_fields(
    grains: Ellipsoids,
    shape: tuple[int, int, int],
    edge: Floats,
    periodic: tuple[bool, bool, bool],
    reach: float,
    slab: tuple[int, int] | None = None,
) -> tuple[Ids, Singles]:
    """Find the ellipsoid whose surface is nearest, and the signed distance to it.

    As `particle_fields` does of spheres: each layer of voxels is its own task.

    Args:
        grains: the ellipsoids.
        shape: voxels along x, y, z of the whole volume.
        edge: edge lengths of a voxel [m], shape (3,).
        periodic: which axes repeat.
        reach: distance outside the surfaces up to which it is wanted [m]; infinite beyond.
        slab: first layer along x and the one after the last; all where left out.

    Returns:
        Ellipsoid of each voxel from 1 on, 0 beyond `reach`, and the distance [m], both of the
        slab's shape.
    """
    low, high = (0, shape[0]) if slab is None else slab
    ids = np.zeros((high - low, shape[1], shape[2]), np.int32)
    distance = np.full(ids.shape, np.inf, np.float32)
    # Half the box around each, along x, y, z: the square roots of the diagonal of Q^-1.
    half = np.sqrt(np.einsum("nik,nk->ni", grains.turn**2, grains.axes**2)) + reach
    _fill(
        np.asarray(grains.centre, float),
        np.asarray(grains.axes, float),
        np.ascontiguousarray(grains.turn, float),
        half,
        np.asarray(edge, float),
        np.array(shape),
        np.array(periodic),
        float(reach),
        low,
        ids,
        distance,
    )
    return ids, distance


def two_nearest(
    grains: Ellipsoids,
    wanted: NDArray[np.bool_],
    shape: tuple[int, int, int],
    edge: Floats,
    slabs: Slabs | None = None,
) -> tuple[Singles, Singles]:
    """Distance of voxel centres to the nearest and the second nearest ellipsoid's surface.
    Collective.

    As `surface_distances` of spheres, in a volume that is periodic in x and y.

    Args:
        grains: the ellipsoids, at least two.
        wanted: voxels outside the ellipsoids whose distances are asked for, shape (x, y, own
            slices).
        shape: voxels along x, y, z of the whole volume.
        edge: edge lengths of a voxel [m], shape (3,).
        slabs: who has which slices; this rank all where left out.

    Returns:
        d_1 and d_2 [m], of the shape of `wanted`; infinite elsewhere.

    Raises:
        StageFailed: fewer than two ellipsoids.
    """
    if len(grains.axes) < 2:
        raise StageFailed(f"distances to two particles asked for, but there is {len(grains.axes)}")
    slabs = slabs or bounded(shape)
    half = np.sqrt(np.einsum("nik,nk->ni", grains.turn**2, grains.axes**2))
    reach = 0.5 * float(np.mean(grains.axes))
    largest = 2 * float(np.linalg.norm(edge * shape))
    while True:
        # What lies within reach of a surface is exact; widen the reach until it covers every voxel.
        d = np.full((2, *wanted.shape), np.inf, np.float32)
        owner = np.full(wanted.shape, -1, np.int32)
        _two_nearest(
            grains.centre, grains.axes, np.ascontiguousarray(grains.turn), half + reach, edge,
            reach, slabs.begin, wanted, d[0], d[1], owner,
        )  # fmt: skip
        if reach > largest or all(from_all(np.isfinite(d[1][wanted]).all(), slabs)):
            return d[0], d[1]
        reach *= 1.5


@njit(cache=True, error_model="numpy")
def _two_nearest(  # type: ignore[no-untyped-def]
    centre, axes, turn, half, edge, reach, begin, wanted, d1, d2, owner
):
    nx, ny, nz = wanted.shape
    for p in range(len(axes)):
        a, R = axes[p], turn[p]
        least = min(a[0], a[1], a[2])
        low = np.ceil((centre[p] - half[p]) / edge - 0.5).astype(np.int64)
        high = np.floor((centre[p] + half[p]) / edge - 0.5).astype(np.int64)
        for i in range(low[0], high[0] + 1):
            dx = (i + 0.5) * edge[0] - centre[p, 0]
            for j in range(low[1], high[1] + 1):
                dy = (j + 0.5) * edge[1] - centre[p, 1]
                for k in range(max(low[2], begin), min(high[2], begin + nz - 1) + 1):
                    u, v, w = i % nx, j % ny, k - begin
                    if not wanted[u, v, w]:
                        continue
                    dz = (k + 0.5) * edge[2] - centre[p, 2]
                    x = R[0, 0] * dx + R[1, 0] * dy + R[2, 0] * dz
                    y = R[0, 1] * dx + R[1, 1] * dy + R[2, 1] * dz
                    z = R[0, 2] * dx + R[1, 2] * dy + R[2, 2] * dz
                    # A point q times as far out as the surface is (q - 1) least away, or more.
                    q = math.sqrt((x / a[0]) ** 2 + (y / a[1]) ** 2 + (z / a[2]) ** 2)
                    if (q - 1.0) * least > min(reach, d2[u, v, w]):
                        continue
                    d = np.float32(_distance(x, y, z, a[0], a[1], a[2]))
                    if d > reach:
                        continue
                    if d < d1[u, v, w]:
                        if owner[u, v, w] != p:  # a periodic image is not another grain
                            d2[u, v, w] = d1[u, v, w]
                        d1[u, v, w] = d
                        owner[u, v, w] = p
                    elif d < d2[u, v, w] and owner[u, v, w] != p:
                        d2[u, v, w] = d


@parallel
def _fill(  # type: ignore[no-untyped-def]
    centre, axes, turn, half, edge, shape, wraps, reach, low, ids, distance
):
    for i in prange(ids.shape[0]):
        _fill_layer(
            (low + i + 0.5) * edge[0], centre, axes, turn, half, edge, shape, wraps, reach,
            ids[i], distance[i],
        )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _fill_layer(  # type: ignore[no-untyped-def]
    x, centre, axes, turn, half, edge, shape, wraps, reach, ids, distance
):
    length = shape[0] * edge[0]
    for p in range(len(axes)):
        a, R = axes[p], turn[p]
        far = max(a[0], a[1], a[2]) + reach
        first = int(np.ceil((centre[p, 0] - half[p, 0] - x) / length)) if wraps[0] else 0
        last = int(np.floor((centre[p, 0] + half[p, 0] - x) / length)) if wraps[0] else 0
        for image in range(first, last + 1):  # x + image length may lie in this grain
            dx = x + image * length - centre[p, 0]
            if abs(dx) > half[p, 0]:
                continue
            j0 = int(np.ceil((centre[p, 1] - half[p, 1]) / edge[1] - 0.5))
            j1 = int(np.floor((centre[p, 1] + half[p, 1]) / edge[1] - 0.5))
            k0 = int(np.ceil((centre[p, 2] - half[p, 2]) / edge[2] - 0.5))
            k1 = int(np.floor((centre[p, 2] + half[p, 2]) / edge[2] - 0.5))
            for j in range(
                j0 if wraps[1] else max(j0, 0), (j1 if wraps[1] else min(j1, shape[1] - 1)) + 1
            ):
                dy = (j + 0.5) * edge[1] - centre[p, 1]
                for k in range(
                    k0 if wraps[2] else max(k0, 0), (k1 if wraps[2] else min(k1, shape[2] - 1)) + 1
                ):
                    dz = (k + 0.5) * edge[2] - centre[p, 2]
                    if dx * dx + dy * dy + dz * dz > far * far:
                        continue
                    d = np.float32(
                        _distance(
                            R[0, 0] * dx + R[1, 0] * dy + R[2, 0] * dz,
                            R[0, 1] * dx + R[1, 1] * dy + R[2, 1] * dz,
                            R[0, 2] * dx + R[1, 2] * dy + R[2, 2] * dz,
                            a[0], a[1], a[2],
                        )
                    )  # fmt: skip
                    b, c = j % shape[1], k % shape[2]
                    if d <= reach and d < distance[b, c]:
                        distance[b, c] = d
                        ids[b, c] = p + 1


@njit(cache=True, error_model="numpy")
def _distance(x, y, z, a, b, c):  # type: ignore[no-untyped-def]
    """Signed distance of (x, y, z), in the frame of the axes, to the surface of (a, b, c)."""
    least = _LEAST * min(a, b, c)
    x, y, z = max(abs(x), least), max(abs(y), least), max(abs(z), least)
    # f falls and is convex right of the start, where it is not negative: Newton never overshoots.
    t = max(a * x - a * a, b * y - b * b, c * z - c * c)
    for _ in range(100):
        p, q, r = a * x / (t + a * a), b * y / (t + b * b), c * z / (t + c * c)
        f = p * p + q * q + r * r - 1.0
        slope = -2.0 * (p * p / (t + a * a) + q * q / (t + b * b) + r * r / (t + c * c))
        step = f / slope
        t -= step
        if abs(step) <= 1e-14 * (abs(t) + a * a + b * b + c * c):
            break
    u, v, w = x * t / (t + a * a), y * t / (t + b * b), z * t / (t + c * c)
    d = math.sqrt(u * u + v * v + w * w)
    return -d if t < 0.0 else d
