"""Storage of cells by the colours of a checkerboard.

A red cell has black neighbours only. With the colours apart, a row of one colour and its six rows
of neighbours lie each in one piece, and a sweep is vector arithmetic on them:

    cell (i, j, k) -> [colour, i + 1, j + 1, m],   colour = (i + j + k) mod 2,   m = k // 2 + 1

with one ghost cell on every side. Row (colour, i, j) of an array holds the cells k = 2 (m - 1) + s,
s = (i + j + colour) mod 2; of their neighbours along k, in the row of the other colour, the lower
has the index m - 1 + s, the upper m + s. `faces[a]` holds the conductance of the lower face of each
cell along axis a; the upper face of the last cell belongs to the ghost behind it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

type Singles = np.ndarray[Any, np.dtype[np.float32]]
type Doubles = np.ndarray[Any, np.dtype[np.float64]]
type Cells = tuple[int, int, int]
type Wraps = tuple[bool, bool, bool]

# Sums may be reassociated by the compiler (SIMD), once and for all: results do not depend on the
# threads. Layers are compiled for one thread and called from short parallel loops, because the
# compiler takes several times as long over the body of a parallel loop.
_FAST = {"reassoc", "contract", "nsz"}
layer = njit(cache=True, error_model="numpy", fastmath=_FAST)
inline = njit(cache=True, error_model="numpy", inline="always")
parallel = njit(parallel=True, cache=True, error_model="numpy", fastmath=_FAST)


def padded(cells: Cells) -> tuple[int, int, int, int]:
    """Shape of an array over the cells."""
    return 2, cells[0] + 2, cells[1] + 2, (cells[2] + 1) // 2 + 2


@inline
def end_of_row(cells, c, i, j):  # type: ignore[no-untyped-def]
    """Index after the last cell of row (c, i, j)."""
    return 1 + (cells[2] + 1 - ((i + j + c) & 1)) // 2


@inline
def rows_around(x, f, c, i, j):  # type: ignore[no-untyped-def]
    """The rows next to row (c, i, j) of x, and the conductances to them.

    Down and up along axis 0, 1 and 2; of those along axis 2 the element of cell m is m - 1 for x,
    m for the conductances.
    """
    o, s = 1 - c, (i + j + c) & 1
    ahead = x[o, i, j]
    return (
        x[o, i - 1, j],
        x[o, i + 1, j],
        x[o, i, j - 1],
        x[o, i, j + 1],
        ahead[s:],
        ahead[1 + s :],
        f[0, c, i, j],
        f[0, o, i + 1, j],
        f[1, c, i, j],
        f[1, o, i, j + 1],
        f[2, c, i, j],
        f[2, o, i, j][s:],
    )


@layer
def wrap_layer(x, c, i, cells, wraps, jump1, jump2):  # type: ignore[no-untyped-def]
    """Fill the ghosts along periodic axes 1 and 2 of colour c in layer i.

    `jump1`, `jump2`: what x gains over one period.
    """
    n1, n2 = cells[1], cells[2]
    if wraps[1]:
        twin = c if n1 % 2 == 0 else 1 - c  # with an odd length like colours meet at the seam
        for m in range(x.shape[3]):
            x[c, i, 0, m] = x[twin, i, n1, m] - jump1
            x[c, i, n1 + 1, m] = x[twin, i, 1, m] + jump1
    if wraps[2]:
        twin = c if n2 % 2 == 0 else 1 - c
        for j in range(1, n1 + 1):
            s = (i + j + c) & 1
            if s == 1:
                x[c, i, j, 0] = x[twin, i, j, (n2 - 1) // 2 + 1] - jump2
            if s == n2 & 1:
                x[c, i, j, n2 // 2 + 1] = x[twin, i, j, 1] + jump2


@layer
def wrap_ends(x, cells, c, jump0):  # type: ignore[no-untyped-def]
    """Fill the ghost layers of colour c along a periodic axis 0."""
    n0 = cells[0]
    twin = c if n0 % 2 == 0 else 1 - c
    for j in range(1, cells[1] + 1):
        for m in range(x.shape[3]):
            x[c, 0, j, m] = x[twin, n0, j, m] - jump0
            x[c, n0 + 1, j, m] = x[twin, 1, j, m] + jump0


@layer
def _set_layer(x, i, value):  # type: ignore[no-untyped-def]
    x[:, i] = value


@parallel
def set_layers(x, values):  # type: ignore[no-untyped-def]
    """x = a value for each layer, ghosts included; the threads that will use it touch it first."""
    for i in prange(1, x.shape[1] + 1):  # from 0 Numba would count unsigned
        _set_layer(x, i - 1, values[i - 1])


@layer
def gather(x, cells, y):  # type: ignore[no-untyped-def]
    """Lay the cells of x out in y, shape (n0, n1, n2)."""
    for i in range(cells[0]):
        for j in range(cells[1]):
            for k in range(cells[2]):
                y[i, j, k] = x[(i + j + k) & 1, i + 1, j + 1, k // 2 + 1]


@layer
def scatter_ramp(x, cells, axis, begin):  # type: ignore[no-untyped-def]
    """x = the number of each cell along an axis; the first layer of axis 0 has the number begin."""
    for i in range(cells[0]):
        for j in range(cells[1]):
            for k in range(cells[2]):
                x[(i + j + k) & 1, i + 1, j + 1, k // 2 + 1] = (begin + i, j, k)[axis]
