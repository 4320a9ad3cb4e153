"""Hertz contact with given stiffnesses, as `pair_style gran/hertz/history` of LAMMPS.

    F = sqrt(R delta) [ (k_n delta - m gamma_n v_n) n - (k_t s + m gamma_t v_t) ]
    |F_t| <= mu |F_n|

delta is the overlap [m], R the reduced radius [m], m the reduced mass [kg], s the slip since the
contact began [m], turned into the tangent plane. k_n and k_t are pressures [Pa] (for a material
k_n = 4 G/(3 (1 - nu)), k_t = 4 G/(2 - nu)), gamma_n and gamma_t are in 1/(m s). At the cap the slip
is shortened so that spring and dashpot together give mu |F_n|.

The normal dashpot may pull while the two separate. The tangential stiffness grows with delta at
fixed s: squeezing a sheared contact adds energy out of nothing, which the law books as a negative
loss. [Brilliantov1996] [LAMMPS]
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numba import njit

from multiscale.particles.law import INLINE, Floats, Value, force, pair_law, per_pair
from multiscale.particles.vectors import dot, in_plane

TINY = 1e-100  # keeps 0/0 a number


def stiffnesses(
    types: Sequence[str], kn: Value, kt: Value, gamma_n: Value, gamma_t: Value, friction: Value
) -> Mapping[str, Floats]:
    """Give the tables of the law from its values per pair."""
    shear = per_pair(kt, types)
    if np.any(shear <= 0.0):
        raise ValueError(
            f"granular_hertz: kt = {shear.min():g} Pa: the slip is shortened in units of the "
            "tangential stiffness; give kt > 0, and friction = 0 for a contact without friction"
        )
    return {
        "kn": per_pair(kn, types),
        "kt": shear,
        "gamma_n": per_pair(gamma_n, types),
        "ratio_t": per_pair(gamma_t, types) / shear,  # saves a division per contact
        "friction": per_pair(friction, types),
    }


@njit(**INLINE)
def touch(overlap, radius, c, p, h):  # type: ignore[no-untyped-def]
    """Give response and slip of spheres that overlap by `overlap`, reduced radius `radius`."""
    sx, sy, sz = h
    a = math.sqrt(overlap * radius)
    fn = a * (p.kn * overlap - c.mass * p.gamma_n * c.vn)
    x, y, z = in_plane(sx + c.tx * c.dt, sy + c.ty * c.dt, sz + c.tz * c.dt, c.nx, c.ny, c.nz)

    k = a * p.kt
    g = c.mass * p.ratio_t
    ex, ey, ez = x + g * c.tx, y + g * c.ty, z + g * c.tz
    size, cap = k * math.sqrt(dot(ex, ey, ez, ex, ey, ez)), p.friction * abs(fn)
    most = cap + TINY
    ratio = cap / (size if size > most else most)
    ex, ey, ez = ratio * ex, ratio * ey, ratio * ez
    x, y, z = ex - g * c.tx, ey - g * c.ty, ez - g * c.tz

    before = overlap + c.vn * c.dt
    k_before = p.kt * math.sqrt((before if before > 0.0 else 0.0) * radius)
    held = 0.5 * k * dot(x, y, z, x, y, z)
    work = k * dot(ex, ey, ez, c.tx, c.ty, c.tz) * c.dt
    lost = work + 0.5 * k_before * dot(sx, sy, sz, sx, sy, sz) - held
    lost += a * c.mass * p.gamma_n * c.vn * c.vn * c.dt
    stored = 0.4 * p.kn * a * overlap * overlap + held
    return force(fn, -k * ex, -k * ey, -k * ez, stored, lost), (x, y, z)


@pair_law(("kn", "kt", "gamma_n", "ratio_t", "friction"), vectors=("slip",), mix=stiffnesses)
def granular_hertz(c, p, h):  # type: ignore[no-untyped-def]
    """Hertz contact with a Coulomb cap; parameters kn, kt, gamma_n, gamma_t, friction."""
    return touch(c.overlap, c.radius, c, p, h)
