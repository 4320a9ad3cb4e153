"""Exact resistance of a sphere that moves along the line of centres towards another, or a wall.

Stokes flow in bispherical coordinates (Stimson and Jeffery 1926, Maude 1961): the stream function
is (cosh xi - mu)^(-3/2) sum U_n(xi) V_n(mu) with U_n = P e^(n-1/2)xi + Q e^-(n-1/2)xi +
R e^(n+3/2)xi + S e^-(n+3/2)xi, and no slip on xi = alpha and xi = -beta.
"""

import numpy as np
from numpy.typing import NDArray


def squeeze_resistance(a: float, b: float, gap: float) -> float:
    """Give force/(6 pi mu a U) on a sphere of radius a moving with U; b at rest (inf: a wall)."""
    if np.isinf(b):
        alpha, beta = np.arccosh(1.0 + gap / a), 0.0
    else:
        r = a + b + gap
        alpha = np.arccosh((r * r + a * a - b * b) / (2.0 * a * r))
        beta = np.arccosh((r * r + b * b - a * a) / (2.0 * b * r))
    c = a * np.sinh(alpha)
    n = np.arange(1.0, 2.0 + np.ceil(40.0 / (alpha + beta)))
    p, q = n - 0.5, n + 1.5
    one, span = np.ones_like(n), alpha + beta
    ep, eq = np.exp(-p * span), np.exp(-q * span)
    rows = [
        [one, ep, one, eq],  # U_n at alpha, at -beta, then their slopes
        [ep, one, eq, one],
        [p, -p * ep, q, -q * eq],
        [p * ep, -p, q * eq, -q],
    ]
    matrix = np.moveaxis(np.array(rows), 2, 0)
    value, slope = _sphere(n, alpha)
    right = -0.5 * c * c * np.array([value, 0.0 * n, slope, 0.0 * n]).T
    x = np.linalg.solve(matrix, right[..., None])[..., 0]
    total = np.sum(
        (2.0 * n + 1.0) * 2.0 * (x[:, 0] * np.exp(-p * alpha) + x[:, 2] * np.exp(-q * alpha))
    )
    return abs(float(2.0 * np.sqrt(2.0) * np.pi / c * total)) / (6.0 * np.pi * a)


def _sphere(n: NDArray[np.float64], xi: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the coefficients of (1 - mu^2)/sqrt(cosh xi - mu) in V_n, and their slopes."""
    f = np.sqrt(2.0) * n * (n + 1.0) / (2.0 * n + 1.0)
    low, high = np.exp(-(n - 0.5) * xi), np.exp(-(n + 1.5) * xi)
    value = f * (low / (2.0 * n - 1.0) - high / (2.0 * n + 3.0))
    return value, f * 0.5 * (high - low)
