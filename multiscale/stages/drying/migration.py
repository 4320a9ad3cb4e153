"""Binder carried and spread by the liquid of a drying film, in both drying periods.

On xi = z/h the binder per liquid volume c obeys [Font2018]

    d/dt (L c) + d/dxi (E xi c - kappa dc/dxi) = -k_g L (c - c_g)+,   kappa = D phi_l^(1+b)/h,

with the liquid's thickness L, E = -dL/dt and zero flux at foil and surface. While the film shrinks
L = h - h_s; while its pores empty evenly h stays, L = eps S h and the same law holds. Mass is
conserved because N = L c is what a step hands on.
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


@dataclass(frozen=True)
class Gel:
    """Mobile binder above a threshold stops moving.

    Attributes:
        c_g: threshold at time t, kg/m^3; it falls while the binder on the solids takes its share.
        k_g: rate, 1/s.
    """

    c_g: TimeFunction
    k_g: float


@dataclass(frozen=True)
class Profile:
    """Binder over xi, at the nodes of a piecewise linear field.

    Attributes:
        xi: nodes, 0 at the foil, 1 at the surface.
        c: binder per liquid volume, kg/m^3.
        N: binder in the liquid per area and xi, L c, kg/m^2.
        gel: binder that stopped moving, per area and xi, kg/m^2.
    """

    xi: FloatArray
    c: FloatArray
    N: FloatArray
    gel: FloatArray

    @property
    def total(self) -> FloatArray:
        """All binder per area and xi, kg/m^2."""
        return self.N + self.gel

    def mass(self) -> float:
        """Binder per area, kg/m^2; exact for the piecewise linear field."""
        return float(np.trapezoid(self.total, self.xi))


def migrate(
    times: FloatArray,
    liquid: TimeFunction,
    kappa: TimeFunction,
    c: float | FloatArray,
    cells: int,
    gel: Gel | None = None,
    source: Source | None = None,
    report: Callable[[float], None] | None = None,
) -> Profile:
    """Solve the binder transport from the first to the last time.

    Args:
        times: time steps, s.
        liquid: thickness L(t) of the liquid, m.
        kappa: D phi_l^(1+b)/h at time t, m/s.
        c: initial binder per liquid volume, kg/m^3, uniform or at the nodes.
        cells: cells through the thickness.
        gel: gelation; none by default.
        source: rate of N at (t, xi), of a manufactured solution.
        report: told the fraction done, now and then.

    Raises:
        StageFailed: a step gives no finite concentration.
    """
    film = _Discrete(cells)
    xi = film.xi
    t_old, dt = times[:-1], np.diff(times)
    t_mid = t_old + GAMMA * dt
    L_old, L_mid, L_new = liquid(t_old), liquid(t_mid), liquid(times[1:])
    kappa_mid, kappa_new = kappa(t_mid), kappa(times[1:])
    gel_mid, gel_new = (gel.c_g(t_mid), gel.c_g(times[1:])) if gel else (L_mid, L_new)
    k_g = gel.k_g if gel else 0.0
    # E from L itself: a uniform concentration then rises exactly as the liquid shrinks.
    E_mid = (L_old - L_mid) / (GAMMA * dt)
    E_new = (L_old - L_new - (1 - GAMMA) * dt * E_mid) / (GAMMA * dt)
    c_now = np.full(xi.size, float(c)) if np.ndim(c) == 0 else np.asarray(c, float).copy()
    N, bound = L_old[0] * c_now, np.zeros(xi.size)
    for n in range(dt.size):
        tau = GAMMA * dt[n]
        first = tau * source(t_mid[n], xi) if source else 0.0
        film.set(L_mid[n], E_mid[n], kappa_mid[n], tau, k_g, gel_mid[n])
        c_now, R_mid = film.stage(N + first, c_now)
        carried = N + (1 - GAMMA) / GAMMA * (L_mid[n] * c_now - N)
        last = tau * source(times[n + 1], xi) if source else 0.0
        film.set(L_new[n], E_new[n], kappa_new[n], tau, k_g, gel_new[n])
        c_now, R_new = film.stage(carried + last, c_now)
        N = L_new[n] * c_now
        bound = bound + dt[n] * ((1 - GAMMA) * R_mid + GAMMA * R_new)
        if not np.isfinite(N).all():
            raise StageFailed(
                f"binder transport breaks down after {times[n + 1]:.4g} s; use more steps"
            )
        if report and n % 50 == 0:
            report(n / dt.size)
    return Profile(xi, c_now, N, bound)


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
        self.N, self.chi, self.kappa = fem.Function(V), fem.Function(V), fem.Function(W)
        self.constants = {key: fem.Constant(mesh, 0.0) for key in ("L", "E", "tau", "k_g", "c_g")}
        fields = {"chi": self.chi}
        some = {key: self.constants[key] for key in ("L", "tau", "k_g")}
        self.a = form(
            "binder_film",
            "a",
            mesh,
            [V, V],
            fields | {"kappa": self.kappa},
            some | {"E": self.constants["E"]},
        )
        self.b = form(
            "binder_film",
            "b",
            mesh,
            [V],
            fields | {"N": self.N},
            some | {"c_g": self.constants["c_g"]},
        )
        self.matrix = fem.create_matrix(self.a)
        self.diagonals = Tridiagonal.of(self.matrix, self.order)

    def set(self, L: float, E: float, kappa: float, tau: float, k_g: float, c_g: float) -> None:
        """Set what a stage depends on; units as in `migrate`."""
        for key, value in (("L", L), ("E", E), ("tau", tau), ("k_g", k_g), ("c_g", c_g)):
            self.constants[key].value = value
        self.kappa.x.array[self.cell_order] = fitted(kappa, E * self.centre, self.width)

    def stage(self, N: FloatArray, guess: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Solve one implicit stage for c; also give the gelation rate of N, both at the nodes.

        The set of gelling nodes is found by repetition; with a fixed set the stage is linear.
        """
        L, k_g, c_g = (float(self.constants[key].value) for key in ("L", "k_g", "c_g"))
        self.N.x.array[self.order] = N
        gelling = (guess > c_g) & (k_g > 0)
        for _ in range(N.size):
            self.chi.x.array[self.order] = gelling
            c = self._solve()
            above = (c > c_g) & (k_g > 0)
            if (above == gelling).all():
                break
            gelling = above
        return c, k_g * L * gelling * (c - c_g)

    def _solve(self) -> FloatArray:
        from dolfinx import fem

        self.matrix.data[:] = 0.0
        fem.assemble_matrix(self.matrix, self.a)
        right = fem.assemble_vector(self.b).array
        return self.diagonals.solve(self.matrix.data, right)[self.order]


def fitted(kappa: float, velocity: FloatArray, width: FloatArray) -> FloatArray:
    """Give each cell's diffusivity that makes P1 exact at constant velocity [Scharfetter1969].

    kappa (P/2) coth(P/2),  P = velocity width/kappa; kappa (1 + P^2/12) where the mesh resolves the
    boundary layer, upwinding where it does not.

    Args:
        kappa: diffusivity, m/s.
        velocity: at the cell centres, m/s.
        width: of the cells.
    """
    half = 0.5 * np.abs(velocity) * width
    p = half / max(kappa, 1e-300)
    near = np.minimum(p, 1e-3)  # there coth is its series
    result: FloatArray = np.where(
        p <= 1e-3, kappa * (1 + near**2 / 3), half / np.tanh(np.maximum(p, 1e-3))
    )
    return result


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
