"""Graded meshes of the unit interval and the banded solves that belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.fem.forms import library

Array = NDArray[np.float64]


def graded_points(cells: int, grading: float = 2.0) -> Array:
    """Place nodes that crowd towards 1: xi_i = 1 - (1 - i/cells)^grading, shape (cells + 1,)."""
    return 1 - (1 - np.arange(cells + 1) / cells) ** grading


def interval_mesh(points: Array) -> Any:
    """Make a one-rank `dolfinx.mesh.Mesh` with nodes at `points`, increasing."""
    library()
    from mpi4py import MPI

    import basix.ufl
    from dolfinx import mesh

    nodes = np.arange(points.size - 1, dtype=np.int64)
    cells = np.column_stack((nodes, nodes + 1))
    element = basix.ufl.element("Lagrange", "interval", 1, shape=(1,))
    return mesh.create_mesh(MPI.COMM_SELF, cells, element, points[:, None].copy())


@dataclass(frozen=True)
class Tridiagonal:
    """Where the three diagonals of a P1 matrix on an interval sit in its CSR data.

    Attributes:
        order: degree of freedom at each node, from left to right.
        entries: index into the CSR data of the upper, main and lower diagonal, shape (3, nodes), in
            columns as in `scipy.linalg.solve_banded`; -1 where there is none.
    """

    order: NDArray[np.int64]
    entries: NDArray[np.int64]

    @staticmethod
    def of(matrix: Any, order: NDArray[np.int64]) -> Tridiagonal:
        """Find the diagonals of a `dolfinx.la.MatrixCSR`."""
        place = np.empty_like(order)
        place[order] = np.arange(order.size)
        entries = np.full((3, order.size), -1)
        for row in range(order.size):
            for k in range(matrix.indptr[row], matrix.indptr[row + 1]):
                i, j = place[row], place[matrix.indices[k]]
                entries[1 + i - j, j] = k
        return Tridiagonal(order, entries)

    def solve(self, data: Array, right: Array) -> Array:
        """Solve for the unknown in the order of the degrees of freedom; NaN gives NaN."""
        from scipy.linalg.lapack import dgtsv

        upper, main, lower = np.where(self.entries >= 0, data[self.entries], 0.0)
        solution = np.empty_like(right)
        solution[self.order] = dgtsv(lower[:-1], main, upper[1:], right[self.order])[3]
        return solution
