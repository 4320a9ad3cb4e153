"""Gauss-Seidel and the steps between levels, on the voxel grid and on the coarse networks.

On the voxel grid the colours of a checkerboard are relaxed in turn, each in parallel. The networks
are small; they are relaxed node by node.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

type Array = np.ndarray[Any, np.dtype[np.float64]]
type Index = np.ndarray[Any, np.dtype[np.int32]]

# Sums may be reassociated by the compiler (SIMD), once and for all: results do not depend on the
# threads. Compiling for many threads takes four times as long: only what every iteration does on
# all voxels is a `kernel`.
kernel = njit(parallel=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract"})
serial = njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract"})


@njit(cache=True, error_model="numpy")
def wrap(x: Array, periodic1: bool, periodic2: bool) -> None:
    """Fill the ghost layers of the periodic axes."""
    n0, n1, n2 = x.shape
    if periodic1:
        for i in range(1, n0 - 1):
            for k in range(n2):
                x[i, 0, k] = x[i, n1 - 2, k]
                x[i, n1 - 1, k] = x[i, 1, k]
    if periodic2:
        for i in range(1, n0 - 1):
            for j in range(n1):
                x[i, j, 0] = x[i, j, n2 - 2]
                x[i, j, n2 - 1] = x[i, j, 1]


@kernel
def relax(
    x: Array, b: Array, faces: Array, inverse: Array, periodic1: bool, periodic2: bool, colour: int
) -> None:
    """Solve each cell of one colour of the checkerboard for its own potential (Gauss-Seidel).

    Where a periodic axis has an odd number of cells two cells of one colour meet at the seam; each
    then sees the other's value from before the sweep, which keeps the sweep order-free.
    """
    wrap(x, periodic1, periodic2)
    n0, n1, n2 = x.shape
    for i in prange(1, n0 - 1):
        for j in range(1, n1 - 1):
            for k in range(1 + (i + j + colour) % 2, n2 - 1, 2):
                x[i, j, k] = inverse[i, j, k] * (
                    b[i, j, k]
                    + faces[0, i, j, k] * x[i - 1, j, k]
                    + faces[0, i + 1, j, k] * x[i + 1, j, k]
                    + faces[1, i, j, k] * x[i, j - 1, k]
                    + faces[1, i, j + 1, k] * x[i, j + 1, k]
                    + faces[2, i, j, k] * x[i, j, k - 1]
                    + faces[2, i, j, k + 1] * x[i, j, k + 1]
                )


@njit(cache=True, error_model="numpy", inline="always")
def outflow(x: Array, faces: Array, i: int, j: int, k: int) -> float:
    """Net flux out of a cell, (A x)_ijk = sum over faces T (x - x_neighbour)."""
    c = x[i, j, k]
    return (
        faces[0, i, j, k] * (c - x[i - 1, j, k])
        + faces[0, i + 1, j, k] * (c - x[i + 1, j, k])
        + faces[1, i, j, k] * (c - x[i, j - 1, k])
        + faces[1, i, j + 1, k] * (c - x[i, j + 1, k])
        + faces[2, i, j, k] * (c - x[i, j, k - 1])
        + faces[2, i, j, k + 1] * (c - x[i, j, k + 1])
    )


@kernel
def restrict_residual(
    x: Array,
    b: Array,
    faces: Array,
    periodic1: bool,
    periodic2: bool,
    member: Index,
    slab: int,
    coarse: Array,
) -> None:
    """Add b - A x of the cells to each node of the first coarse level, which holds zeros.

    A node lies within one slab of blocks, so that slabs are added up side by side in a fixed order.
    """
    wrap(x, periodic1, periodic2)
    n0, n1, n2 = x.shape
    for s in prange((n0 - 2 + slab - 1) // slab):
        for i in range(slab * s + 1, min(slab * (s + 1) + 1, n0 - 1)):
            for j in range(1, n1 - 1):
                for k in range(1, n2 - 1):
                    if member[i, j, k] >= 0:
                        coarse[member[i, j, k]] += b[i, j, k] - outflow(x, faces, i, j, k)


@kernel
def add_interpolated(x: Array, coarse: Array, member: Index) -> None:
    """Add the correction of its node to every cell with open faces."""
    n0, n1, n2 = x.shape
    for i in prange(1, n0 - 1):
        for j in range(1, n1 - 1):
            for k in range(1, n2 - 1):
                if member[i, j, k] >= 0:
                    x[i, j, k] += coarse[member[i, j, k]]


@serial
def sweep_up(
    x: Array, b: Array, start: Index, column: Index, link: Array, inverse: Array, sweeps: int
) -> None:
    """Gauss-Seidel sweeps over the nodes in ascending order."""
    for _ in range(sweeps):
        for i in range(x.size):
            total = b[i]
            for e in range(start[i], start[i + 1]):
                total += link[e] * x[column[e]]
            x[i] = total * inverse[i]


@serial
def sweep_down(
    x: Array, b: Array, start: Index, column: Index, link: Array, inverse: Array, sweeps: int
) -> None:
    """Gauss-Seidel sweeps over the nodes in descending order, the adjoint of `sweep_up`."""
    for _ in range(sweeps):
        for i in range(x.size - 1, -1, -1):
            total = b[i]
            for e in range(start[i], start[i + 1]):
                total += link[e] * x[column[e]]
            x[i] = total * inverse[i]


@serial
def gather_residual(
    x: Array,
    b: Array,
    start: Index,
    column: Index,
    link: Array,
    inverse: Array,
    member: Index,
    coarse: Array,
) -> None:
    """Add b - A x of its members to each coarser node, which holds zeros."""
    for i in range(x.size):
        total = b[i] - x[i] / inverse[i]
        for e in range(start[i], start[i + 1]):
            total += link[e] * x[column[e]]
        coarse[member[i]] += total
