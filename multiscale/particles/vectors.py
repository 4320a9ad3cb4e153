"""Small vector algebra for laws of force; all of it is inlined."""

from __future__ import annotations

import math

from numba import njit

from multiscale.particles.law import INLINE


@njit(**INLINE)
def norm(x, y, z):  # type: ignore[no-untyped-def]
    """|a|."""
    return math.sqrt(x * x + y * y + z * z)


@njit(**INLINE)
def dot(ax, ay, az, bx, by, bz):  # type: ignore[no-untyped-def]
    """a . b."""
    return ax * bx + ay * by + az * bz


@njit(**INLINE)
def cross(ax, ay, az, bx, by, bz):  # type: ignore[no-untyped-def]
    """a x b."""
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx


@njit(**INLINE)
def in_plane(x, y, z, nx, ny, nz):  # type: ignore[no-untyped-def]
    """Project a on the plane with the unit normal n: a - (a.n) n."""
    h = x * nx + y * ny + z * nz
    return x - h * nx, y - h * ny, z - h * nz
