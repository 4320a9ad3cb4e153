"""Bonds between spheres as bridges: cylinders from centre to centre, less the spheres.

In the half-plane (rho, t) of a bond, t along its axis from the centre of its first sphere,

    a <= rho <= R,    sqrt(r_1^2 - rho^2) <= t <= D - sqrt(r_2^2 - rho^2)

is its bridge. Spheres a gap apart have a = 0; those that overlap meet in a circle of radius a. What
is an intersection with the spheres too, labels and open faces, needs the cylinder alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from multiscale.voxels.checkerboard import parallel

type Floats = NDArray[np.float64]
type Singles = np.ndarray[Any, np.dtype[np.float32]]
type Ids = np.ndarray[Any, np.dtype[np.int32]]


@dataclass(frozen=True)
class Bridges:
    """Cylinders about the lines between the centres of two spheres, or of one and a plane.

    Attributes:
        start: centre of the first sphere [m], shape (n, 3).
        axis: from there to the centre of the second sphere, or straight to the plane [m], shape
            (n, 3).
        ends: radii r_1 and r_2 of the spheres [m], 0 at a plane, shape (n, 2).
        radius: R, not above the radius of either sphere [m], shape (n,).
    """

    start: Floats
    axis: Floats
    ends: Floats
    radius: Floats

    @property
    def length(self) -> Floats:
        """D [m], shape (n,)."""
        return np.asarray(np.linalg.norm(self.axis, axis=1))


def meeting_radius(ends: Floats, length: Floats) -> Floats:
    """Give a, the radius in which the spheres of a bond meet, 0 where they do not [m].

        a^2 = r_1^2 - t^2,    t = (D^2 + r_1^2 - r_2^2)/(2 D),    t = D at a plane

    A sphere that lies in the other as far as its centre leaves no room: a is its radius.

    Args:
        ends: radii of the spheres, 0 at a plane [m], shape (n, 2).
        length: D [m], shape (n,).
    """
    one, other = ends.T
    plane = other == 0
    t = np.where(plane, length, (length**2 + one**2 - other**2) / (2 * length))
    a = np.sqrt(np.maximum(one**2 - t**2, 0.0))
    within = ~plane & ((t <= 0) | (t >= length))
    a = np.where(within, widest_radius(ends), a)
    return np.where(length >= one + other, 0.0, a)


def widest_radius(ends: Floats) -> Floats:
    """Give the largest R of a bridge: the radius of the smaller sphere [m]."""
    return np.asarray(np.where(ends > 0, ends, np.inf).min(axis=1))


def bridge_volume(radius: Floats, ends: Floats, length: Floats) -> Floats:
    """Give the volume of bridges [m^3].

        V = pi g (R^2 - a^2) + sum_k [F_k(R) - F_k(a)],    g = D - r_1 - r_2,
        F_k(x) = pi s^2 (r_k - 2 s/3),    s = r_k - sqrt(r_k^2 - x^2)

    F_k lies between sphere k and its tangent plane. What a third sphere covers is not taken off.

    Args:
        radius: R [m], shape (n,).
        ends: r_1 and r_2, 0 at a plane [m], shape (n, 2).
        length: D [m], shape (n,).
    """
    a = meeting_radius(ends, length)
    R = np.maximum(radius, a)
    beside = sum(_beside(R, r) - _beside(a, r) for r in ends.T)
    return np.asarray(np.pi * (length - ends.sum(axis=1)) * (R**2 - a**2) + beside)


def _beside(x: Floats, r: Floats) -> Floats:
    """F(x) of spheres; 0 where r is, at a plane."""
    round_ = r > 0
    s = x**2 / np.where(round_, r + np.sqrt(np.maximum(r**2 - x**2, 0.0)), 1.0)
    return np.where(round_, np.pi * s**2 * (r - 2 * s / 3), 0.0)


def bridge_radius(volume: Floats, ends: Floats, length: Floats) -> Floats:
    """Give the radius R of bridges that hold a volume, at most that of the smaller sphere [m].

    Args:
        volume: V [m^3], shape (n,).
        ends: r_1 and r_2, 0 at a plane [m], shape (n, 2).
        length: D [m], shape (n,).
    """
    low, high = meeting_radius(ends, length), widest_radius(ends)
    for _ in range(60):  # V rises with R: halve down to round-off
        R = 0.5 * (low + high)
        less = bridge_volume(R, ends, length) < volume
        low, high = np.where(less, R, low), np.where(less, high, R)
    return high


def bridge_fields(
    bridges: Bridges,
    shape: tuple[int, int, int],
    edge: Floats,
    periodic: tuple[bool, bool, bool],
    reach: float,
    slab: tuple[int, int] | None = None,
) -> tuple[Ids, Singles]:
    """Find the bridge whose surface is nearest, and the signed distance to it.

    As `particle_fields` does of spheres: each layer of voxels is its own task.

    Args:
        bridges: the bonds.
        shape: voxels along x, y, z of the whole volume.
        edge: edge lengths of a voxel [m], shape (3,).
        periodic: which axes repeat.
        reach: distance outside the surfaces up to which it is wanted [m]; infinite beyond.
        slab: first layer along x and the one after the last; all where left out.

    Returns:
        Bridge of each voxel from 1 on, 0 beyond `reach`, and the distance [m], negative inside,
        both of the slab's shape.
    """
    low, high = (0, shape[0]) if slab is None else slab
    ids = np.zeros((high - low, shape[1], shape[2]), np.int32)
    distance = np.full(ids.shape, np.inf, np.float32)
    _fill(
        cylinders(bridges),
        bridges.ends,
        meeting_radius(bridges.ends, bridges.length),
        np.asarray(edge, float),
        np.array(shape),
        np.array(periodic),
        float(reach),
        low,
        ids,
        distance,
    )
    return ids, distance


def cylinders(bridges: Bridges | None, order: tuple[int, ...] = (0, 1, 2)) -> Floats:
    """Give start, direction, length and radius of each cylinder in a row, shape (n, 8).

    Args:
        bridges: the bonds; none where left out.
        order: of the axes.
    """
    if bridges is None:
        return np.empty((0, 8))
    D, axes = bridges.length[:, None], list(order)
    start, axis = bridges.start[:, axes], bridges.axis[:, axes]
    return np.hstack([start, axis / D, D, bridges.radius[:, None]])


@njit(cache=True, error_model="numpy")
def extent(rod, a, widening):  # type: ignore[no-untyped-def]
    """Middle and half length, along axis a, of the box around a cylinder made wider."""
    n, D, R = rod[3 + a], rod[6], rod[7] + widening
    half = 0.5 * D * abs(n) + R * math.sqrt(max(1.0 - n * n, 0.0))
    return rod[a] + 0.5 * D * n, half


@njit(cache=True, error_model="numpy")
def chord(rod, u, v):  # type: ignore[no-untyped-def]
    """Ends of the part, in a cylinder, of the line along the third axis at (u, v) from the start.

    With w along the line, t = n_u u + n_v v + n_w w has to lie in [0, D], and rho^2 = u^2 + v^2 +
    w^2 - t^2 below R^2. The first end lies behind the second where the line misses.
    """
    n, D, R = rod[5], rod[6], rod[7]
    t = rod[3] * u + rod[4] * v
    c, k = u * u + v * v - t * t - R * R, 1.0 - n * n
    low, high = -np.inf, np.inf
    if k > 1e-14:
        rest = t * t * n * n - k * c
        if rest <= 0.0:
            return 1.0, 0.0
        half = math.sqrt(rest)
        low, high = (t * n - half) / k, (t * n + half) / k
    elif c >= 0.0:
        return 1.0, 0.0
    if n != 0.0:
        foot, head = -t / n, (D - t) / n
        low, high = max(low, min(foot, head)), min(high, max(foot, head))
    elif t < 0.0 or t > D:
        return 1.0, 0.0
    return low, high


@njit(cache=True, error_model="numpy")
def scaled_distance(rods, edge, reach, begin, q):  # type: ignore[no-untyped-def]
    """q = min(q, rho/R) in each cylinder, wherever it is below reach; the first slice is `begin`.

    The volume is periodic along x and y.
    """
    nx, ny, nz = q.shape
    first, last = np.empty(3, np.int64), np.empty(3, np.int64)
    for p in range(len(rods)):
        D, R = rods[p, 6], rods[p, 7]
        for a in range(3):
            middle, half = extent(rods[p], a, (reach - 1.0) * R)
            first[a] = int(np.ceil((middle - half) / edge[a] - 0.5))
            last[a] = int(np.floor((middle + half) / edge[a] - 0.5))
        for i in range(first[0], last[0] + 1):
            dx = (i + 0.5) * edge[0] - rods[p, 0]
            for j in range(first[1], last[1] + 1):
                dy = (j + 0.5) * edge[1] - rods[p, 1]
                column = q[i % nx, j % ny]
                for k in range(max(first[2], begin), min(last[2], begin + nz - 1) + 1):
                    dz = (k + 0.5) * edge[2] - rods[p, 2]
                    t = rods[p, 3] * dx + rods[p, 4] * dy + rods[p, 5] * dz
                    if t < 0.0 or t > D:
                        continue
                    rho = math.sqrt(max(dx * dx + dy * dy + dz * dz - t * t, 0.0))
                    column[k - begin] = min(column[k - begin], np.float32(rho / R))


@parallel
def _fill(rods, ends, meeting, edge, shape, wraps, reach, low, ids, distance):  # type: ignore[no-untyped-def]
    for i in prange(ids.shape[0]):
        _fill_layer(
            (low + i + 0.5) * edge[0], rods, ends, meeting, edge, shape, wraps, reach,
            ids[i], distance[i],
        )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _fill_layer(x, rods, ends, meeting, edge, shape, wraps, reach, ids, distance):  # type: ignore[no-untyped-def]
    length = shape[0] * edge[0]
    for p in range(len(rods)):
        D, R, a = rods[p, 6], rods[p, 7], meeting[p]
        if a >= R:
            continue
        middle, half = extent(rods[p], 0, reach)
        first = int(np.ceil((middle - half - x) / length)) if wraps[0] else 0
        last = int(np.floor((middle + half - x) / length)) if wraps[0] else 0
        y, wide = extent(rods[p], 1, reach)
        z, tall = extent(rods[p], 2, reach)
        j0, j1 = int(np.ceil((y - wide) / edge[1] - 0.5)), int(np.floor((y + wide) / edge[1] - 0.5))
        k0, k1 = int(np.ceil((z - tall) / edge[2] - 0.5)), int(np.floor((z + tall) / edge[2] - 0.5))
        if not wraps[1]:
            j0, j1 = max(j0, 0), min(j1, shape[1] - 1)
        if not wraps[2]:
            k0, k1 = max(k0, 0), min(k1, shape[2] - 1)
        for image in range(first, last + 1):
            if abs(x + image * length - middle) > half:
                continue
            dx = x + image * length - rods[p, 0]
            for j in range(j0, j1 + 1):
                dy = (j + 0.5) * edge[1] - rods[p, 1]
                for k in range(k0, k1 + 1):
                    dz = (k + 0.5) * edge[2] - rods[p, 2]
                    t = rods[p, 3] * dx + rods[p, 4] * dy + rods[p, 5] * dz
                    rho = math.sqrt(max(dx * dx + dy * dy + dz * dz - t * t, 0.0))
                    d = np.float32(_distance(rho, t, R, ends[p, 0], ends[p, 1], D, a))
                    b, c = j % shape[1], k % shape[2]
                    if d <= reach and d < distance[b, c]:
                        distance[b, c] = d
                        ids[b, c] = p + 1


@njit(cache=True, error_model="numpy")
def _distance(rho, t, R, one, other, D, a):  # type: ignore[no-untyped-def]
    """Signed distance to a bridge, whose ends and side are arcs and lines of the half-plane."""
    low = math.sqrt(max(one * one - R * R, 0.0))
    high = D - (math.sqrt(max(other * other - R * R, 0.0)) if other > 0.0 else 0.0)
    d = math.hypot(rho - R, t - min(max(t, low), high))
    d = min(d, _end_distance(rho, t, R, one, a), _end_distance(rho, D - t, R, other, a))
    out = rho >= R or t <= 0.0 or t >= D
    out = out or rho * rho + t * t <= one * one
    out = out or rho * rho + (D - t) * (D - t) <= other * other
    return d if out else -d


@njit(cache=True, error_model="numpy")
def _end_distance(rho, t, R, r, a):  # type: ignore[no-untyped-def]
    """Distance to the end from (a, .) to (R, .) on a sphere with its centre in 0, or on a plane."""
    if r == 0.0:
        return math.hypot(rho - min(max(rho, a), R), t)
    top, rim = math.sqrt(max(r * r - a * a, 0.0)), math.sqrt(max(r * r - R * R, 0.0))
    if rho * top >= a * t and R * t >= rho * rim:
        return abs(math.hypot(rho, t) - r)
    return min(math.hypot(rho - a, t - top), math.hypot(rho - R, t - rim))
