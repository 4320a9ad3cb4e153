"""Exact distance of the voxels of a phase to what is outside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange

from multiscale.voxels.checkerboard import Singles, Wraps, inline, layer, parallel

FAR = 46_340  # whose square is an int32

type Squares = tuple[int, int, int]
type Mask = np.ndarray[Any, np.dtype[np.bool_]]


_CUBES = 0.01  # voxels whose edges differ by less are cubes
_FINEST = 16  # largest factor of whole squares


def whole_squares(edge: Any) -> Squares:
    """Give whole numbers in the ratio of the squared voxel edges, to 1 % where a factor up to 16
    allows; 1 of cubes.

    Args:
        edge: edge lengths of a voxel [m], shape (3,).
    """
    ratio = (np.asarray(edge, float) / np.min(edge)) ** 2
    if ratio.max() < (1 + _CUBES) ** 2:
        return 1, 1, 1
    for factor in range(1, _FINEST + 1):
        found = np.rint(factor * ratio)
        if np.abs(found / (factor * ratio) - 1).max() < _CUBES:
            break
    return int(found[0]), int(found[1]), int(found[2])


def distance_inside(phase: Mask, wraps: Wraps, squares: Squares = (1, 1, 1)) -> Singles:
    """Compute the distance of each voxel to the nearest one outside the phase, in voxels.

        d^2(i, j, k) = min over i' w_0 (i - i')^2 + min over j' w_1 (j - j')^2
                       + min over k' w_2 (k - k')^2,    k' outside the phase

    axis by axis, each with the lower envelope of its parabolas [Felzenszwalb2012]. Squares are
    whole numbers, so that the result does not depend on the order of the axes.

    Args:
        phase: shape (n0, n1, n2).
        wraps: axes that repeat.
        squares: w, squared edges of a voxel as whole numbers, whose unit is that of the distance.

    Returns:
        Between centres of voxels, 0 outside the phase, `FAR` where nothing is outside.
    """
    square = np.empty(phase.shape, np.int32)
    _along_rows(np.ascontiguousarray(phase), wraps, FAR * FAR, squares, square)
    _along_layers(square, wraps, squares[0])
    return np.sqrt(square, dtype=np.float32, casting="unsafe")


@inline
def _inside(u, n):  # type: ignore[no-untyped-def]
    return u if 0 <= u < n else u % n


@layer
def _envelope(f, wraps, w, place, start, least):  # type: ignore[no-untyped-def]
    """least(i) = min over j w (i - j)^2 + f(j) along a line; one period more where it wraps.

    Parabola `place[q]` is the lowest from `start[q]` on.
    """
    n = f.size
    shift = n // 2 + 1 if wraps else 0
    q = 0
    place[0], start[0] = -shift, -shift
    for u in range(1 - shift, n + shift):
        top = f[_inside(u, n)]
        while q >= 0:
            s, t = place[q], start[q]
            if w * (t - s) * (t - s) + f[_inside(s, n)] <= w * (t - u) * (t - u) + top:
                break
            q -= 1
        if q < 0:
            q = 0
            place[0], start[0] = u, -shift
            continue
        s = place[q]
        cut = 1 + (w * (u * u - s * s) + top - f[_inside(s, n)]) // (2 * w * (u - s))
        if cut < n + shift:
            q += 1
            place[q], start[q] = u, cut
    for u in range(n + shift - 1, -1, -1):
        if u < n:
            s = place[q]
            least[u] = w * (u - s) * (u - s) + f[_inside(s, n)]
        if u == start[q]:
            q -= 1


@layer
def _line(length):  # type: ignore[no-untyped-def]
    """Room for one line: its values, parabolas, where they start, and the result."""
    room = 2 * length + 3
    return (
        np.empty(length, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(length, np.int64),
    )


@layer
def _layer_of_rows(i, phase, wraps, most, squares, square):  # type: ignore[no-untyped-def]
    """Along axis 2, then along axis 1 of one layer."""
    n1, n2 = phase.shape[1:]
    f, place, start, least = _line(n2)
    for j in range(n1):
        for k in range(n2):
            f[k] = most if phase[i, j, k] else 0
        _envelope(f, wraps[2], squares[2], place, start, least)
        for k in range(n2):
            square[i, j, k] = least[k]
    f, place, start, least = _line(n1)
    for k in range(n2):
        for j in range(n1):
            f[j] = square[i, j, k]
        _envelope(f, wraps[1], squares[1], place, start, least)
        for j in range(n1):
            square[i, j, k] = least[j]


@parallel
def _along_rows(phase, wraps, most, squares, square):  # type: ignore[no-untyped-def]
    for i in prange(1, phase.shape[0] + 1):  # from 0 Numba would count unsigned
        _layer_of_rows(i - 1, phase, wraps, most, squares, square)


@layer
def _across_layers(j, wraps, w, square):  # type: ignore[no-untyped-def]
    n0, _, n2 = square.shape
    f, place, start, least = _line(n0)
    for k in range(n2):
        for i in range(n0):
            f[i] = square[i, j, k]
        _envelope(f, wraps[0], w, place, start, least)
        for i in range(n0):
            square[i, j, k] = least[i]


@parallel
def _along_layers(square, wraps, w):  # type: ignore[no-untyped-def]
    for j in prange(1, square.shape[1] + 1):
        _across_layers(j - 1, wraps, w, square)
