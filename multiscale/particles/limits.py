"""Limits of the time step: what each interaction allows [s].

The named limits are those of the field for given materials; `of_rates` takes what the laws
themselves say (see `stiffness`), so that it holds for any law.

    Rayleigh wave      t_R = pi r sqrt(rho/G) / (0.1631 nu + 0.8766)
    Hertz collision    t_c = 2.9433 delta/v,   delta = (5 m v^2 / (4 k))^(2/5),   k = 4/3 E* sqrt(R)
    lubrication        m / X, X the squeeze resistance of the narrowest film
    adhesion           h / v, the time to cross the range h of the force
    leapfrog           k dt^2 + 2 c dt <= 4 m

The last one is exact for a mass m on a spring k with a damper c that sees the velocity half a step
old, as here: the step's matrix has determinant 1 - c dt/m and trace 2 - k dt^2/m - c dt/m.
[Johnson1985] [OSullivan2004]

No assembly of springs vibrates faster than its fastest spring alone, if each is given a part of the
masses that it joins [Irons1971]: of N contacts like the fastest pair each gets 1/N of its
particles, and the squares of the frequencies are N times those of the pair. With N = 6 this also
meets the fastest motion of the twelve contacts of a close packing, in which all spheres turn alike
and all contacts slip: 40 k_t/m against the bound of 42 k_t/m.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NEIGHBOURS = 6  # N above
RESOLVED = 0.2  # of the limit of one pair along its normal: a collision takes eight steps at least
TOGETHER = "all together"
_COLLISION = 2.0 / 2.5 * math.sqrt(math.pi) * math.gamma(0.4) / math.gamma(0.9)


def rayleigh(
    radius: float, density: float, shear_modulus: float, poisson: float, share: float = 0.2
) -> float:
    """Give a share of the time in which a surface wave passes a particle [s].

    Args:
        radius: [m]; density: [kg/m3]; shear_modulus: [Pa].
        poisson: Poisson's ratio.
        share: 0.1 to 0.2 in dense systems.
    """
    wave = math.pi * radius * math.sqrt(density / shear_modulus)
    return share * wave / (0.1631 * poisson + 0.8766)


def collision_time(radius: float, mass: float, modulus: float, speed: float) -> float:
    """Give the duration t_c of a Hertz collision without damping [s].

    Args:
        radius: reduced radius R [m].
        mass: reduced mass m [kg].
        modulus: contact modulus E* [Pa].
        speed: of approach [m/s].
    """
    k = 4.0 / 3.0 * modulus * math.sqrt(radius)
    deepest = (5.0 * mass * speed**2 / (4.0 * k)) ** 0.4
    return _COLLISION * deepest / speed if speed > 0 else math.inf


def collision(radius: float, mass: float, modulus: float, speed: float, parts: int = 40) -> float:
    """Give a part of the duration of a Hertz collision [s]; see `collision_time`."""
    return collision_time(radius, mass, modulus, speed) / parts


def lubrication(mass: float, resistance: float, share: float = 0.1) -> float:
    """Give a share of the time in which a film stops a particle [s].

    Args:
        mass: of the lightest particle [kg].
        resistance: to squeezing, of the narrowest film [N s/m].
        share: of m / X.
    """
    return share * mass / resistance if resistance > 0 else math.inf


def adhesion(span: float, speed: float, share: float = 0.05) -> float:
    """Give a share of the time in which a pair crosses the range of its adhesion [s].

    Args:
        span: range of the force beyond contact [m].
        speed: of approach [m/s].
        share: of h / v.
    """
    return share * span / speed if speed > 0 else math.inf


def leapfrog(mass: float, stiffness: float, resistance: float) -> float:
    """Give the largest stable time step of a mass on a spring and a damper [s].

    Args:
        mass: [kg]; of a pair the reduced one.
        stiffness: k [N/m], counted as 0 where it is negative.
        resistance: c [N s/m], the same.
    """
    k, c = max(stiffness, 0.0), max(resistance, 0.0)
    return 4.0 * mass / (c + math.sqrt(c * c + 4.0 * k * mass)) if k + c > 0.0 else math.inf


class Rates(NamedTuple):
    """How fast small motions are taken up, each over the mass that it moves.

    Arrays over the pairs of types, shape (types^2,), or one number for all of them.

    Attributes:
        k: stiffness over mass, of a particle among its neighbours [1/s2].
        c: resistance over mass, likewise [1/s].
        normal_k, normal_c: those along the normal of one pair alone; 0 where there is none.
    """

    k: Floats
    c: Floats
    normal_k: Floats | float = 0.0
    normal_c: Floats | float = 0.0


def of_rates(rates: Mapping[str, Rates], *, resolved: float = RESOLVED) -> dict[str, float]:
    """Give what each interaction allows, and all of them together, whose rates add [s].

    Args:
        rates: of each interaction.
        resolved: share of the limit of one pair along its normal that still follows a collision.
    """
    found = {}
    for name, r in rates.items():
        followed = resolved * longest(r.normal_k, r.normal_c)
        found[name] = float(min(np.min(longest(r.k, r.c)), np.min(followed)))
    acting = [r for r in rates.values() if np.any(r.k > 0.0) or np.any(r.c > 0.0)]
    if len(acting) > 1:
        k, c = sum((r.k for r in acting), np.zeros(1)), sum((r.c for r in acting), np.zeros(1))
        found[TOGETHER] = min(float(np.min(longest(k, c))), *found.values())
    return found


def longest(k: Floats | float, c: Floats | float) -> Floats:
    """Give 4/(c + sqrt(c^2 + 4 k)) [s], the limit of `leapfrog` for k/m and c/m."""
    with np.errstate(divide="ignore"):
        return np.asarray(4.0 / (c + np.sqrt(np.square(c) + 4.0 * np.asarray(k))))
