"""One implicit step of a quantity that moves between the layers of the film.

    dM(u)/dt + dG/dxi = source,  zero flux at foil and surface

by Newton's method with line search on the forms of kernels/film_layer.py. Backward Euler in time:
of order 1, but with the fluxes below monotone, so that no front overshoots.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from multiscale.fem.forms import form
from multiscale.fem.interval import Tridiagonal, graded_points, interval_mesh
from multiscale.records.record import FloatArray
from multiscale.stages.drying.binding import nodal_weights

# u at the nodes -> M and dM/du there; u at the nodes -> G, dG/du_l and dG/du_r in the cells.
Content = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
Flux = Callable[[FloatArray], tuple[FloatArray, FloatArray, FloatArray]]

MOST_ITERATIONS = 40
HALVINGS = 8
RISES = (
    10.0  # of the residual in a step: it peaks in the thinnest cells, only divergence is stopped
)
CONVERGED = 1e-10  # step over the scale of u; Newton leaves its square
ENOUGH = 1e-7  # where rounding stops the line search, and M is linear in u, nothing is lost


class Thickness(Protocol):
    """What a flux needs to know of the layers: widths of the cells and their middles over xi."""

    width: FloatArray
    middle: FloatArray


class Layers:
    """The forms on a mesh of the thickness, nodes sorted from foil to surface.

    Args:
        points: nodes over xi; graded towards the surface where a number of cells is given.
    """

    def __init__(self, points: FloatArray | int) -> None:
        self.xi = graded_points(points) if isinstance(points, int) else points
        mesh = interval_mesh(self.xi)
        from dolfinx import fem

        V, W = fem.functionspace(mesh, ("Lagrange", 1)), fem.functionspace(mesh, ("DG", 0))
        self.order = np.argsort(V.tabulate_dof_coordinates()[:, 0])
        self.cell_order = np.argsort(W.tabulate_dof_coordinates()[:, 0])
        self.width, self.weight = np.diff(self.xi), nodal_weights(self.xi)
        self.middle = 0.5 * (self.xi[1:] + self.xi[:-1])
        self.nodal = {key: fem.Function(V) for key in ("m", "r")}
        self.in_cells = {key: fem.Function(W) for key in ("G", "g", "k")}
        self.tau = fem.Constant(mesh, 0.0)

        def bind(name: str, spaces: list[Any], fields: str) -> Any:
            functions = {key: (self.nodal | self.in_cells)[key] for key in fields.split()}
            return form("film_layer", name, mesh, spaces, functions, {"tau": self.tau})

        self.a, self.b = bind("a", [V, V], "m g k"), bind("b", [V], "r G")
        self.matrix = fem.create_matrix(self.a)
        self.diagonals = Tridiagonal.of(self.matrix, self.order)

    def step(
        self,
        tau: float,
        before: FloatArray,
        u: FloatArray,
        content: Content,
        flux: Flux,
        source: FloatArray | float = 0.0,
        bounds: tuple[float, float] = (-np.inf, np.inf),
    ) -> FloatArray | None:
        """Give u after a step of length tau; None where Newton's method does not converge.

        Args:
            tau: s.
            before: M at the nodes at its start.
            u: first guess, at the nodes.
            content, flux: of the quantity at the end of the step.
            source: M added during the step, at the nodes.
            bounds: open bounds of u, kept by the line search.
        """
        self.tau.value = tau
        start = before + source
        scale = float(np.abs(u).max())
        norm = self._residual(start, u, content, flux)
        for _ in range(MOST_ITERATIONS):
            step = self._direction()
            if not np.isfinite(step).all():
                return None
            size = float(np.abs(step).max())
            for _ in range(HALVINGS):
                ahead = u + step
                if bounds[0] < ahead.min() and ahead.max() < bounds[1]:
                    trial = self._residual(start, ahead, content, flux)
                    if trial < RISES * norm or size <= ENOUGH * scale:
                        break
                step = 0.5 * step
            else:
                return None
            u, norm = ahead, trial
            if size <= CONVERGED * scale or (size <= ENOUGH * scale and norm == 0):
                return u
        return u if size <= ENOUGH * scale else None

    def _residual(self, start: FloatArray, u: FloatArray, content: Content, flux: Flux) -> float:
        """Set the forms' functions at u and assemble the residual; give its largest part."""
        from dolfinx import fem

        M, self.nodal["m"].x.array[self.order] = content(u)
        G, left, right = flux(u)
        self.nodal["r"].x.array[self.order] = start - M
        for key, value in (("G", G), ("g", left + right), ("k", 0.5 * self.width * (right - left))):
            self.in_cells[key].x.array[self.cell_order] = value
        self.right = fem.assemble_vector(self.b).array
        return float(np.abs(self.right[self.order] / self.weight).max())

    def _direction(self) -> FloatArray:
        from dolfinx import fem

        self.matrix.data[:] = 0.0
        fem.assemble_matrix(self.matrix, self.a)
        return self.diagonals.solve(self.matrix.data, self.right)[self.order]
