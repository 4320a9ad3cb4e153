"""A mesh of columns that follows the film's height; ranks keep whole columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import StageFailed
from multiscale.fem import forms
from multiscale.records.record import FloatArray

IntArray = NDArray[np.int64]


def graded_positions(width: float, edge_cell: float, cells: int) -> FloatArray:
    """Place positions that crowd towards the edge, geometrically from a given first cell.

    y_i = edge_cell (r^i - 1)/(r - 1) with r such that y_cells = width.

    Args:
        width: from the edge to the last position, m.
        edge_cell: first cell, m; even cells where width/cells is smaller.
        cells: number of cells.
    """
    from scipy.optimize import brentq

    if edge_cell * cells >= width:
        return np.linspace(0.0, width, cells + 1)

    def reach(r: float) -> float:
        return edge_cell * float(np.expm1(cells * np.log(r))) / (r - 1) - width

    r = float(brentq(reach, 1 + 1e-9, (width / edge_cell) ** (2 / cells) + 1, xtol=1e-14))
    y = edge_cell * np.expm1(np.arange(cells + 1) * np.log(r)) / (r - 1)
    y[-1] = width
    return y


def duals(points: FloatArray) -> FloatArray:
    """Give the width of each node's cell, half of both neighbours."""
    half = 0.5 * np.diff(points)
    return np.append(half, 0.0) + np.append(0.0, half)


@dataclass(frozen=True)
class Strip:
    """The mesh of one rank and where its numbers stand in arrays over columns and layers.

    Arrays over (column, layer) run over the columns of this rank, those that it shares included.

    Attributes:
        y: positions of all columns, m.
        xi: layers, 0 at the foil, 1 at the surface.
        columns: of this rank.
        seen: columns from which or to which something may flow: one more at each side.
        mesh: the `dolfinx.mesh.Mesh`; its nodes move.
        V, W: linear functions, continuous and in each cell for itself.
        node: (column, layer) of each degree of freedom of V.
        corner: (column, layer) of each degree of freedom of W.
        cell: the same of its cell, counted by the lower corner.
        own: how many of the columns the rank owns; the last one belongs to the next rank.
        geometry: (column, layer) of each node of the mesh.
    """

    y: FloatArray
    xi: FloatArray
    columns: slice
    seen: slice
    mesh: Any
    V: Any
    W: Any
    node: tuple[IntArray, IntArray]
    corner: tuple[IntArray, IntArray]
    cell: tuple[IntArray, IntArray]
    own: int
    geometry: tuple[IntArray, IntArray]

    @property
    def owned(self) -> slice:
        """Columns that this rank owns, of all."""
        return slice(self.columns.start, self.columns.start + self.own)

    @property
    def inner(self) -> slice:
        """Columns of this rank, of those seen."""
        return slice(self.columns.start - self.seen.start, self.columns.stop - self.seen.start)

    def move(self, height: FloatArray) -> None:
        """Put the nodes at z = xi h.

        Args:
            height: h of this rank's columns, m.
        """
        column, layer = self.geometry
        self.mesh.geometry.x[:, 1] = self.xi[layer] * height[column]

    def grid(self, values: FloatArray) -> FloatArray:
        """Put numbers at the degrees of freedom of V in order, over (column, layer)."""
        grid = np.empty((self.columns.stop - self.columns.start, self.xi.size))
        grid[self.node] = values
        return grid

    def along(self, values: FloatArray) -> FloatArray:
        """Give W's vector of what belongs to edges within a layer, from (column gap, layer)."""
        return values[self.cell[0], self.corner[1]]

    def upright(self, values: FloatArray) -> FloatArray:
        """Give W's vector of what belongs to edges within a column, from (column, layer gap)."""
        return values[self.corner[0], self.cell[1]]


def make_strip(comm: Any, y: FloatArray, xi: FloatArray) -> Strip:
    """Make the mesh with unit height; collective.

    Raises:
        StageFailed: there are more ranks than gaps between columns.
    """
    if comm.size > y.size - 1:
        raise StageFailed(
            f"{comm.size} ranks share {y.size - 1} columns of the film's edge; use fewer ranks or "
            "raise drying.edge.columns"
        )
    forms.library()
    import basix.ufl
    import dolfinx.mesh
    from dolfinx import fem, graph

    cuts = np.linspace(0, y.size - 1, comm.size + 1).round().astype(int)
    first, last = int(cuts[comm.rank]), int(cuts[comm.rank + 1])
    # Each rank hands in the nodes from its first column up to the next rank's.
    mine = slice(first, last + 1 if comm.rank == comm.size - 1 else last)
    points = np.stack(np.meshgrid(y[mine], xi, indexing="ij"), axis=-1).reshape(-1, 2)
    i, j = (a.ravel() for a in np.mgrid[first:last, 0 : xi.size - 1])
    corners = (i * xi.size + j, (i + 1) * xi.size + j)
    cells = np.column_stack((*corners, *(k + 1 for k in corners))).astype(np.int64)

    def stay(comm: Any, parts: int, types: Any, cells: Any) -> Any:
        here = np.full((len(cells[0]) // 4, 1), comm.rank, dtype=np.int32)
        return graph.adjacencylist(here)._cpp_object

    element = basix.ufl.element("Lagrange", "quadrilateral", 1, shape=(2,))
    mesh = dolfinx.mesh.create_mesh(comm, cells, element, points, stay)
    V, W = fem.functionspace(mesh, ("Lagrange", 1)), fem.functionspace(mesh, ("DG", 1))
    columns = slice(first, last + 1)

    def place(x: FloatArray) -> tuple[IntArray, IntArray]:
        column = _nearest(y[columns], x[:, 0])
        return column, _nearest(xi, x[:, 1])

    corner = place(W.tabulate_dof_coordinates())
    cell = tuple(
        np.repeat(index[W.dofmap.list].min(axis=1), 4)[np.argsort(W.dofmap.list.ravel())]
        for index in corner
    )
    return Strip(
        y,
        xi,
        columns,
        slice(max(first - 1, 0), min(last + 2, y.size)),
        mesh,
        V,
        W,
        node=place(V.tabulate_dof_coordinates()),
        corner=corner,
        cell=(cell[0], cell[1]),
        own=mine.stop - mine.start,
        geometry=place(mesh.geometry.x),
    )


def _nearest(points: FloatArray, x: FloatArray) -> IntArray:
    middles = 0.5 * (points[1:] + points[:-1])
    return np.searchsorted(middles, x)
