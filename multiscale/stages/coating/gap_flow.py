"""Flow of a Herschel-Bulkley fluid between a moving web and a fixed wall."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Gauss-Legendre on [0, 1] for stresses that hardly change across the gap.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)
_NODES, _WEIGHTS = (_NODES + 1.0) / 2.0, _WEIGHTS / 2.0
_SIGNIFICANT_CHANGE = 0.02
_ITERATIONS = 200


@njit(cache=True, error_model="numpy")
def shear_rate(tau: float, tau_y: float, k: float, n: float) -> float:
    """Give gamma = sign(tau) ((|tau| - tau_y)/K)^(1/n), 1/s, and 0 below the yield stress."""
    excess = abs(tau) - tau_y
    if excess <= 0.0:
        return 0.0
    return np.sign(tau) * (excess / k) ** (1.0 / n)


@njit(cache=True, error_model="numpy")
def _integral(tau: float, tau_y: float, k: float, n: float) -> float:
    """Integral of `shear_rate` over tau: n/(n+1) K^(-1/n) (|tau| - tau_y)^((n+1)/n), even."""
    excess = max(abs(tau) - tau_y, 0.0)
    return n / (n + 1.0) * excess * (excess / k) ** (1.0 / n)


@njit(cache=True, error_model="numpy")
def _second_integral(tau: float, tau_y: float, k: float, n: float) -> float:
    """Integral of `_integral` over tau, odd."""
    excess = max(abs(tau) - tau_y, 0.0)
    first = n / (n + 1.0) * excess * (excess / k) ** (1.0 / n)
    return np.sign(tau) * n / (2.0 * n + 1.0) * excess * first


@njit(cache=True, error_model="numpy")
def _moments(
    a: float, slope: float, h: float, tau_y: float, k: float, n: float
) -> tuple[float, float]:
    """Integrals over the gap of gamma(y) and of (h - y) gamma(y), with tau = a + G y."""
    change = abs(slope) * h
    if change == 0.0 or change < _SIGNIFICANT_CHANGE * (abs(a + slope * h / 2.0) - tau_y):
        total, weighted = 0.0, 0.0  # the differences below would cancel
        for i in range(_NODES.size):
            rate = shear_rate(a + slope * h * _NODES[i], tau_y, k, n)
            total += _WEIGHTS[i] * rate
            weighted += _WEIGHTS[i] * (1.0 - _NODES[i]) * rate
        return h * total, h * h * weighted
    b = a + slope * h
    at_a = _integral(a, tau_y, k, n)
    second = _second_integral(b, tau_y, k, n) - _second_integral(a, tau_y, k, n)
    return (_integral(b, tau_y, k, n) - at_a) / slope, second / slope**2 - h * at_a / slope


@njit(cache=True, error_model="numpy")
def _narrow(
    f: Callable[..., float], low: float, f_low: float, high: float, f_high: float,
    slope: float, speed: float, h: float, tau_y: float, k: float, n: float,
) -> float:  # fmt: skip
    """Find the root of f between two points of opposite sign (false position, bisection)."""
    for i in range(_ITERATIONS):
        x = high - f_high * (high - low) / (f_high - f_low)
        if i % 4 == 3 or not min(low, high) < x < max(low, high):
            x = 0.5 * (low + high)
        if x == low or x == high:
            return x
        f_x = f(x, slope, speed, h, tau_y, k, n)
        if f_x == 0.0:
            return x
        if f_x * f_high < 0.0:
            low, f_low = high, f_high
        else:
            f_low *= 0.5
        high, f_high = x, f_x
        if abs(high - low) <= 4e-15 * max(abs(high), abs(low)):
            break
    return high


@njit(cache=True, error_model="numpy")
def _slip(
    a: float, slope: float, speed: float, h: float, tau_y: float, k: float, n: float
) -> float:
    """Velocity that the fixed wall would have with the web stress a."""
    return speed + _moments(a, slope, h, tau_y, k, n)[0]


@njit(cache=True, error_model="numpy")
def flux(slope: float, speed: float, h: float, tau_y: float, k: float, n: float) -> float:
    """Give the flow rate per width through a gap at a pressure gradient.

    d tau/dy = G,  du/dy = gamma(tau),  u(0) = U,  u(h) = 0 ;
    q = U h + int_0^h (h - y) gamma(a + G y) dy, in closed form for the stress a at the web, which
    follows from the velocity at the fixed wall. Plugs come out exactly; nothing is regularised.

    Args:
        slope: pressure gradient G = dp/dx along the web's motion, Pa/m.
        speed: web speed U, m/s, not negative.
        h: gap, m.
        tau_y, k, n: Herschel-Bulkley parameters, Pa, Pa s^n, 1.

    Returns:
        q, m²/s.
    """
    high = -slope * h / 2.0  # by symmetry nothing moves the wall at this stress but the web
    f_high = _slip(high, slope, speed, h, tau_y, k, n)
    a = high
    if f_high > 0.0:
        step = tau_y + k * (speed / h) ** n
        low = high - step
        f_low = _slip(low, slope, speed, h, tau_y, k, n)
        while f_low > 0.0:
            high, f_high = low, f_low
            step *= 2.0
            low -= step
            f_low = _slip(low, slope, speed, h, tau_y, k, n)
        a = _narrow(_slip, low, f_low, high, f_high, slope, speed, h, tau_y, k, n)
    return speed * h + _moments(a, slope, h, tau_y, k, n)[1]


@njit(cache=True, error_model="numpy")
def _excess_flux(
    slope: float, q: float, speed: float, h: float, tau_y: float, k: float, n: float
) -> float:
    return flux(slope, speed, h, tau_y, k, n) - q


@njit(cache=True, error_model="numpy")
def pressure_gradient(q: float, speed: float, h: float, tau_y: float, k: float, n: float) -> float:
    """Give the pressure gradient that lets q through: the inverse of `flux`, which falls with G.

    Args:
        q: flow rate per width, m²/s.
        speed: web speed, m/s, above 0.
        h: gap, m.
        tau_y, k, n: Herschel-Bulkley parameters, Pa, Pa s^n, 1.

    Returns:
        G = dp/dx, Pa/m.
    """
    low, f_low = 0.0, 0.5 * speed * h - q  # linear Couette flow carries U h/2, whatever the law
    if f_low == 0.0:
        return 0.0
    step = np.sign(f_low) * (tau_y + k * (speed / h) ** n) / h
    high = step
    f_high = _excess_flux(high, q, speed, h, tau_y, k, n)
    while f_high * f_low > 0.0:
        low, f_low = high, f_high
        step *= 2.0
        high += step
        f_high = _excess_flux(high, q, speed, h, tau_y, k, n)
    return _narrow(_excess_flux, low, f_low, high, f_high, q, speed, h, tau_y, k, n)


@njit(cache=True, error_model="numpy")
def pressure_rise(
    h: Array, dx: Array, q: float, speed: float, tau_y: float, k: float, n: float
) -> float:
    """Give the pressure built up along a gap, sum of G(q; h) dx, Pa.

    It stands in this file because Numba's cache does not see a change in another one.

    Args:
        h: gap at each station, m, shape (station,).
        dx: length of each station, m, shape (station,).
        q: flow rate per width, m²/s.
        speed: web speed, m/s, above 0.
        tau_y, k, n: Herschel-Bulkley parameters, Pa, Pa s^n, 1.
    """
    total = 0.0
    for i in range(h.size):
        total += dx[i] * pressure_gradient(q, speed, h[i], tau_y, k, n)
    return total
