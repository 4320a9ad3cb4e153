"""Multigrid on blocks of 2 x 2 x 2 cells, the preconditioner for one conductor of any shape.

A coarse cell is a block; its conductances are the sums of the fine ones over 1.7, because piecewise
constant interpolation is up to twice too stiff [Braess1995]. Blocks tie together whatever lies in
them, which is right for pores; islands of a far stronger conductor need the networks of
`multigrid`.

On several ranks the first levels are slabs; the small ones behind them are held and computed by
every rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numba import prange
from scipy.sparse.csgraph import connected_components

from multiscale.voxels.checkerboard import Cells, Singles, Wraps, layer, padded, parallel
from multiscale.voxels.cholesky import cholesky, cholesky_solve
from multiscale.voxels.slabs import (
    Slabs,
    all_layers,
    fill_ends,
    split_levels,
    top_layer,
    whole,
)
from multiscale.voxels.smoother import smooth
from multiscale.voxels.sweeps import add_blocks, restrict_residual

COARSEST_CELLS = 400
OVERCORRECTION = 1.7
SWEEPS = 3
CELLS_PER_TEAM = 30_000


@dataclass(frozen=True)
class Grid:
    """One level: its cells, conductances, correction and right side, all by colours.

    Attributes:
        cells: of this rank.
        slabs: who has which layers.
        faces, x, b: over the cells of this rank.
    """

    cells: Cells
    slabs: Slabs
    faces: Singles
    x: Singles
    b: Singles

    def held_by_all(self) -> Grid:
        """This level with the layers of all ranks. Collective."""
        cells: Cells = (self.slabs.total, *self.cells[1:])
        every = whole(self.slabs.total, (self.slabs.periodic, False, False))
        faces = np.zeros((3, *padded(cells)), np.float32)
        for axis in range(3):
            collect(self.faces[axis], self.slabs, faces[axis])
        top = _turned(self.faces[0, :, -1:], self.slabs.begin)
        faces[0, :, -1:] = top_layer(top, self.slabs)
        work = (np.zeros(padded(cells), np.float32) for _ in range(2))
        return Grid(cells, every, faces, *work)


def _turned(x: Any, begin: int) -> Any:
    """The colours of a slab as the volume counts them, or the other way around."""
    return x[::-1] if begin & 1 else x


def collect(own: Any, slabs: Slabs, every: Any) -> None:
    """Put the layers of all ranks, by colours, into an array over the whole volume. Collective."""
    by_layer = np.moveaxis(_turned(own[:, 1:-1], slabs.begin), 1, 0)
    every[:, 1:-1] = np.moveaxis(all_layers(by_layer, slabs), 0, 1)


@dataclass(frozen=True)
class Blocks:
    """The levels, fine to coarse, and the inverse of the last level's matrix.

    Attributes:
        grids: levels.
        own: this rank's slab of the first level that is held by all ranks; the level itself on
            one rank.
        wraps: periodic axes.
        inverse: of the last level over its cells in order, shape (n, n).
    """

    grids: list[Grid]
    own: Grid
    wraps: Wraps
    inverse: Singles


def build_blocks(
    faces: Singles, cells: Cells, wraps: Wraps, b: Singles, slabs: Slabs | None = None
) -> Blocks:
    """Coarsen until few enough cells are left to invert the matrix. Collective.

    Args:
        faces: conductances as from `transmissibilities`.
        cells: n0, n1, n2 of this rank.
        wraps: periodic axes.
        b: what the cycles will be applied to; kept, not copied.
        slabs: who has which layers; this rank all where left out.
    """
    slabs = slabs or whole(cells[0], wraps)
    most = split_levels(slabs)
    grids = [Grid(cells, slabs, faces, np.zeros(padded(cells), np.float32), b)]
    own, alone = grids[0], slabs.comm is None
    while not alone or np.prod(grids[-1].cells) > COARSEST_CELLS:
        coarse = _coarser(grids[-1], wraps)
        size = coarse.slabs.total * coarse.cells[1] * coarse.cells[2]
        if not alone and (len(grids) == most or size <= COARSEST_CELLS):
            own, coarse, alone = coarse, coarse.held_by_all(), True
        grids.append(coarse)
    return Blocks(grids, own, wraps, _inverse(grids[-1], wraps))


def _coarser(fine: Grid, wraps: Wraps) -> Grid:
    n0, n1, n2 = ((m + 1) // 2 for m in fine.cells)
    n: Cells = n0, n1, n2
    slabs = fine.slabs.blocks()
    coarse = np.zeros((3, *padded(n)), np.float32)
    # Along a periodic axis with one block left nothing can differ: the face to itself is dropped.
    alone = tuple(wraps[a] and (slabs.total, n1, n2)[a] == 1 for a in range(3))
    _coarsen(fine.faces, fine.cells, n, alone, np.float32(1 / OVERCORRECTION), coarse)
    work = (np.zeros(padded(n), np.float32) for _ in range(2))
    return Grid(n, slabs, coarse, *work)


@parallel
def _coarsen(fine, cells, blocks, alone, scale, coarse):  # type: ignore[no-untyped-def]
    for i in prange(1, blocks[0] + 2):  # from 0 Numba would count unsigned
        _coarsen_layer(i - 1, fine, cells, blocks, alone, scale, coarse)


@layer
def _coarsen_layer(i, fine, n, blocks, alone, scale, coarse):  # type: ignore[no-untyped-def]
    """Sums over the 2 x 2 fine faces of each block face; the last block may be half empty."""
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
    """Inverse of the coarsest matrix; what nothing holds keeps a mean of 0.

    There the matrix is singular, and an inverse made regular by a small number would turn the
    rounding of the right side into a constant that swamps the correction in single precision.
    """
    n = int(np.prod(last.cells))
    matrix = np.zeros((n, n))
    _assemble(last.faces, last.cells, wraps, matrix)
    diagonal = np.diag(matrix).copy()
    parts, part = connected_components(matrix != 0, directed=False)
    net = np.bincount(part, matrix.sum(axis=1), parts)
    free = np.flatnonzero(np.abs(net) <= 1e-12 * np.bincount(part, diagonal, parts))
    np.fill_diagonal(matrix, diagonal * (1 + 1e-6) + np.where(diagonal > 0, 0, 1))
    factor = cholesky(matrix)
    inverse = np.array([cholesky_solve(factor, unit) for unit in np.eye(n)])
    for number in free:
        cells = part == number
        inverse[:, cells] -= inverse[:, cells].mean(axis=1, keepdims=True)
        inverse[cells] -= inverse[cells].mean(axis=0)
    return inverse.astype(np.float32)


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
    """One W-cycle for the right side b of the finest level, from x = 0; return x. Collective."""
    threads = numba.get_num_threads()
    try:
        _cycle(blocks, 0, threads)
    finally:
        numba.set_num_threads(threads)
    return blocks.grids[0].x


def _cycle(blocks: Blocks, depth: int, threads: int) -> None:
    """Two cycles of the next level (one of the first) between sweeps.

    The second sweeps run through the colours in reverse, so that the cycle is its own adjoint.
    """
    grid, wraps = blocks.grids[depth], blocks.wraps
    if depth + 1 == len(blocks.grids):
        _solve_coarsest(grid.x, grid.b, blocks.inverse, grid.cells)
        return
    # Waking threads costs more than they save on small levels.
    own_threads = threads if np.prod(grid.cells) > CELLS_PER_TEAM else 1
    smooth(grid, wraps, 0, 2 * SWEEPS, own_threads, starts=True)
    _correct(blocks, depth, threads, own_threads)
    if depth > 0:
        # To and fro: the last colour of the one is the first of the other, and done once.
        smooth(grid, wraps, 1, 4 * SWEEPS - 1, own_threads)
        _correct(blocks, depth, threads, own_threads)
    smooth(grid, wraps, 1, 2 * SWEEPS, own_threads)


def _correct(blocks: Blocks, depth: int, threads: int, own_threads: int) -> None:
    """Add what a cycle of the next level finds for the residual."""
    grid, coarse = blocks.grids[depth], blocks.grids[depth + 1]
    held_by_all = grid.slabs.comm is not None and coarse.slabs.comm is None
    own = blocks.own if held_by_all else coarse
    sizes = (grid.slabs.total, *grid.cells[1:])
    seam = any(w and n & 1 for w, n in zip(blocks.wraps, sizes, strict=True))
    if seam:
        fill_ends(grid.x, grid.slabs, grid.cells, 0, 0)
    numba.set_num_threads(own_threads)
    restrict_residual(grid.x, grid.b, grid.faces, grid.cells, blocks.wraps, seam, own.b)
    if held_by_all:
        collect(own.b, own.slabs, coarse.b)
    _cycle(blocks, depth + 1, threads)
    if held_by_all:
        slabs = own.slabs
        own.x[:] = _turned(coarse.x[:, slabs.begin : slabs.end + 2], slabs.begin)
    numba.set_num_threads(own_threads)
    add_blocks(grid.x, grid.cells, own.x)
