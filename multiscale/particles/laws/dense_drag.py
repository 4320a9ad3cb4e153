"""Drag on a sphere among many, at the solid fraction phi and no inertia of the liquid.

    F = -6 pi mu a Lambda (v - u)
    Lambda = 10 phi/(1 - phi)^2 + (1 - phi)^2 (1 + 1.5 sqrt(phi))

u is the velocity of the liquid between the particles. The source's drag, 6 pi mu a Lambda times the
superficial slip (1 - phi)(u - v), leaves out the pull of the pressure gradient that the drag itself
makes, and is 1 - phi of the whole force [VanDerHoef2005]. Here no pressure is solved for, so that
the whole force is given: phi F/V is the pressure gradient, and for dense beds that of Carman, 180
phi^2/(1 - phi)^3 mu U/(2a)^2. The couple is that of a sphere alone.
"""

from __future__ import annotations

import math

from numba import njit

from multiscale.particles.law import INLINE, body_law


@njit(**INLINE)
def crowding(phi):  # type: ignore[no-untyped-def]
    """Give Lambda, the drag over Stokes' at the same superficial velocity."""
    e = 1.0 - phi
    return 10.0 * phi / (e * e) + e * e * (1.0 + 1.5 * math.sqrt(phi))


@body_law(("viscosity", "solid_fraction", "ux", "uy", "uz"))
def dense_drag(b, p):  # type: ignore[no-untyped-def]
    """Drag at solid_fraction by a liquid of viscosity [Pa s] that flows with ux, uy, uz [m/s]."""
    f = 6.0 * math.pi * p.viscosity * b.radius * crowding(p.solid_fraction)
    m = 8.0 * math.pi * p.viscosity * b.radius**3
    return (
        -f * (b.vx - p.ux),
        -f * (b.vy - p.uy),
        -f * (b.vz - p.uz),
        -m * b.wx,
        -m * b.wy,
        -m * b.wz,
    )
