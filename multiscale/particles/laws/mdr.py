"""Elastic-plastic contact deep into compaction: the mechanically derived law of Zunker and Kamrin.

A rigid flat stands where two spheres cut each other, at the depth delta below each surface, and
each side is pressed against it by itself; the force is the mean of both. Each side is an elastic
half-space under an elliptic punch of height A and width B (method of dimensionality reduction):

    F = E' A B/2 [asin(sqrt x) - (1 - 2 x) sqrt(x (1 - x))],   x = delta_e/A,   E' = E/(1 - nu^2)
    a = B sqrt(x (1 - x))

    elastic   A = 4 R,              B = 2 R,     delta_e = delta
    yielded   A = 4 a_m p_Y/E',     B = 2 a_m,   a_m^2 = 2 R delta_m - delta_m^2 + c
              p_Y = Y (1.75 exp(-4.4 delta_m/R) + 1)

It yields where Hertz's mean pressure 4 E'/(3 pi) sqrt(delta/R) passes p_Y; c = delta^2 - delta R at
that moment. At the deepest depth delta_m the yielded side bears pi a_m^2 p_Y. From there it unloads
elastically, seen from the centre of the sphere, which the pressure pushes away by -delta_R:

    delta_e = (delta - delta_m + A/2 + delta_R)/(1 + 2 delta_R/A)
    delta_R = -p_Y/(2 G s) [2 (1 - nu) a_m^2 - (1 - 2 nu) z (s - z)]
    z = R - delta_m + A/2,   s = sqrt(a_m^2 + z^2)

R is the apparent radius, which grows as plastic flow keeps the volume. Where little of the surface
is free, the mean depth delta_b of all flats of a particle compresses it as a whole:

    F_b = kappa (A_con/V) delta_b A_c,   kappa = E/(3 (1 - 2 nu))
    A_c = pi (2 R delta - delta^2 + c)

What belongs to a particle, and not to a contact, is done by `confinement` between the steps. By
itself this law is that of contacts which do not feel each other. Adhesion is left out. Damping is
eta = alpha sqrt(m k), k the stiffness of the flat punch, friction a spring of constant stiffness
behind Coulomb's slider. [Zunker2024a] [Zunker2024b] [Zunker2025]
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import IntEnum

import numpy as np
from numba import njit

from multiscale.particles.law import INLINE, Floats, Value, force, one_number, pair_law
from multiscale.particles.laws.rolling import mindlin

_NEAR_ZERO = 1e-100  # keeps 0/0 a number
FREE_AREA = 0.5  # psi_b of the published example [Zunker2025]


class Shared(IntEnum):
    """Slots of the history that both sides share, behind the slip."""

    DEEPEST = 0  # overlap so far, at most [m]
    STORED = 1  # elastic energy a step ago [J]
    SCREENED = 2  # share of the contact that passes through a third particle; set from outside
    SIZE = 3


class Side(IntEnum):
    """Slots of each side's history. The first side is that of the larger identity, or the only one.

    The last four are set from outside; see `confinement`.
    """

    DELTA = 0  # depth of the flat below the apparent surface [m]
    CONTACT = 1  # the part of it that the contact takes up [m]
    DEEPEST = 2  # the same so far, at most: delta_m [m]
    BULK = 3  # delta_b [m]
    INTERCEPT = 4  # c [m2]; 0: it has not yielded
    REST = 5  # delta where a yielded side comes free [m]
    AREA = 6  # A_c [m2]
    FORCE = 7  # [N]
    MEAN_STEP = 8  # growth of delta_b in this step [m]
    STIFFNESS = 9  # kappa A_con/V [Pa/m]
    OUTWARD = 10  # depth below the original surface a step ago [m]
    STRAIN = 11  # the contact's share of the particle's volumetric strain a step ago
    SIZE = 12


# Numba takes plain numbers.
FIRST = 3 + int(Shared.SIZE)  # of the first side's slots, behind slip and shared ones
SECOND = FIRST + int(Side.SIZE)
_REST, _GIVEN = int(Side.REST), int(Side.MEAN_STEP)


def _mix(
    types: Sequence[str],
    young: Value,
    poisson: Value,
    yield_stress: Value,
    tangential_stiffness: Value,
    friction: Value,
    damping: Value = 0.0,
    free_area: Value = FREE_AREA,
) -> Mapping[str, Floats]:
    given = dict(young=young, poisson=poisson, yield_stress=yield_stress, damping=damping,
                 tangential_stiffness=tangential_stiffness, friction=friction,
                 free_area=free_area)  # fmt: skip
    several = [name for name, value in given.items() if isinstance(value, Mapping)]
    if several:
        raise ValueError(f"mdr is a law of one material: give {', '.join(several)} as one number")
    e, nu, y = (one_number(given[name]) for name in ("young", "poisson", "yield_stress"))
    psi = one_number(free_area)
    if not (e > 0.0 and 0.0 <= nu < 0.5 and y > 0.0 and 0.0 <= psi <= 1.0):
        raise ValueError(
            f"E = {e:g} Pa, nu = {nu:g}, Y = {y:g} Pa and free_area = {psi:g}: mdr wants E > 0, "
            "0 <= nu < 0.5, Y > 0 and a share"
        )
    values = {
        "modulus": e / (1.0 - nu**2),
        "shear": e / (2.0 * (1.0 + nu)),
        "poisson": nu,
        "yield_stress": y,
        "kt": tangential_stiffness,
        "friction": friction,
        "damping": damping,
    }
    return {name: np.full((len(types),) * 2, one_number(value)) for name, value in values.items()}


@njit(**INLINE)
def depth_of_flat(overlap, deepest, radius, other, rest, other_rest):  # type: ignore[no-untyped-def]
    """Give delta of the side with this radius; both sides come free at the same overlap.

        delta_g = delta (2 R' - delta)/(2 (R + R' - delta))

    at the deepest overlap; below it delta falls in proportion, to the side's depth at rest.
    """
    geometric = 0.5 * deepest * (2.0 * other - deepest) / (radius + other - deepest)
    way = (deepest - overlap) / (deepest - rest - other_rest + _NEAR_ZERO)
    return geometric + (rest - geometric) * way


@njit(**INLINE)
def press(p, radius, delta, h):  # type: ignore[no-untyped-def]
    """Give a side's force, contact radius, energy and new history, pressed to delta [m]."""
    before, contact, deepest, bulk, c = h[:_REST]
    mean_step, stiffness, outward, strain = h[_GIVEN:]
    by_step, most = delta - before - mean_step, delta - contact
    contact = contact + (by_step if by_step < most else most)
    bulk = bulk + mean_step
    bulk = bulk if bulk > 0.0 else 0.0
    first = contact >= deepest
    deepest = contact if first else deepest

    p_y = p.yield_stress * (1.75 * math.exp(-4.4 * deepest / radius) + 1.0)
    hertz = 4.0 / (3.0 * math.pi) * p.modulus * math.sqrt(deepest / radius)
    c = deepest * (deepest - radius) if (c == 0.0) & first & (hertz > p_y) else c
    plastic = c < 0.0

    a2 = deepest * (2.0 * radius - deepest) + c
    a_m = math.sqrt(a2 if a2 > 0.0 else 0.0)
    A = 4.0 * a_m * p_y / p.modulus if plastic else 4.0 * radius
    B = 2.0 * a_m if plastic else 2.0 * radius
    z = radius - deepest + 0.5 * A
    s = math.sqrt(a2 + z * z)
    shift = 2.0 * (1.0 - p.poisson) * a2 - (1.0 - 2.0 * p.poisson) * z * (s - z)
    shift = -0.5 * p_y / (p.shear * s) * shift if plastic else 0.0
    ease = 1.0 + 2.0 * shift / A
    x = ((contact - deepest + 0.5 * A + shift) / ease if plastic else contact) / A
    x = x if x > 0.0 else 0.0
    half, angle = math.sqrt(x * (1.0 - x)), math.asin(math.sqrt(x))
    bare = 0.5 * p.modulus * A * B * (angle - (1.0 - 2.0 * x) * half)
    stored = half - (1.0 - 2.0 * x) * angle - 4.0 / 3.0 * half * half * half
    stored = 0.25 * p.modulus * A * A * B * ease * stored

    area = math.pi * ((2.0 * radius - delta) * delta + c if plastic else radius * delta)
    area = area if area > 0.0 else 0.0
    whole = stiffness * bulk * area
    rest = deepest - 0.5 * A - shift if plastic else 0.0
    slots = (delta, contact, deepest, bulk, c, rest, area, bare + whole)
    given = (mean_step, stiffness, outward, strain)
    return bare + whole, B * half, stored + 0.5 * whole * bulk, (*slots, *given)


@pair_law(
    ("modulus", "shear", "poisson", "yield_stress", "kt", "friction", "damping"),
    vectors=("slip",),
    scalars=(
        *(f"shared_{slot.name}" for slot in Shared if slot < Shared.SIZE),
        *(f"first_{slot.name}" for slot in Side if slot < Side.SIZE),
        *(f"second_{slot.name}" for slot in Side if slot < Side.SIZE),
    ),
    mix=_mix,
)
def mdr(c, p, h):  # type: ignore[no-untyped-def]
    """Contact of plastic spheres; young, poisson, yield_stress, tangential_stiffness, friction.

    `free_area` is psi_b, which only `confinement` looks at.
    """
    wall = c.id_j < 0
    i_first = c.id_i > c.id_j
    r0, r1 = c.ri if i_first else c.rj, c.rj if i_first else c.ri
    one, two = h[FIRST:SECOND], h[SECOND:]
    deepest = c.overlap if c.overlap > h[3] else h[3]
    depth0 = depth_of_flat(c.overlap, deepest, r0, r1, one[_REST], two[_REST])
    depth1 = depth_of_flat(c.overlap, deepest, r1, r0, two[_REST], one[_REST])
    f0, a0, held0, one = press(p, r0, c.overlap if wall else depth0, one)
    f1, a1, held1, two = press(p, r0 if wall else r1, 0.0 if wall else depth1, two)

    solid = 1.0 - h[5]
    solid = solid if solid > 0.0 else 0.0
    elastic = solid * (f0 if wall else 0.5 * (f0 + f1))
    stored = solid * (held0 if wall else held0 + held1)
    k = 2.0 * p.modulus * a0 if wall else 0.5 * p.modulus * (a0 + a1)
    fn = elastic - p.damping * math.sqrt(c.mass * k) * c.vn
    f, slip, held, slid = mindlin(c, p, h[:3], p.kt, p.kt, 0.0, abs(fn))
    lost = -fn * c.vn * c.dt + h[4] - stored + slid
    return force(fn, *f, stored + held, lost), (*slip, deepest, stored, h[5], *one, *two)
