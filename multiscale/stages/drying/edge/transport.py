"""Binder carried and spread by the solution in the cross-section of a drying film.

On columns whose height follows the film the binder per volume of solution c obeys

    d/dt int(phi_l c v) = int[c (q v_y + w v_z) - K grad c . grad v],   K = D phi_l^(1+b) Z'

for every v, with q and w the solution's flux along and through the layers of the moving mesh and no
flux through foil, surface and sides. In a film that is uniform in y this is the law of `migration`.
Mass is conserved because a step hands on nodal masses M c, integrated on the mesh of their own time
[Farhat2001]; a uniform c stays uniform because `close_flow` takes w from the same masses.

The osmotic compressibility Z' = 1/(1 - theta)^2, theta = L c/capacity, keeps binder within the room
that it has [Routh2004].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from multiscale.errors import StageFailed
from multiscale.fem.fitted import fitted
from multiscale.fem.forms import form
from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge.linear import Columns
from multiscale.stages.drying.edge.mesh import Strip, duals, make_strip
from multiscale.stages.drying.edge.motion import Flow, Motion, close_flow

GAMMA = 1 - math.sqrt(0.5)  # of Alexander's SDIRK of order 2 [Alexander1977]
MOST_ITERATIONS = 100
CONVERGED = 1e-6  # relative step of the osmotic pressure; Newton leaves its square
ROUNDING = 1e-11  # of theta, where binder is packed that densely

Source = Callable[[float], FloatArray]


@dataclass(frozen=True)
class Section:
    """Binder in the cross-section, at the nodes of a bilinear field over (y, xi).

    Attributes:
        y: positions, m.
        xi: layers.
        c: binder per volume of solution, kg/m^3, shape (columns, layers).
        N: binder per area and xi, L c, kg/m^2.
    """

    y: FloatArray
    xi: FloatArray
    c: FloatArray
    N: FloatArray

    def mass(self) -> float:
        """Binder per length of web, kg/m; exact for the bilinear field."""
        return float(duals(self.y) @ self.N @ duals(self.xi))

    def over_width(self) -> FloatArray:
        """Binder per area at each position, kg/m^2."""
        return self.N @ duals(self.xi)


def carry(
    comm: Any,
    motion: Motion,
    times: FloatArray,
    y: FloatArray,
    xi: FloatArray,
    c: float | FloatArray,
    source: Source | None = None,
    report: Callable[[float], None] | None = None,
) -> Section:
    """Solve the binder transport from the first to the last time; collective.

    Args:
        comm: ranks that share the columns.
        motion: what the film does.
        times: time steps, s.
        y: positions of the columns, m.
        xi: layers, 0 at the foil, 1 at the surface.
        c: initial binder per volume of solution, kg/m^3, uniform or of shape (columns, layers).
        source: rate of the nodal masses at time t, kg/(m s), shape (columns, layers), of a
            manufactured solution.
        report: told the fraction done, now and then.

    Raises:
        StageFailed: a step finds no solution.
    """
    strip = make_strip(comm, y, xi)
    film = _Discrete(strip)
    weight = duals(y)[:, None] * duals(xi)
    L = motion.solution(float(times[0]))
    start = np.broadcast_to(np.asarray(c, float), weight.shape)
    now = start[strip.columns].copy()
    N = (weight * L[:, None] * start)[strip.owned]
    for n, (t, after) in enumerate(pairwise(times)):
        tau = GAMMA * float(after - t)
        t_mid = float(t) + tau
        L_mid, L_new = motion.solution(t_mid), motion.solution(float(after))
        # Rates from L itself: a uniform concentration then rises exactly as the liquid shrinks.
        rate = (L_mid - L) / tau
        now, mass_mid = film.stage(motion, t_mid, tau, L_mid, rate, N, now, source)
        carried = N + (1 - GAMMA) / GAMMA * (mass_mid - N)
        rate = (L_new - L - (1 - GAMMA) / GAMMA * (L_mid - L)) / tau
        now, N = film.stage(motion, float(after), tau, L_new, rate, carried, now, source)
        L = L_new
        if report and n % 20 == 0:
            report(n / (times.size - 1))
    found = np.concatenate(comm.allgather(now[: strip.own]))
    return Section(y, xi, found, L[:, None] * found)


class _Discrete:
    """The forms of kernels/binder_strip.py on a strip."""

    def __init__(self, strip: Strip) -> None:
        from dolfinx import fem

        self.strip = strip
        V, W = strip.V, strip.W
        self.phi, self.c = fem.Function(V), fem.Function(V)
        self.w = {key: fem.Function(W) for key in ("kx", "kz", "K", "q", "w", "k", "u")}
        self.tau = fem.Constant(strip.mesh, 0.0)

        def bind(name: str, spaces: list[Any], **fields: Any) -> Any:
            return form("binder_strip", name, strip.mesh, spaces, fields, {"tau": self.tau})

        f = self.w
        self.a = bind(
            "a", [V, V], phi=self.phi, kx=f["kx"], kz=f["k"], K=f["K"], q=f["q"], w=f["u"]
        )
        self.b = bind(
            "b", [V], phi=self.phi, c=self.c, kx=f["kx"], kz=f["kz"], K=f["K"], q=f["q"], w=f["w"]
        )
        self.mass = form("binder_strip", "mass", strip.mesh, [V], {"phi": self.phi, "c": self.c})
        self.solver = Columns(strip, self.a, self.b)
        self.width, self.step_xi = np.diff(strip.y[strip.columns]), np.diff(strip.xi)

    def stage(
        self,
        motion: Motion,
        t: float,
        tau: float,
        L: FloatArray,
        rate: FloatArray,
        N: FloatArray,
        c: FloatArray,
        source: Source | None,
    ) -> tuple[FloatArray, FloatArray]:
        """Solve one implicit stage by Newton's method.

        Args:
            motion: what the film does.
            t: end of the stage, s.
            tau: its length, s.
            L: thickness of the solution at t, m, of all columns.
            rate: its rate over the stage, m/s.
            N: nodal masses at its start, kg/m, of the rank's own columns.
            c: first guess, kg/m^3, of all its columns.
            source: as in `carry`.

        Returns:
            c and the nodal masses at t.
        """
        strip = self.strip
        flow = close_flow(strip.y, strip.xi, motion.height(t), L, rate, motion.lateral(t))
        columns = strip.columns
        strip.move(flow.h[columns])
        self.phi.x.array[:] = (flow.L / flow.h)[columns][strip.node[0]]
        self.tau.value = tau
        if source:
            N = N + tau * source(t)[strip.owned]
        medium = _Medium(
            motion.diffusivity(t)[columns],
            (flow.L / motion.capacity(t))[columns],
            motion.dispersivity(),
        )
        self._set_flow(flow)
        per_c = medium.per_c[:, None]
        crowded = bool(per_c.any())
        for _ in range(MOST_ITERATIONS):
            self._linearise(flow, medium, c)
            step = self.solver.solve(N)
            theta, rise = per_c * c, per_c * step
            close = np.abs(rise) <= CONVERGED * (1 - theta) + ROUNDING
            done = self.solver.agree(bool(close.all()), bool(np.isfinite(step).all()))
            if done is None:
                break
            c = c + (step if done or not crowded else _osmotic_step(theta, rise) / per_c)
            if done:
                self.c.x.array[:] = c[strip.node]
                return c, self.solver.masses(self.mass)
        raise StageFailed(
            f"binder transport beside the edge finds no solution at {t:.4g} s of drying; raise "
            "drying.edge.steps"
        )

    def _set_flow(self, flow: Flow) -> None:
        """Set the flux along and through the layers at the corners of the cells."""
        strip, columns = self.strip, self.strip.columns
        gaps = slice(columns.start, columns.stop - 1)
        height = flow.h[columns][strip.corner[0]]
        self.w["q"].x.array[:] = strip.along(flow.F[gaps]) / height
        self.w["w"].x.array[:] = strip.upright(flow.w[columns])

    def _linearise(self, flow: Flow, medium: _Medium, c: FloatArray) -> None:
        """Set the diffusivities of the residual and of a Newton step from c.

        The secant of theta/(1 - theta) between two nodes is 1/((1 - theta_1)(1 - theta_2)): the
        flux is the difference of the osmotic pressure itself. Newton's step knows how the upright
        diffusivity follows c; along the layers and for their slope it takes it as given.
        """
        strip, f = self.strip, self.w
        columns = strip.columns
        gaps = slice(columns.start, columns.stop - 1)
        self.c.x.array[:] = c[strip.node]
        h = flow.h[columns]
        free = 1 - medium.per_c[:, None] * c
        height = h[strip.corner[0]]

        F, w = flow.F[gaps], flow.w[columns]
        middle = 0.5 * (h[1:] + h[:-1])[:, None]
        spread = medium.between[:, None] * middle
        dense = (spread + medium.a * np.abs(F)) / (free[1:] * free[:-1])
        conducted, _ = fitted(dense, F, self.width[:, None])
        f["kx"].x.array[:] = strip.along(conducted) / height

        dilute = (medium.K[:, None] + medium.a * np.abs(w)) / h[:, None]
        dense = dilute / (free[:, 1:] * free[:, :-1])
        kappa, slope = fitted(dense, w, self.step_xi)
        rise = np.diff(c, axis=1) / self.step_xi * slope * dense * medium.per_c[:, None]
        below, above = rise / free[:, :-1], rise / free[:, 1:]
        f["kz"].x.array[:] = strip.upright(kappa) * height
        f["k"].x.array[:] = f["kz"].x.array
        lower = strip.corner[1] == strip.cell[1]
        drift = np.where(lower, strip.upright(below), strip.upright(above))
        # Vertex quadrature halves what stands at each end of an edge.
        f["u"].x.array[:] = f["w"].x.array - 2 * drift
        square = (1 / free**2 * medium.K[:, None])[strip.corner]
        f["K"].x.array[:] = square


@dataclass(frozen=True)
class _Medium:
    """What spreads the binder, for the columns of this rank.

    Attributes:
        K: D phi_l^(1+b), m^2/s.
        per_c: theta over c, m^3/kg.
        a: dispersivity, m.
    """

    K: FloatArray
    per_c: FloatArray
    a: float

    @property
    def between(self) -> FloatArray:
        """K from column to column, m^2/s; none to a column in which the binder rests."""
        pair: FloatArray = 0.5 * (self.K[1:] + self.K[:-1])
        return np.where(np.minimum(self.K[1:], self.K[:-1]) > 0, pair, 0.0)


def _osmotic_step(theta: FloatArray, step: FloatArray) -> FloatArray:
    """Turn a Newton step in theta into one in the osmotic pressure theta/(1 - theta).

    The flux is linear in that pressure and theta stays below 1 at any of it; a step that would make
    it negative is taken in theta itself.
    """
    pressure = 1 / (1 - theta)
    reached = pressure * (1 + step * pressure)
    return np.where(reached > 1, 1 - 1 / np.maximum(reached, 1) - theta, step)
