"""Binder with friction: cohesion until a neck breaks, and after that it is squeezed, never pulled.

A bond that breaks under pressure leaves its binder where it is. From then on the neck of length l
and radius R carries what a layer without glue carries between two faces [Potyondy2004]:

    F_n = a k_n A min(0, u_n),  |F_s| <= mu |F_n|,  M_n = M_s = 0
    a = 2/pi [acos x - x sqrt(1 - x^2)],  x = |s|/2R

a is the share of its faces, two discs, that still lie on each other after they slid by s since the
neck broke; it never grows again. The neck is gone once a = 0, or once the faces are l apart. So
that no neck bears less before it breaks than after, it breaks in shear where

    |F_s|/A + |M_n| R/J > tau_b - mu min(0, F_n/A)

A slip or an opening that relieves the neck is taken from all branches of its relaxation series
alike, as a slider in series with them would take it. The opening and the two slides since breaking
are kept in the rows of twist and bendings of the first branch, which a broken neck does not need.
"""

from __future__ import annotations

import math

from numba import njit

from multiscale.particles.bond_block import (
    INTACT,
    LEFT,
    LENGTH,
    LOST,
    RADIUS,
    SHARE,
    STATE,
    STEP,
    STIFFNESS,
    STORED,
    STRAIN,
    VALUES,
    B,
)
from multiscale.particles.law import INLINE

OPENING, SLIDE = VALUES + (STATE + 3) * B, VALUES + (STATE + 4) * B


@njit(**INLINE)
def part(b):  # type: ignore[no-untyped-def]
    """Let the step of a neck that is open close the opening first, and strain no spring."""
    for q in range(B):
        left = b[VALUES + INTACT * B + q]
        b[LEFT + q] = left
        if left < 0.0:
            opening = b[OPENING + q]
            after = 0.0
            if opening > 0.0:
                after = max(opening + b[STEP + q], 0.0)
                b[STEP + q] = min(opening + b[STEP + q], 0.0)
            # `relax` adds these to the rows, whose stiffness is zero.
            b[STEP + 3 * B + q] = after - opening
            b[STEP + 4 * B + q] = b[STEP + B + q]
            b[STEP + 5 * B + q] = b[STEP + 2 * B + q]
            if after > 0.0:
                b[STEP + B + q] = 0.0
                b[STEP + 2 * B + q] = 0.0
            b[STIFFNESS + q] *= -left
            b[STIFFNESS + B + q] *= -left
            b[STIFFNESS + 2 * B + q] = 0.0
            b[STIFFNESS + 3 * B + q] = 0.0


@njit(**INLINE)
def squeeze(b, prony, friction, tensile, shear, viscosity):  # type: ignore[no-untyped-def]
    """Break what is overloaded, and let broken necks open, slide and lose area.

    What is left of the bond is ready for `load`, to which a squeezed neck is one that holds.

    Returns:
        Energy freed by breaking [J], and bonds broken; of a shared bond its share.
    """
    freed = 0.0
    broken = 0.0
    for q in range(B):
        left = b[LEFT + q]
        breaks = left > 0.0 and _overloaded(b, q, tensile, shear, friction)
        if left < 0.0:
            b[LOST + q] += _press(b, q, prony, friction, viscosity, -left)
        elif breaks:
            before = b[STORED + q] - 0.5 * _power(b, q, viscosity)
            for component in range(3, 6):
                b[VALUES + (STATE + component) * B + q] = 0.0
            b[STIFFNESS + 2 * B + q] = 0.0
            b[STIFFNESS + 3 * B + q] = 0.0
            _press(b, q, prony, friction, viscosity, 1.0)
            # As in `load`, half of a step's work is done by the force at its end.
            after = b[STORED + q] - 0.5 * _power(b, q, viscosity)
            freed += b[SHARE + q] * (before - after)
            broken += b[SHARE + q]
    return freed, broken


@njit(**INLINE)
def remember(b):  # type: ignore[no-untyped-def]
    """Put back how much of each neck is left, after `load`."""
    for q in range(B):
        b[VALUES + INTACT * B + q] = b[LEFT + q]


@njit(**INLINE)
def _overloaded(b, q, tensile, shear, friction):  # type: ignore[no-untyped-def]
    """F_n/A + |M_s| R/I > sigma_b or |F_s|/A + |M_n| R/J > tau_b - mu min(0, F_n/A)."""
    radius = b[VALUES + RADIUS * B + q]
    area = math.pi * radius * radius
    slip = math.sqrt(b[STRAIN + B + q] ** 2 + b[STRAIN + 2 * B + q] ** 2)
    twist = b[STRAIN + 3 * B + q]
    bending = math.sqrt(b[STRAIN + 4 * B + q] ** 2 + b[STRAIN + 5 * B + q] ** 2)
    normal = b[STIFFNESS + q] * b[STRAIN + q]
    pull = normal + 4.0 * b[STIFFNESS + 3 * B + q] * bending / radius
    slide = b[STIFFNESS + B + q] * slip + 2.0 * b[STIFFNESS + 2 * B + q] * abs(twist) / radius
    return pull > tensile * area or slide > shear * area - friction * min(normal, 0.0)


@njit(**INLINE)
def _power(b, q, viscosity):  # type: ignore[no-untyped-def]
    """F du of all components, with their damping."""
    total = 0.0
    for component in range(6):
        k = b[STIFFNESS + (2 * component + 1) // 3 * B + q]
        du = b[STEP + component * B + q]
        total += k * (b[STRAIN + component * B + q] + viscosity * du) * du
    return total


@njit(**INLINE)
def _press(b, q, prony, friction, viscosity, left):  # type: ignore[no-untyped-def]
    """Return a broken neck to |F_s| <= mu |F_n|, F_n <= 0; give what this and sliding lose [J].

    Leapfrog's work of a step is (F_0 + F_1) du/2, so that a slip p loses (F_0 + F_1) p/2.
    """
    kn = b[STIFFNESS + q]
    ks = b[STIFFNESS + B + q]
    u = b[STRAIN + q]
    du = b[STEP + q]
    opening = b[OPENING + q]
    pressed = min(u + opening, 0.0)
    b[OPENING + q] = max(u + opening, 0.0)
    limit = -friction * kn * pressed / ks
    slip = math.sqrt(b[STRAIN + B + q] ** 2 + b[STRAIN + 2 * B + q] ** 2)
    kept = limit / slip if slip > limit else 1.0
    lost = 0.5 * kn * (u - du + pressed) * (u - pressed)
    for component in range(3):
        spring = STRAIN + component * B + q
        new = pressed if component == 0 else kept * b[spring]
        yielded = b[spring] - new
        if component > 0:
            lost += 0.5 * ks * (b[spring] - b[STEP + component * B + q] + new) * yielded
        b[spring] = new
        for branch in range(prony.shape[0]):
            b[VALUES + (STATE + 6 * branch + component) * B + q] -= yielded
    # Damping must not pull either.
    if viscosity * du > -pressed:
        lost -= kn * (viscosity * du + pressed) * du
        b[STEP + q] = -pressed / viscosity
    return lost + _wear(b, q, prony, left)


@njit(**INLINE)
def _wear(b, q, prony, left):  # type: ignore[no-untyped-def]
    """Take from a neck what its faces have slid off each other; give the energy lost [J]."""
    slid = math.sqrt(b[SLIDE + q] ** 2 + b[SLIDE + B + q] ** 2)
    x = min(0.5 * slid / b[VALUES + RADIUS * B + q], 1.0)
    after = min(left, 2.0 / math.pi * (math.acos(x) - x * math.sqrt(1.0 - x * x)))
    if b[OPENING + q] > b[VALUES + LENGTH * B + q]:
        after = 0.0
    stored = 0.0
    for branch in range(prony.shape[0]):
        for component in range(3):
            k = b[STIFFNESS + min(component, 1) * B + q]
            u = b[VALUES + (STATE + 6 * branch + component) * B + q]
            stored += 0.5 * prony[branch, 0] * k * u * u
    share = after / left
    b[STIFFNESS + q] *= share
    b[STIFFNESS + B + q] *= share
    b[STORED + q] = share * stored
    b[VALUES + INTACT * B + q] = 1.0
    b[LEFT + q] = -after
    return (1.0 - share) * stored
