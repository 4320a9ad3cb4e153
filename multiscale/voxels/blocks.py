"""Multigrid on blocks of 2 x 2 x 2 cells, the preconditioner for one conductor of any shape.

A coarse cell is a block; its conductances are the sums of the fine ones over 1.7, because piecewise
constant interpolation is up to twice too stiff [Braess1995]. Blocks tie together whatever lies in
them, which is right for pores; islands of a far stronger conductor need the networks of
`multigrid`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numba import prange

from multiscale.voxels.checkerboard import Cells, Singles, Wraps, layer, padded, parallel, wrap_ends
from multiscale.voxels.cholesky import cholesky, cholesky_solve
from multiscale.voxels.sweeps import add_blocks, relax, restrict_residual, start

COARSEST_CELLS = 400
OVERCORRECTION = 1.7
SWEEPS = 3
CELLS_PER_TEAM = 30_000


@dataclass(frozen=True)
class Grid:
    """One level: its cells, conductances, correction and right side, all by colours."""

    cells: Cells
    faces: Singles
    x: Singles
    b: Singles


@dataclass(frozen=True)
class Blocks:
    """The levels, fine to coarse, and the inverse of the last level's matrix.

    Attributes:
        grids: levels.
        wraps: periodic axes.
        inverse: of the last level over its cells in order, shape (n, n).
    """

    grids: list[Grid]
    wraps: Wraps
    inverse: Singles


def build_blocks(faces: Singles, cells: Cells, wraps: Wraps, b: Singles) -> Blocks:
    """Coarsen until few enough cells are left to invert the matrix.

    Args:
        faces: conductances as from `transmissibilities`.
        cells: n0, n1, n2.
        wraps: periodic axes.
        b: what the cycles will be applied to; kept, not copied.
    """
    grids = [Grid(cells, faces, np.zeros(padded(cells), np.float32), b)]
    while np.prod(grids[-1].cells) > COARSEST_CELLS:
        fine = grids[-1]
        n0, n1, n2 = ((m + 1) // 2 for m in fine.cells)
        n: Cells = n0, n1, n2
        coarse = np.zeros((3, *padded(n)), np.float32)
        _coarsen(fine.faces, fine.cells, n, wraps, np.float32(1 / OVERCORRECTION), coarse)
        work = (np.zeros(padded(n), np.float32) for _ in range(2))
        grids.append(Grid(n, coarse, *work))
    return Blocks(grids, wraps, _inverse(grids[-1], wraps))


@parallel
def _coarsen(fine, cells, blocks, wraps, scale, coarse):  # type: ignore[no-untyped-def]
    for i in prange(1, blocks[0] + 2):  # from 0 Numba would count unsigned
        _coarsen_layer(i - 1, fine, cells, blocks, wraps, scale, coarse)


@layer
def _coarsen_layer(i, fine, n, blocks, wraps, scale, coarse):  # type: ignore[no-untyped-def]
    """Sums over the 2 x 2 fine faces of each block face; the last block may be half empty.

    Along a periodic axis with one block left nothing can differ, and the face to itself is dropped.
    """
    alone = [wraps[a] and blocks[a] == 1 for a in range(3)]
    for j in range(blocks[1] + 1):
        for k in range(blocks[2] + 1):
            at = min(2 * i, n[0]), min(2 * j, n[1]), min(2 * k, n[2])
            c, m = (i + j + k) & 1, k // 2 + 1
            x, y, z = np.float32(0), np.float32(0), np.float32(0)
            for p in range(2):
                for q in range(2):
                    a, b, d = at[0], at[1] + p, at[2] + q
                    if j < blocks[1] and k < blocks[2] and b < n[1] and d < n[2]:
                        x += fine[0, (a + b + d) & 1, a + 1, b + 1, d // 2 + 1]
                    a, b, d = at[0] + p, at[1], at[2] + q
                    if i < blocks[0] and k < blocks[2] and a < n[0] and d < n[2]:
                        y += fine[1, (a + b + d) & 1, a + 1, b + 1, d // 2 + 1]
                    a, b, d = at[0] + p, at[1] + q, at[2]
                    if i < blocks[0] and j < blocks[1] and a < n[0] and b < n[1]:
                        z += fine[2, (a + b + d) & 1, a + 1, b + 1, d // 2 + 1]
            coarse[0, c, i + 1, j + 1, m] = np.float32(0) if alone[0] else scale * x
            coarse[1, c, i + 1, j + 1, m] = np.float32(0) if alone[1] else scale * y
            coarse[2, c, i + 1, j + 1, m] = np.float32(0) if alone[2] else scale * z


def _inverse(last: Grid, wraps: Wraps) -> Singles:
    """Inverse of the coarsest matrix, made regular where nothing holds a part of it."""
    n = int(np.prod(last.cells))
    matrix = np.zeros((n, n))
    _assemble(last.faces, last.cells, wraps, matrix)
    diagonal = np.diag(matrix).copy()
    np.fill_diagonal(matrix, diagonal * (1 + 1e-6) + np.where(diagonal > 0, 0, 1))
    factor = cholesky(matrix)
    columns = [cholesky_solve(factor, unit) for unit in np.eye(n)]
    return np.array(columns, np.float32)


@layer
def _assemble(f, n, wraps, matrix):  # type: ignore[no-untyped-def]
    stride = (n[1] * n[2], n[2], 1)
    for i in range(n[0]):
        for j in range(n[1]):
            for k in range(n[2]):
                here = i * stride[0] + j * stride[1] + k
                for axis in range(3):
                    for side in range(2):
                        at = (
                            i + side * (axis == 0),
                            j + side * (axis == 1),
                            k + side * (axis == 2),
                        )
                        t = f[axis, (at[0] + at[1] + at[2]) & 1, at[0] + 1, at[1] + 1,
                              at[2] // 2 + 1]  # fmt: skip
                        matrix[here, here] += t
                        place = (i, j, k)[axis] + 2 * side - 1
                        if wraps[axis]:
                            other = place % n[axis]
                        elif 0 <= place < n[axis]:
                            other = place
                        else:
                            continue
                        matrix[here, here + (other - (i, j, k)[axis]) * stride[axis]] -= t


@layer
def _solve_coarsest(x, b, inverse, n):  # type: ignore[no-untyped-def]
    right = np.empty(inverse.shape[0], np.float32)
    for i in range(n[0]):
        for j in range(n[1]):
            for k in range(n[2]):
                right[(i * n[1] + j) * n[2] + k] = b[(i + j + k) & 1, i + 1, j + 1, k // 2 + 1]
    for i in range(n[0]):
        for j in range(n[1]):
            for k in range(n[2]):
                row, total = inverse[(i * n[1] + j) * n[2] + k], np.float32(0)
                for m in range(right.size):
                    total += row[m] * right[m]
                x[(i + j + k) & 1, i + 1, j + 1, k // 2 + 1] = total


def cycle(blocks: Blocks) -> Singles:
    """One W-cycle for the right side b of the finest level, from x = 0; return x."""
    threads = numba.get_num_threads()
    try:
        return _cycle(blocks, 0, threads)
    finally:
        numba.set_num_threads(threads)


def _cycle(blocks: Blocks, depth: int, threads: int) -> Singles:
    """Two cycles of the next level (one of the first) between sweeps.

    The second sweeps run through the colours in reverse, so that the cycle is its own adjoint.
    """
    grid, wraps = blocks.grids[depth], blocks.wraps
    x, b, f, cells = grid.x, grid.b, grid.faces, grid.cells
    if depth + 1 == len(blocks.grids):
        _solve_coarsest(x, b, blocks.inverse, cells)
        return x
    # Waking threads costs more than they save on small levels.
    own_threads = threads if np.prod(cells) > CELLS_PER_TEAM else 1

    def sweep(*colours: int) -> None:
        for colour in colours:
            if wraps[0]:
                wrap_ends(x, cells, np.float32(0))
            relax(x, b, f, colour, cells, wraps)

    def correct() -> None:
        if wraps[0]:
            wrap_ends(x, cells, np.float32(0))
        restrict_residual(x, b, f, cells, wraps, blocks.grids[depth + 1].b)
        correction = _cycle(blocks, depth + 1, threads)
        numba.set_num_threads(own_threads)
        add_blocks(x, cells, correction)

    numba.set_num_threads(own_threads)
    start(x, b, f, 0, cells)
    sweep(1, *(0, 1) * (SWEEPS - 1))
    correct()
    if depth > 0:
        sweep(*(1, 0) * SWEEPS, *(0, 1) * SWEEPS)
        correct()
    sweep(*(1, 0) * SWEEPS)
    return x
