"""Rigorous bounds on the effective conductivity of a mixture, whatever its geometry."""

from __future__ import annotations

import numpy as np

from multiscale.records.record import FloatArray


def wiener(fraction: FloatArray, d: FloatArray) -> tuple[float, float]:
    """Phases in series and in parallel: 1 / sum(f / d) <= D <= sum(f d).

    Args:
        fraction: volume fractions of the phases.
        d: their conductivities.
    """
    lower = (
        0.0
        if (d[fraction > 0] == 0).any()
        else float(1 / (fraction[fraction > 0] / d[fraction > 0]).sum())
    )
    return lower, float((fraction * d).sum())


def hashin_shtrikman_excess(fraction: FloatArray, d: FloatArray, effective: FloatArray) -> float:
    """By how much three directions together break the upper Hashin-Shtrikman bound; <= 0 if not.

    For an anisotropic mixture of any number of phases, with d_m the best conductor,

        sum_i d_m / (d_m - D_i) <= 1 + 1 / sum_p f_p (d_m - d_p) / ((d - 1) d_m + d_p),    d = 3

    which for an isotropic one and an insulating phase is D <= 2 eps / (3 - eps) [Milton1988].

    Args:
        fraction: volume fractions of the phases.
        d: their conductivities.
        effective: effective conductivities along three orthogonal axes.

    Returns:
        (left side - right side) / right side.
    """
    best = float(d[fraction > 0].max())
    spread = float((fraction * (best - d) / (2 * best + d)).sum())
    if spread <= 0 or (effective >= best).any():
        return 0.0 if (effective <= best * (1 + 1e-12)).all() else np.inf
    right = 1 + 1 / spread
    return float((best / (best - effective)).sum() / right - 1)
