"""Force of a liquid bridge between two equal spheres, from the equation of Young and Laplace.

The meridian y(z) leaves the unit sphere at the filling angle b and the contact angle theta, has the
mean curvature H everywhere, and is level at the neck y_n, halfway. Its first integral is the force,

    y cos(psi) - H y^2 = F/(2 pi R sigma),

psi the angle between meridian and axis; height and volume are integrals over y.
"""

from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

_U, _W = np.polynomial.legendre.leggauss(60)
_U, _W = 0.5 * (_U + 1.0), 0.5 * _W


def bridge_force(volume: float, gap: float, theta: float) -> float:
    """Give F/(R sigma) of the stable bridge of `volume`/R^3 across `gap`/R."""

    def excess(b: float) -> float:
        return _bridge(b, gap, theta)[0] - volume

    angles = np.linspace(0.9, 0.05, 35)  # the stable bridge has the larger filling angle
    for high, low in pairwise(angles):
        if excess(low) < 0.0 <= excess(high):
            return _bridge(brentq(excess, low, high, xtol=1e-12), gap, theta)[1]
    raise ValueError(f"no bridge of {volume:g} R^3 spans {gap:g} R")


def _bridge(b: float, gap: float, theta: float) -> tuple[float, float]:
    """Give volume and force of the bridge with the filling angle b."""
    contact, height = np.sin(b), 1.0 + 0.5 * gap - np.cos(b)

    def miss(neck: float) -> float:
        return _half(neck, contact, b + theta)[0] - height

    necks = contact * np.linspace(0.999, 0.02, 60)
    for wide, thin in pairwise(necks):
        if miss(wide) < 0.0 <= miss(thin):
            _, half, force = _half(brentq(miss, thin, wide, xtol=1e-14), contact, b + theta)
            cap = np.pi * (2.0 - 3.0 * np.cos(b) + np.cos(b) ** 3) / 3.0
            return 2.0 * (half - cap), force
    return np.nan, np.nan


def _half(neck: float, contact: float, slope: float) -> tuple[float, float, float]:
    """Give height and volume of half a bridge, and the force."""
    curvature = (contact * np.sin(slope) - neck) / (contact**2 - neck**2)
    level = neck - curvature * neck**2
    y = neck + (contact - neck) * _U**2  # the root at the neck is integrable
    cos = np.minimum((level + curvature * y**2) / y, 1.0 - 1e-15)
    dz = cos / np.sqrt(1.0 - cos**2) * 2.0 * (contact - neck) * _U * _W
    return float(np.sum(dz)), float(np.sum(np.pi * y**2 * dz)), float(2.0 * np.pi * level)
