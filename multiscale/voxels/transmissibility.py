"""Conductance of every voxel face: two half cells in series, times what the face leaves open."""

from __future__ import annotations

import numpy as np
from numba import prange

from multiscale.voxels.apertures import OPEN, Apertures
from multiscale.voxels.checkerboard import (
    Singles,
    Wraps,
    inline,
    layer,
    padded,
    parallel,
)
from multiscale.voxels.slabs import Slabs, next_layers, whole

_NO_APERTURES = np.zeros((0, 0, 0), np.uint8)


def strength(edges: tuple[float, float, float]) -> tuple[float, float, float]:
    """Face area over distance by axis, relative to axis 0: (h0 / ha)^2."""
    h0, h1, h2 = edges
    return 1.0, (h0 / h1) ** 2, (h0 / h2) ** 2


def transmissibilities(
    d: Singles,
    edges: tuple[float, float, float],
    wraps: Wraps,
    apertures: Apertures | None = None,
    slabs: Slabs | None = None,
) -> Singles:
    """Compute the face conductances from the cell conductivities, by colours (`checkerboard`).

        T = A_f w_a 2 d_i d_j / (d_i + d_j),    w_a = (h_0 / h_a)^2

    On the ends of axis 0, unless it is periodic, T = 2 A_f d is that of half a cell: there lie the
    driven planes. The other ends are closed (mirror) or periodic. Collective.

    Args:
        d: conductivity of what is open in the cells of this rank, shape (n0, n1, n2).
        edges: voxel edges [m], driven axis first.
        wraps: which axes are periodic.
        apertures: open fractions A_f, axes in the order of d; 1 where left out.
        slabs: who has which layers; this rank all where left out.

    Returns:
        Lower-face conductances, shape (3, 2, n0 + 2, n1 + 2, (n2 + 1) // 2 + 2).
    """
    n0, n1, n2 = d.shape
    slabs = slabs or whole(n0, wraps)
    faces = np.zeros((3, *padded((n0, n1, n2))), np.float32)
    weight = np.array(strength(edges), np.float32)
    given = (_NO_APERTURES,) * 3 if apertures is None else (apertures.x, apertures.y, apertures.z)
    driven = slabs.lowest, slabs.highest
    _fill(d, *next_layers(d, slabs), *given, apertures is not None, weight, wraps, driven, faces)
    return faces


@parallel
def _fill(  # type: ignore[no-untyped-def]
    d, below, above, ax, ay, az, partly, weight, wraps, driven, faces
):
    for i in prange(1, d.shape[0] + 2):  # from 0 Numba would count unsigned
        _fill_layer(i - 1, d, below, above, ax, ay, az, partly, weight, wraps, driven, faces)


@inline
def _series(one, other):  # type: ignore[no-untyped-def]
    both = one + other
    return 2 * one * other / both if both > 0 else np.float32(0)


@layer
def _between(one, other, share, partly, weight, t):  # type: ignore[no-untyped-def]
    """Faces between two rows of cells; `share` is the open fraction of each."""
    for k in range(one.size):
        t[k] = weight * _series(one[k], other[k])
    if partly:
        for k in range(one.size):
            t[k] *= np.float32(1 / OPEN) * share[k]


@layer
def _lay(t, colour, rows):  # type: ignore[no-untyped-def]
    """Deal a row of faces to the two colours; the first has this one."""
    here, there = rows[colour], rows[1 - colour]
    for m in range(t.size // 2):
        here[m + 1] = t[2 * m]
        there[m + 1] = t[2 * m + 1]
    if t.size & 1:
        here[t.size // 2 + 1] = t[t.size - 1]


@layer
def _fill_layer(  # type: ignore[no-untyped-def]
    i, d, below, above, ax, ay, az, partly, weight, wraps, driven, faces
):
    n0, n1, n2 = d.shape
    t, along, none = np.empty(n2, np.float32), np.zeros(n2 + 1, np.float32), ax[:0].reshape(-1)
    at = min(i, n0 - 1)
    for j in range(n1):
        if (i == 0 and driven[0]) or (i == n0 and driven[1]):
            for k in range(n2):
                t[k] = 2 * weight[0] * d[at, j, k]
            if partly:
                for k in range(n2):
                    t[k] *= np.float32(1 / OPEN) * ax[i, j, k]
        else:
            lower = below[j] if i == 0 else d[i - 1, j]
            upper = above[j] if i == n0 else d[at, j]
            _between(upper, lower, ax[i, j] if partly else none, partly, weight[0], t)
        _lay(t, (i + j) & 1, faces[0, :, i + 1, j + 1])
    if i == n0:
        return
    for j in range(n1 + 1):
        if wraps[1] or 0 < j < n1:
            one, other = d[i, j % n1], d[i, (j - 1) % n1]
            _between(one, other, ay[i, j] if partly else none, partly, weight[1], t)
            _lay(t, (i + j) & 1, faces[1, :, i + 1, j + 1])
    for j in range(n1):
        row = d[i, j]
        _between(
            row[1:], row[:-1], az[i, j, 1:] if partly else none, partly, weight[2], along[1:n2]
        )
        if wraps[2]:
            share = np.float32(1 / OPEN) * az[i, j, 0] if partly else np.float32(1)
            along[0] = along[n2] = weight[2] * share * _series(row[0], row[-1])
        _lay(along, (i + j) & 1, faces[2, :, i + 1, j + 1])
