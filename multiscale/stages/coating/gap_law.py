"""Wet thickness under a comma bar from its gap setting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def wet_thickness(gap: float, slope: float, offset: float) -> float:
    """Give t = slope H + offset, m.

    The offset is a zero error of the gauge: the true gap is H + offset/slope.
    """
    return slope * gap + offset


def true_gap(gap: float, slope: float, offset: float) -> float:
    """Give the gap at which the law has no offset, H + offset/slope, m."""
    return gap + offset / slope


def fit_gap_law(gap: Array, thickness: Array) -> tuple[float, float]:
    """Fit slope and offset (m) by least squares of the relative error.

    Coat weights scatter by a constant share of themselves, so that absolute squares would let
    the thickest films decide.
    """
    rows = np.column_stack([gap, np.ones_like(gap)]) / thickness[:, None]
    (slope, offset), *_ = np.linalg.lstsq(rows, np.ones_like(gap))
    return float(slope), float(offset)
