"""The Herschel-Bulkley law and its fit to a flow curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import StageFailed

Array = NDArray[np.float64]
_INVISIBLE = 1e-4  # share of the smallest stress below which a yield stress does not show


@dataclass(frozen=True)
class HerschelBulkley:
    """tau = tau_y + K gamma^n with what the fit does not catch.

    Attributes:
        yield_stress: tau_y, Pa.
        consistency: K, Pa s^n.
        flow_index: n.
        yield_stress_error, consistency_error, flow_index_error: the move of each parameter that
            costs as much as the root-mean-square misfit.
        misfit: root-mean-square of ln(tau_fit/tau).
    """

    yield_stress: float
    consistency: float
    flow_index: float
    yield_stress_error: float = 0.0
    consistency_error: float = 0.0
    flow_index_error: float = 0.0
    misfit: float = 0.0


def stress(rate: Array, yield_stress: float, consistency: float, flow_index: float) -> Array:
    """Give tau = tau_y + K gamma^n, Pa, for rates in 1/s [HerschelBulkley1926]."""
    return yield_stress + consistency * rate**flow_index


def fit(rate: Array, tau: Array, yields: bool = True) -> HerschelBulkley:
    """Fit the law to a flow curve by least squares in ln tau.

    Logarithms weigh each decade alike; squares of tau itself would see the fastest decade only.
    tau_y and K are searched as logarithms, so that no bound can be hit.

    Args:
        rate: shear rates, 1/s, at least 4.
        tau: shear stresses, Pa.
        yields: whether to look for a yield stress; a power law is fitted if not, or if it is too
            small to show in this range.

    Raises:
        StageFailed: the search does not converge.
    """
    from scipy.optimize import least_squares

    def law(p: Array) -> Array:
        return stress(rate, np.exp(p[2]) if yields else 0.0, np.exp(p[0]), p[1])

    n, ln_k = np.polyfit(np.log(rate), np.log(tau), 1)
    start = np.array([ln_k, n, np.log(0.5 * tau.min())])[: 3 if yields else 2]
    found = least_squares(
        lambda p: np.log(law(p) / tau), start, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15
    )
    if not found.success:
        raise StageFailed(f"slurry: no Herschel-Bulkley fit found ({found.message})")
    if yields and np.exp(found.x[2]) < _INVISIBLE * tau.min():
        return fit(rate, tau, yields=False)
    k, tau_y = float(np.exp(found.x[0])), float(np.exp(found.x[2])) if yields else 0.0
    misfit = float(np.sqrt(np.mean(found.fun**2)))
    # Misfit of a smooth curve is no noise: it does not average out over points, hence J'J/N.
    move = misfit * np.sqrt(np.diag(np.linalg.inv(found.jac.T @ found.jac / rate.size)))
    return HerschelBulkley(
        tau_y, k, float(found.x[1]), tau_y * float(move[2]) if yields else 0.0,
        k * float(move[0]), float(move[1]), misfit,
    )  # fmt: skip
