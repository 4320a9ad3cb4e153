"""Spheres, and bridges between them, on a voxel grid that is periodic in x and y and bounded by
planes in z.

Ranks may share the grid by slabs of slices along z; each gets what the whole holds there, exactly.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.errors import StageFailed
from multiscale.voxels.bridges import Bridges, cylinders, scaled_distance
from multiscale.voxels.slabs import Slabs, from_all, whole

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
    slabs: Slabs | None = None,
    bridges: Bridges | None = None,
) -> tuple[NDArray[np.bool_], float]:
    """Choose the `count` voxels deepest in the spheres, and the radius factor that this means.
    Collective.

    With q(x) = min_i |x - c_i| / r_i, spheres of radius factor r_i hold the voxels q <= factor. The
    count-th smallest q is therefore the factor that gives this volume, overlaps counted once.
    In the cylinder of a bridge q = rho/R: the factor is that of its radius too.

    Args:
        centre: sphere centres [m], shape (n, 3).
        radius: sphere radii [m], shape (n,), or Q of ellipsoids [1/m^2], shape (n, 3, 3), of which
            q(x)^2 = (x - c).Q (x - c).
        shape: voxels along x, y, z.
        edge: edge lengths of a voxel [m], shape (3,).
        count: voxels wanted inside the spheres.
        taken: voxels that are not to be had, of this rank's slices; none by default.
        slabs: who has which slices; this rank all where left out.
        bridges: bonds whose cylinders count like spheres; none where left out.

    Returns:
        Mask of the voxels inside, shape (x, y, own slices), and the factor.

    Raises:
        StageFailed: the spheres would have to double their radius, or, where voxels are taken,
            to be five times as large.
    """
    slabs = slabs or bounded(shape)
    own, rods = own_shape(shape, slabs), cylinders(bridges)
    reach = 1.1
    while True:
        q = np.full(own, np.inf, np.float32)
        if radius.ndim == 1:
            _scaled_distance(centre, radius, edge, reach, slabs.begin, q)
        else:
            _form_distance(centre, radius, edge, reach, slabs.begin, q)
        scaled_distance(rods, edge, reach, slabs.begin, q)
        if taken is not None:
            q[taken] = np.inf
        if sum(from_all(np.count_nonzero(q <= reach), slabs)) >= count:
            break
        if reach > (2 if taken is None else 5):
            raise StageFailed(
                f"{len(radius)} particles, {reach:.1f} times as large, fill less than {count} "
                "voxels; compare the powder's sizes with the electrode's active mass"
            )
        reach *= 1.2
    if count == 0:
        return np.zeros(own, bool), 0.0
    factor = _smallest(q, count, slabs)
    inside = q < factor
    # Of equal ones those that come first in the order of the whole grid.
    x, y, z = np.nonzero(q == factor)
    ties = (x * shape[1] + y) * shape[2] + z + slabs.begin
    left = count - sum(from_all(np.count_nonzero(inside), slabs))
    last = np.sort(np.concatenate(from_all(ties, slabs)))[left - 1]
    chosen = ties <= last
    inside[x[chosen], y[chosen], z[chosen]] = True
    return inside, float(factor)


def bounded(shape: Shape) -> Slabs:
    """All slices on this rank; the volume ends at planes in z."""
    return whole(shape[2], (False, False, False))


def own_shape(shape: Shape, slabs: Slabs) -> Shape:
    """Voxels of this rank."""
    return shape[0], shape[1], slabs.end - slabs.begin


def _smallest(q: Singles, count: int, slabs: Slabs) -> np.float32:
    """The count-th smallest of the values of all ranks, none negative. Collective.

    Such floats have the order of their bits: the upper half of these is found first, then, among
    the values that share it, the lower half.
    """
    bits, found = q.view(np.uint32).ravel(), np.uint32(0)
    for shift in (16, 0):
        histogram = sum(from_all(_histogram(bits, found, shift), slabs))
        below = np.cumsum(histogram)
        half = int(np.searchsorted(below, count))
        count -= int(below[half] - histogram[half])
        found |= np.uint32(half << shift)
    return np.float32(found.view(np.float32))


def surface_distances(
    centre: Floats, radius: Floats, shape: Shape, edge: Floats, slabs: Slabs | None = None
) -> tuple[Singles, Singles]:
    """Distance of each voxel centre to the nearest and to the second nearest sphere's surface.
    Collective.

    d_1 = min_i (|x - c_i| - r_i), negative inside; d_2 the same over the other spheres.

    Args:
        centre: sphere centres [m], shape (n, 3), at least two.
        radius: sphere radii [m], shape (n,).
        shape: voxels along x, y, z.
        edge: edge lengths of a voxel [m], shape (3,).
        slabs: who has which slices; this rank all where left out.

    Returns:
        d_1 and d_2 [m], shape (x, y, own slices).
    """
    if radius.size < 2:
        raise StageFailed(f"distances to two particles asked for, but there is {radius.size}")
    slabs = slabs or bounded(shape)
    own = own_shape(shape, slabs)
    reach = float(np.mean(radius))
    largest = 2 * float(np.linalg.norm(edge * shape))
    while True:
        # What lies within reach of a surface is exact; widen the reach until it covers every voxel.
        d = np.full((2, *own), np.inf, np.float32)
        owner = np.full(own, -1, np.int32)
        _two_nearest(centre, radius, edge, reach, slabs.begin, d[0], d[1], owner)
        if reach > largest or all(from_all(np.isfinite(d[1][d[0] > 0]).all(), slabs)):
            return d[0], d[1]
        reach *= 1.5


@njit(cache=True, error_model="numpy")
def _histogram(bits, found, shift):  # type: ignore[no-untyped-def]
    """How often each half of the bits occurs where the half above it is that of `found`."""
    count = np.zeros(1 << 16, np.int64)
    for value in bits:
        if shift == 16 or value >> np.uint32(16) == found >> np.uint32(16):
            count[(value >> np.uint32(shift)) & np.uint32(0xFFFF)] += 1
    return count


@njit(cache=True, error_model="numpy")
def _scaled_distance(centre, radius, edge, reach, begin, q):  # type: ignore[no-untyped-def]
    """q = min_i |x - c_i| / r_i wherever it is below reach; the first slice is `begin`."""
    nx, ny, nz = q.shape
    for p in range(radius.size):
        far, square = reach * radius[p], (reach * radius[p]) ** 2
        cx, cy, cz = centre[p, 0], centre[p, 1], centre[p, 2]
        if cz + far < (begin - 1) * edge[2] or cz - far > (begin + nz + 1) * edge[2]:
            continue
        for i in range(int(np.floor((cx - far) / edge[0])), int(np.ceil((cx + far) / edge[0]))):
            dx = (i + 0.5) * edge[0] - cx
            for j in range(int(np.floor((cy - far) / edge[1])), int(np.ceil((cy + far) / edge[1]))):
                dy = (j + 0.5) * edge[1] - cy
                left = square - dx * dx - dy * dy
                if left < 0:
                    continue
                half = np.sqrt(left)
                column = q[i % nx, j % ny]
                low = max(int((cz - half) / edge[2] - 0.5), begin)
                for k in range(low, min(int((cz + half) / edge[2] + 0.5) + 1, begin + nz)):
                    dz = (k + 0.5) * edge[2] - cz
                    ratio = np.float32(np.sqrt(dx * dx + dy * dy + dz * dz) / radius[p])
                    column[k - begin] = min(column[k - begin], ratio)


@njit(cache=True, error_model="numpy")
def _form_distance(centre, form, edge, reach, begin, q):  # type: ignore[no-untyped-def]
    """q = min_i sqrt((x - c_i).Q_i (x - c_i)) wherever it is below reach.

    A line along z is inside where q^2 = a + 2 b z + Q_zz z^2 is below reach^2.
    """
    nx, ny, nz = q.shape
    for p in range(len(form)):
        Q, c = form[p], centre[p]
        half = reach * np.sqrt(np.diag(np.linalg.inv(Q)))
        if c[2] + half[2] < begin * edge[2] or c[2] - half[2] > (begin + nz) * edge[2]:
            continue
        low = np.ceil((c - half) / edge - 0.5).astype(np.int64)
        high = np.floor((c + half) / edge - 0.5).astype(np.int64)
        for i in range(low[0], high[0] + 1):
            dx = (i + 0.5) * edge[0] - c[0]
            for j in range(low[1], high[1] + 1):
                dy = (j + 0.5) * edge[1] - c[1]
                a = Q[0, 0] * dx * dx + 2 * Q[0, 1] * dx * dy + Q[1, 1] * dy * dy
                b = Q[0, 2] * dx + Q[1, 2] * dy
                rest = b * b - Q[2, 2] * (a - reach * reach)
                if rest < 0:
                    continue
                column, root = q[i % nx, j % ny], np.sqrt(rest)
                first = int(np.ceil((c[2] + (-b - root) / Q[2, 2]) / edge[2] - 0.5))
                last = int(np.floor((c[2] + (-b + root) / Q[2, 2]) / edge[2] - 0.5))
                for k in range(max(first, begin), min(last, begin + nz - 1) + 1):
                    dz = (k + 0.5) * edge[2] - c[2]
                    ratio = np.float32(np.sqrt(max(a + (2 * b + Q[2, 2] * dz) * dz, 0.0)))
                    column[k - begin] = min(column[k - begin], ratio)


@njit(cache=True, error_model="numpy")
def _two_nearest(  # type: ignore[no-untyped-def]
    centre, radius, edge, reach, begin, d1, d2, owner
):
    """The two smallest surface distances from different spheres, wherever they are below reach."""
    nx, ny, nz = d1.shape
    for p in range(radius.size):
        far, square = radius[p] + reach, (radius[p] + reach) ** 2
        cx, cy, cz = centre[p, 0], centre[p, 1], centre[p, 2]
        if cz + far < (begin - 1) * edge[2] or cz - far > (begin + nz + 1) * edge[2]:
            continue
        for i in range(int(np.floor((cx - far) / edge[0])), int(np.ceil((cx + far) / edge[0]))):
            dx = (i + 0.5) * edge[0] - cx
            for j in range(int(np.floor((cy - far) / edge[1])), int(np.ceil((cy + far) / edge[1]))):
                dy = (j + 0.5) * edge[1] - cy
                left = square - dx * dx - dy * dy
                if left < 0:
                    continue
                half, a, b = np.sqrt(left), i % nx, j % ny
                low = max(int((cz - half) / edge[2] - 0.5), begin) - begin
                high = min(int((cz + half) / edge[2] + 0.5) + 1, begin + nz) - begin
                for k in range(low, high):
                    dz = (k + begin + 0.5) * edge[2] - cz
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
