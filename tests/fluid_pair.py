"""Two particles, or one near a wall, as the engine shows them to a law, and what comes back."""

from collections import namedtuple
from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.particles.law import WALL_RADIUS, Body, Contact, Law
from multiscale.particles.vectors import cross

Floats = NDArray[np.float64]


@njit(error_model="numpy")
def turn(a, b):  # type: ignore[no-untyped-def]
    """Give a x b of two arrays."""
    return np.array(cross(a[0], a[1], a[2], b[0], b[1], b[2]))


@cache
def _fields(names: tuple[str, ...]) -> type:
    return namedtuple("Parameters", names)  # type: ignore[misc]


def parameters(law: Law) -> tuple[float, ...]:
    """Give the law's parameters for particles of a single type."""
    row = np.reshape(law.table(["A"]), (-1,))
    return _fields(law.kind.parameters)(*row)


@njit(error_model="numpy")
def contact(x, v, w, r, m, ids, step, dt):  # type: ignore[no-untyped-def]
    """Give the contact of two particles and the engine's arms; arrays (2, 3), r, m, ids (2,)."""
    d = x[0] - x[1]
    distance = np.sqrt(np.sum(d * d))
    n = d / distance
    s = distance / (r[0] + r[1])
    relative = v[0] - v[1]
    vn = np.sum(relative * n)
    slip = relative - vn * n + s * turn(n, r[0] * w[0] + r[1] * w[1])
    q = w[0] - w[1]
    reduced, mass = r[0] * r[1] / (r[0] + r[1]), m[0] * m[1] / (m[0] + m[1])
    c = Contact(
        r[0] + r[1] - distance, n[0], n[1], n[2], vn, slip[0], slip[1], slip[2], q[0], q[1], q[2],
        r[0], r[1], reduced, mass, ids[0], ids[1], step, dt,
    )  # fmt: skip
    return c, n, s


@njit(error_model="numpy")
def pair_wrench(law, p, h, x, v, w, r, m, ids, step, dt):  # type: ignore[no-untyped-def]
    """Give force and torque on both particles, shape (2, 2, 3): particle, force or torque."""
    c, n, s = contact(x, v, w, r, m, ids, step, dt)
    a, _ = law(c, p, h)
    f = a.fn * n + np.array([a.fx, a.fy, a.fz])
    couple = np.array([a.mx, a.my, a.mz])
    arm = turn(n, f)
    out = np.empty((2, 2, 3))
    out[0, 0] = f
    out[1, 0] = -f
    out[0, 1] = -s * r[0] * arm + couple
    out[1, 1] = -s * r[1] * arm - couple
    return out


@njit(error_model="numpy")
def wall_wrench(law, p, h, x, v, w, r, m, step, dt):  # type: ignore[no-untyped-def]
    """Give force and torque, shape (2, 3), on a particle above the plane z = 0."""
    n = np.array([0.0, 0.0, 1.0])
    slip = np.array([v[0], v[1], 0.0]) + x[2] * turn(n, w)
    c = Contact(
        r - x[2], 0.0, 0.0, 1.0, v[2], slip[0], slip[1], slip[2], w[0], w[1], w[2],
        r, WALL_RADIUS, r, m, 7, -1, step, dt,
    )  # fmt: skip
    a, _ = law(c, p, h)
    f = a.fn * n + np.array([a.fx, a.fy, a.fz])
    out = np.empty((2, 3))
    out[0] = f
    out[1] = np.array([a.mx, a.my, a.mz]) - x[2] * turn(n, f)
    return out


@njit(error_model="numpy")
def body(x, v, w, radius, mass, identity, step, time, dt):  # type: ignore[no-untyped-def]
    """Give one particle as a body law sees it."""
    return Body(
        x[0], x[1], x[2], v[0], v[1], v[2], w[0], w[1], w[2],
        radius, mass, identity, step, time, dt,
    )  # fmt: skip


def pair_resistance(law: Law, radii: tuple[float, float], gap: float, seat: Floats) -> Floats:
    """Give the resistance matrix, shape (12, 12), of (v_i, omega_i, v_j, omega_j).

    Args:
        law: the pair law.
        radii: of i and j [m].
        gap: between the surfaces [m].
        seat: unit vector from j to i, shape (3,).
    """
    r, p = np.array(radii), parameters(law)
    x = np.array([seat * (r.sum() + gap), np.zeros(3)])
    columns = []
    for k in range(12):
        motion = np.zeros((2, 2, 3))
        motion.flat[k] = 1.0
        out = pair_wrench(
            law.kind.function, p, (), x, motion[:, 0], motion[:, 1], r,
            np.ones(2), np.array([3, 9]), 0, 1.0,
        )  # fmt: skip
        columns.append(-out.ravel())
    return np.array(columns).T
