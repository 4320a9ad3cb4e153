"""How a result spreads along a factor, and which factor it follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multiscale.records import FloatArray

LOW, HIGH = 0.05, 0.95  # quantiles of a band
FEWEST = 12  # samples in a group: fewer say little about a 5 % quantile
MOST_GROUPS = 8


@dataclass(frozen=True)
class Band:
    """Quantiles of a result in groups of samples that are neighbours along x.

    Attributes:
        x: median of each group.
        low, middle, high: 5, 50 and 95 % of the result there.
    """

    x: FloatArray
    low: FloatArray
    middle: FloatArray
    high: FloatArray


def band(x: FloatArray, y: FloatArray) -> Band | None:
    """Give the spread of y along x; None where there are too few samples to tell.

    Equal x make a group each where there are few of them; else groups are equally large.

    Args:
        x, y: one number for each sample; samples without a number are left out.
    """
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if x.size < 2 * FEWEST:
        return None
    order = np.argsort(x, kind="stable")
    levels = np.unique(x)
    if levels.size <= MOST_GROUPS:
        groups = [np.flatnonzero(x == level) for level in levels]
    else:
        groups = np.array_split(order, min(x.size // FEWEST, MOST_GROUPS))
    if min(g.size for g in groups) < FEWEST:
        return None
    low, middle, high = np.array([np.quantile(y[g], [LOW, 0.5, HIGH]) for g in groups]).T
    return Band(np.array([np.median(x[g]) for g in groups]), low, middle, high)


def rank_correlation(x: FloatArray, y: FloatArray) -> float:
    """Give Spearman's coefficient; NaN where either does not vary."""
    from scipy.stats import rankdata

    known = np.isfinite(x) & np.isfinite(y)
    a, b = rankdata(x[known]), rankdata(y[known])
    if a.size < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
