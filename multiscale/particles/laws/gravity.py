"""Weight less buoyancy.

    F = (rho_s - rho_l) 4/3 pi a^3 g

The difference of the densities is a parameter of its own, since the mass that a particle moves with
may be one chosen for the time step.
"""

from __future__ import annotations

import math

from multiscale.particles.law import body_law


@body_law(("density_difference", "gx", "gy", "gz"))
def gravity(b, p):  # type: ignore[no-untyped-def]
    """Weight at density_difference [kg/m3] in the field gx, gy, gz [m/s2]."""
    m = p.density_difference * 4.0 / 3.0 * math.pi * b.radius**3
    return m * p.gx, m * p.gy, m * p.gz, 0.0, 0.0, 0.0
