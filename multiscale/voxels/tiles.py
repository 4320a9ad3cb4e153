"""Standard errors from tiles: a box is cut into three by three, whose scatter tells its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

PARTS = 3  # along either direction


def tile_of(first: Integers, second: Integers, n: int, m: int) -> Integers:
    """Number the tile of places (first, second) in a plane of n x m."""
    return PARTS * (first * PARTS // n) + second * PARTS // m


def tile_bounds(n: int) -> list[int]:
    """Where tiles begin along n places, and n."""
    return [-(-n * p // PARTS) for p in range(PARTS + 1)]


def error_of_ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Estimate the standard error of sum(a)/sum(b) from its parts [Cochran1977].

        e^2 = g/(g - 1) sum_k (a_k - R b_k)^2/(sum b)^2,    R = sum(a)/sum(b)

    Parts are taken as independent: they must be longer than what they hold is correlated.

    Args:
        numerator: a, shape (g, ...).
        denominator: b, of a shape that broadcasts with it.

    Returns:
        Of the shape of a part; 0 where the denominator is.
    """
    total = np.sum(denominator, axis=0)
    whole = np.where(total > 0, total, 1.0)
    ratio = np.sum(numerator, axis=0) / whole
    off = np.where(total > 0, (numerator - ratio * denominator) / whole, 0.0)
    g = len(numerator)
    return np.asarray(np.sqrt(g / (g - 1) * np.sum(off**2, axis=0)))
