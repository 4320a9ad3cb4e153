"""Which cells open faces connect to both driven planes, on the storage of `checkerboard`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange

from multiscale.voxels.checkerboard import Cells, Singles, Wraps, layer, parallel

type Mask = np.ndarray[Any, np.dtype[np.bool_]]
type Index = np.ndarray[Any, np.dtype[np.int32]]


def close_islands(faces: Singles, cells: Cells, wraps: Wraps) -> Mask:
    """Close the faces of all cells that are not connected to both planes that bound axis 0.

    Islands have no potential of their own, and a part that hangs on one plane carries nothing.

    Args:
        faces: conductances as from `transmissibilities`, changed in place.
        cells: n0, n1, n2.
        wraps: periodic axes; axis 0 is not.

    Returns:
        Cells that are connected to both, shape (n0, n1, n2).
    """
    parent = np.empty(cells, np.int32)
    _join_in_layers(faces, wraps, parent)
    _join_layers(faces, parent)
    through = np.empty(cells, np.bool_)
    _mark(faces, parent, through)
    _close(faces, through)
    return through


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


@layer
def _join_layers(faces, parent):  # type: ignore[no-untyped-def]
    n0, n1, n2 = parent.shape
    tree = parent.reshape(-1)
    for i in range(1, n0):
        for j in range(n1):
            for k in range(n2):
                if faces[0, (i + j + k) & 1, i + 1, j + 1, k // 2 + 1] > 0:
                    here = (i * n1 + j) * n2 + k
                    _join(tree, here, here - n1 * n2)


@layer
def _mark(faces, parent, through):  # type: ignore[no-untyped-def]
    n0, n1, n2 = parent.shape
    tree = parent.reshape(-1)
    side = np.zeros(tree.size, np.uint8)  # of each root: 1 below, 2 above
    for j in range(n1):
        for k in range(n2):
            if faces[0, (j + k) & 1, 1, j + 1, k // 2 + 1] > 0:
                side[_root(tree, j * n2 + k)] |= 1
            if faces[0, (n0 + j + k) & 1, n0 + 1, j + 1, k // 2 + 1] > 0:
                side[_root(tree, ((n0 - 1) * n1 + j) * n2 + k)] |= 2
    mask = through.reshape(-1)
    for a in range(tree.size):
        mask[a] = side[_root(tree, a)] == 3


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
