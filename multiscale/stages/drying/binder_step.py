"""One implicit stage of the binder's transport, solved by Newton's method.

The forms are those of kernels/binder_film.py; the equation and its symbols are in `migration`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.fem.forms import form
from multiscale.fem.interval import Tridiagonal, graded_points, interval_mesh
from multiscale.records.record import FloatArray
from multiscale.stages.drying.binding import FULLEST, Binding, follow, nodal_weights, press
from multiscale.stages.drying.crowding import Ends, crowded
from multiscale.stages.drying.osmotic import FULL, Held, positive, solve_osmotic

# Alexander's two-stage SDIRK: order 2, L-stable, its last stage is the step [Alexander1977].
GAMMA = 1 - math.sqrt(0.5)


MOST_ITERATIONS = 50  # and three for each node that the front of a packed layer passes


@dataclass(frozen=True)
class Stage:
    """What an implicit stage depends on; units as in `migrate`, F in m/s through the cells."""

    t: float
    tau: float
    liquid: FloatArray
    flow: FloatArray
    kappa: FloatArray
    capacity: FloatArray
    dispersivity: FloatArray


@dataclass(frozen=True)
class State:
    """Binder at the nodes: c in kg/m^3; in solution, gelled and adsorbed in kg/m^2."""

    c: FloatArray
    N: FloatArray
    gelled: FloatArray
    adsorbed: FloatArray

    @property
    def total(self) -> FloatArray:
        return self.N + self.gelled + self.adsorbed

    def filled(self, at: Stage) -> FloatArray:
        """Give theta at the stage's end, were c to stay."""
        return (at.liquid * self.c + self.gelled + self.adsorbed) / at.capacity

    def possible(self, at: Stage) -> bool:
        """Tell whether c is nowhere negative, if what has set fills a layer by more than half."""
        crowded = self.gelled + self.adsorbed > FULL * at.capacity
        return not crowded.any() or positive(self.c)

    def plus(self, N: FloatArray | float) -> State:
        return State(self.c, self.N + N, self.gelled, self.adsorbed)

    def carried(self, half: State) -> State:
        """Give what the last stage starts from, y + (1 - gamma)/gamma (y_mid - y)."""
        r = (1 - GAMMA) / GAMMA
        return State(
            half.c,
            self.N + r * (half.N - self.N),
            self.gelled + r * (half.gelled - self.gelled),
            self.adsorbed + r * (half.adsorbed - self.adsorbed),
        )

    def pressed(self, weight: FloatArray, capacity: FloatArray) -> State:
        """Give the state whose gel leaves room for a little solution; see `press`."""
        gelled = press(weight, self.gelled, FULLEST * capacity - self.adsorbed)
        return State(self.c, self.N, gelled, self.adsorbed)

    def follow(self, xi: FloatArray, solids: FloatArray, moved: FloatArray) -> State:
        """Give the state after the solids took what is bound to them along."""
        gelled, adsorbed = (follow(xi, b, solids, moved) for b in (self.gelled, self.adsorbed))
        return State(self.c, self.N, gelled, adsorbed)


class Discrete:
    """The forms of kernels/binder_film.py on a graded mesh, nodes sorted from foil to surface."""

    def __init__(self, cells: int, binding: Binding) -> None:
        points = graded_points(cells)
        mesh = interval_mesh(points)
        from dolfinx import fem

        V, W = fem.functionspace(mesh, ("Lagrange", 1)), fem.functionspace(mesh, ("DG", 0))
        self.binding = binding
        self.order = np.argsort(V.tabulate_dof_coordinates()[:, 0])
        self.cell_order = np.argsort(W.tabulate_dof_coordinates()[:, 0])
        self.xi, self.width, self.weight = points, np.diff(points), nodal_weights(points)
        nodal = {key: fem.Function(V) for key in ("c", "m", "r")}
        in_cells = {key: fem.Function(W) for key in ("F", "kappa", "k", "u")}
        self.fields = nodal | in_cells
        self.tau = fem.Constant(mesh, 0.0)

        def bind(name: str, spaces: list[Any], fields: str) -> Any:
            functions = {key: self.fields[key] for key in fields.split()}
            return form("binder_film", name, mesh, spaces, functions, {"tau": self.tau})

        self.a = bind("a", [V, V], "m F k u")
        self.b = bind("b", [V], "c r F kappa")
        self.matrix = fem.create_matrix(self.a)
        self.diagonals = Tridiagonal.of(self.matrix, self.order)

    def flow(self, rate: FloatArray) -> FloatArray:
        """Give F through the cells from d lambda/dt at the nodes, shapes (times, cells or nodes).

        The nodes below a cell lose what flows through it: F = -sum of their weights times rates.
        """
        return -np.cumsum(self.weight[:-1] * rate[:, :-1], axis=1)

    def stage(self, at: Stage, start: State, ahead: FloatArray) -> State | None:
        """Solve one implicit stage by Newton's method; None where it finds no solution.

        Its mass is that of the start.

        Args:
            at: what the stage depends on.
            start: binder at the start of the stage; its c is the first guess.
            ahead: c at its end as the steps before foretell it, which sets the diffusivity near the
                gel point: the flux then rises with the gradient, however steeply D falls.
        """
        self.tau.value = at.tau
        middle, thick = (0.5 * (v[1:] + v[:-1]) for v in (ahead, at.liquid))
        kappa_0 = at.kappa * self.binding.freedom(middle, thick)
        start = start.pressed(self.weight, at.capacity)

        def holds(c: FloatArray) -> Held:
            gelled = self.binding.gelled(at.t, at.tau, c, at.liquid, start.gelled)
            return Held(*gelled, *self.binding.adsorbed(at.tau, c, start.adsorbed))

        def direction(
            c: FloatArray, held: Held, theta: FloatArray, per_c: FloatArray
        ) -> FloatArray:
            set_ = held.total - start.gelled - start.adsorbed
            self.fields["m"].x.array[self.order] = at.liquid + held.slope
            self.fields["r"].x.array[self.order] = start.N - at.liquid * c - set_
            self._linearise(at, kappa_0, c, theta, per_c)
            return self._solve()

        most, scale = MOST_ITERATIONS + 3 * start.c.size, float(np.abs(start.c).max())
        found = solve_osmotic(
            start.c,
            at.liquid,
            at.capacity,
            holds,
            direction,
            most,
            scale,
            bounded=positive(start.N),
        )
        if found is None:
            return None
        c, gelled, adsorbed = found
        return State(c, at.liquid * c, gelled, adsorbed)

    def _linearise(
        self,
        at: Stage,
        kappa_0: FloatArray,
        c: FloatArray,
        theta: FloatArray,
        per_c: FloatArray,
    ) -> None:
        """Set c and each cell's flux at a Newton step from c, with per_c = dtheta/dc."""
        kappa = kappa_0 + at.dispersivity * np.abs(at.flow)
        ends = (Ends(values[:-1], values[1:]) for values in (c, theta, per_c))
        flux = crowded(kappa, at.flow, self.width, *ends)
        self.fields["c"].x.array[self.order] = c
        answers = {
            "F": flux.v,
            "kappa": flux.kappa,
            "k": flux.kappa + 0.5 * self.width * (flux.left + flux.right),
            "u": flux.right - flux.left,
        }
        for key, values in answers.items():
            self.fields[key].x.array[self.cell_order] = values

    def _solve(self) -> FloatArray:
        from dolfinx import fem

        self.matrix.data[:] = 0.0
        fem.assemble_matrix(self.matrix, self.a)
        right = fem.assemble_vector(self.b).array
        return self.diagonals.solve(self.matrix.data, right)[self.order]
