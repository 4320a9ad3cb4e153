"""Elements on the boxes that conduct: their mesh, their matrix, and sides that repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import StageFailed
from multiscale.fem import forms
from multiscale.fem.interval import Array

Index = NDArray[np.int64]
Edges = tuple[float, float, float]

FORMS = {1: "linear", 2: "quadratic"}


@dataclass(frozen=True)
class Boxes:
    """The cells that conduct, as a mesh in slabs along the first axis.

    Attributes:
        mesh: the hexahedra of all ranks.
        at: indices of this rank's cells along the three axes, in the order of the mesh.
        shape: cells of the whole box.
        edges: of a cell.
    """

    mesh: Any
    at: tuple[Index, Index, Index]
    shape: tuple[int, int, int]
    edges: Edges


@dataclass(frozen=True)
class Stiffness:
    """Elements of one degree on boxes; nodes on opposite sides that repeat are one unknown.

    Attributes:
        boxes: the mesh.
        degree: of the elements.
        space: the nodes.
        d: conductivity of the cells.
        matrix: K = int d grad u . grad v of all nodes.
        merge: P, from unknowns to nodes; none where no side repeats.
        place: this rank's nodes in halves of a cell, shape (nodes, 3).
        depth: position of this rank's unknowns along the first axis, 0 to 1.
    """

    boxes: Boxes
    degree: int
    space: Any
    d: Any
    matrix: Any
    merge: Any
    place: Index
    depth: Array

    def of_unknowns(self) -> Any:
        """A matrix of the unknowns that may be changed, P^T K P."""
        return self.matrix.PtAP(self.merge) if self.merge else self.matrix.copy()

    def unknowns(self) -> Any:
        """A vector for the unknowns."""
        return (self.merge or self.matrix).createVecRight()

    def at_nodes(self, u: Any) -> Any:
        """Values at the nodes, P u."""
        if self.merge is None:
            return u
        nodes = self.merge.createVecLeft()
        self.merge.mult(u, nodes)
        return nodes

    def at_unknowns(self, b: Any) -> Any:
        """Sum over the nodes of each unknown, P^T b."""
        if self.merge is None:
            return b
        unknowns = self.merge.createVecRight()
        self.merge.multTranspose(b, unknowns)
        return unknowns

    def free(self, *vectors: Any) -> None:
        """Destroy the matrices, and vectors with them. Collective.

        Left to Python, PETSc keeps what several ranks share until the end of the run.
        """
        for item in (self.matrix, self.merge, *vectors):
            if item is not None:
                item.destroy()

    def form(self, name: str, spaces: list[Any], coefficients: dict[str, Any]) -> Any:
        """Bind a form of these elements by the end of its name."""
        stem = FORMS[self.degree] + name
        return forms.form("conduction", stem, self.boxes.mesh, spaces, coefficients)


def make_boxes(d: Array, edges: Edges, comm: Any) -> Boxes:
    """Make the mesh of the cells whose d is not 0. Collective.

    Args:
        d: conductivity of the cells, the same on all ranks.
        edges: of a cell.
        comm: ranks that share the cells, each with a slab of layers.

    Raises:
        StageFailed: more ranks than layers.
    """
    if comm.size > d.shape[0]:
        raise StageFailed(f"{comm.size} ranks share {d.shape[0]} layers of cells; use fewer ranks")
    forms.library()
    import basix.ufl
    import dolfinx.mesh
    from dolfinx import graph

    cuts = np.linspace(0, d.shape[0], comm.size + 1).round().astype(int)
    first, last = int(cuts[comm.rank]), int(cuts[comm.rank + 1])
    nodes = tuple(n + 1 for n in d.shape)
    i, j, k = (index.astype(np.int64) for index in np.nonzero(d[first:last] > 0))
    i += first
    corners = [
        ((i + a) * nodes[1] + j + b) * nodes[2] + k + c
        for c in (0, 1)
        for b in (0, 1)
        for a in (0, 1)
    ]
    # Only nodes of cells get a number; each rank hands in those of its own share of all.
    used = np.unique(np.concatenate(comm.allgather(np.unique(np.concatenate(corners)))))
    mine = np.array_split(used, comm.size)[comm.rank]
    x = np.column_stack(np.unravel_index(mine, nodes)) * np.array(edges)
    cells = np.searchsorted(used, np.column_stack(corners)).astype(np.int64)

    def stay(comm: Any, parts: int, types: Any, cells: Any) -> Any:
        here = np.full((len(cells[0]) // 8, 1), comm.rank, dtype=np.int32)
        return graph.adjacencylist(here)._cpp_object

    element = basix.ufl.element("Lagrange", "hexahedron", 1, shape=(3,))
    mesh = dolfinx.mesh.create_mesh(comm, cells, element, x, stay)
    # A rank keeps the cells that it hands in, in another order.
    begin = comm.exscan(i.size) or 0
    order = mesh.topology.original_cell_index[: i.size] - begin
    n0, n1, n2 = d.shape
    return Boxes(mesh, (i[order], j[order], k[order]), (n0, n1, n2), edges)


def stiffness_of(
    boxes: Boxes, d: Array, degree: int, periodic: tuple[bool, bool], comm: Any
) -> Stiffness:
    """Assemble K. Collective.

    Args:
        boxes: the cells that conduct.
        d: conductivity of all cells.
        degree: 1 or 2, of the elements.
        periodic: whether the second and the third axis repeat; mirrors otherwise.
        comm: ranks that share the cells.
    """
    from dolfinx import fem
    from dolfinx.fem import petsc

    V = fem.functionspace(boxes.mesh, ("Lagrange", degree))
    cells = on_cells(boxes, d)
    a = forms.form("conduction", FORMS[degree], boxes.mesh, [V, V], {"d": cells})
    matrix = petsc.assemble_matrix(a)
    matrix.assemble()
    count = V.dofmap.index_map.size_local
    # Nodes lie in the corners of cells and half-way between them.
    place = (2 * V.tabulate_dof_coordinates()[:count] / boxes.edges).round().astype(np.int64)
    merge, along = None, place[:, 0]
    if any(periodic):
        merge, along = _merge(place, boxes.shape, periodic, comm)
    depth = along / (2 * boxes.shape[0])
    return Stiffness(boxes, degree, V, cells, matrix, merge, place, depth)


def on_cells(boxes: Boxes, values: Array) -> Any:
    """Values of all cells as a function that is constant in each."""
    from dolfinx import fem

    found = fem.Function(fem.functionspace(boxes.mesh, ("DG", 0)))
    found.x.array[: boxes.at[0].size] = values[boxes.at]
    return found


def _merge(
    place: Index, cells: tuple[int, int, int], periodic: tuple[bool, bool], comm: Any
) -> tuple[Any, Index]:
    """P that makes nodes on opposite sides one unknown, and the unknowns' place along axis 0."""
    from petsc4py import PETSc

    nodes, folded = [2 * cells[0] + 1], place.copy()
    for axis, repeats in enumerate(periodic, 1):
        nodes.append(2 * cells[axis] + (not repeats))
        folded[:, axis] %= nodes[axis]
    key = np.ravel_multi_index(tuple(folded.T), nodes)
    every = np.unique(np.concatenate(comm.allgather(np.unique(key))))
    column = np.searchsorted(every, key).astype(PETSc.IntType)
    # Sorted along the driven axis, so that equal shares lie where the slabs do.
    own = np.array_split(every, comm.size)[comm.rank]
    rows = np.arange(key.size + 1, dtype=PETSc.IntType)
    size = ((key.size, None), (own.size, every.size))
    merge = PETSc.Mat().createAIJ(size, csr=(rows, column, np.ones(key.size)), comm=comm)
    return merge, np.unravel_index(own, nodes)[0]
