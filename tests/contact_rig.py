"""Two spheres, or one on a plane, moved by one contact law as the engine moves them."""

from typing import Any, NamedTuple

import numpy as np
from fluid_pair import parameters, turn
from numba import njit
from numpy.typing import NDArray

from multiscale.particles.law import WALL_RADIUS, Contact, Law, Response
from multiscale.particles.laws import hertz_mindlin

Floats = NDArray[np.float64]
R, RHO = 5e-6, 4750.0  # radius [m] and density [kg/m3] of the spheres
MASS = RHO * 4.0 / 3.0 * np.pi * R**3
# Two such spheres at rest, the first above the second, just touching.
AT_REST = Contact(0.0, 0.0, 0.0, 1.0, *[0.0] * 7, R, R, R / 2, MASS / 2, 0, 1, 0, 1e-9)


def ask(
    law: Law, history: tuple[float, ...] | None = None, **fields: float
) -> tuple[Response, tuple[float, ...]]:
    """Ask the law once, with some fields of the contact other than at rest."""
    h = (0.0,) * law.kind.history if history is None else history
    response, new = law.kind.function(AT_REST._replace(**fields), parameters(law), h)
    return Response(*response), tuple(new)


def hertz(young: float, restitution: float = 1.0, **more: float) -> Law:
    return hertz_mindlin(young=young, poisson=0.25, restitution=restitution, friction=0.0, **more)


def collision_time(young: float, speed: float) -> float:
    """Hertz: t_c = 2.8683 (m^2/(R E*^2 v))^(1/5)."""
    modulus = young / (2 * (1 - 0.25**2))
    return 2.868266 * ((MASS / 2) ** 2 / (R / 2 * modulus**2 * speed)) ** 0.2


class Flight(NamedTuple):
    """The last state, and a row of each step."""

    v: Floats
    w: Floats
    overlap: Floats
    kinetic: Floats
    stored: Floats
    lost: Floats  # since the start

    @property
    def energy(self) -> Floats:
        return self.kinetic + self.stored + self.lost


def collide(
    law: Law,
    x: Any,
    v: Any,
    w: Any,
    *,
    dt: float,
    steps: int,
    radii: Any = (R, R),
    full_levers: bool = False,
) -> Flight:
    """Move two free spheres from x, v, w, shape (2, 3).

    With `full_levers` the surface turns, and the force acts, a whole radius from the centre instead
    of at the contact, as in LAMMPS' gran/hertz/history.
    """
    x, v, w, r = (np.array(a, float) for a in (x, v, w, radii))
    bounded, h = law.kind.reach_of is None, (0.0,) * law.kind.history
    rows = _collide(
        law.kind.function, parameters(law), h, bounded, full_levers, x, v, w, r, dt, steps
    )
    return Flight(v, w, *rows.T)


def head_on(law: Law, speed: float, *, dt: float, steps: int, gap: float = 0.0) -> Flight:
    """Move two spheres towards each other along z."""
    x = [[0.0, 0.0, 0.0], [0.0, 0.0, 2 * R + gap]]
    v = [[0.0, 0.0, speed / 2], [0.0, 0.0, -speed / 2]]
    return collide(law, x, v, np.zeros((2, 3)), dt=dt, steps=steps)


@njit(error_model="numpy")
def _collide(law, p, h, bounded, full, x, v, w, r, dt, steps):  # type: ignore[no-untyped-def]
    rows, none, lost = np.zeros((steps, 4)), h, 0.0
    m = RHO * 4.0 / 3.0 * np.pi * r**3
    inertia = 0.4 * m * r * r
    for step in range(steps):
        d = x[0] - x[1]
        distance = np.sqrt(np.sum(d * d))
        n, overlap = d / distance, r[0] + r[1] - distance
        s = 1.0 if full else distance / (r[0] + r[1])
        relative, q = v[0] - v[1], w[0] - w[1]
        vn = np.sum(relative * n)
        slip = relative - vn * n + s * turn(n, r[0] * w[0] + r[1] * w[1])
        f, t = np.zeros(3), np.zeros((2, 3))
        stored = 0.0
        if overlap > 0.0 or not bounded:
            c = Contact(
                overlap, n[0], n[1], n[2], vn, slip[0], slip[1], slip[2], q[0], q[1], q[2],
                r[0], r[1], r[0] * r[1] / (r[0] + r[1]), m[0] * m[1] / (m[0] + m[1]),
                0, 1, step, dt,
            )  # fmt: skip
            a, h = law(c, p, h)
            f = a.fn * n + np.array([a.fx, a.fy, a.fz])
            couple = np.array([a.mx, a.my, a.mz])
            arm = turn(n, f)
            t[0], t[1] = -s * r[0] * arm + couple, -s * r[1] * arm - couple
            stored = a.stored
            lost += a.lost
        else:
            h = none
        v_new = v + dt * np.stack((f / m[0], -f / m[1]))
        w_new = w + dt * np.stack((t[0] / inertia[0], t[1] / inertia[1]))
        kinetic = 0.0
        for i in range(2):
            kinetic += 0.125 * m[i] * np.sum((v[i] + v_new[i]) ** 2)
            kinetic += 0.125 * inertia[i] * np.sum((w[i] + w_new[i]) ** 2)
        rows[step] = np.array([overlap, kinetic, stored, lost])
        v[:], w[:] = v_new, w_new
        x += dt * v
    return rows


def run_on_plane(
    law: Law, *, slope: float, overlap: float, speed: float, dt: float, steps: int
) -> Floats:
    """Move a sphere of 1 mm on a plane that falls by `slope` [rad] along x.

    Gives rows of v_x, radius times omega_y, and the sum of kinetic, potential, stored and lost
    energy, shape (steps, 3).
    """
    h = (0.0,) * law.kind.history
    return _run_on_plane(law.kind.function, parameters(law), h, slope, overlap, speed, dt, steps)


@njit(error_model="numpy")
def _run_on_plane(law, p, h, slope, overlap, vx, dt, steps):  # type: ignore[no-untyped-def]
    r = 1e-3
    m = 2500.0 * 4.0 / 3.0 * np.pi * r**3
    gx, gz = 9.81 * np.sin(slope), -9.81 * np.cos(slope)
    rows, lost, x, z, vz, wy = np.zeros((steps, 3)), 0.0, 0.0, r - overlap, 0.0, 0.0
    for step in range(steps):
        s = z / r
        c = Contact(
            r - z, 0.0, 0.0, 1.0, vz, vx - z * wy, 0.0, 0.0, 0.0, wy, 0.0, r, WALL_RADIUS, r, m,
            0, -1, step, dt,
        )  # fmt: skip
        a, h = law(c, p, h)
        lost += a.lost
        ux, uz, uw = vx, vz, wy
        vx += dt * (a.fx / m + gx)
        vz += dt * (a.fn / m + gz)
        wy += dt * (a.my - s * r * a.fx) / (0.4 * m * r * r)
        energy = 0.125 * m * ((vx + ux) ** 2 + (vz + uz) ** 2 + 0.4 * (r * (wy + uw)) ** 2)
        energy += a.stored + lost - m * (gx * x + gz * z)
        rows[step] = np.array([vx, r * wy, energy])
        x += dt * vx
        z += dt * vz
    return rows
