"""Elastic-plastic adhesive contact after Thornton and Ning, with friction and rolling.

First loading is Hertz's up to the overlap delta_y where the pressure reaches p_y, then

    F = F_y + pi p_y R (delta - delta_y),     delta_y = (pi p_y/2 E*)^2 R

From the deepest overlap delta_m = x delta_y the contact unloads elastically, as that of flatter
spheres of the reduced radius R_p whose surfaces touch at delta_p:

    F = 4/3 E* sqrt(R_p) (delta - delta_p)^1.5
    R_p = R 2 x sqrt(x)/(3 x - 1),     delta_p = delta_m (1 - R/R_p),     x >= 1

Thornton's R_p = (4 E*/3 F_m) [(2 F_m + F_y)/(2 pi p_y)]^1.5 is this: the bracket is R delta_m. As
F(delta_m) falls on the loading curve for every delta_m, one expression with delta_m kept as history
serves loading and unloading alike. Adhesion makes it that of `jkr` with R_p and the overlap
delta - delta_p; the pull-off force is 3/2 pi W R_p, W = 2 gamma. (The yield is taken at the overlap
delta_y with adhesion too.) Both the overlap and the contact forget where the particles part.

Plastic work is the energy that flattening takes from the contact: U(delta, old delta_m) -
U(delta, delta_m), U as in `jkr`. Damping and friction as there. [Thornton1997] [Thornton1998]
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numba import njit

from multiscale.particles.law import INLINE, Floats, Value, pair_law, per_type
from multiscale.particles.laws.elastic import contact_moduli, largest, smallest, softest, stiffest
from multiscale.particles.laws.jkr import (
    ADHESIVE,
    jkr_energy,
    jkr_force,
    jkr_mix,
    jkr_root,
    joining_loss,
    snap_gap,
)
from multiscale.particles.laws.rolling import mindlin, respond, rolling


def _mix(
    types: Sequence[str],
    young: Value,
    poisson: Value,
    yield_pressure: Value,
    friction: Value,
    work_of_adhesion: Value = 0.0,
    restitution: Value = 1.0,
    rolling_friction: Value = 0.0,
    rolling_stiffness: Value = 1.0,
) -> Mapping[str, Floats]:
    p_y = per_type(yield_pressure, types)
    if np.any(p_y <= 0.0):
        raise ValueError(
            f"yield pressures {p_y.tolist()} Pa for {list(types)}: give p_y > 0, "
            "which is 1.6 to 3 times the yield stress, or inf for elastic particles"
        )
    softer = np.minimum(p_y[:, None], p_y)  # the softer of the two yields
    modulus, _ = contact_moduli(types, young, poisson)
    elastic = jkr_mix(
        types,
        young,
        poisson,
        work_of_adhesion,
        restitution,
        friction,
        rolling_friction,
        rolling_stiffness,
    )
    return {**elastic, "strain_y": (0.5 * np.pi * softer / modulus) ** 2}


def _reach(
    young: Value,
    poisson: Value,
    yield_pressure: Value,
    largest_radius: float,
    work_of_adhesion: Value = 0.0,
) -> float:
    """Give the widest gap at which a contact breaks, over all deepest overlaps."""
    snap = snap_gap(softest(young, poisson), largest(work_of_adhesion), largest_radius)
    strain_y = (0.5 * np.pi * smallest(yield_pressure) / stiffest(young, poisson)) ** 2
    x = np.geomspace(1.01, 1e9, 4000)
    flat = 2.0 * x * np.sqrt(x) / (3.0 * x - 1.0)
    rest = strain_y * largest_radius * x * (1.0 - 1.0 / flat)
    return max(snap, float(np.max(snap * np.cbrt(flat) - rest)))


@njit(**INLINE)
def flattened(deepest, strain_y, radius):  # type: ignore[no-untyped-def]
    """Give R_p and delta_p; strain_y = delta_y/R."""
    x = deepest / (strain_y * radius)
    x = x if x > 1.0 else 1.0
    flat = 2.0 * x * math.sqrt(x) / (3.0 * x - 1.0)
    return flat * radius, deepest * (1.0 - 1.0 / flat)


@pair_law(
    (*ADHESIVE, "strain_y"),
    vectors=("slip", "roll"),
    scalars=("deepest", "root_a"),
    reach=_reach,
    mix=_mix,
)
def thornton_ning(c, p, h):  # type: ignore[no-untyped-def]
    """Elastic-plastic contact; parameters young, poisson, yield_pressure, friction, ..."""
    y_before = h[7]
    known = h[6]
    deepest = c.overlap if c.overlap > known else known
    radius, rest = flattened(deepest, p.strain_y, c.radius)
    overlap = c.overlap - rest
    y, stable = jkr_root(overlap, radius, p.neck)
    y = y if stable & ((overlap >= 0.0) | (y_before > 0.0)) else 0.0
    deepest = deepest if (c.overlap >= 0.0) | (y > 0.0) else 0.0
    a, a_before = y * y, y_before * y_before
    eta = p.damping * math.sqrt(c.mass * a)
    fn = jkr_force(y, radius, p.kn, p.neck) - eta * c.vn
    load = abs(fn + 2.0 * p.pull * radius) if y > 0.0 else 0.0

    k, k_before = p.kt * a, p.kt * a_before
    f, slip, held, slid = mindlin(c, p, h[0:3], k, k_before, eta, load)
    m, roll, held_roll, rolled = rolling(c, p, h[3:6], k, k_before, eta, load)
    normal = jkr_energy(y, radius, p.kn, p.neck)

    round_radius, round_rest = flattened(known, p.strain_y, c.radius)
    y_round, _ = jkr_root(c.overlap - round_rest, round_radius, p.neck)
    plastic = jkr_energy(y_round, round_radius, p.kn, p.neck) - normal
    lost = eta * c.vn * c.vn * c.dt + slid + rolled
    lost += joining_loss(y, y_before, round_radius, p.kn, p.neck)
    lost += plastic if c.overlap > known else 0.0
    return respond(fn, f, m, normal + held + held_roll, lost), (*slip, *roll, deepest, y)
