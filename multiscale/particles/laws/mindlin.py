"""The tangential part that the contact laws share: Mindlin's spring, a dashpot and a slider.

    F_t = -(k_t s + eta_t v_t),   k_t = 8 G* a,   |F_t| <= cap

s is the elastic slip [m], a the radius of the contact [m]. The slider limits spring and dashpot
together: beyond the cap both are shortened by the same ratio.

Between two steps the contact radius changes from a' to a. While it grows the force stays as it
is, so that s shrinks to s a'/a: what is newly in contact has not been sheared. While it shrinks s
stays, and the force falls with a. This way the spring never gives energy that it did not take.
[Mindlin1953] [Walton1993] [Thornton2013]
"""

from __future__ import annotations

import math

from numba import njit

from multiscale.particles.law import INLINE
from multiscale.particles.vectors import dot, in_plane

TINY = 1e-300  # keeps 0/0 a number


@njit(**INLINE)
def radius_ratio(c):  # type: ignore[no-untyped-def]
    """a'/a for a ~ sqrt(overlap), from the overlap a step ago, overlap + v_n dt."""
    before = c.overlap + c.vn * c.dt
    return math.sqrt((before if before > 0.0 else 0.0) / (c.overlap + TINY))


@njit(**INLINE)
def mindlin(c, sx, sy, sz, k, eta, cap, ratio):  # type: ignore[no-untyped-def]
    """Give the tangential force, the new slip, the energy stored and that lost in the step.

    Args:
        c: the contact.
        sx, sy, sz: the slip a step ago [m].
        k: tangential stiffness k_t now [N/m].
        eta: tangential damping [N s/m].
        cap: largest tangential force [N].
        ratio: contact radius a step ago over that now.
    """
    kept = ratio if ratio < 1.0 else 1.0
    x, y, z = in_plane(
        kept * sx + c.tx * c.dt, kept * sy + c.ty * c.dt, kept * sz + c.tz * c.dt, c.nx, c.ny, c.nz
    )
    fx, fy, fz = k * x + eta * c.tx, k * y + eta * c.ty, k * z + eta * c.tz
    size, most = math.sqrt(dot(fx, fy, fz, fx, fy, fz)), cap + TINY
    share = cap / (size if size > most else most)
    x, y, z = share * x, share * y, share * z
    fx, fy, fz = share * fx, share * fy, share * fz

    held_before = 0.5 * ratio * k * dot(sx, sy, sz, sx, sy, sz)
    held = 0.5 * k * dot(x, y, z, x, y, z)
    lost = dot(fx, fy, fz, c.tx, c.ty, c.tz) * c.dt + held_before - held
    return -fx, -fy, -fz, x, y, z, held, lost
