"""Which cells carry a flux, on the storage of `checkerboard`: those that open faces connect to both
driven planes, or, where the volume repeats along all axes, right through it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange

from multiscale.voxels.checkerboard import Cells, Singles, Wraps, layer, parallel
from multiscale.voxels.slabs import Slabs, from_all, next_layers, whole

type Mask = np.ndarray[Any, np.dtype[np.bool_]]
type Index = np.ndarray[Any, np.dtype[np.int32]]

PIECE = 16  # layers


def close_islands(
    faces: Singles, cells: Cells, wraps: Wraps, slabs: Slabs | None = None, lower: bool = True
) -> Mask:
    """Close the faces of all cells not connected to both planes that bound axis 0, or the upper.

    Islands have no potential of their own, and a part that hangs on one plane carries nothing.
    Clusters are found in each slab; which planes they reach spreads from slab to slab until nothing
    changes, as often as paths go to and fro between slabs. Collective.

    Args:
        faces: conductances as from `transmissibilities`, changed in place.
        cells: n0, n1, n2 of this rank.
        wraps: periodic axes; axis 0 is not.
        slabs: who has which layers; this rank all where left out.
        lower: whether cells must be connected to the lower plane too.

    Returns:
        Cells that are connected, shape (n0, n1, n2).
    """
    slabs = slabs or whole(cells[0], wraps)
    parent = np.empty(cells, np.int32)
    _join_in_layers(faces, wraps, parent)
    _join_in_pieces(faces, parent)
    _join_pieces(faces, parent)
    side = np.zeros(parent.size, np.uint8)  # of each root: 1 below, 2 above
    ends = np.zeros((2, *cells[1:]), np.uint8)
    below = np.full(cells[1:], 1 if slabs.lowest else 0, np.uint8)
    above = np.full(cells[1:], 2 if slabs.highest else 0, np.uint8)
    while True:
        changed = _reach(faces, parent, side, below, above, ends)
        if slabs.comm is None or slabs.comm.allreduce(changed) == 0:
            break
        from_below, from_above = next_layers(ends, slabs)
        below, above = below | from_below, above | from_above
    through = np.empty(cells, np.bool_)
    wanted = 3 if lower else 2  # bits of the planes reached
    _mark(parent, side, np.arange(4) & wanted == wanted, through)
    _close(faces, through)
    return through


def close_pockets(faces: Singles, cells: Cells, wraps: Wraps, slabs: Slabs | None = None) -> Mask:
    """Close the faces of clusters that cannot wrap around a volume that repeats. Collective.

    A pocket carries nothing. What wraps around along an axis passes its first and its middle layer;
    clusters that do so along no axis are pockets. (Some that are left may be pockets too.)

    Args:
        faces, cells, slabs: as for `close_islands`.
        wraps: periodic axes, all of them.

    Returns:
        Cells that are left, shape (n0, n1, n2).
    """
    slabs = slabs or whole(cells[0], wraps)
    parent = np.empty(cells, np.int32)
    _join_in_layers(faces, wraps, parent)
    _join_in_pieces(faces, parent)
    _join_pieces(faces, parent)
    passed = np.zeros(parent.size, np.uint8)  # of each root: two bits for each axis
    _pass(parent, passed, slabs.begin, slabs.total)
    ends = np.zeros((2, *cells[1:]), np.uint8)
    below, above = ends[0].copy(), ends[1].copy()
    while True:
        changed = _reach(faces, parent, passed, below, above, ends)
        from_below, from_above = next_layers(ends, slabs)
        spreads = changed > 0 or (from_below & ~below).any() or (from_above & ~above).any()
        if not any(from_all(bool(spreads), slabs)):
            break
        below, above = below | from_below, above | from_above
    right_through = np.array([any(bits >> 2 * a & 3 == 3 for a in range(3)) for bits in range(64)])
    through = np.empty(cells, np.bool_)
    _mark(parent, passed, right_through, through)
    _close(faces, through)
    return through


@layer
def _pass(parent, passed, begin, total):  # type: ignore[no-untyped-def]
    """Note of each cluster which first and middle layers it passes along the three axes."""
    n0, n1, n2 = parent.shape
    tree = parent.reshape(-1)
    for i in range(n0):
        for j in range(n1):
            for k in range(n2):
                bits = 0
                for axis in range(3):
                    place, length = ((begin + i, total), (j, n1), (k, n2))[axis]
                    if place == 0:
                        bits |= 1 << (2 * axis)
                    if place == length // 2:
                        bits |= 2 << (2 * axis)
                if bits > 0:
                    passed[_root(tree, (i * n1 + j) * n2 + k)] |= np.uint8(bits)


@layer
def _root(parent, a):  # type: ignore[no-untyped-def]
    while parent[a] != a:
        parent[a] = parent[parent[a]]
        a = parent[a]
    return a


@layer
def _join(parent, a, b):  # type: ignore[no-untyped-def]
    """The smaller root stands for both, so that the result does not depend on the order."""
    a, b = _root(parent, a), _root(parent, b)
    parent[max(a, b)] = min(a, b)


@layer
def _join_layer(i, faces, wraps, n1, n2, tree):  # type: ignore[no-untyped-def]
    base = i * n1 * n2
    for j in range(n1):
        for k in range(n2):
            here = base + j * n2 + k
            tree[here] = here
            c, m = (i + j + k) & 1, k // 2 + 1
            if j > 0 and faces[1, c, i + 1, j + 1, m] > 0:
                _join(tree, here, here - n2)
            if k > 0 and faces[2, c, i + 1, j + 1, m] > 0:
                _join(tree, here, here - 1)
    if wraps[1]:
        for k in range(n2):
            if faces[1, (i + k) & 1, i + 1, 1, k // 2 + 1] > 0:
                _join(tree, base + k, base + (n1 - 1) * n2 + k)
    if wraps[2]:
        for j in range(n1):
            if faces[2, (i + j) & 1, i + 1, j + 1, 1] > 0:
                _join(tree, base + j * n2, base + j * n2 + n2 - 1)


@parallel
def _join_in_layers(faces, wraps, parent):  # type: ignore[no-untyped-def]
    tree = parent.reshape(-1)
    for i in prange(1, parent.shape[0] + 1):
        _join_layer(i - 1, faces, wraps, parent.shape[1], parent.shape[2], tree)


@parallel
def _join_in_pieces(faces, parent):  # type: ignore[no-untyped-def]
    """Join the layers of each piece: trees of different pieces have no cell in common."""
    for piece in prange(1, -(-parent.shape[0] // PIECE) + 1):
        first = (piece - 1) * PIECE
        _join_layers(faces, parent, first + 1, min(first + PIECE, parent.shape[0]))


@layer
def _join_pieces(faces, parent):  # type: ignore[no-untyped-def]
    for first in range(PIECE, parent.shape[0], PIECE):
        _join_layers(faces, parent, first, first + 1)


@layer
def _join_layers(faces, parent, first, last):  # type: ignore[no-untyped-def]
    """Join the layers `first` to `last` - 1 to those below them."""
    n1, n2 = parent.shape[1], parent.shape[2]
    tree = parent.reshape(-1)
    for i in range(first, last):
        for j in range(n1):
            for k in range(n2):
                if faces[0, (i + j + k) & 1, i + 1, j + 1, k // 2 + 1] > 0:
                    here = (i * n1 + j) * n2 + k
                    _join(tree, here, here - n1 * n2)


@layer
def _reach(faces, parent, side, below, above, ends):  # type: ignore[no-untyped-def]
    """Give clusters what the layers next to the slab reach; their own ends then reach it too."""
    n0, n1, n2 = parent.shape
    tree = parent.reshape(-1)
    changed = 0
    for end in range(2):
        i, beyond = ((0, below), (n0 - 1, above))[end]
        for j in range(n1):
            for k in range(n2):
                if faces[0, (i + end + j + k) & 1, i + end + 1, j + 1, k // 2 + 1] > 0:
                    root = _root(tree, (i * n1 + j) * n2 + k)
                    found = side[root] | beyond[j, k]
                    changed += found != side[root]
                    side[root] = found
    for end in range(2):
        i = (0, n0 - 1)[end]
        for j in range(n1):
            for k in range(n2):
                ends[end, j, k] = side[_root(tree, (i * n1 + j) * n2 + k)]
    return changed


@parallel
def _mark(parent, side, wanted, through):  # type: ignore[no-untyped-def]
    tree, mask = parent.reshape(-1), through.reshape(-1)
    for i in prange(1, parent.shape[0] + 1):
        _mark_layer(i - 1, tree, side, wanted, mask, parent.shape[1] * parent.shape[2])


@layer
def _mark_layer(i, tree, side, wanted, mask, size):  # type: ignore[no-untyped-def]
    for a in range(i * size, (i + 1) * size):
        root = a  # without shortening the way, which other threads are on
        while tree[root] != root:
            root = tree[root]
        mask[a] = wanted[side[root]]


@layer
def _close_layer(i, faces, through):  # type: ignore[no-untyped-def]
    n0, n1, n2 = through.shape
    for j in range(n1):
        for k in range(n2):
            # A face between two cells joins them, so that the mask of the upper one decides.
            c, m = (i + j + k) & 1, k // 2 + 1
            if not through[i, j, k]:
                for axis in range(3):
                    faces[axis, c, i + 1, j + 1, m] = 0
            if i == n0 - 1 and not through[i, j, k]:
                faces[0, 1 - c, n0 + 1, j + 1, m] = 0
        if not through[i, j, 0]:
            faces[2, (i + j + n2) & 1, i + 1, j + 1, n2 // 2 + 1] = 0
    for k in range(n2):
        if not through[i, 0, k]:
            faces[1, (i + n1 + k) & 1, i + 1, n1 + 1, k // 2 + 1] = 0


@parallel
def _close(faces, through):  # type: ignore[no-untyped-def]
    for i in prange(1, through.shape[0] + 1):
        _close_layer(i - 1, faces, through)
