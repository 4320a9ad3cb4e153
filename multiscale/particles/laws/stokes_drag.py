"""Stokes drag: a sphere alone in a liquid that flows as u(x), see `liquid`.

    F = -6 pi mu a (v - u),        M = -8 pi mu a^3 (omega - Omega),        Omega = rot u/2

[Stokes1851] [Kirchhoff1876]
"""

from __future__ import annotations

import math

from multiscale.particles.law import body_law
from multiscale.particles.laws.liquid import FLOW, GRADIENT, flow_at


@body_law(("viscosity", *FLOW), GRADIENT)
def stokes_drag(b, p):  # type: ignore[no-untyped-def]
    """Drag in a liquid of viscosity [Pa s] that flows with ux, uy, uz [m/s] at the origin."""
    f = 6.0 * math.pi * p.viscosity * b.radius
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
