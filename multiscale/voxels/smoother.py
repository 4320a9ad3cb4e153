"""Gauss-Seidel on a checkerboard, several half sweeps in one pass through memory.

A half sweep solves each cell of one colour for its own x; the next one takes the other colour. Half
sweep s of layer i needs what half sweep s - 1 left on the layers i - 1 to i + 1, so it can follow
one layer behind, while those still are in the cache:

    layer   1 2 3 4 5 6 7
    s = 0   * * * * * . .        the front moves to the right, s = 1 one layer behind s = 0
    s = 1   * * * * . . .
    s = 2   * * * . . . .

A volume is cut into pieces, one for each thread. Where a piece borders on another one, half sweep s
leaves out s layers; what is left out on both sides of the seam is done afterwards. The ends of a
rank's slab are such seams, with a message before each half sweep. The order of the operations on
each cell is that of plain half sweeps, and so are the results, bit by bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import prange

from multiscale.voxels.checkerboard import (
    end_of_row,
    layer,
    parallel,
    rows_around,
    wrap_layer,
)
from multiscale.voxels.slabs import fill_ends

if TYPE_CHECKING:
    from multiscale.voxels.blocks import Grid
    from multiscale.voxels.checkerboard import Wraps

CACHE = 12e6  # bytes that the layers on the move may take, for each thread
BYTES_PER_CELL = 20


@layer
def _start_layer(x, b, f, c, i, cells):  # type: ignore[no-untyped-def]
    """Relax colour c as if the other were 0."""
    for j in range(1, cells[1] + 1):
        _, _, _, _, _, _, a0, a1, b0, b1, z0, z1 = rows_around(x, f, c, i, j)
        row, right = x[c, i, j], b[c, i, j]
        for m in range(1, end_of_row(cells, c, i, j)):
            d = a0[m] + a1[m] + b0[m] + b1[m] + z0[m] + z1[m]
            row[m] = right[m] / d if d > 0 else np.float32(0)


@layer
def _relax_layer(x, b, f, c, i, cells, wraps):  # type: ignore[no-untyped-def]
    wrap_layer(x, 1 - c, i, cells, wraps, np.float32(0), np.float32(0))
    for j in range(1, cells[1] + 1):
        xd, xu, yd, yu, zd, zu, a0, a1, b0, b1, z0, z1 = rows_around(x, f, c, i, j)
        row, right = x[c, i, j], b[c, i, j]
        for m in range(1, end_of_row(cells, c, i, j)):
            d = a0[m] + a1[m] + b0[m] + b1[m] + z0[m] + z1[m]
            total = (
                right[m]
                + a0[m] * xd[m]
                + a1[m] * xu[m]
                + b0[m] * yd[m]
                + b1[m] * yu[m]
                + z0[m] * zd[m - 1]
                + z1[m] * zu[m - 1]
            )
            row[m] = total / d if d > 0 else np.float32(0)


@layer
def _pass(  # type: ignore[no-untyped-def]
    x, b, f, colour, count, starts, cells, wraps, first, last, low, high
):
    """`count` half sweeps over the layers first to last - 1, but for those at open ends."""
    for front in range(first, last + count - 1):
        for s in range(count):
            i, c = front - s, (colour + s) & 1
            if first + s * low <= i < last - s * high:
                if s == 0 and starts:
                    _start_layer(x, b, f, c, i, cells)
                else:
                    _relax_layer(x, b, f, c, i, cells, wraps)


@layer
def _seam(x, b, f, colour, count, cells, wraps, seam):  # type: ignore[no-untyped-def]
    for s in range(1, count):
        for i in range(seam - s, seam + s):
            _relax_layer(x, b, f, (colour + s) & 1, i, cells, wraps)


@parallel
def _pass_by_pieces(  # type: ignore[no-untyped-def]
    x, b, f, colour, count, starts, cells, wraps, low, high, pieces
):
    n = cells[0]
    for t in prange(1, pieces + 1):
        first, last = 1 + (t - 1) * n // pieces, 1 + t * n // pieces
        open_below, open_above = low or t > 1, high or t < pieces
        _pass(x, b, f, colour, count, starts, cells, wraps, first, last, open_below, open_above)
    for t in prange(1, pieces):
        _seam(x, b, f, colour, count, cells, wraps, 1 + t * n // pieces)


@layer
def _relax_ends(x, b, f, c, s, cells, wraps, low, high):  # type: ignore[no-untyped-def]
    """What `_pass` left out in half sweep s at open ends."""
    n = cells[0]
    if low:
        for i in range(1, min(1 + s, n + 1)):
            _relax_layer(x, b, f, c, i, cells, wraps)
    if high:
        for i in range(max(n + 1 - s, 1 + s * low), n + 1):
            _relax_layer(x, b, f, c, i, cells, wraps)


def smooth(
    grid: Grid, wraps: Wraps, colour: int, count: int, threads: int, *, starts: bool = False
) -> None:
    """Relax the cells of one colour, then of the other, and so on. Collective.

    Args:
        grid: the level; its x is improved, and its ghosts along axis 0 are those of the last colour
            afterwards.
        wraps: periodic axes.
        colour: the first to be relaxed.
        count: half sweeps.
        threads: to be used.
        starts: whether x is 0, whatever it holds.
    """
    layer_bytes = BYTES_PER_CELL * grid.cells[1] * grid.cells[2]
    at_once = max(2, int(CACHE / layer_bytes) - 2)
    done = 0
    while done < count:
        some = min(at_once, count - done)
        _smooth_at_once(grid, wraps, (colour + done) & 1, some, threads, starts and done == 0)
        done += some


def _smooth_at_once(
    grid: Grid, wraps: Wraps, colour: int, count: int, threads: int, starts: bool
) -> None:
    x, b, f, cells, slabs = grid.x, grid.b, grid.faces, grid.cells, grid.slabs
    low, high = not slabs.lowest, not slabs.highest
    if not starts:
        fill_ends(x, slabs, cells, 1 - colour, 0)
    pieces = min(threads, cells[0] // (2 * count))
    if pieces > 1:
        _pass_by_pieces(x, b, f, colour, count, starts, cells, wraps, low, high, pieces)
    else:
        n = cells[0]
        _pass(x, b, f, colour, count, starts, cells, wraps, 1, n + 1, low, high)
    for s in range(1, count):
        c = (colour + s) & 1
        fill_ends(x, slabs, cells, 1 - c, 0)
        if low or high:
            _relax_ends(x, b, f, c, s, cells, wraps, low, high)
    fill_ends(x, slabs, cells, (colour + count - 1) & 1, 0)
