"""Exact distance of the voxels of a phase to what is outside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange

from multiscale.voxels.checkerboard import Singles, Wraps, inline, layer, parallel

FAR = 46_340  # whose square is an int32

type Mask = np.ndarray[Any, np.dtype[np.bool_]]


def distance_inside(phase: Mask, wraps: Wraps) -> Singles:
    """Compute the distance of each voxel to the nearest one outside the phase, in voxels.

        d^2(i, j, k) = min over i' (i - i')^2 + min over j' (j - j')^2 + min over k' (k - k')^2,
        k' outside the phase

    axis by axis, each with the lower envelope of its parabolas [Felzenszwalb2012]. Squares are
    whole numbers, so that the result does not depend on the order of the axes.

    Args:
        phase: shape (n0, n1, n2).
        wraps: axes that repeat.

    Returns:
        Between centres of voxels, 0 outside the phase, `FAR` where nothing is outside.
    """
    square = np.empty(phase.shape, np.int32)
    _along_rows(np.ascontiguousarray(phase), wraps, FAR * FAR, square)
    _along_layers(square, wraps)
    return np.sqrt(square, dtype=np.float32, casting="unsafe")


@inline
def _inside(u, n):  # type: ignore[no-untyped-def]
    return u if 0 <= u < n else u % n


@layer
def _envelope(f, wraps, place, start, least):  # type: ignore[no-untyped-def]
    """least(i) = min over j (i - j)^2 + f(j) along a line; one period more where it wraps.

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
            if (t - s) * (t - s) + f[_inside(s, n)] <= (t - u) * (t - u) + top:
                break
            q -= 1
        if q < 0:
            q = 0
            place[0], start[0] = u, -shift
            continue
        s = place[q]
        cut = 1 + (u * u - s * s + top - f[_inside(s, n)]) // (2 * (u - s))
        if cut < n + shift:
            q += 1
            place[q], start[q] = u, cut
    for u in range(n + shift - 1, -1, -1):
        if u < n:
            s = place[q]
            least[u] = (u - s) * (u - s) + f[_inside(s, n)]
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
def _layer_of_rows(i, phase, wraps, most, square):  # type: ignore[no-untyped-def]
    """Along axis 2, then along axis 1 of one layer."""
    n1, n2 = phase.shape[1:]
    f, place, start, least = _line(n2)
    for j in range(n1):
        for k in range(n2):
            f[k] = most if phase[i, j, k] else 0
        _envelope(f, wraps[2], place, start, least)
        for k in range(n2):
            square[i, j, k] = least[k]
    f, place, start, least = _line(n1)
    for k in range(n2):
        for j in range(n1):
            f[j] = square[i, j, k]
        _envelope(f, wraps[1], place, start, least)
        for j in range(n1):
            square[i, j, k] = least[j]


@parallel
def _along_rows(phase, wraps, most, square):  # type: ignore[no-untyped-def]
    for i in prange(1, phase.shape[0] + 1):  # from 0 Numba would count unsigned
        _layer_of_rows(i - 1, phase, wraps, most, square)


@layer
def _across_layers(j, wraps, square):  # type: ignore[no-untyped-def]
    n0, _, n2 = square.shape
    f, place, start, least = _line(n0)
    for k in range(n2):
        for i in range(n0):
            f[i] = square[i, j, k]
        _envelope(f, wraps[0], place, start, least)
        for i in range(n0):
            square[i, j, k] = least[i]


@parallel
def _along_layers(square, wraps):  # type: ignore[no-untyped-def]
    for j in prange(1, square.shape[1] + 1):
        _across_layers(j - 1, wraps, square)
