"""Stokes drag: a sphere alone in a liquid that flows as u(x).

    F = -6 pi mu a (v - u),        M = -8 pi mu a^3 (omega - Omega)
    u = (ux + rate y, uy, uz),     Omega = (0, 0, -rate/2)

[Stokes1851] [Kirchhoff1876]
"""

from __future__ import annotations

import math

from multiscale.particles.law import body_law


@body_law(("viscosity", "shear_rate", "ux", "uy", "uz"))
def stokes_drag(b, p):  # type: ignore[no-untyped-def]
    """Drag in a liquid of viscosity [Pa s], with shear_rate [1/s] in x-y and velocity ux, uy, uz.

    ux [m/s] is the liquid's velocity at y = 0.
    """
    f = 6.0 * math.pi * p.viscosity * b.radius
    m = 8.0 * math.pi * p.viscosity * b.radius**3
    return (
        -f * (b.vx - p.ux - p.shear_rate * b.y),
        -f * (b.vy - p.uy),
        -f * (b.vz - p.uz),
        -m * b.wx,
        -m * b.wy,
        -m * (b.wz + 0.5 * p.shear_rate),
    )
