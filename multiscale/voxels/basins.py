"""Basins of a watershed: cells from which the steepest way up leads to the same summit.

Cells are compared by height and, where it is the same, by their place in the volume, so that there
is one way up and basins depend neither on threads nor on how ranks cut the volume. Arrays hold the
cells of this rank; a way that leaves its slab waits for the neighbour to say where it leads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import prange

from multiscale.voxels.checkerboard import Singles, Wraps, layer, parallel
from multiscale.voxels.slabs import Slabs, from_all, next_layers

type Ids = np.ndarray[Any, np.dtype[np.int32]]
type Index = np.ndarray[Any, np.dtype[np.int64]]

_BELOW, _ABOVE = -1, -2  # where the next cell on the way up lies on another slab
_SLOTS = 1 << 14


@dataclass(frozen=True)
class Basins:
    """Basins numbered from 1 on, the highest summit first.

    Attributes:
        ids: basin of each cell of this rank, 0 where the height is 0, shape (n0, n1, n2).
        summit: height of each basin of the volume, and 0 for none, shape (basins + 1,).
    """

    ids: Ids
    summit: Singles


@dataclass(frozen=True)
class Saddles:
    """The highest saddle between each two basins that touch, of the whole volume.

    Attributes:
        low, high: the basins, low < high, shape (m,).
        level: height of the lower cell of the pair.
    """

    low: Index
    high: Index
    level: Singles


def find_basins(height: Singles, wraps: Wraps, slabs: Slabs, axes: tuple[int, int, int]) -> Basins:
    """Follow the way up from every cell over faces to its summit. Collective.

    Args:
        height: of this rank's cells, with the layers next to them, shape (n0 + 2, n1, n2); 0
            where there are no cells.
        wraps: axes that repeat.
        slabs: who has which layers of axis 0.
        axes: which axes of the volume these are; they settle equal heights.
    """
    n0, n1, n2 = height.shape[0] - 2, height.shape[1], height.shape[2]
    length = np.empty(3, np.int64)
    length[list(axes)] = slabs.total, n1, n2
    stride = np.array([length[1] * length[2], length[2], 1])[list(axes)]
    parent = np.empty((n0, n1, n2), np.int32)
    _climb(height, wraps, stride, slabs.begin, slabs.total, parent)
    _follow(parent.reshape(-1))
    ids = np.zeros((n0, n1, n2), np.int32)
    place, number, top = _summits(height, stride, slabs.begin, parent)
    ids.reshape(-1)[place], summit = _numbered(number, top, slabs)
    ends = np.zeros((2, n1, n2), np.int32)
    below, above = ends[0].copy(), ends[1].copy()
    while any(from_all(_deliver(parent, ids, below, above, ends) > 0, slabs)):
        below, above = next_layers(ends, slabs)
    _spread(parent, ids)
    return Basins(ids, summit)


def _numbered(number: Index, top: Singles, slabs: Slabs) -> tuple[Ids, Singles]:
    """Number of each summit of this rank by height, and the heights of all. Collective."""
    parts = from_all((number, top), slabs)
    every, heights = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((every, -heights))
    position = np.empty(order.size, np.int32)
    position[order] = np.arange(1, order.size + 1)
    first = sum(len(one) for one, _ in parts[: slabs.rank])
    return position[first : first + number.size], np.append(np.float32(0), heights[order])


def find_saddles(height: Singles, basins: Basins, wraps: Wraps, slabs: Slabs) -> Saddles:
    """Find where basins meet. Collective.

    Args:
        height, wraps, slabs: as for `find_basins`.
        basins: as from there.
    """
    below, _ = next_layers(basins.ids, slabs)
    count = basins.summit.size
    pairs, level = _meetings(height, basins.ids, below, wraps)
    own = _highest(pairs[:, 0] * count + pairs[:, 1], level)
    parts = from_all(own, slabs)
    key, level = _highest(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    return Saddles(key // count, key % count, level)


def _highest(key: Index, level: Singles) -> tuple[Index, Singles]:
    """Each key once, with its highest level."""
    if key.size == 0:
        return key, level
    order = np.argsort(key, kind="stable")
    key, level = key[order], level[order]
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    return key[first], np.maximum.reduceat(level, first)


@parallel
def _climb(height, wraps, stride, begin, total, parent):  # type: ignore[no-untyped-def]
    for i in prange(1, parent.shape[0] + 1):  # from 0 Numba would count unsigned
        _climb_layer(i - 1, height, wraps, stride, begin, total, parent)


@layer
def _climb_layer(i, height, wraps, stride, begin, total, parent):  # type: ignore[no-untyped-def]
    n0, n1, n2 = parent.shape
    for j in range(n1):
        for k in range(n2):
            best, to = height[i + 1, j, k], (i * n1 + j) * n2 + k
            parent[i, j, k] = to
            if best == 0:
                continue
            first = (begin + i) * stride[0] + j * stride[1] + k * stride[2]
            for d in range(6):
                a, b, c = i, j, k
                step = 2 * (d % 2) - 1
                if d < 2:
                    a += step
                elif d < 4:
                    b += step
                    if not 0 <= b < n1:
                        if not wraps[1]:
                            continue
                        b %= n1
                else:
                    c += step
                    if not 0 <= c < n2:
                        if not wraps[2]:
                            continue
                        c %= n2
                h = height[a + 1, b, c]
                if h < best or h == 0:
                    continue
                number = ((begin + a) % total) * stride[0] + b * stride[1] + c * stride[2]
                if h > best or number < first:
                    best, first = h, number
                    to = _BELOW if a < 0 else _ABOVE if a == n0 else (a * n1 + b) * n2 + c
            parent[i, j, k] = to


@layer
def _follow(parent):  # type: ignore[no-untyped-def]
    """Let every cell point to the end of its way on this slab."""
    for v in range(parent.size):
        end = v
        while parent[end] >= 0 and parent[end] != end:
            end = parent[end]
        a = v
        while a != end:
            following = parent[a]
            parent[a] = end
            a = following


@layer
def _summits(height, stride, begin, parent):  # type: ignore[no-untyped-def]
    """Cells without a way up: their place on this rank, in the volume, and their height."""
    n0, n1, n2 = parent.shape
    count = 0
    for wanted in range(2):
        if wanted == 1:
            place, number = np.empty(count, np.int64), np.empty(count, np.int64)
            top = np.empty(count, np.float32)
            count = 0
        for i in range(n0):
            for j in range(n1):
                for k in range(n2):
                    here = (i * n1 + j) * n2 + k
                    if height[i + 1, j, k] > 0 and parent[i, j, k] == here:
                        if wanted == 1:
                            place[count] = here
                            number[count] = (begin + i) * stride[0] + j * stride[1] + k * stride[2]
                            top[count] = height[i + 1, j, k]
                        count += 1
    return place, number, top


@layer
def _deliver(parent, ids, below, above, ends):  # type: ignore[no-untyped-def]
    """Give ways that leave the slab the basin they lead to, and tell the ends of this one.

    Returns how many still wait.
    """
    n0, n1, n2 = parent.shape
    flat = ids.reshape(-1)
    waiting = 0
    for end in range(2):
        i = (0, n0 - 1)[end]
        for j in range(n1):
            for k in range(n2):
                if parent[i, j, k] < 0 and ids[i, j, k] == 0:
                    found = below[j, k] if parent[i, j, k] == _BELOW else above[j, k]
                    ids[i, j, k] = found
                    waiting += found == 0
    for end in range(2):
        i = (0, n0 - 1)[end]
        for j in range(n1):
            for k in range(n2):
                to = parent[i, j, k]
                ends[end, j, k] = ids[i, j, k] if to < 0 else flat[to]
    return waiting


@parallel
def _spread(parent, ids):  # type: ignore[no-untyped-def]
    to, flat = parent.reshape(-1), ids.reshape(-1)
    size = parent.shape[1] * parent.shape[2]
    for i in prange(1, parent.shape[0] + 1):
        _spread_layer((i - 1) * size, i * size, to, flat)


@layer
def _spread_layer(first, last, to, ids):  # type: ignore[no-untyped-def]
    for v in range(first, last):
        if to[v] >= 0 and to[v] != v:
            ids[v] = ids[to[v]]


@layer
def _meetings(height, ids, below, wraps):  # type: ignore[no-untyped-def]
    """Pairs of unlike basins next to each other and the height there; some pairs more than once.

    A slot for each pair, shared by few, remembers where it was noted last.
    """
    n0, n1, n2 = ids.shape
    pairs, level = np.empty((1024, 2), np.int64), np.empty(1024, np.float32)
    noted = np.full(_SLOTS, -1, np.int64)
    n = 0
    for i in range(n0):
        for j in range(n1):
            for k in range(n2):
                here = ids[i, j, k]
                if here == 0:
                    continue
                for axis in range(3):
                    if (j == 0 and axis == 1 and not wraps[1]) or (
                        k == 0 and axis == 2 and not wraps[2]
                    ):
                        continue
                    a = i - 1 if axis == 0 else i
                    b = (j - 1) % n1 if axis == 1 else j
                    c = (k - 1) % n2 if axis == 2 else k
                    there = below[b, c] if a < 0 else ids[a, b, c]
                    if there == 0 or there == here:
                        continue
                    h = min(height[i + 1, j, k], height[a + 1, b, c])
                    low, high = min(here, there), max(here, there)
                    slot = (low * 7919 + high) % _SLOTS
                    m = noted[slot]
                    if m >= 0 and pairs[m, 0] == low and pairs[m, 1] == high:
                        level[m] = max(level[m], h)
                        continue
                    if n == level.size:
                        pairs = np.concatenate((pairs, np.empty_like(pairs)))
                        level = np.concatenate((level, np.empty_like(level)))
                    pairs[n, 0], pairs[n, 1], level[n] = low, high, h
                    noted[slot] = n
                    n += 1
    return pairs[:n], level[:n]
