"""Binder carried and spread by the liquid of a drying film, in both drying periods.

On xi = z/h the binder per volume of solution c obeys [Font2018]

    d/dt (L c) + d/dxi (E xi c - kappa Z' dc/dxi) = 0,   kappa = D phi_l^(1+b)/h,

with the solution's thickness L, E = -dL/dt and zero flux at foil and surface. While the film
shrinks L = h - h_s; while its pores empty evenly h stays, L = eps S h and the same law holds. Mass
is conserved because N = L c is what a step hands on.

Flow between grains of diameter d disperses what it carries: kappa grows by the mechanical
dispersion of a packing, a d E xi/h with a = 1/2 at its axial Peclet number of 2 [Bear1972].

Binder resists packing: its osmotic compressibility Z' = 1/(1 - theta)^2 diverges where binder fills
all the room that it can, theta = L c/capacity = 1 [Routh2004].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.errors import StageFailed
from multiscale.fem.forms import form
from multiscale.fem.interval import Tridiagonal, graded_points, interval_mesh
from multiscale.records.record import FloatArray

TimeFunction = Callable[[FloatArray], FloatArray]
Source = Callable[[float, FloatArray], FloatArray]

# Alexander's two-stage SDIRK: order 2, L-stable, its last stage is the step [Alexander1977].
GAMMA = 1 - math.sqrt(0.5)


MOST_ITERATIONS = 50  # and three for each node that the front of a packed layer passes
CONVERGED = 1e-5  # relative step of the osmotic pressure; Newton leaves its square
ROUNDING = 1e-11  # of theta, where binder is packed that densely


@dataclass(frozen=True)
class Profile:
    """Binder over xi, at the nodes of a piecewise linear field.

    Attributes:
        xi: nodes, 0 at the foil, 1 at the surface.
        c: binder per volume of solution, kg/m^3.
        N: binder per area and xi, L c, kg/m^2.
    """

    xi: FloatArray
    c: FloatArray
    N: FloatArray

    def mass(self) -> float:
        """Binder per area, kg/m^2; exact for the piecewise linear field."""
        return float(np.trapezoid(self.N, self.xi))


def migrate(
    times: FloatArray,
    liquid: TimeFunction,
    kappa: TimeFunction,
    c: float | FloatArray,
    cells: int,
    capacity: TimeFunction | None = None,
    dispersivity: TimeFunction | None = None,
    source: Source | None = None,
    report: Callable[[float], None] | None = None,
) -> Profile:
    """Solve the binder transport from the first to the last time.

    Args:
        times: time steps, s.
        liquid: thickness L(t) of the solution, m.
        kappa: D phi_l^(1+b)/h at time t, m/s, of dilute binder.
        c: initial binder per volume of solution, kg/m^3, uniform or at the nodes.
        cells: cells through the thickness.
        capacity: most binder that fits, per area and xi, kg/m^2; by default binder takes no room.
        dispersivity: a d/h at time t, 1; kappa rises by it times E xi; none by default.
        source: rate of N at (t, xi), of a manufactured solution.
        report: told the fraction done, now and then.

    Raises:
        StageFailed: a step finds no solution.
    """
    film = _Discrete(cells)
    xi = film.xi
    t_old, dt = times[:-1], np.diff(times)
    t_mid, t_new = t_old + GAMMA * dt, times[1:]
    L_old, L_mid, L_new = liquid(t_old), liquid(t_mid), liquid(t_new)
    # E from L itself: a uniform concentration then rises exactly as the liquid shrinks.
    E_mid = (L_old - L_mid) / (GAMMA * dt)
    E_new = (L_old - L_new - (1 - GAMMA) * dt * E_mid) / (GAMMA * dt)
    mid, new = (
        _stages(t, L, E, GAMMA * dt, kappa, capacity, dispersivity)
        for t, L, E in ((t_mid, L_mid, E_mid), (t_new, L_new, E_new))
    )
    c_now = np.full(xi.size, float(c)) if np.ndim(c) == 0 else np.asarray(c, float).copy()
    N = L_old[0] * c_now
    for n in range(dt.size):
        tau = GAMMA * dt[n]
        first = tau * source(t_mid[n], xi) if source else 0.0
        c_now = film.stage(mid[n], N + first, c_now)
        carried = N + (1 - GAMMA) / GAMMA * (L_mid[n] * c_now - N)
        last = tau * source(t_new[n], xi) if source else 0.0
        c_now = film.stage(new[n], carried + last, c_now)
        N = L_new[n] * c_now
        if report and n % 50 == 0:
            report(n / dt.size)
    return Profile(xi, c_now, N)


@dataclass(frozen=True)
class _Stage:
    """What an implicit stage depends on; units as in `migrate`."""

    t: float
    L: float
    E: float
    tau: float
    kappa: float
    capacity: float
    dispersivity: float


def _stages(
    t: FloatArray,
    L: FloatArray,
    E: FloatArray,
    tau: FloatArray,
    kappa: TimeFunction,
    capacity: TimeFunction | None,
    dispersivity: TimeFunction | None,
) -> list[_Stage]:
    room = capacity(t) if capacity else np.full(t.size, np.inf)
    spread = dispersivity(t) if dispersivity else np.zeros(t.size)
    columns = (t, L, E, tau, kappa(t), room, spread)
    return [_Stage(*map(float, row)) for row in zip(*columns, strict=True)]


class _Discrete:
    """The forms of kernels/binder_film.py on a graded mesh, nodes sorted from foil to surface."""

    def __init__(self, cells: int) -> None:
        points = graded_points(cells)
        mesh = interval_mesh(points)
        from dolfinx import fem

        V, W = fem.functionspace(mesh, ("Lagrange", 1)), fem.functionspace(mesh, ("DG", 0))
        self.order = np.argsort(V.tabulate_dof_coordinates()[:, 0])
        self.cell_order = np.argsort(W.tabulate_dof_coordinates()[:, 0])
        self.xi, self.width = points, np.diff(points)
        self.centre = 0.5 * (points[1:] + points[:-1])
        self.N, self.c = fem.Function(V), fem.Function(V)
        self.kappa, self.k, self.u = fem.Function(W), fem.Function(W), fem.Function(W)
        self.constants = {key: fem.Constant(mesh, 0.0) for key in ("L", "E", "tau")}

        def bind(name: str, spaces: list[Any], fields: str, constants: str) -> Any:
            functions = {key: getattr(self, key) for key in fields.split()}
            numbers = {key: self.constants[key] for key in constants.split()}
            return form("binder_film", name, mesh, spaces, functions, numbers)

        self.a = bind("a", [V, V], "k u", "L E tau")
        self.b = bind("b", [V], "N c kappa", "L E tau")
        self.matrix = fem.create_matrix(self.a)
        self.diagonals = Tridiagonal.of(self.matrix, self.order)

    def stage(self, at: _Stage, N: FloatArray, c: FloatArray) -> FloatArray:
        """Solve one implicit stage for c by Newton's method; its mass is that of N.

        Args:
            at: what the stage depends on.
            N: binder per area and xi at the start of the stage, kg/m^2.
            c: first guess, kg/m^3.
        """
        for key, constant in self.constants.items():
            constant.value = getattr(at, key)
        self.N.x.array[self.order] = N
        per_c = at.L / at.capacity
        for _ in range(MOST_ITERATIONS + 3 * c.size):
            self._linearise(at, c, per_c)
            step = self._solve()
            theta, rise = per_c * c, per_c * step
            if (np.abs(rise) <= CONVERGED * (1 - theta) + ROUNDING).all():
                break
            c = c + _osmotic_step(theta, rise) / per_c
        else:
            step = np.full(c.size, np.nan)
        if not np.isfinite(step).all():
            raise StageFailed(
                f"binder transport finds no solution at {at.t:.4g} s of drying; raise drying.steps"
            )
        found: FloatArray = c + step
        return found

    def _linearise(self, at: _Stage, c: FloatArray, per_c: float) -> None:
        """Set c and each cell's kappa, k and u of a Newton step from c, where theta = per_c c.

        The secant of theta/(1 - theta) between two nodes is 1/((1 - theta_l)(1 - theta_r)): the
        flux is the difference of the osmotic pressure itself.
        """
        free = 1 - per_c * c
        velocity, rise = at.E * self.centre, np.diff(c)
        dilute = at.kappa + at.dispersivity * np.abs(velocity)
        dense = dilute / (free[1:] * free[:-1])
        kappa, slope = fitted(dense, velocity, self.width)
        left, right = (
            slope * dense * per_c / free[side] * rise / self.width
            for side in (slice(None, -1), slice(1, None))
        )
        self.c.x.array[self.order] = c
        self.kappa.x.array[self.cell_order] = kappa
        self.k.x.array[self.cell_order] = kappa + 0.5 * self.width * (right - left)
        self.u.x.array[self.cell_order] = left + right

    def _solve(self) -> FloatArray:
        from dolfinx import fem

        self.matrix.data[:] = 0.0
        fem.assemble_matrix(self.matrix, self.a)
        right = fem.assemble_vector(self.b).array
        return self.diagonals.solve(self.matrix.data, right)[self.order]


def _osmotic_step(theta: FloatArray, step: FloatArray) -> FloatArray:
    """Turn a Newton step in theta into one in the osmotic pressure theta/(1 - theta).

    The flux is linear in that pressure and theta stays below 1 at any of it; a step that would make
    it negative is taken in theta itself.
    """
    pressure = 1 / (1 - theta)
    reached = pressure * (1 + step * pressure)
    return np.where(reached > 1, 1 - 1 / np.maximum(reached, 1) - theta, step)


def fitted(
    kappa: FloatArray, velocity: FloatArray, width: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give each cell's diffusivity that makes P1 exact at constant velocity [Scharfetter1969].

    kappa p coth(p),  p = velocity width/(2 kappa); kappa (1 + p^2/3) where the mesh resolves the
    boundary layer, upwinding where it does not.

    Args:
        kappa: diffusivity of the cells, m/s.
        velocity: at the cell centres, m/s.
        width: of the cells.

    Returns:
        The fitted diffusivity and its derivative by kappa, p^2/sinh^2(p).
    """
    half = 0.5 * np.abs(velocity) * width
    p = half / np.maximum(kappa, 1e-300)
    near = np.minimum(p, 1e-3)  # there coth is its series
    far = np.clip(p, 1e-3, 300.0)  # beyond, sinh has no reciprocal
    value = np.where(p <= 1e-3, kappa * (1 + near**2 / 3), half / np.tanh(far))
    slope = np.where(p <= 1e-3, 1 - near**2 / 3, (far / np.sinh(far)) ** 2)
    return value, slope


def cell_means(xi: FloatArray, values: FloatArray, edges: FloatArray) -> FloatArray:
    """Average a piecewise linear field over cells, exactly.

    Args:
        xi: nodes of the field.
        values: at the nodes.
        edges: ends of the cells, increasing, within xi.
    """
    nodes = np.union1d(xi, edges)
    v = np.interp(nodes, xi, values)
    integral = np.concatenate([[0.0], np.cumsum(0.5 * np.diff(nodes) * (v[1:] + v[:-1]))])
    result: Any = np.diff(np.interp(edges, nodes, integral)) / np.diff(edges)
    return result
