"""Sliding and rolling resistance at one contact: the part that the contact laws share.

    F_t = -(k_t s + eta v_t),                     |F_t| <= mu N
    M   = -kappa R^2 (k_t theta + eta omega_r),   |M| <= mu_r R N

k_t = 8 G* a is Mindlin's tangential stiffness [N/m], a the contact radius [m], eta the damping of
the normal direction [N s/m], N the force that presses the surfaces together [N]. s is the slip [m],
theta the angle rolled [rad], the integral of omega_r = omega_i - omega_j in the tangent plane. mu_r
is the lever of the rolling resistance over R, kappa the rolling stiffness over k_t R^2. Both are
springs, dashpots and sliders (see `slider`). Twisting about the normal meets no resistance.
[Mindlin1953] [Iwashita1998] [Ai2011]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from numba import njit

from multiscale.particles.law import INLINE, Floats, Response, Value, per_pair
from multiscale.particles.laws.slider import kept, slider
from multiscale.particles.vectors import in_plane

FRICTION = ("friction", "rolling_friction", "rolling_stiffness")


def rolling_mix(
    types: Sequence[str], friction: Value, rolling_friction: Value, rolling_stiffness: Value
) -> Mapping[str, Floats]:
    """Spread mu, mu_r and kappa over the pairs of types."""
    return {
        "friction": per_pair(friction, types),
        "rolling_friction": per_pair(rolling_friction, types),
        "rolling_stiffness": per_pair(rolling_stiffness, types),
    }


@njit(**INLINE)
def mindlin(c, p, slip, k, k_before, eta, load):  # type: ignore[no-untyped-def]
    """Give the tangential force, the new slip, the energy stored and that lost in the step."""
    fx, fy, fz, x, y, z, stored, lost = slider(
        c, c.tx, c.ty, c.tz, *slip, kept(k, k_before), k, k_before, eta, p.friction * load
    )
    return (-fx, -fy, -fz), (x, y, z), stored, lost


@njit(**INLINE)
def rolling(c, p, roll, k, k_before, eta, load):  # type: ignore[no-untyped-def]
    """Give the couple, the new angle rolled, the energy stored and that lost in the step."""
    vx, vy, vz = in_plane(c.wx, c.wy, c.wz, c.nx, c.ny, c.nz)
    lever = p.rolling_stiffness * c.radius * c.radius
    cap = p.rolling_friction * c.radius * load
    share = kept(k, k_before)
    mx, my, mz, x, y, z, stored, lost = slider(
        c, vx, vy, vz, *roll, share, lever * k, lever * k_before, lever * eta, cap
    )
    return (-mx, -my, -mz), (x, y, z), stored, lost


@njit(**INLINE)
def respond(fn, f, m, stored, lost):  # type: ignore[no-untyped-def]
    """Make a Response of the normal force, the tangential force and the couple."""
    return Response(fn, f[0], f[1], f[2], m[0], m[1], m[2], stored, lost)
