"""Rigorous bounds on the effective conductivity of a mixture, whatever its geometry."""

from __future__ import annotations

import numpy as np

from multiscale.records.record import FloatArray

ROUNDING = 1e-6  # relative, of conductances in single precision


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

        sum_i d_m / (d_m - D_i) <= 1 + 1 / s,    s = sum_p f_p (d_m - d_p) / (2 d_m + d_p)

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


def hashin_shtrikman_shortfall(fraction: FloatArray, d: FloatArray, effective: FloatArray) -> float:
    """By how much three directions together break the lower Hashin-Shtrikman bound; <= 0 if not.

    The mirror image of the upper one, with d_w the worst conductor,

        sum_i d_w / (D_i - d_w) <= 1 / s - 1,    s = sum_p f_p (d_p - d_w) / (2 d_w + d_p)

    which for an isotropic mixture is (D - d_w) / (D + 2 d_w) >= s [Milton1988]. Nothing where a
    phase insulates.

    Args:
        fraction, d, effective: as for `hashin_shtrikman_excess`.

    Returns:
        (left side - right side) / right side.
    """
    worst = float(d[fraction > 0].min())
    if worst == 0:
        return 0.0
    spread = float((fraction * (d - worst) / (2 * worst + d)).sum())
    if spread <= 0 or (effective <= worst).any():
        return 0.0 if (effective >= worst * (1 - 1e-12)).all() and spread <= 0 else np.inf
    right = 1 / spread - 1
    return float((worst / (effective - worst)).sum() / right - 1)


def broken_by(
    fraction: FloatArray,
    d: FloatArray,
    effective: FloatArray,
    most: FloatArray,
    slack: float,
    together: bool = True,
) -> str:
    """Say which bound three orthogonal directions break; nothing if they keep all of them.

    Args:
        fraction: volume fractions of the phases.
        d: their conductivities.
        effective: effective conductivities, from below where they are known from both sides; NaN
            where one is not known.
        most: from above, for the lower Hashin-Shtrikman bound.
        slack: relative error of both.
        together: whether the three are of one geometry and share the Hashin-Shtrikman bounds.
    """
    known = effective[np.isfinite(effective)]
    lower, upper = wiener(fraction, d)
    if (known < lower * (1 - slack)).any() or (known > upper * (1 + slack)).any():
        return (
            f"effective conductivities {effective} lie outside the Wiener bounds "
            f"{lower:.6g}..{upper:.6g}"
        )
    if not together:
        return ""
    least = np.nan_to_num(effective * (1 - slack))  # what is not known may be 0
    for side, excess in (
        ("upper", hashin_shtrikman_excess(fraction, d, least)),
        ("lower", hashin_shtrikman_shortfall(fraction, d, most * (1 + slack))),
    ):
        if excess > 0:
            return (
                f"effective conductivities {effective} break the {side} Hashin-Shtrikman bound by "
                f"{excess:.2g}"
            )
    return ""
