"""Yield chain, annuity and scale effects."""

from collections.abc import Sequence

import numpy as np

from multiscale.records import FloatArray

YEAR = 365.25 * 86400.0  # s


def throughput(good: Sequence[float] | FloatArray) -> FloatArray:
    """Amount that must enter each step per amount of good output: n_k = 1/prod_{j >= k} y_j.

    Args:
        good: yield y_k of each step, in order, 1.
    """
    return 1 / np.cumprod(np.asarray(good)[::-1])[::-1]


def cost_per_good(costs: Sequence[float], good: Sequence[float]) -> float:
    """Cost of a good piece if each step's cost is paid for all that enters it: sum_k c_k n_k."""
    return float(np.sum(np.asarray(costs) * throughput(good)))


def capital_recovery(interest: float, years: float) -> float:
    """Annuity of a capital of 1: CRF = r (1 + r)^T/[(1 + r)^T - 1], 1/year.

    Args:
        interest: r, per year.
        years: lifetime T.
    """
    if interest == 0:
        return 1 / years
    growth = (1 + interest) ** years
    return float(interest * growth / (growth - 1))


def scaled(reference: float, ratio: float, exponent: float) -> float:
    """Scale a cost with capacity, C = C_ref (n/n_ref)^p; machines come whole, n >= n_ref."""
    return float(reference * max(ratio, 1.0) ** exponent)
