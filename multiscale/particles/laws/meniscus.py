"""The surface of a drying film, which holds the particles down that poke through.

    F_z = -2 pi a sigma sin(alpha) sin(alpha + theta),     cos(alpha) = (z - h)/a,     |z - h| < a

The surface meets the particle on the circle at its own level h(t) = height + speed t, at the angle
alpha from the lowest point, and pulls along itself, at the contact angle theta (measured in the
liquid) to the particle's surface. alpha = pi: the particle just touches from below; alpha + theta =
pi: the surface is level at the particle, and the force is zero; above that it pulls down, by 2 pi a
sigma cos^2(theta/2) at most [Scheludko1976]; alpha = 0: the surface lets go. The surface is taken
to be level up to the particle, so that the force depends on z - h alone and does no work around a
closed path.
"""

from __future__ import annotations

import math

from multiscale.particles.law import body_law


@body_law(("surface_tension", "contact_angle", "height", "speed"))
def meniscus(b, p):  # type: ignore[no-untyped-def]
    """Film surface at height [m] + speed [m/s] t; surface_tension [N/m], contact_angle [rad]."""
    cos = (b.z - p.height - p.speed * b.time) / b.radius
    if abs(cos) >= 1.0:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    sin = math.sqrt(1.0 - cos * cos)
    theta = p.contact_angle
    fz = (
        -2.0
        * math.pi
        * b.radius
        * p.surface_tension
        * sin
        * (sin * math.cos(theta) + cos * math.sin(theta))
    )
    return 0.0, 0.0, fz, 0.0, 0.0, 0.0
