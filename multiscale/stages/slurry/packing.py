"""Random close packing of spheres of any size distribution."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

_CONTACT = 0.7654  # f of [FarrGroot2009]: gives 0.6435 for equal spheres
_RODS = 4000


def random_close_packing(
    diameter: NDArray[np.float64], volume_fraction: NDArray[np.float64], rods: int = _RODS
) -> float:
    """Give the densest random packing of a mixture of spheres.

    A straight line through the packing cuts each sphere in a rod; spheres of diameter D are met in
    proportion to V(D)/D (number times cross-section) and leave chords of density 2 L/D². The rods
    are set, longest first, into the largest gap left, keeping from a neighbour the distance
    f min(L, L'): phi = sum L / (sum L + sum gaps).

    Args:
        diameter: of each size class, m, shape (size,).
        volume_fraction: share of each class in the solid volume, shape (size,).
        rods: number of rods, drawn at even quantiles so that the result has no noise.

    Returns:
        Solid volume fraction.

    Source: [FarrGroot2009].
    """
    length = _chord_quantiles(diameter, volume_fraction, rods)[::-1]
    gaps = [-_CONTACT * length[0]]  # a heap keeps its smallest entry first: store -gap
    for rod in length[1:].tolist():
        widest = -gaps[0]
        keep = _CONTACT * rod
        heapq.heapreplace(gaps, -max(keep, widest - (1.0 + _CONTACT) * rod))
        heapq.heappush(gaps, -keep)
    solid = float(length.sum())
    return solid / (solid - sum(gaps))


def _chord_quantiles(
    diameter: NDArray[np.float64], volume_fraction: NDArray[np.float64], rods: int
) -> NDArray[np.float64]:
    """Chord lengths at even quantiles, ascending, m."""
    hit = volume_fraction / diameter
    hit = hit / hit.sum()
    grid = np.geomspace(diameter.min() * 1e-3, diameter.max(), 4000)
    # P(chord < L) = sum over classes of hit * min(L/D, 1)^2
    cumulative = (hit * np.minimum(grid[:, None] / diameter, 1.0) ** 2).sum(axis=1)
    return np.interp((np.arange(rods) + 0.5) / rods, cumulative, grid)
