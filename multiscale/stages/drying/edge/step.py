"""One implicit stage of the binder in the cross-section, solved by Newton's method.

The forms are those of kernels/binder_strip.py; the equation and its symbols are in `transport`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from multiscale.errors import StageFailed
from multiscale.fem.forms import form
from multiscale.records.record import FloatArray
from multiscale.stages.drying.binding import FULLEST, Binding, press
from multiscale.stages.drying.crowding import Ends, crowded
from multiscale.stages.drying.edge.linear import Columns
from multiscale.stages.drying.edge.mesh import Strip, duals
from multiscale.stages.drying.edge.motion import Flow, Motion, close_flow
from multiscale.stages.drying.osmotic import FULL, Held, no_solution, positive, solve_osmotic

GAMMA = 1 - math.sqrt(0.5)  # of Alexander's SDIRK of order 2 [Alexander1977]
MOST_ITERATIONS = 100
STEEPEST = 4.0  # share of two c in a cell, beyond which it counts as steep

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

    def pressed(self, weight: FloatArray, capacity: FloatArray, K: FloatArray) -> State:
        """Give the state whose gel leaves room for a little solution; see `press`.

        Not where binder rests: its room does not shrink, and nothing there gives way to gel.
        """
        gelled = press(weight, self.gelled, FULLEST * capacity - self.adsorbed)
        return replace(self, gelled=np.where(K > 0, gelled, self.gelled))

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
    """What holds and spreads the binder at a stage; shape (columns of this rank, layers).

    Attributes:
        L: thickness density lambda of the solution, m.
        K: D phi_l^(1+b), m^2/s.
        room: capacity, kg/m^2.
        share: solids of a column over those in the middle of the wet film, shape (columns, 1).
        a: dispersivity, m.
        dissolved: lambda per such solids, m: a column is like the middle of the web in that.
        ahead: c at the end of the stage as the steps before foretell it, kg/m^3.
    """

    L: FloatArray
    K: FloatArray
    room: FloatArray
    share: FloatArray
    a: float
    ahead: FloatArray

    @property
    def dissolved(self) -> FloatArray:
        return self.L / self.share


class Discrete:
    """The forms of kernels/binder_strip.py on a strip."""

    def __init__(self, strip: Strip, binding: Binding) -> None:
        from dolfinx import fem

        self.strip = strip
        self.binding = replace(binding, gel_rate=lambda t: _of(binding.gel_rate(t), strip))
        V, W = strip.V, strip.W
        self.phi, self.held, self.c = fem.Function(V), fem.Function(V), fem.Function(V)
        self.w = {key: fem.Function(W) for key in ("kx", "kz", "K", "q", "w", "s", "u")}
        self.tau = fem.Constant(strip.mesh, 0.0)
        f = self.w

        def bind(name: str, spaces: list[Any], **fields: Any) -> Any:
            every = {"kx": f["kx"], "kz": f["kz"], "K": f["K"], **fields}
            return form("binder_strip", name, strip.mesh, spaces, every, {"tau": self.tau})

        a = bind("a", [V, V], phi=self.held, q=f["s"], w=f["u"])
        b = bind("b", [V], phi=self.phi, c=self.c, q=f["q"], w=f["w"])
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
        ahead: FloatArray,
        source: Source | None,
    ) -> State | None:
        """Solve one implicit stage; None where it finds no solution. Its mass is that of the start.

        Args:
            motion: what the film does to the columns seen.
            t: end of the stage, s.
            tau: its length, s.
            L: thickness density of the solution at t, m, of the columns seen.
            rate: its rate over the stage, m/s.
            start: binder at the start of the stage; its c is the first guess.
            ahead: c at its end as the steps before foretell it, which sets the diffusivity near the
                gel point.
            source: as in `transport.carry`.
        """
        strip, y, lateral = self.strip, self.strip.y[self.strip.seen], motion.lateral(t)
        flow = close_flow(y, strip.xi, motion.height(t), L, rate, lateral).of(strip.inner)
        strip.move(flow.h)
        self.tau.value = tau
        medium = self._medium(motion, t, L, ahead)
        height = flow.h[:, None]
        start = start.pressed(duals(strip.xi), medium.room, medium.K)
        if not self.solver.everywhere(bool((start.gelled + start.adsorbed < medium.room).all())):
            return None
        self._put(self.phi, medium.L / height)
        N = start.N + (tau * source(t)[strip.owned] if source else 0.0)
        binding = self._binding(medium.share)

        def holds(c: FloatArray) -> Held:
            more, gelling = binding.gelled(t, tau, c, medium.dissolved, np.zeros_like(c))
            adsorbed = binding.adsorbed(tau, c, start.adsorbed)
            return Held(start.gelled + medium.share * more, medium.share * gelling, *adsorbed)

        def direction(
            c: FloatArray, held: Held, theta: FloatArray, per_c: FloatArray
        ) -> FloatArray:
            self._put(self.held, (medium.L + held.slope) / height)
            self._linearise(flow, medium, c, theta, per_c)
            set_ = (held.total - start.gelled - start.adsorbed) * self.weight
            return self.solver.solve(N - set_[: strip.own])

        sets = binding.room is not None or np.isfinite(binding.gel_concentration)
        found = solve_osmotic(
            start.c,
            medium.L,
            medium.room,
            holds,
            direction,
            MOST_ITERATIONS,
            self.solver.largest(start.c),
            self.solver.agree,
            linear=not sets and not np.isfinite(medium.room).any(),
            bounded=self.solver.everywhere(positive(N / self.weight[: strip.own])),
        )
        if found is None:
            return None
        self._put(self.c, found[0])
        return State(found[0], self.solver.masses(self.mass), *found[1:])

    def possible(self, now: State, room: FloatArray) -> bool:
        """Tell whether c is nowhere negative, if what has set fills a layer by more than half.

        Collective, with the same answer on all ranks.
        """
        held = now.gelled + now.adsorbed
        uncrowded = self.solver.everywhere(not (held > FULL * room[self.strip.inner]).any())
        return uncrowded or self.solver.everywhere(positive(now.c))

    def refusal(self, now: State, motion: Motion, t: float) -> StageFailed:
        """Say why no step to t finds a solution; collective."""
        mine = self.strip.inner
        held = motion.solution(t)[mine] * now.c + now.gelled + now.adsorbed
        filled = self.solver.largest(held / motion.capacity(t)[mine])
        return no_solution("beside the edge", t, filled, "drying.edge.steps")

    def _medium(self, motion: Motion, t: float, L: FloatArray, ahead: FloatArray) -> _Medium:
        columns, shape = self.strip.inner, ahead.shape

        def mine(values: FloatArray) -> FloatArray:
            return np.broadcast_to(values[columns], shape)

        K, room = mine(motion.diffusivity(t)), mine(motion.capacity(t))
        share = motion.share(t)[columns, None]
        return _Medium(mine(L), K, room, share, motion.dispersivity(), ahead)

    def _binding(self, share: FloatArray) -> Binding:
        """Give how binder sets in these columns: solids adsorb by how much there is of them."""
        if self.binding.room is None:
            return self.binding
        # The lowest node also has what the foil takes; the others are alike.
        return replace(self.binding, room=self.binding.room + (share - 1) * self.binding.room[-1])

    def equilibrium(self, c: FloatArray, share: FloatArray) -> FloatArray:
        """Give what is adsorbed at equilibrium with c where there is that share of solids."""
        return self._binding(share[self.strip.inner, None]).equilibrium(c)

    def _put(self, function: Any, values: FloatArray) -> None:
        """Set a function of V from (column, layer)."""
        function.x.array[:] = values[self.strip.node]

    def _linearise(
        self, flow: Flow, medium: _Medium, c: FloatArray, theta: FloatArray, per_c: FloatArray
    ) -> None:
        """Set the fluxes of the residual and of a Newton step from c.

        Crowding drives binder along the edges of the mesh, and Newton's step knows how. What the
        slope of the layers adds is diffusion alone; where crowding holds against diffusion that
        would take binder from places that have none, see `_smooth`. Vertex quadrature halves what
        stands at each end of an edge.
        """
        strip, f = self.strip, self.w
        h, height = flow.h, flow.h[strip.corner[0]]
        self._put(self.c, c)
        freedom = self.binding.freedom(medium.ahead, medium.dissolved)

        F, middle = flow.F, 0.5 * (h[1:] + h[:-1])[:, None]
        # None to a column in which the binder rests.
        K, pair = medium.K * freedom, (medium.K[1:] + medium.K[:-1])
        between = 2 * medium.K[1:] * medium.K[:-1] / np.maximum(pair, 1e-300)
        between = between * 0.5 * (freedom[1:] + freedom[:-1])
        ends = (Ends(values[:-1], values[1:]) for values in (c, theta, per_c))
        across = crowded(between * middle + medium.a * np.abs(F), F, self.width[:, None], *ends)
        f["q"].x.array[:] = strip.along(across.v) / height
        first = strip.corner[0] == strip.cell[0]
        drift = np.where(first, strip.along(across.left), -strip.along(across.right))
        f["s"].x.array[:] = f["q"].x.array + 2 * drift / height
        f["kx"].x.array[:] = strip.along(across.kappa) / height
        f["K"].x.array[:] = K[strip.corner]
        if np.isfinite(medium.room).any():
            f["K"].x.array[:] *= _smooth(c)[strip.cell]

        upright = 0.5 * (medium.K[:, 1:] + medium.K[:, :-1]) * self._freedom_within(medium)
        dilute = (upright + medium.a * np.abs(flow.w)) / h[:, None]
        ends = (Ends(values[:, :-1], values[:, 1:]) for values in (c, theta, per_c))
        through = crowded(dilute, flow.w, self.step_xi, *ends)
        f["w"].x.array[:] = strip.upright(through.v)
        f["kz"].x.array[:] = strip.upright(through.kappa) * height
        lower = strip.corner[1] == strip.cell[1]
        drift = np.where(lower, strip.upright(through.left), -strip.upright(through.right))
        f["u"].x.array[:] = f["w"].x.array + 2 * drift

    def _freedom_within(self, medium: _Medium) -> FloatArray:
        """Give D over that of a dilute solution in the cells of each column."""
        c, L = medium.ahead, medium.dissolved
        middle, thick = 0.5 * (c[:, 1:] + c[:, :-1]), 0.5 * (L[:, 1:] + L[:, :-1])
        return self.binding.freedom(middle, thick)


def _smooth(c: FloatArray) -> FloatArray:
    """Give 1 in cells in which c is smooth, falling to 0 where it is nought at a corner."""
    low, high = (
        reduce(pair, (c[:-1, :-1], c[1:, :-1], c[:-1, 1:], c[1:, 1:]))
        for pair in (np.minimum, np.maximum)
    )
    return np.minimum(STEEPEST * np.maximum(low, 0.0) / np.maximum(high, 1e-99), 1.0)


def _of(rate: FloatArray | float, strip: Strip) -> FloatArray | float:
    """Give this rank's columns of a rate, which may be one for all."""
    return rate[strip.columns, None] if isinstance(rate, np.ndarray) else rate
