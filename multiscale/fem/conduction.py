"""Conduction through boxes: finite elements on the voxels that conduct, an upper bound of theirs.

    int d grad u . grad v = 0,   u = 1 and 0 on the two driven planes, no flux elsewhere
    D = (L / A) int d |grad u|^2

Elements reach less of the possible functions than there are, so their D lies above that of the
voxels' own geometry, quadratic ones nearer than linear ones. Finite volumes on the
same voxels as a rule lie below it: the two bracket it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.errors import StageFailed
from multiscale.fem import forms
from multiscale.fem.interval import Array

FORMS = {1: "linear", 2: "quadratic"}
MOST_STEPS = 500


@dataclass(frozen=True)
class Conduction:
    """What the elements found.

    Attributes:
        conductivity: D, in the unit of the cells' d.
        unknowns: nodes, those on the driven planes included.
        iterations: of the linear solver.
    """

    conductivity: float
    unknowns: int
    iterations: int


def conduct(
    d: Array, edges: tuple[float, float, float], degree: int, comm: Any, tolerance: float = 1e-10
) -> Conduction:
    """Solve along the first axis, mirrored along the others; collective.

    Args:
        d: conductivity of the cells, the same on all ranks; where it is 0 there is no element.
            What conducts must hang together with both driven planes.
        edges: of a cell.
        degree: 1 or 2, of the elements.
        comm: ranks that share the cells, each with a slab of layers.
        tolerance: of the residual, relative.

    Raises:
        StageFailed: more ranks than layers, or the solver did not converge.
    """
    if comm.size > d.shape[0]:
        raise StageFailed(f"{comm.size} ranks share {d.shape[0]} layers of cells; use fewer ranks")
    mesh, own = _boxes(d, edges, comm)
    from dolfinx import fem
    from dolfinx.fem import petsc

    V, W = fem.functionspace(mesh, ("Lagrange", degree)), fem.functionspace(mesh, ("DG", 0))
    cells = fem.Function(W)
    # A rank keeps the cells that it hands in, in another order.
    begin = comm.exscan(own.size) or 0
    cells.x.array[:] = own[mesh.topology.original_cell_index[: own.size] - begin]
    a = forms.form("conduction", FORMS[degree], mesh, [V, V], {"d": cells})
    stiffness = petsc.assemble_matrix(a)
    stiffness.assemble()
    count = V.dofmap.index_map.size_local
    depth = V.tabulate_dof_coordinates()[:count, 0] / (d.shape[0] * edges[0])
    u, iterations = _solve(stiffness, 1 - depth, tolerance, comm)
    area = d.shape[1] * edges[1] * d.shape[2] * edges[2]
    power = u.dot(stiffness * u)
    length = d.shape[0] * edges[0]
    return Conduction(power * length / area, V.dofmap.index_map.size_global, iterations)


def _boxes(d: Array, edges: tuple[float, float, float], comm: Any) -> tuple[Any, Array]:
    """Make the mesh of the cells that conduct, in slabs; give the conductivity of the own ones."""
    forms.library()
    import basix.ufl
    import dolfinx.mesh
    from dolfinx import graph

    cuts = np.linspace(0, d.shape[0], comm.size + 1).round().astype(int)
    first, last = int(cuts[comm.rank]), int(cuts[comm.rank + 1])
    nodes = tuple(n + 1 for n in d.shape)
    i, j, k = (index.astype(np.int64) for index in np.nonzero(d[first:last] > 0))
    corners = [
        ((i + first + a) * nodes[1] + j + b) * nodes[2] + k + c
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
    return mesh, d[first + i, j, k]


def _solve(stiffness: Any, guess: Array, tolerance: float, comm: Any) -> tuple[Any, int]:
    """Conjugate gradients with algebraic multigrid from a guess that is right on the planes."""
    from petsc4py import PETSc

    u, right = stiffness.createVecs()
    u.array[:] = guess
    fixed = np.flatnonzero((guess < 1e-9) | (guess > 1 - 1e-9))
    stiffness.mult(u, right)
    right.scale(-1.0)
    right.array[fixed] = 0.0
    inner = stiffness.copy()
    inner.zeroRowsColumns((fixed + stiffness.getOwnershipRange()[0]).astype(PETSc.IntType))
    solver = PETSc.KSP().create(comm)
    solver.setOperators(inner)
    solver.setType("cg")
    solver.getPC().setType("gamg")
    solver.setTolerances(rtol=tolerance, max_it=MOST_STEPS)
    step = u.duplicate()
    if right.norm() > 0:
        solver.solve(right, step)
        if not solver.is_converged:
            raise StageFailed(
                f"conduction on elements did not converge in {solver.getIterationNumber()} steps "
                "of conjugate gradients; check that all that conducts touches both driven planes"
            )
        u.axpy(1.0, step)
    return u, solver.getIterationNumber()
