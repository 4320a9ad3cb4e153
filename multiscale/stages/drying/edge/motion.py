"""What the film does while binder moves in it, and the flow that keeps even solutions even."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge.mesh import duals


class Motion(Protocol):
    """The film's state at a time t (s) at every position y, as the binder sees it.

    What is given over the layers may have one layer only, where all are alike.
    """

    def of(self, columns: slice) -> Motion:
        """Give the same for some of the columns."""

    def height(self, t: float) -> FloatArray:
        """h(y), m, shape (columns,)."""

    def solution(self, t: float) -> FloatArray:
        """Thickness density lambda of the solution over xi, m, shape (columns, layers)."""

    def solids(self, t: float) -> FloatArray:
        """Thickness density of the solids that stay, m, shape (columns, layers)."""

    def lateral(self, t: float) -> FloatArray:
        """Flux h q_y of the solution per xi between neighbouring columns, towards the middle,
        m^2/s, shape (columns - 1, layers)."""

    def diffusivity(self, t: float) -> FloatArray:
        """D phi_l^(1+b) of dilute binder, m^2/s, shape (columns, layers)."""

    def capacity(self, t: float) -> FloatArray:
        """Most binder that fits, per area and xi, kg/m^2, shape (columns, layers); infinite: no
        limit."""

    def share(self, t: float) -> FloatArray:
        """Solids that stay over those in the middle of the wet film, shape (columns,)."""

    def dispersivity(self) -> float:
        """Dispersivity of the flow between the grains, m."""


@dataclass(frozen=True)
class Flow:
    """Flow of the solution at an implicit stage; for all columns.

    Attributes:
        h: height, m.
        L: thickness density of the solution, m, shape (columns, layers).
        F: flux per xi between columns, m^2/s, shape (columns - 1, layers).
        w: flux through the layers of the mesh, per y, m/s, shape (columns, layers - 1).
        E: rate of loss through the surface, m/s.
    """

    h: FloatArray
    L: FloatArray
    F: FloatArray
    w: FloatArray
    E: FloatArray

    def of(self, columns: slice) -> Flow:
        """Give some of the columns, and the flow between them."""
        between = slice(columns.start, columns.stop - 1)
        h, L, w, E = (values[columns] for values in (self.h, self.L, self.w, self.E))
        return Flow(h, L, self.F[between], w, E)


def close_flow(
    y: FloatArray, xi: FloatArray, h: FloatArray, L: FloatArray, rate: FloatArray, F: FloatArray
) -> Flow:
    """Let what comes in from the sides and what the mesh leaves behind rise to the surface.

    In each cell of the dual mesh   dlambda/dt + dF/dy + dw/dxi = 0,  w(0) = 0,  w(1) = E, summed
    from the foil upward: a uniform concentration is then kept to rounding, however the mesh moves.

    Args:
        y: positions, m.
        xi: layers.
        h: height, m.
        L: thickness density of the solution, m.
        rate: its rate over the implicit stage, as differences of L give it, m/s.
        F: flux per xi between columns, m^2/s, shape (columns - 1, layers).
    """
    out = np.zeros((y.size + 1, xi.size))
    out[1:-1] = F
    lost = -(rate + np.diff(out, axis=0) / duals(y)[:, None]) * duals(xi)
    risen = np.cumsum(lost, axis=1)
    return Flow(h, L, F, risen[:, :-1], risen[:, -1])
