"""A spring and a dashpot side by side, behind a slider: what sliding and rolling have in common.

    f = k s + eta v,   |f| <= cap

s is a vector in the tangent plane that grows with the rate v. Beyond the cap the slider shortens
spring and dashpot by the same ratio.

Between two steps the stiffness changes from k' to k. While it grows the force stays as it is, so
that s shrinks to s k'/k: what is newly in contact has not been sheared. While it falls s stays and
the force falls. This way the spring never gives energy that it did not take.
[Walton1993] [Thornton2013]
"""

from __future__ import annotations

import math

from numba import njit

from multiscale.particles.law import INLINE
from multiscale.particles.vectors import dot, in_plane

TINY = 1e-100  # keeps 0/0 a number


@njit(**INLINE)
def kept(k, k_before):  # type: ignore[no-untyped-def]
    """Share of the displacement that a change of stiffness leaves."""
    return k_before / (k if k > k_before else k_before + TINY)


@njit(**INLINE)
def slider(c, vx, vy, vz, sx, sy, sz, share, k, k_before, eta, cap):  # type: ignore[no-untyped-def]
    """Give f, the new s, the energy stored and that lost in the step.

    Args:
        c: the contact.
        vx, vy, vz: rate v [m/s or rad/s].
        sx, sy, sz: displacement s a step ago [m or rad].
        share: of s that the change of stiffness leaves; see `kept`.
        k, k_before: stiffness now and a step ago [N/m or N m/rad].
        eta: damping [N s/m or N m s/rad].
        cap: largest |f| [N or N m].
    """
    x, y, z = in_plane(
        share * sx + vx * c.dt, share * sy + vy * c.dt, share * sz + vz * c.dt, c.nx, c.ny, c.nz
    )
    fx, fy, fz = k * x + eta * vx, k * y + eta * vy, k * z + eta * vz
    size, most = math.sqrt(dot(fx, fy, fz, fx, fy, fz)), cap + TINY
    ratio = cap / (size if size > most else most)
    x, y, z = ratio * x, ratio * y, ratio * z
    fx, fy, fz = ratio * fx, ratio * fy, ratio * fz

    stored = 0.5 * k * dot(x, y, z, x, y, z)
    work = dot(fx, fy, fz, vx, vy, vz) * c.dt
    lost = work + 0.5 * k_before * dot(sx, sy, sz, sx, sy, sz) - stored
    return fx, fy, fz, x, y, z, stored, lost
