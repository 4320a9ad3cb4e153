"""Contact of elastic spheres after Hertz and Mindlin, with damping and Coulomb friction.

    F_n = 4/3 E* a delta - eta v_n,        a = sqrt(R delta)
    F_t = -(8 G* a s + eta v_t),           |F_t| <= mu |F_n|
    eta = alpha sqrt(m k_n),               k_n = 4/3 E* a

delta is the overlap [m], R the reduced radius [m], m the reduced mass [kg], E* and G* the moduli of
the contact [Pa], s the slip in the tangent plane [m] (see `mindlin`). alpha follows from the
restitution in closed form (see `damping_ratio`). The contact ends at delta = 0 and may pull before:
only then is the restitution that asked for. With `limit_damping=1` it never pulls, and rebounds
faster. [Hertz1882] [Mindlin1953] [Tsuji1992] [Antypov2011]
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numba import njit

from multiscale.particles.law import INLINE, Floats, Value, force, pair_law, per_pair
from multiscale.particles.laws.elastic import contact_moduli, damping_ratio
from multiscale.particles.laws.mindlin import mindlin, radius_ratio


def hertz_mix(
    types: Sequence[str],
    young: Value,
    poisson: Value,
    restitution: Value,
    friction: Value,
    limit_damping: Value = 0.0,
) -> Mapping[str, Floats]:
    """Give the parameters of each pair of types from those of the materials."""
    modulus, shear = contact_moduli(types, young, poisson)
    return {
        "kn": 4.0 / 3.0 * modulus,
        "kt": 8.0 * shear,
        "damping": damping_ratio(restitution, types) * np.sqrt(4.0 / 3.0 * modulus),
        "friction": per_pair(friction, types),
        "least": np.where(per_pair(limit_damping, types) > 0.0, 0.0, -np.inf),
    }


PARAMETERS = ("kn", "kt", "damping", "friction", "least")


@njit(**INLINE)
def hertz_damped(c, p, a):  # type: ignore[no-untyped-def]
    """Give the damped normal force, eta, the energy stored and that lost in the step."""
    elastic = p.kn * a * c.overlap
    eta = p.damping * math.sqrt(c.mass * a)
    fn = elastic - eta * c.vn
    fn = p.least if fn < p.least else fn
    return fn, eta, 0.4 * elastic * c.overlap, (elastic - fn) * c.vn * c.dt


@pair_law(PARAMETERS, vectors=("slip",), mix=hertz_mix)
def hertz_mindlin(c, p, h):  # type: ignore[no-untyped-def]
    """Elastic contact with friction; parameters young, poisson, restitution, friction."""
    sx, sy, sz = h
    a = math.sqrt(c.overlap * c.radius)
    fn, eta, stored, lost = hertz_damped(c, p, a)
    fx, fy, fz, x, y, z, held, slid = mindlin(
        c, sx, sy, sz, p.kt * a, eta, p.friction * abs(fn), radius_ratio(c)
    )
    return force(fn, fx, fy, fz, stored + held, lost + slid), (x, y, z)
