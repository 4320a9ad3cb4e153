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
def _fill_layer(  # type: ignore[no-untyped-def]
    i, d, below, above, ax, ay, az, partly, weight, wraps, driven, faces
):
    n0, n1, n2 = d.shape
    share = np.float32(1 / OPEN)
    for j in range(n1 + 1):
        for k in range(n2 + 1):
            c, m = (i + j + k) & 1, k // 2 + 1
            if j < n1 and k < n2:
                if i == 0:
                    t = 2 * d[0, j, k] if driven[0] else _series(d[0, j, k], below[j, k])
                elif i == n0:
                    t = 2 * d[-1, j, k] if driven[1] else _series(above[j, k], d[-1, j, k])
                else:
                    t = _series(d[i, j, k], d[i - 1, j, k])
                if partly:
                    t *= share * ax[i, j, k]
                faces[0, c, i + 1, j + 1, m] = weight[0] * t
            if i < n0 and k < n2 and (wraps[1] or 0 < j < n1):
                t = _series(d[i, j % n1, k], d[i, (j - 1) % n1, k])
                if partly:
                    t *= share * ay[i, j, k]
                faces[1, c, i + 1, j + 1, m] = weight[1] * t
            if i < n0 and j < n1 and (wraps[2] or 0 < k < n2):
                t = _series(d[i, j, k % n2], d[i, j, (k - 1) % n2])
                if partly:
                    t *= share * az[i, j, k]
                faces[2, c, i + 1, j + 1, m] = weight[2] * t
