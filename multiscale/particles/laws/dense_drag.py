"""Drag on a sphere among many, at the solid fraction phi and no inertia of the liquid.

    F = -6 pi mu a Lambda (v - u)
    Lambda = 10 phi/(1 - phi)^2 + (1 - phi)^2 (1 + 1.5 sqrt(phi))

u is the velocity of the liquid between the particles. The source's drag, 6 pi mu a Lambda times the
superficial slip (1 - phi)(u - v), leaves out the pull of the pressure gradient that the drag itself
makes, and is 1 - phi of the whole force [VanDerHoef2005]. Here no pressure is solved for, so that
the whole force is given: phi F/V is the pressure gradient, and for dense beds that of Carman, 180
phi^2/(1 - phi)^3 mu U/(2a)^2. The couple is that of a sphere alone. For u see `liquid`.
"""

from __future__ import annotations

import math

from numba import njit

from multiscale.particles.law import INLINE, body_law
from multiscale.particles.laws.liquid import FLOW, GRADIENT, flow_at


@njit(**INLINE)
def crowding(phi):  # type: ignore[no-untyped-def]
    """Give Lambda, the drag over Stokes' at the same superficial velocity."""
    e = 1.0 - phi
    return 10.0 * phi / (e * e) + e * e * (1.0 + 1.5 * math.sqrt(phi))


@body_law(("viscosity", "solid_fraction", *FLOW), GRADIENT)
def dense_drag(b, p):  # type: ignore[no-untyped-def]
    """Drag at solid_fraction by a liquid of viscosity [Pa s]; ux, uy, uz [m/s] at the origin."""
    f = 6.0 * math.pi * p.viscosity * b.radius * crowding(p.solid_fraction)
    m = 8.0 * math.pi * p.viscosity * b.radius**3
    u = flow_at(b, p)
    return (
        -f * (b.vx - u[0]),
        -f * (b.vy - u[1]),
        -f * (b.vz - u[2]),
        -m * b.wx,
        -m * b.wy,
        -m * (b.wz + 0.5 * p.shear_rate),
    )
