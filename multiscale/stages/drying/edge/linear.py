"""Linear solves of a Newton step; a column hangs together far more than with its neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge.mesh import Strip

RELATIVE = 1e-13  # of the right-hand side: masses add up to that
MOST_STEPS = 200


class Columns:
    """GMRES with an incomplete factorisation that is exact within a column [Saad2003].

    Rows run from foil to surface and column after column, and a rank owns whole columns, whatever
    DOLFINx's own numbering is: the matrix translates.

    Attributes:
        iterations, solves: counted so far.
    """

    def __init__(self, strip: Strip, a: Any, b: Any) -> None:
        from petsc4py import PETSc

        self.strip, self.a, self.b = strip, a, b
        self.comm, self.petsc = strip.mesh.comm, PETSc
        layers = strip.xi.size
        row = (strip.node[0] + strip.columns.start) * layers + strip.node[1]
        numbering = PETSc.LGMap().create(row.astype(PETSc.IntType), comm=self.comm)
        size = (strip.own * layers, strip.y.size * layers)
        self.matrix = PETSc.Mat().create(self.comm)
        self.matrix.setSizes((size, size))
        self.matrix.setType("aij")
        self.matrix.setLGMap(numbering, numbering)
        self.matrix.setUp()
        beyond = strip.columns.start * layers + np.arange(
            strip.own * layers, (strip.columns.stop - strip.columns.start) * layers
        )
        self.right, self.step = (
            PETSc.Vec().createGhost(beyond.astype(PETSc.IntType), size, comm=self.comm)
            for _ in range(2)
        )
        self.solver = _gmres(self.petsc, self.comm, self.matrix)
        self.iterations = self.solves = 0

    def solve(self, N: FloatArray) -> FloatArray:
        """Assemble and solve for a Newton step; collective.

        Args:
            N: nodal masses at the start of the stage, kg/m, of this rank's own columns.

        Returns:
            The step over (column, layer), shared columns included; NaN where GMRES finds none, as
            between columns whose room is full.
        """
        from dolfinx.fem import petsc

        self.matrix.zeroEntries()
        petsc.assemble_matrix(self.matrix, self.a)
        self.matrix.assemble()
        self._gather(self.b)
        self.right.array[:] += N.ravel()
        self.solver.solve(self.right, self.step)
        self.iterations += self.solver.getIterationNumber()
        self.solves += 1
        if int(self.solver.getConvergedReason()) < 0:
            # A preconditioner that has once overflowed would refuse all later matrices as well.
            self.solver.destroy()
            self.solver = _gmres(self.petsc, self.comm, self.matrix)
            return np.full((self.strip.columns.stop - self.strip.columns.start, N.shape[1]), np.nan)
        self.step.ghostUpdate()
        with self.step.localForm() as local:
            return local.array.reshape(-1, self.strip.xi.size).copy()

    def masses(self, mass: Any) -> FloatArray:
        """Assemble the nodal masses of this rank's own columns, kg/m; collective."""
        self._gather(mass)
        return self.right.array.reshape(self.strip.own, -1).copy()

    def _gather(self, linear: Any) -> None:
        """Assemble a linear form into `right`; what belongs to the next rank is sent there."""
        from petsc4py import PETSc

        from dolfinx import fem

        values = fem.assemble_vector(linear).array
        with self.right.localForm() as local:
            local.array[:] = self.strip.grid(values).ravel()
        self.right.ghostUpdate(PETSc.InsertMode.ADD, PETSc.ScatterMode.REVERSE)

    def largest(self, values: FloatArray) -> float:
        """Give the largest magnitude on any rank; collective."""
        from mpi4py import MPI

        return float(self.comm.allreduce(float(np.abs(values).max()), op=MPI.MAX))

    def everywhere(self, holds: bool) -> bool:
        """Tell whether something holds on every rank; collective."""
        from mpi4py import MPI

        return bool(self.comm.allreduce(holds, op=MPI.LAND))

    def agree(self, done: bool, finite: bool) -> bool | None:
        """Tell whether all ranks are done; None where one has no finite number; collective."""
        from mpi4py import MPI

        lowest = self.comm.allreduce(int(finite) * (1 + int(done)), op=MPI.MIN)
        return None if lowest == 0 else lowest == 2


def _gmres(petsc: Any, comm: Any, matrix: Any) -> Any:
    solver = petsc.KSP().create(comm)
    solver.setOperators(matrix)
    solver.setType("gmres")
    solver.setGMRESRestart(60)
    # The residual that is measured is then that of the masses.
    solver.setPCSide(petsc.PC.Side.RIGHT)
    solver.setTolerances(rtol=RELATIVE, atol=1e-300, max_it=MOST_STEPS)
    solver.getPC().setType("ilu" if comm.size == 1 else "bjacobi")
    # Pivots are areas of cells, some 1e-14 m^2, far below what PETSc takes for nought.
    solver.setOptionsPrefix("binder_strip_")
    part = "" if comm.size == 1 else "sub_"
    petsc.Options("binder_strip_")[f"{part}pc_factor_zeropivot"] = 1e-40
    solver.setFromOptions()
    return solver
