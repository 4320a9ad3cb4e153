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
from multiscale.fem.boxes import Boxes, Edges, Stiffness, make_boxes, on_cells, stiffness_of
from multiscale.fem.interval import Array

MOST_STEPS = 1000


@dataclass(frozen=True)
class Conduction:
    """What the elements found.

    Attributes:
        conductivity: D, in the unit of the cells' d.
        power: share of each layer of cells in int d |grad u|^2, shape (n0,).
        flux: D from the flux through each layer of cells, shape (n0,).
        cross: mean flux along the three axes over the mean gradient along the first one.
        unknowns: nodes, those on the driven planes included; opposite periodic ones are one.
        iterations: of the linear solver.
    """

    conductivity: float
    power: Array
    flux: Array
    cross: Array
    unknowns: int
    iterations: int


def conduct(
    d: Array,
    edges: Edges,
    degree: int,
    comm: Any,
    tolerance: float = 1e-10,
    periodic: tuple[bool, bool] = (False, False),
) -> Conduction:
    """Solve along the first axis, mirrored or periodic along the others; collective.

    Args:
        d: conductivity of the cells, the same on all ranks; where it is 0 there is no element.
            What conducts must hang together with both driven planes.
        edges: of a cell.
        degree: 1 or 2, of the elements.
        comm: ranks that share the cells, each with a slab of layers.
        tolerance: of the residual, relative.
        periodic: whether the second and the third axis repeat.

    Raises:
        StageFailed: more ranks than layers, or the solver did not converge.
    """
    boxes = make_boxes(d, edges, comm)
    stiffness = stiffness_of(boxes, d, degree, periodic, comm)
    depth = stiffness.depth
    u = stiffness.unknowns()
    u.array[:] = 1 - depth  # right on the planes, and everywhere where d is uniform
    fixed = np.flatnonzero((depth < 1e-9) | (depth > 1 - 1e-9))
    none = 0.0 * u
    iterations = solve(stiffness, u, none, fixed, tolerance, comm)
    nodes = stiffness.at_nodes(u)
    power = layer_power(stiffness, nodes, comm)
    total = float(power.sum())
    length, area = _length_and_area(boxes)
    flux, cross = _fluxes(stiffness, nodes, comm)
    unknowns = u.getSize()
    stiffness.free(u, nodes, none)
    return Conduction(
        conductivity=total * length / area,
        power=power / total,
        flux=flux * length / area,
        cross=cross / area,
        unknowns=unknowns,
        iterations=iterations,
    )


def charging_conductivity(
    d: Array,
    source: Array,
    edges: Edges,
    degree: int,
    comm: Any,
    tolerance: float = 1e-10,
    periodic: tuple[bool, bool] = (False, False),
) -> float:
    """Find the D of a uniform medium with the resistance of this one, charged inside; collective.

        int d grad u . grad v = int q v,    u = 0 on the upper plane,    int q = 1
        R_0 = int q u,    D = L / (3 R_0 A)

    Args:
        d: conductivity of the cells, as for `conduct`; what conducts must hang together with the
            upper plane of the first axis. Nothing leaves through the lower one.
        source: what is charged in each cell, in any unit.
        edges, degree, comm, tolerance, periodic: as for `conduct`.

    Raises:
        StageFailed: as for `conduct`.
    """
    from petsc4py import PETSc

    from dolfinx.fem import petsc

    boxes = make_boxes(d, edges, comm)
    stiffness = stiffness_of(boxes, d, degree, periodic, comm)
    q = on_cells(boxes, source / (source[d > 0].sum() * np.prod(edges)))
    charged = petsc.assemble_vector(stiffness.form("_source", [stiffness.space], {"q": q}))
    charged.ghostUpdate(PETSc.InsertMode.ADD, PETSc.ScatterMode.REVERSE)
    load = stiffness.at_unknowns(charged)
    u = 0.0 * load
    fixed = np.flatnonzero(stiffness.depth > 1 - 1e-9)
    solve(stiffness, u, load, fixed, tolerance, comm)
    length, area = _length_and_area(boxes)
    resistance = load.dot(u)
    stiffness.free(u, load, charged)
    return float(length / (3 * resistance * area))


def _length_and_area(boxes: Boxes) -> tuple[float, float]:
    box = np.array(boxes.shape) * boxes.edges
    return float(box[0]), float(box[1] * box[2])


def solve(stiffness: Stiffness, u: Any, load: Any, fixed: Any, tolerance: float, comm: Any) -> int:
    """Bring u to K u = load by conjugate gradients with algebraic multigrid. Collective.

    Args:
        stiffness: K.
        u: a guess at the unknowns, changed in place.
        load: right side at the unknowns.
        fixed: this rank's unknowns that keep their value.
        tolerance: of the residual, relative.
        comm: ranks that share the elements.

    Returns:
        Iterations.

    Raises:
        StageFailed: the solver did not converge.
    """
    from petsc4py import PETSc

    matrix = stiffness.of_unknowns()
    right = load.duplicate()
    matrix.mult(u, right)
    right.aypx(-1.0, load)
    right.array[fixed] = 0.0
    matrix.zeroRowsColumns((fixed + matrix.getOwnershipRange()[0]).astype(PETSc.IntType))
    if right.norm() == 0:
        matrix.destroy()
        return 0
    solver = PETSc.KSP().create(comm)
    solver.setOperators(matrix)
    solver.setType("cg")
    solver.getPC().setType("gamg")
    solver.setTolerances(rtol=tolerance, max_it=MOST_STEPS)
    step = u.duplicate()
    solver.solve(right, step)
    steps = int(solver.getIterationNumber())
    if not solver.is_converged:
        raise StageFailed(
            f"conduction on elements did not converge in {steps} steps of conjugate gradients; "
            "check that all that conducts touches both driven planes"
        )
    u.axpy(1.0, step)
    for item in (solver, matrix, right, step):
        item.destroy()
    return steps


def layer_power(stiffness: Stiffness, nodes: Any, comm: Any) -> Array:
    """Compute int d |grad u|^2 of each layer of cells along the first axis. Collective.

    Args:
        stiffness: the elements.
        nodes: u at the nodes, as from `Stiffness.at_nodes`.
        comm: ranks that share the elements.
    """
    from dolfinx import fem

    space = stiffness.d.function_space
    u = fem.Function(stiffness.space)
    u.x.array[: nodes.getLocalSize()] = nodes.array
    u.x.scatter_forward()
    coefficients = {"d": stiffness.d, f"u_{stiffness.degree}": u}
    by_cell = fem.assemble_vector(stiffness.form("_power", [space], coefficients)).array
    at = stiffness.boxes.at[0]
    own = np.bincount(at, by_cell[: at.size], minlength=stiffness.boxes.shape[0])
    return np.asarray(sum(comm.allgather(own)))


def _fluxes(stiffness: Stiffness, nodes: Any, comm: Any) -> tuple[Array, Array]:
    """Flux through each layer of cells, and int of the flux density along the three axes.

    With r = K u and the functions x_a, and s_k that falls from 1 to 0 across layer k, which the
    elements contain,

        -int d grad u . grad x_a = -r . x_a,    flux through layer k = r . s_k
    """
    boxes = stiffness.boxes
    product = nodes.duplicate()
    stiffness.matrix.mult(nodes, product)
    r = product.array.copy()
    product.destroy()
    own = np.bincount(stiffness.place[:, 0], r, minlength=2 * boxes.shape[0] + 1)
    by_plane = np.asarray(sum(comm.allgather(own)))
    flux = np.cumsum(by_plane)[:-1:2] + by_plane[1::2] / 2
    moment = -(r @ stiffness.place) * np.array(boxes.edges) / 2
    return flux, np.asarray(sum(comm.allgather(moment)))
