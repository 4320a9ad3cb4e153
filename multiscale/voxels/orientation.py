"""How axes of particles lie about z: Watson's distribution by its second moment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEPS = 20_001  # of the polar angle
_SHARPEST = 1e8  # kappa: a standard deviation of the angle of 0.004 degrees


def watson_concentration(order: float) -> float:
    """Give kappa of Watson's distribution of axes by its orientation parameter [Mardia2000].

        p(n) ~ exp(kappa t^2),    t = n_z,    S = <3 t^2 - 1>/2

    kappa = 0 is isotropic; above it axes gather about z (S to 1), below in the plane (S to -1/2).

    Args:
        order: S, between -1/2 and 1.
    """
    wanted = (1 + 2 * order) / 3
    low, high = -_SHARPEST, _SHARPEST
    for _ in range(200):  # <t^2> rises with kappa; halve its inverse hyperbolic sine
        middle = float(np.sinh(0.5 * (np.arcsinh(low) + np.arcsinh(high))))
        low, high = (middle, high) if _mean_square(middle) < wanted else (low, middle)
    return high


def draw_axes(n: int, order: float, rng: np.random.Generator) -> Floats:
    """Draw n axes about z with the orientation parameter S, even in azimuth, shape (n, 3).

    One |n_z| is drawn from each n-th of the distribution, in random order: the moments of few axes
    scatter less than those of independent draws. n_z > 0, since an axis has no sense.

    Args:
        n: number of axes.
        order: S, between -1/2 and 1.
        rng: source of the draws.
    """
    t, below = _distribution(watson_concentration(order))
    share = (np.arange(n) + rng.random(n)) / n
    t = np.interp(rng.permutation(share), below, t)
    azimuth = 2 * np.pi * rng.random(n)
    across = np.sqrt(np.maximum(1 - t**2, 0.0))
    return np.column_stack([across * np.cos(azimuth), across * np.sin(azimuth), t])


def axis_tensor(axes: Floats, weight: Floats) -> Floats:
    """Give <n n>, weighted, of axes of length one; its trace is 1, a third of it isotropic, shape
    (3, 3).

    Args:
        axes: shape (n, 3).
        weight: of each, shape (n,).
    """
    return np.asarray(np.einsum("n,ni,nj->ij", weight / weight.sum(), axes, axes))


def _distribution(kappa: float) -> tuple[Floats, Floats]:
    """t = |n_z| and the share of axes below, on a grid that is fine where they gather."""
    # Axes gather within 1/sqrt|kappa| of the pole (1 - t of order 1/kappa) or of the plane.
    u = np.linspace(0.0, 1.0, _STEPS)
    near = min(1.0, 40 / abs(kappa)) if kappa else 1.0
    close = near * u if kappa >= 0 else np.sqrt(near) * u
    far = np.geomspace(max(close[-1], 1e-300), 1.0, 200)[1:] if close[-1] < 1 else np.empty(0)
    s = np.concatenate([close, far])  # 1 - t, or t below kappa = 0
    density = np.exp(-kappa * s * (2 - s)) if kappa >= 0 else np.exp(kappa * s**2)
    below = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(s))])
    below /= below[-1]
    return (1 - s[::-1], 1 - below[::-1]) if kappa >= 0 else (s, below)


def _mean_square(kappa: float) -> float:
    """<t^2>, of the distribution as it is drawn from."""
    t, below = _distribution(kappa)
    a, b = t[:-1], t[1:]
    return float(np.sum((a * a + a * b + b * b) / 3 * np.diff(below)))
