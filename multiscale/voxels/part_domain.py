"""The carbon-binder domain of voxels as nodes: octants of one voxel that touch are one of them.

A node lies at the centre of its voxel; between two voxels the quarters of their face conduct of
which both sides hold the domain. So films of half a voxel conduct as they should along and across,
and two films in one voxel stay apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.voxels.apertures import OPEN, Apertures
from multiscale.voxels.octants import Bytes

type Floats = NDArray[np.float64]
type Numbers = np.ndarray[Any, np.dtype[np.int32]]

_FEWER = np.array([4, 2, 1])  # bits by axis


def _groups() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Group of each octant, and number of groups, for each of the 256 voxels there may be."""
    group, count = np.zeros((256, 8), np.uint8), np.zeros(256, np.uint8)
    for octants in range(256):
        left = {bit for bit in range(8) if octants >> bit & 1}
        while left:
            reached, edge = set[int](), {min(left)}
            while edge:
                reached |= edge
                edge = {b ^ step for b in edge for step in (1, 2, 4)} & left - reached
            group[octants, list(reached)] = count[octants]
            count[octants] += 1
            left -= reached
    return group, count


GROUP, COUNT = _groups()


@dataclass(frozen=True)
class Domain:
    """The domain on voxels.

    Attributes:
        octants: bits of the octants that hold it, shape (nx, ny, nz).
        quarters: what particles leave open of the quarters of faces, as from `face_apertures` with
            two parts.
        first: number of the first node of each voxel, shape (nx, ny, nz).
        count: of the nodes.
    """

    octants: Bytes
    quarters: Apertures
    first: Numbers
    count: int


def number_domain(octants: Bytes, quarters: Apertures, begin: int) -> Domain:
    """Number the nodes from `begin` on."""
    own = COUNT[octants].ravel()
    ends = np.cumsum(own, dtype=np.int64)
    first = (ends - own + begin).astype(np.int32).reshape(octants.shape)
    return Domain(octants, quarters, first, int(ends[-1]) if ends.size else 0)


def places_of_domain(domain: Domain) -> Numbers:
    """Voxel of each node, shape (3, count)."""
    voxel = np.repeat(np.arange(domain.octants.size), COUNT[domain.octants].ravel())
    return np.array(np.unravel_index(voxel, domain.octants.shape), np.int32)


def domain_links(
    domain: Domain, weight: Floats, periodic: tuple[bool, bool, bool], axis: int
) -> tuple[Numbers, Numbers, Floats]:
    """Give the nodes that are joined and their conductances.

    Args:
        domain: the nodes.
        weight: conductance of a whole face by axis [S], shape (3,).
        periodic: which axes repeat.
        axis: the driven one, across whose ends nothing passes.
    """
    wraps = np.array([periodic[a] and a != axis for a in range(3)])
    quarters = domain.quarters
    args = (domain.octants, domain.first, quarters.x, quarters.y, quarters.z,
            weight / (4 * OPEN), wraps)  # fmt: skip
    none = np.empty(0, np.int32)
    m = _join(*args, True, none, none, np.empty(0))
    one, other, t = np.empty(m, np.int32), np.empty(m, np.int32), np.empty(m)
    _join(*args, False, one, other, t)
    return one, other, t


@njit(cache=True, error_model="numpy")
def _join(octants, first, ax, ay, az, weight, wraps, counting, one, other, t):  # type: ignore[no-untyped-def]
    n, m = octants.shape, 0
    for i in range(n[0]):
        for j in range(n[1]):
            for k in range(n[2]):
                here = octants[i, j, k]
                if here == 0:
                    continue
                for a in range(3):
                    at = (i, j, k)[a]
                    if at == 0 and not wraps[a]:
                        continue
                    b = (i - 1) % n[0] if a == 0 else i
                    c = (j - 1) % n[1] if a == 1 else j
                    d = (k - 1) % n[2] if a == 2 else k
                    there = octants[b, c, d]
                    if there == 0:
                        continue
                    for q in range(4):
                        bit = _quarter(a, q)
                        if not (here >> bit & 1 and there >> (bit + _FEWER[a]) & 1):
                            continue
                        if a == 0:
                            share = ax[i, 2 * j + q // 2, 2 * k + q % 2]
                        elif a == 1:
                            share = ay[2 * i + q // 2, j, 2 * k + q % 2]
                        else:
                            share = az[2 * i + q // 2, 2 * j + q % 2, k]
                        if share == 0:
                            continue
                        if not counting:
                            one[m] = first[b, c, d] + GROUP[there, bit + _FEWER[a]]
                            other[m] = first[i, j, k] + GROUP[here, bit]
                            t[m] = weight[a] * share
                        m += 1
    return m


@njit(cache=True, error_model="numpy", inline="always")
def _quarter(axis, q):  # type: ignore[no-untyped-def]
    """Octant below the middle of an axis that lies at a quarter of the face."""
    if axis == 0:
        return q
    if axis == 1:
        return 4 * (q // 2) + q % 2
    return 4 * (q // 2) + 2 * (q % 2)


def domain_ends(domain: Domain, axis: int) -> tuple[Floats, Floats, Floats]:
    """Shares of the driven planes in each node, and of its faces across the axis.

    Returns:
        Of the voxel's face, 0 in voxels that are not at that end; shapes (count,) each.
    """
    lower, upper, share = (np.zeros(domain.count) for _ in range(3))
    begin = int(domain.first.flat[0]) if domain.first.size else 0
    faces = (domain.quarters.x, domain.quarters.y, domain.quarters.z)[axis]
    _measure(domain.octants, domain.first, faces, axis, begin, lower, upper, share)
    return lower / (4 * OPEN), upper / (4 * OPEN), share / (8 * OPEN)


@njit(cache=True, error_model="numpy")
def _measure(octants, first, faces, axis, begin, lower, upper, share):  # type: ignore[no-untyped-def]
    n = octants.shape
    for i in range(n[0]):
        for j in range(n[1]):
            for k in range(n[2]):
                here, at = octants[i, j, k], (i, j, k)[axis]
                for q in range(4):
                    for side in (0, 1):
                        bit = _quarter(axis, q) + side * _FEWER[axis]
                        if not here >> bit & 1:
                            continue
                        u, v = q // 2, q % 2
                        if axis == 0:
                            open_ = faces[i + side, 2 * j + u, 2 * k + v]
                        elif axis == 1:
                            open_ = faces[2 * i + u, j + side, 2 * k + v]
                        else:
                            open_ = faces[2 * i + u, 2 * j + v, k + side]
                        node = first[i, j, k] + GROUP[here, bit] - begin
                        share[node] += open_
                        if at == 0 and side == 0:
                            lower[node] += open_
                        if at == n[axis] - 1 and side == 1:
                            upper[node] += open_
