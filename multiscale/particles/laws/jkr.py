"""Adhesive elastic contact after Johnson, Kendall and Roberts, with friction and rolling.

    F     = 4 E* a^3/(3 R) - sqrt(8 pi W E* a^3)
    delta = a^2/R - sqrt(2 pi W a/E*)

a is the contact radius [m], W the work of adhesion [J/m^2]: W = 2 gamma for two equal surfaces of
the energy gamma. The pull-off force is 3/2 pi W R = 3 pi gamma R.

With y = sqrt(a), p = R sqrt(2 pi W/E*) and z = R delta the second equation is y^4 - p y - z = 0.
Its largest root by Ferrari, free of cancellation and of divisions by W:

    u = (p^2/16 + sqrt(p^4/256 + z^3/27))^(1/3)
    Q = u^2 + z/3 + (z/3u)^2
    y = (g + sqrt(4 sqrt(Q) - g^2))/2,     g = p/(2 sqrt(Q))

The contact forms at delta = 0 and breaks where the root ends, p^4/256 + z^3/27 = 0, at the gap
-delta = 3/4 (c^2 R/4)^(1/3), c = 2 pi W/E*. The law keeps y, which is 0 where nothing is joined.

Energy from separated surfaces on, surface energy included, is

    U = 4/3 E* a^2 (2/5 a^3/R^2 - sqrt(c) a^1.5/R + 3/8 c)

so that forming loses -U(delta = 0), and breaking loses U there. Damping as in `hertz_mindlin` with
this a; the force that presses the surfaces together is |F_n + 3 pi W R| [Thornton1991].
[Johnson1971] [Parteli2014]
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numba import njit

from multiscale.particles.law import INLINE, Floats, Value, pair_law, per_pair
from multiscale.particles.laws.cube_root import cube_root
from multiscale.particles.laws.elastic import contact_moduli, damping_ratio, largest, softest
from multiscale.particles.laws.rolling import FRICTION, mindlin, respond, rolling, rolling_mix

ADHESIVE = ("kn", "kt", "damping", "neck", "pull", *FRICTION)
SNAP = 0.25 ** (1.0 / 3.0)  # sqrt(a) at the break over that at delta = 0
TINY = 1e-90  # [m3], keeps 0/0 a number: the cube of a contact radius of 1e-24 m


def jkr_mix(
    types: Sequence[str],
    young: Value,
    poisson: Value,
    work_of_adhesion: Value,
    restitution: Value,
    friction: Value,
    rolling_friction: Value = 0.0,
    rolling_stiffness: Value = 1.0,
) -> Mapping[str, Floats]:
    """Give the parameters of each pair of types from those of the materials."""
    modulus, shear = contact_moduli(types, young, poisson)
    work = per_pair(work_of_adhesion, types)
    return {
        "kn": 4.0 / 3.0 * modulus,
        "kt": 8.0 * shear,
        "damping": damping_ratio(restitution, types) * np.sqrt(4.0 / 3.0 * modulus),
        "neck": np.sqrt(2.0 * np.pi * work / modulus),
        "pull": 1.5 * np.pi * work,
        **rolling_mix(types, friction, rolling_friction, rolling_stiffness),
    }


def snap_gap(modulus: float, work_of_adhesion: float, radius: float) -> float:
    """Gap at which a contact of the reduced radius breaks [m]."""
    c = 2.0 * np.pi * work_of_adhesion / modulus
    return float(0.75 * np.cbrt(c**2 * radius / 4.0))


def _reach(young: Value, poisson: Value, work_of_adhesion: Value, largest_radius: float) -> float:
    """Give the widest gap at which a contact breaks: that of the softest pair, at a wall."""
    return snap_gap(softest(young, poisson), largest(work_of_adhesion), largest_radius)


@njit(**INLINE)
def jkr_root(overlap, radius, neck):  # type: ignore[no-untyped-def]
    """Give sqrt(a) on the stable branch, and whether there is one."""
    z, p = overlap * radius, neck * radius
    w = p * p / 16.0
    d = w * w + z * z * z / 27.0
    u = cube_root(w + math.sqrt(d if d > 0.0 else 0.0) + TINY)
    v = z / (3.0 * u)
    q = math.sqrt(u * u + z / 3.0 + v * v)
    g = 0.5 * p / q
    s = 4.0 * q - g * g
    return 0.5 * (g + math.sqrt(s if s > 0.0 else 0.0)), d >= 0.0


@njit(**INLINE)
def jkr_force(y, radius, kn, neck):  # type: ignore[no-untyped-def]
    """F from y = sqrt(a); kn = 4/3 E*, neck = sqrt(2 pi W/E*)."""
    a = y * y
    return kn * a * (a * a / radius - 1.5 * neck * y)


@njit(**INLINE)
def jkr_energy(y, radius, kn, neck):  # type: ignore[no-untyped-def]
    """U from y = sqrt(a)."""
    a = y * y
    b = a * y / radius
    return kn * a * a * (0.4 * b * b - neck * b + 0.375 * neck * neck)


@njit(**INLINE)
def joining_loss(y, y_before, radius, kn, neck):  # type: ignore[no-untyped-def]
    """Energy lost if the contact formed (y_before = 0) or broke (y = 0) in this step [J]."""
    zero, _ = jkr_root(0.0, radius, neck)
    formed = -jkr_energy(zero, radius, kn, neck) if y_before == 0.0 else 0.0
    broke = jkr_energy(SNAP * zero, radius, kn, neck) if y_before > 0.0 else 0.0
    return formed if y > 0.0 else broke


@pair_law(ADHESIVE, vectors=("slip", "roll"), scalars=("root_a",), reach=_reach, mix=jkr_mix)
def jkr(c, p, h):  # type: ignore[no-untyped-def]
    """Adhesive contact; parameters young, poisson, work_of_adhesion, restitution, friction, ..."""
    y_before = h[6]
    y, stable = jkr_root(c.overlap, c.radius, p.neck)
    y = y if stable & ((c.overlap >= 0.0) | (y_before > 0.0)) else 0.0
    a, a_before = y * y, y_before * y_before
    eta = p.damping * math.sqrt(c.mass * a)
    fn = jkr_force(y, c.radius, p.kn, p.neck) - eta * c.vn
    load = abs(fn + 2.0 * p.pull * c.radius) if y > 0.0 else 0.0

    k, k_before = p.kt * a, p.kt * a_before
    f, slip, held, slid = mindlin(c, p, h[0:3], k, k_before, eta, load)
    m, roll, held_roll, rolled = rolling(c, p, h[3:6], k, k_before, eta, load)
    stored = jkr_energy(y, c.radius, p.kn, p.neck) + held + held_roll
    lost = eta * c.vn * c.vn * c.dt + slid + rolled
    lost += joining_loss(y, y_before, c.radius, p.kn, p.neck)
    return respond(fn, f, m, stored, lost), (*slip, *roll, y)
