"""Contact of elastic spheres after Hertz and Mindlin, with damping, friction and rolling.

    F_n = 4/3 E* a delta - eta v_n,        a = sqrt(R delta)
    F_t = -(8 G* a s + eta v_t),           |F_t| <= mu |F_n|
    eta = alpha sqrt(m k_n),               k_n = 4/3 E* a

delta is the overlap [m], R the reduced radius [m], m the reduced mass [kg], E* and G* the moduli of
the contact [Pa], s the slip in the tangent plane [m]. alpha follows from the restitution in closed
form (see `damping_ratio`). The contact ends at delta = 0 and may pull before: only then is the
restitution that asked for. With `limit_damping=1` it never pulls, and rebounds faster. Rolling:
see `rolling`. [Hertz1882] [Mindlin1953] [Tsuji1992] [Antypov2011]
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numba import njit

from multiscale.particles.law import INLINE, Floats, Value, force, pair_law, per_pair
from multiscale.particles.laws.elastic import contact_moduli, damping_ratio
from multiscale.particles.laws.rolling import FRICTION, mindlin, respond, rolling, rolling_mix

ELASTIC = ("kn", "kt", "damping", "least", "friction")


def _mix(
    types: Sequence[str],
    young: Value,
    poisson: Value,
    restitution: Value,
    friction: Value,
    limit_damping: Value = 0.0,
) -> Mapping[str, Floats]:
    modulus, shear = contact_moduli(types, young, poisson)
    return {
        "kn": 4.0 / 3.0 * modulus,
        "kt": 8.0 * shear,
        "damping": damping_ratio(restitution, types) * np.sqrt(4.0 / 3.0 * modulus),
        "least": np.where(per_pair(limit_damping, types) > 0.0, 0.0, -np.inf),
        "friction": per_pair(friction, types),
    }


def _mix_rolling(
    types: Sequence[str],
    young: Value,
    poisson: Value,
    restitution: Value,
    friction: Value,
    rolling_friction: Value,
    rolling_stiffness: Value = 1.0,
    limit_damping: Value = 0.0,
) -> Mapping[str, Floats]:
    return {
        **_mix(types, young, poisson, restitution, friction, limit_damping),
        **rolling_mix(types, friction, rolling_friction, rolling_stiffness),
    }


@njit(**INLINE)
def hertz(c, p):  # type: ignore[no-untyped-def]
    """Give the elastic force, the contact radii now and a step ago, eta and the energy stored."""
    a = math.sqrt(c.overlap * c.radius)
    before = c.overlap + c.vn * c.dt
    a_before = math.sqrt((before if before > 0.0 else 0.0) * c.radius)
    elastic = p.kn * a * c.overlap
    return elastic, a, a_before, p.damping * math.sqrt(c.mass * a), 0.4 * elastic * c.overlap


@pair_law(ELASTIC, vectors=("slip",), mix=_mix)
def hertz_mindlin(c, p, h):  # type: ignore[no-untyped-def]
    """Elastic contact with friction; parameters young, poisson, restitution, friction."""
    elastic, a, a_before, eta, stored = hertz(c, p)
    fn = elastic - eta * c.vn
    fn = p.least if fn < p.least else fn
    f, slip, held, slid = mindlin(c, p, h, p.kt * a, p.kt * a_before, eta, abs(fn))
    return force(fn, *f, stored + held, (elastic - fn) * c.vn * c.dt + slid), slip


@pair_law((*ELASTIC[:-1], *FRICTION), vectors=("slip", "roll"), mix=_mix_rolling)
def hertz_mindlin_rolling(c, p, h):  # type: ignore[no-untyped-def]
    """The same with rolling resistance; more parameters rolling_friction, rolling_stiffness."""
    elastic, a, a_before, eta, stored = hertz(c, p)
    fn = elastic - eta * c.vn
    fn = p.least if fn < p.least else fn
    k, k_before = p.kt * a, p.kt * a_before
    f, slip, held, slid = mindlin(c, p, h[:3], k, k_before, eta, abs(fn))
    m, roll, held_roll, rolled = rolling(c, p, h[3:], k, k_before, eta, abs(fn))
    lost = (elastic - fn) * c.vn * c.dt + slid + rolled
    return respond(fn, f, m, stored + held + held_roll, lost), slip + roll
