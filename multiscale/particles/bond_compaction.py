"""Binder with pores of its own: a neck that is pressed shuts them, stiffens and then flows out.

A neck of radius R and length l is the envelope of binder whose solid fills rho_0 = 1 - eps of it.
Its gap h is l plus the least elongation that it has had; only the solid in it is kept:

    rho = min(1, rho_0 l/h),  E = E_s rho^2                                        [Gibson1997]
    k_n A = E pi R^2/h, and likewise the shear, the twist and the bendings
    p_c = 3 sigma_y ln((1 - rho_0)/(1 - rho)),  rho < 1                            [Heckel1961]
    p_s = sigma_y (1 + 2 R sqrt(w)/(3 sqrt(3) h)),  w = max(1, rho_0 l/h)      [Schroeder1949]
    F_n >= -w pi R^2 min(p_c, p_s)

p_c shuts the pores and presses nothing out. p_s presses out a disc of radius R sqrt(w) whose faces
stick: across it the pressure falls by 2 tau_y/h per length, tau_y = sigma_y/sqrt(3). Once the pores
are shut the disc keeps its volume and widens. What yields is a slider in series with the spring,
so that the neck comes back elastically. As it stiffens at the force it has, it stores less; the
difference was work on the binder and is lost.

Such a binder has no relaxation series: the rows of its second branch, which carries nothing, keep
its elongation, the least of it, and by how much it is stiffer than it was made.
"""

from __future__ import annotations

import math

from numba import njit

from multiscale.particles.bond_block import (
    INTACT,
    LENGTH,
    LOST,
    RADIUS,
    STATE,
    STEP,
    STIFFNESS,
    STORED,
    STRAIN,
    VALUES,
    B,
)
from multiscale.particles.bond_material import STIFFEST
from multiscale.particles.law import INLINE

ELONGATION, LEAST, GROWTH = (VALUES + (STATE + row) * B for row in (9, 10, 11))
THINNEST = 0.05  # of its length: the gap of spheres that touch inside a neck is not h


@njit(**INLINE)
def densify(b, rho_0):  # type: ignore[no-untyped-def]
    """Follow the gap, and stiffen each neck at the forces that it carries."""
    for q in range(B):
        elongation = b[ELONGATION + q] + b[STEP + q]
        b[ELONGATION + q] = elongation
        b[LEAST + q] = min(b[LEAST + q], elongation)
        length, gap = _length_and_gap(b, q)
        rho = min(rho_0 * length / gap, 1.0)
        growth = min((rho / rho_0) ** 2 * length / gap, STIFFEST)
        before = b[GROWTH + q] + 1.0  # zero where the neck was made
        b[GROWTH + q] = growth - 1.0
        kept = before / growth
        left = b[VALUES + INTACT * B + q]
        for component in range(6 if left > 0.0 else 3):  # the others are no strains: `bond_squeeze`
            k = b[STIFFNESS + (2 * component + 1) // 3 * B + q] * before
            u = b[VALUES + (STATE + component) * B + q]
            b[LOST + q] += 0.5 * k * u * u * (1.0 - kept) * abs(left)
            b[VALUES + (STATE + component) * B + q] = u * kept
        for spring in range(4):
            b[STIFFNESS + spring * B + q] *= growth


@njit(**INLINE)
def flow(b, rho_0, sigma_y):  # type: ignore[no-untyped-def]
    """Let each neck that is pressed too hard yield, and book what that loses.

    Leapfrog's work of a step is (F_0 + F_1) du/2, so that a slip p loses (F_0 + F_1) p/2.
    """
    for q in range(B):
        u = b[STRAIN + q]
        k = b[STIFFNESS + q]
        if u >= 0.0 or k == 0.0:
            continue
        length, gap = _length_and_gap(b, q)
        radius = b[VALUES + RADIUS * B + q]
        fill = rho_0 * length / gap
        wide = max(fill, 1.0)
        limit = sigma_y * (1.0 + 2.0 * radius * math.sqrt(wide) / (3.0 * math.sqrt(3.0) * gap))
        if fill < 1.0:
            limit = min(limit, 3.0 * sigma_y * math.log((1.0 - rho_0) / (1.0 - fill)))
        left = abs(b[VALUES + INTACT * B + q])
        new = -limit * math.pi * radius * radius * wide * left / k
        if u < new:
            b[LOST + q] += 0.5 * k * (u - b[STEP + q] + new) * (u - new)
            b[STORED + q] -= 0.5 * k * (u * u - new * new)
            b[STRAIN + q] = new
            b[VALUES + STATE * B + q] += new - u


@njit(**INLINE)
def _length_and_gap(b, q):  # type: ignore[no-untyped-def]
    """Give l, and h = l + the least elongation, but not less than `THINNEST` l [m]."""
    length = b[VALUES + LENGTH * B + q]
    return length, max(length + b[LEAST + q], THINNEST * length)
