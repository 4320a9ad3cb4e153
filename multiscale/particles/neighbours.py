"""Neighbour lists: a grid for each size class, an outer list with a wide skin, an inner one that is
pruned from it. The contact history that survives both is in `histories`.

Particles are ordered by class, largest first, then by cell. A pair (i, j) of owned particles stands
once, with i < j, so that a particle is complete when the sweep leaves it; a pair with a ghost
stands on both ranks. A large particle looks for small ones in the grid of the small ones: 1 um
carbon-binder particles beside 10 um active material cost their own neighbours, no more
[Ogarko2012].
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.particles.layout import HOME, IMAGE_SHIFT, INDEX_MASK

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Index = NDArray[np.int32]
_JIT: dict[str, Any] = dict(cache=True, error_model="numpy")
MASK, SHIFT, CENTRE = INDEX_MASK, IMAGE_SHIFT, HOME
CLASSES = 8  # a factor of two in radius each: 1 to 128


def size_classes(radius: Floats, largest: float) -> NDArray[np.int8]:
    """Give each particle's class: k where the radius is in (r_max / 2^(k+1), r_max / 2^k]."""
    k = np.floor(np.log2(largest / radius) + 1e-12)
    return np.clip(k, 0, CLASSES - 1).astype(np.int8)


@njit(**_JIT)
def set_grids(s, cls, count, edge, height, wrap, pad, lower, width, cells, offset):  # type: ignore[no-untyped-def]
    """Lay one grid per class over its particles, in lattice coordinates, with room for ghosts.

    What lies outside belongs to the cells at the border; a class with no particle here has one cell
    for its ghosts. Fills `lower`, `width`, `cells` (classes, 3) and `offset` (classes + 1), the
    first cell of each grid. `edge` is 0 for a class that is nowhere.
    """
    upper = np.empty_like(lower)
    lower[:] = np.inf
    upper[:] = -np.inf
    for i in range(s.shape[0]):
        for a in range(3):
            lower[cls[i], a] = min(lower[cls[i], a], s[i, a])
            upper[cls[i], a] = max(upper[cls[i], a], s[i, a])
    offset[0] = 0
    for k in range(lower.shape[0]):
        total = 0
        if count[k] > 0:
            size = edge[k]
            for a in range(3):
                lower[k, a] = 0.0 if wrap[a] else lower[k, a] - pad[a]
                upper[k, a] = 1.0 if wrap[a] else upper[k, a] + pad[a]
            while True:
                total = 1
                for a in range(3):
                    span = upper[k, a] - lower[k, a]
                    cells[k, a] = max(int(span * height[a] / size), 1)
                    width[k, a] = max(span / cells[k, a], 1e-300)
                    total *= cells[k, a]
                if total <= 4 * count[k] + 64:
                    break
                size *= 1.25  # a dilute gas: no use in more cells than particles
        elif edge[k] > 0.0:
            lower[k], width[k], cells[k], total = 0.0, 1.0, 1, 1
        offset[k + 1] = offset[k] + total


@njit(**_JIT)
def _cell(s, i, k, lower, width, cells):  # type: ignore[no-untyped-def]
    c = np.int64(0)
    for a in range(3):  # z runs fastest: what lies at a cut across x lies together in memory
        at = int((s[i, a] - lower[k, a]) / width[k, a])
        c = c * cells[k, a] + min(max(at, 0), cells[k, a] - 1)
    return c


@njit(**_JIT)
def sort_into(s, cls, first, last, lower, width, cells, offset, order, start):  # type: ignore[no-untyped-def]
    """Sort the particles first..last by class and cell, stably; `start` is where cells begin."""
    at = np.empty(last - first, np.int64)
    start[:] = 0
    for i in range(first, last):
        at[i - first] = offset[cls[i]] + _cell(s, i, cls[i], lower, width, cells)
        start[at[i - first] + 1] += 1
    for c in range(start.size - 1):
        start[c + 1] += start[c]
    for i in range(first, last):
        order[start[at[i - first]]] = i
        start[at[i - first]] += 1
    for c in range(start.size - 1, 0, -1):
        start[c] = start[c - 1]
    start[0] = 0


@njit(**_JIT)
def build(  # type: ignore[no-untyped-def]
    n,
    X,
    s,
    cls,
    class_radius,
    margin,
    height,
    wrap,
    lower,
    width,
    cells,
    offset,
    start,
    ghost_start,
    ghost_order,
    SH,
    first,
    neighbour,
):
    """Fill the outer list of pairs closer than r_i + r_j + margin; give its length.

    `margin` (classes, classes) is that of their classes. `first` (n + 1) is where each particle's
    neighbours begin; `neighbour` holds index and image. Where the length exceeds the capacity,
    nothing is lost: call again with more.
    """
    capacity = neighbour.size
    size = 0
    low = np.empty(3, np.int64)
    high = np.empty(3, np.int64)
    for i in range(n):
        first[i] = min(size, capacity)
        for k in range(class_radius.size):
            if offset[k + 1] == offset[k]:
                continue
            if ghost_order.size == 0 and k < cls[i]:
                continue  # the larger one has found this one
            beyond = margin[cls[i], k]
            reach = X[i, 3] + class_radius[k] + beyond
            for a in range(3):
                r = reach / height[a]
                low[a] = int(np.floor((s[i, a] - r - lower[k, a]) / width[k, a]))
                high[a] = int(np.floor((s[i, a] + r - lower[k, a]) / width[k, a]))
                if not wrap[a]:
                    low[a] = min(max(low[a], 0), cells[k, a] - 1)
                    high[a] = min(max(high[a], 0), cells[k, a] - 1)
            mz = cells[k, 2]
            for cx in range(low[0], high[0] + 1):
                kx = cx // cells[k, 0] if wrap[0] else 0
                for cy in range(low[1], high[1] + 1):
                    ky = cy // cells[k, 1] if wrap[1] else 0
                    row = offset[k] + mz * (
                        cy - ky * cells[k, 1] + cells[k, 1] * (cx - kx * cells[k, 0])
                    )
                    cz = low[2]
                    while cz <= high[2]:  # a run of cells within one image lies together in memory
                        kz = cz // mz if wrap[2] else 0
                        end = min(high[2], (kz + 1) * mz - 1) if wrap[2] else high[2]
                        a0 = row + cz - kz * mz
                        a1 = row + end - kz * mz + 1
                        cz = end + 1
                        code = (kx + 1) + 3 * (ky + 1) + 9 * (kz + 1)
                        x = X[i, 0] - SH[code, 0]
                        y = X[i, 1] - SH[code, 1]
                        z = X[i, 2] - SH[code, 2]
                        r = X[i, 3] + beyond
                        for j in range(max(start[a0], i + 1), start[a1]):
                            dx = x - X[j, 0]
                            dy = y - X[j, 1]
                            dz = z - X[j, 2]
                            cut = r + X[j, 3]
                            if size < capacity:  # the next one takes the place of one that is far
                                neighbour[size] = j | (code << SHIFT)
                            size += dx * dx + dy * dy + dz * dz < cut * cut
                        if ghost_order.size > 0:
                            for q in range(ghost_start[a0], ghost_start[a1]):
                                j = ghost_order[q]
                                dx = x - X[j, 0]
                                dy = y - X[j, 1]
                                dz = z - X[j, 2]
                                cut = r + X[j, 3]
                                if dx * dx + dy * dy + dz * dz < cut * cut:
                                    if size < capacity:
                                        neighbour[size] = j | (code << SHIFT)
                                    size += 1
    first[n] = min(size, capacity)
    return size


@njit(**_JIT)
def mark_ghosts(n, length, neighbour, listed):  # type: ignore[no-untyped-def]
    """Mark the ghosts that stand in the outer list, (m,)."""
    for p in range(length):
        j = neighbour[p] & MASK
        if j >= n:
            listed[j - n] = True


@njit(**_JIT)
def renumber_ghosts(n, length, neighbour, row):  # type: ignore[no-untyped-def]
    """Let the outer list point to the new rows of its ghosts; `row` (m,) says which."""
    for p in range(length):
        j = neighbour[p] & MASK
        if j >= n:
            neighbour[p] += np.int32(row[j - n] - j)


@njit(**_JIT)
def prune(  # type: ignore[no-untyped-def]
    n, first, neighbour, slot, margin, types, X, A, cls, SH, I, J, K, was
):
    """Keep the pairs closer than r_i + r_j + margin of their classes; give their number.

    `slot` says where a pair of the outer list stands in the inner one, or -1; it is renewed, and
    `was` says for the pairs kept what it said before.
    """
    size = 0
    for i in range(n):
        x, y, z, r = X[i, 0], X[i, 1], X[i, 2], X[i, 3]
        k, row = cls[i], A[i] * types
        for p in range(first[i], first[i + 1]):
            e = neighbour[p]
            j = e & MASK
            c = (e >> SHIFT) & 31
            dx = x - X[j, 0] - SH[c, 0]
            dy = y - X[j, 1] - SH[c, 1]
            dz = z - X[j, 2] - SH[c, 2]
            cut = r + X[j, 3] + margin[k, cls[j]]
            near = dx * dx + dy * dy + dz * dz < cut * cut
            I[size] = i  # without a branch, which nobody could foresee: the next pair overwrites it
            J[size] = e
            K[size] = row + A[j]
            was[size] = slot[p]
            slot[p] = size if near else -1
            size += near
    return size
