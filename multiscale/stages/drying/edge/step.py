"""One implicit stage of the binder in the cross-section, solved by Newton's method.

The forms are those of kernels/binder_strip.py; the equation and its symbols are in `transport`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.errors import StageFailed
from multiscale.fem.fitted import fitted
from multiscale.fem.forms import form
from multiscale.records.record import FloatArray
from multiscale.stages.drying.binder_step import osmotic_step
from multiscale.stages.drying.binding import Binding
from multiscale.stages.drying.edge.linear import Columns
from multiscale.stages.drying.edge.mesh import Strip, duals
from multiscale.stages.drying.edge.motion import Flow, Motion, close_flow

GAMMA = 1 - math.sqrt(0.5)  # of Alexander's SDIRK of order 2 [Alexander1977]
MOST_ITERATIONS = 100
CONVERGED = 1e-5  # relative step of the osmotic pressure and of c; Newton leaves its square
ROUNDING = 1e-11  # of theta, where binder is packed that densely

Source = Callable[[float], FloatArray]


@dataclass(frozen=True)
class State:
    """Binder in the columns of a rank.

    Attributes:
        c: per volume of solution, kg/m^3, shape (columns, layers).
        N: nodal masses in solution of the rank's own columns, kg/m.
        gelled, adsorbed: what has set, per area and xi, kg/m^2, shape (columns, layers).
    """

    c: FloatArray
    N: FloatArray
    gelled: FloatArray
    adsorbed: FloatArray

    def carried(self, half: State) -> State:
        """Give what the last stage starts from, y + (1 - gamma)/gamma (y_mid - y)."""
        r = (1 - GAMMA) / GAMMA
        return State(
            half.c,
            self.N + r * (half.N - self.N),
            self.gelled + r * (half.gelled - self.gelled),
            self.adsorbed + r * (half.adsorbed - self.adsorbed),
        )


@dataclass(frozen=True)
class _Medium:
    """What holds and spreads the binder at a stage; shape (columns of this rank, 1).

    Attributes:
        L: thickness of the solution, m.
        K: D phi_l^(1+b), m^2/s.
        room: capacity, kg/m^2.
        share: solids over those in the middle of the wet film.
        a: dispersivity, m.
    """

    L: FloatArray
    K: FloatArray
    room: FloatArray
    share: FloatArray
    a: float

    @property
    def between(self) -> FloatArray:
        """K from column to column, m^2/s; none to a column in which the binder rests."""
        pair: FloatArray = self.K[1:] + self.K[:-1]
        return 2 * self.K[1:] * self.K[:-1] / np.maximum(pair, 1e-300)


class Discrete:
    """The forms of kernels/binder_strip.py on a strip."""

    def __init__(self, strip: Strip, binding: Binding) -> None:
        from dolfinx import fem

        self.strip, self.binding = strip, binding
        V, W = strip.V, strip.W
        self.phi, self.held, self.c = fem.Function(V), fem.Function(V), fem.Function(V)
        self.w = {key: fem.Function(W) for key in ("kx", "kz", "K", "q", "w", "u")}
        self.tau = fem.Constant(strip.mesh, 0.0)
        f = self.w

        def bind(name: str, spaces: list[Any], **fields: Any) -> Any:
            every = {"kx": f["kx"], "kz": f["kz"], "K": f["K"], "q": f["q"], **fields}
            return form("binder_strip", name, strip.mesh, spaces, every, {"tau": self.tau})

        a = bind("a", [V, V], phi=self.held, w=f["u"])
        b = bind("b", [V], phi=self.phi, c=self.c, w=f["w"])
        self.mass = form("binder_strip", "mass", strip.mesh, [V], {"phi": self.phi, "c": self.c})
        self.solver = Columns(strip, a, b)
        self.width, self.step_xi = np.diff(strip.y[strip.columns]), np.diff(strip.xi)
        self.weight = (duals(strip.y)[:, None] * duals(strip.xi))[strip.columns]

    def stage(
        self,
        motion: Motion,
        t: float,
        tau: float,
        L: FloatArray,
        rate: FloatArray,
        start: State,
        source: Source | None,
    ) -> State:
        """Solve one implicit stage; its mass is that of the start.

        Args:
            motion: what the film does.
            t: end of the stage, s.
            tau: its length, s.
            L: thickness of the solution at t, m, of all columns.
            rate: its rate over the stage, m/s.
            start: binder at the start of the stage; its c is the first guess.
            source: as in `transport.carry`.
        """
        strip, columns = self.strip, self.strip.columns
        flow = close_flow(strip.y, strip.xi, motion.height(t), L, rate, motion.lateral(t))
        strip.move(flow.h[columns])
        self.tau.value = tau
        self._set_flow(flow)
        medium = _Medium(
            L[columns, None],
            motion.diffusivity(t)[columns, None],
            motion.capacity(t)[columns, None],
            motion.share(t)[columns, None],
            motion.dispersivity(),
        )
        height = flow.h[columns, None]
        self._put(self.phi, medium.L / height + 0 * start.c)
        N = start.N + (tau * source(t)[strip.owned] if source else 0.0)
        sets = self.binding.room is not None or np.isfinite(self.binding.gel_concentration)
        plain = not sets and not np.isfinite(medium.room).any()
        c, scale = start.c, self.solver.largest(start.c)
        for _ in range(MOST_ITERATIONS):
            (gelled, gelling), (adsorbed, adsorbing) = self._set(t, tau, c, medium, start)
            m = medium.L + gelling + adsorbing
            self._put(self.held, m / height)
            set_ = (gelled + adsorbed - start.gelled - start.adsorbed) * self.weight
            theta = (medium.L * c + gelled + adsorbed) / medium.room
            per_c = m / medium.room
            self._linearise(flow, medium, c, theta, per_c)
            step = self.solver.solve(N - set_[: strip.own])
            rise = per_c * step
            close = np.abs(rise) <= CONVERGED * (1 - theta) + ROUNDING
            still = plain or (close.all() and (np.abs(step) <= CONVERGED * scale).all())
            done = self.solver.agree(bool(still), bool(np.isfinite(step).all()))
            if done is None:
                break
            if done:
                # What has set lies on the tangent that was solved, so that the sum is exact.
                gelled, adsorbed = gelled + gelling * step, adsorbed + adsorbing * step
                self._put(self.c, c + step)
                return State(c + step, self.solver.masses(self.mass), gelled, adsorbed)
            step = np.where(close, step, osmotic_step(theta, rise, step))
            c = c + self._within(t, tau, c, step, medium, start)
        raise StageFailed(
            f"binder transport beside the edge finds no solution at {t:.4g} s of drying; raise "
            "drying.edge.steps"
        )

    def _put(self, function: Any, values: FloatArray) -> None:
        """Set a function of V from (column, layer)."""
        function.x.array[:] = values[self.strip.node]

    def _set(
        self, t: float, tau: float, c: FloatArray, medium: _Medium, start: State
    ) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
        """Give what is gelled and adsorbed at the end of a stage, each with its derivative by c.

        Per solids a column is like the middle of the web: its solution over its share.
        """
        share = medium.share
        more, gelling = self.binding.gelled(t, tau, c, medium.L / share, np.zeros_like(c))
        gel = (start.gelled + share * more, share * gelling)
        return gel, self.binding.adsorbed(tau, c, start.adsorbed)

    def _within(
        self,
        t: float,
        tau: float,
        c: FloatArray,
        step: FloatArray,
        medium: _Medium,
        start: State,
    ) -> FloatArray:
        """Halve the steps of nodes that setting binder would fill beyond their room."""
        for _ in range(60):
            (gelled, _), (adsorbed, _) = self._set(t, tau, c + step, medium, start)
            full = medium.L * (c + step) + gelled + adsorbed >= medium.room
            if not full.any():
                break
            step = np.where(full, 0.5 * step, step)
        return step

    def _set_flow(self, flow: Flow) -> None:
        """Set the flux along and through the layers at the corners of the cells."""
        strip, columns = self.strip, self.strip.columns
        gaps = slice(columns.start, columns.stop - 1)
        height = flow.h[columns][strip.corner[0]]
        self.w["q"].x.array[:] = strip.along(flow.F[gaps]) / height
        self.w["w"].x.array[:] = strip.upright(flow.w[columns])

    def _linearise(
        self, flow: Flow, medium: _Medium, c: FloatArray, theta: FloatArray, per_c: FloatArray
    ) -> None:
        """Set the diffusivities of the residual and of a Newton step from c.

        The secant of theta/(1 - theta) between two nodes is 1/((1 - theta_1)(1 - theta_2)): the
        flux is the difference of the osmotic pressure itself. Newton's step knows how the upright
        diffusivity follows c; along the layers and for their slope it takes it as given.
        """
        strip, f = self.strip, self.w
        columns = strip.columns
        h, free = flow.h[columns], 1 - theta
        height = h[strip.corner[0]]
        self._put(self.c, c)

        F, middle = flow.F[columns.start : columns.stop - 1], 0.5 * (h[1:] + h[:-1])[:, None]
        dense = (medium.between * middle + medium.a * np.abs(F)) / (free[1:] * free[:-1])
        conducted, _ = fitted(dense, F, self.width[:, None])
        f["kx"].x.array[:] = strip.along(conducted) / height
        f["K"].x.array[:] = (medium.K / free**2)[strip.corner]

        w = flow.w[columns]
        dilute = (medium.K + medium.a * np.abs(w)) / h[:, None]
        dense = dilute / (free[:, 1:] * free[:, :-1])
        kappa, slope = fitted(dense, w, self.step_xi)
        rise = np.diff(c, axis=1) / self.step_xi * slope * dense
        below, above = (
            rise * per_c[:, side] / free[:, side] for side in (slice(None, -1), slice(1, None))
        )
        f["kz"].x.array[:] = strip.upright(kappa) * height
        lower = strip.corner[1] == strip.cell[1]
        drift = np.where(lower, strip.upright(below), strip.upright(above))
        # Vertex quadrature halves what stands at each end of an edge.
        f["u"].x.array[:] = f["w"].x.array - 2 * drift
