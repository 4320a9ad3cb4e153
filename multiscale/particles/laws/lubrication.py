"""Lubrication: the film of liquid between two near surfaces resists their relative motion.

    F_n = -X v_n
    F_t = -A s - B (w x n)
    M   = -B (n x s) - C w_t

v_n is the speed of separation, s the slip of the surfaces at the contact [m/s], w the relative
angular velocity [rad/s], w_t its tangential part, M the couple about the contact. With the gap h,
R = a b/(a + b), x = R/(a + b), d = (b - a)/(a + b) and L = ln(2R/h)

    X = 6 pi mu [R^2/h + R (1 + 5x)/5 L + h (1 + 14x - 63x^2)/21 L]
    A = 8/5 pi mu [R (2 - 3x) + h (16 - 109x + 180x^2)/25] L
    B = 12/5 pi mu d R [R + h (13 - 60x)/25] L
    C = 24/5 pi mu R^2 [R + h (51 - 120x)/50] L

These are the singular terms of the ten resistance functions of two spheres [JeffreyOnishi1984,
Townsend2018]; a rigid motion of both has none, so that four coefficients say the same. In this form
they are the same for (i, j) and (j, i), a wall is the limit x = 0, d = 1, and [A B; B C] is
positive. B and C hold for the contact in the middle of the gap; `resistances` moves it to where the
engine has it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numba import njit

from multiscale.particles.elementary import log
from multiscale.particles.law import (
    INLINE,
    WALL_RADIUS,
    Floats,
    Response,
    Value,
    pair_law,
    per_pair,
)
from multiscale.particles.vectors import cross

_PI = math.pi
_WALL = 0.5 * WALL_RADIUS  # a radius beyond it is a wall's


@njit(**INLINE)
def resistances(c, viscosity, h_min, h_max):  # type: ignore[no-untyped-def]
    """Give X [N s/m], A [N s/m], B [N s] and C [N m s] at the engine's contact.

    The gap is at least h_min min(a, b); from h_max min(a, b) on all four are zero.
    """
    a, b, R = c.ri, c.rj, c.radius
    smaller = a if a < b else b
    gap = -c.overlap
    near = 1.0 if gap < h_max * smaller else 0.0
    least = h_min * smaller
    h = gap if gap > least else least
    i_sum = 1.0 / (a + b)
    x, d = R * i_sum, (b - a) * i_sum
    mu = _PI * viscosity * near
    L = log(2.0 * R / h)
    X = 6.0 * mu * (R * R / h + (R * (0.2 + x) + h * (1.0 + x * (14.0 - 63.0 * x)) / 21.0) * L)
    A = 1.6 * mu * L * (R * (2.0 - 3.0 * x) + h * (16.0 + x * (180.0 * x - 109.0)) / 25.0)
    B = 2.4 * mu * L * d * R * (R + h * (13.0 - 60.0 * x) / 25.0)
    C = 4.8 * mu * L * R * R * (R + h * (51.0 - 120.0 * x) / 50.0)
    # The engine's contact divides the gap as a : b, and lies on a wall itself.
    e = h * (0.5 - (1.0 if b > _WALL else a * i_sum))
    return X, A, B - e * A, C - e * (2.0 * B - e * A)


def lubrication_mix(
    types: Sequence[str], viscosity: Value, h_min: Value = 1e-3, h_max: Value = 0.05
) -> Mapping[str, Floats]:
    """Give the parameters of each pair of types.

    Raises:
        ValueError: not 0 < h_min < h_max <= 1.
    """
    low, high = per_pair(h_min, types), per_pair(h_max, types)
    if np.any(low <= 0.0) or np.any(low >= high) or np.any(high > 1.0):
        raise ValueError(
            f"lubrication between the gaps {low.tolist()} and {high.tolist()} of the smaller "
            "radius: the film needs 0 < h_min < h_max <= 1"
        )
    return {"viscosity": per_pair(viscosity, types), "h_min": low, "h_max": high}


def lubrication_reach(largest_radius: float, h_max: Value = 0.05) -> float:
    """Give the widest gap [m] across which two particles up to `largest_radius` feel each other."""
    widest = max(h_max.values()) if isinstance(h_max, Mapping) else h_max
    return widest * largest_radius


def lubrication_between(
    types: Sequence[str], radius_i: Floats, radius_j: Floats, h_max: Value = 0.05
) -> Floats:
    """Give the widest gap [m] across which particles of each two types feel each other."""
    return per_pair(h_max, types) * np.minimum(radius_i, radius_j)


@pair_law(
    ("viscosity", "h_min", "h_max"),
    reach=lubrication_reach,
    mix=lubrication_mix,
    between=lubrication_between,
)
def lubrication(c, p, h):  # type: ignore[no-untyped-def]
    """Film between near surfaces; parameters viscosity [Pa s], h_min, h_max, largest_radius [m].

    `viscosity` is that of the medium: the polymer solution with what is too small to be a particle.
    `h_min` (the roughness) and `h_max` are gaps over the smaller radius.
    """
    X, A, B, C = resistances(c, p.viscosity, p.h_min, p.h_max)
    wn = c.wx * c.nx + c.wy * c.ny + c.wz * c.nz
    wx, wy, wz = c.wx - wn * c.nx, c.wy - wn * c.ny, c.wz - wn * c.nz
    rx, ry, rz = cross(wx, wy, wz, c.nx, c.ny, c.nz)
    sx, sy, sz = cross(c.nx, c.ny, c.nz, c.tx, c.ty, c.tz)
    fn = -X * c.vn
    fx, fy, fz = -A * c.tx - B * rx, -A * c.ty - B * ry, -A * c.tz - B * rz
    mx, my, mz = -B * sx - C * wx, -B * sy - C * wy, -B * sz - C * wz
    power = fn * c.vn + fx * c.tx + fy * c.ty + fz * c.tz + mx * wx + my * wy + mz * wz
    return Response(fn, fx, fy, fz, mx, my, mz, 0.0, -power * c.dt), h
