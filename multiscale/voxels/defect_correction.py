"""Solve A phi = b in double precision by iterations in single precision.

Conjugate gradients with a multigrid cycle reduce the residual in single precision; then the
residual is formed anew in doubles. Only the potential is kept in doubles, and the result is as
exact as if all were.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from multiscale.voxels.blocks import Blocks, build_blocks, cycle
from multiscale.voxels.checkerboard import Cells, Doubles, Singles, Wraps, padded
from multiscale.voxels.laplace import NotConverged
from multiscale.voxels.slabs import Slabs, all_layers, fill_ends, top_layer
from multiscale.voxels.sweeps import (
    add,
    multiply,
    plane_fluxes,
    project,
    residual,
    step,
    turn,
)

# Reduction of the residual at which single precision is refreshed from doubles.
REFRESH = 1e-4

type Watch = Callable[[int, float], None]


def mismatch(flux: Doubles) -> float:
    """(largest - smallest) / mean of the fluxes through the planes."""
    mean = float(flux.mean())
    return float(np.ptp(flux)) / abs(mean) if mean else 0.0


class DefectCorrection:
    """Work space and state of one solve; the potential is improved in place.

    Attributes:
        iterations: conjugate-gradient iterations so far.
        relative: |b - A phi| over `scale`, as of the last time in doubles.
    """

    def __init__(
        self,
        faces: Singles,
        cells: Cells,
        wraps: Wraps,
        slabs: Slabs,
        jump: Doubles,
        phi: Doubles,
        scale: float,
        iteration_limit: int,
        watch: Watch,
    ) -> None:
        """Build the levels. Collective.

        Args:
            faces: conductances as from `transmissibilities`.
            cells: n0, n1, n2 of this rank.
            wraps: periodic axes.
            slabs: who has which layers.
            jump: what the potential gains over one period along each axis.
            phi: start, by colours; on a driven axis 0 its ghost layers hold the given potentials.
            scale: norm to which residuals are related.
            iteration_limit: conjugate-gradient iterations at most.
            watch: called at each iteration with its number and the relative residual.
        """
        self.faces, self.cells, self.wraps, self.jump = faces, cells, wraps, jump
        self.slabs = slabs
        self.phi, self.scale, self.limit, self.watch = phi, scale, iteration_limit, watch
        self.e, self.r, self.p, self.q = (np.zeros(padded(cells), np.float32) for _ in range(4))
        self.blocks: Blocks = build_blocks(faces, cells, wraps, self.r, slabs)
        self.by_layer = np.zeros(cells[0] + 2)
        self.iterations, self.relative = 0, np.inf

    def run(self, residual_tolerance: float, flux_tolerance: float) -> Doubles:
        """Iterate until both tolerances hold in doubles; return the fluxes through the planes.

        Collective.

        Raises:
            NotConverged: the limit of iterations was reached first.
        """
        while True:
            left = self._refresh()
            self.relative = left / self.scale
            self.watch(self.iterations, self.relative)
            flux = self._flux()
            if self.relative <= residual_tolerance and mismatch(flux) <= flux_tolerance:
                return flux
            self._iterate(left, residual_tolerance * self.scale, flux_tolerance)

    def _refresh(self) -> float:
        """r = b - A phi with the boundary values in phi; its norm."""
        for colour in range(2):
            fill_ends(self.phi, self.slabs, self.cells, colour, float(self.jump[0]))
        residual(self.phi, self.faces, self.r, self.cells, self.wraps, self.jump, self.by_layer)
        return float(np.sqrt(self._sum(self.by_layer)))

    def _sum(self, by_layer: Doubles) -> Doubles:
        """Over all layers of all ranks, in order."""
        return np.asarray(all_layers(by_layer[1:-1], self.slabs).sum(axis=0))

    def _flux(self) -> Doubles:
        """Flux through all planes, shape (layers of all ranks + 1,)."""
        for colour in range(2):
            fill_ends(self.e, self.slabs, self.cells, colour, 0)
        flux = np.empty(self.cells[0] + 1)
        plane_fluxes(self.phi, self.e, self.faces, self.cells, flux)
        below = all_layers(flux[:-1], self.slabs)
        return np.concatenate([below, top_layer(flux[-1:], self.slabs)])

    def _iterate(self, left: float, wanted: float, flux_tolerance: float) -> None:
        """Flexible conjugate gradients for A e = r; then phi += e."""
        e, r, p, q = self.e, self.r, self.p, self.q
        pair = np.zeros((self.cells[0] + 2, 2))
        norm, alpha, before = left, 0.0, 1.0
        while True:
            if self.iterations == self.limit or not np.isfinite(norm):
                raise NotConverged(
                    f"diffusion solve: relative residual {norm / self.scale:.1e} after "
                    f"{self.iterations} iterations"
                )
            z = cycle(self.blocks)
            project(z, r, q, self.cells, pair)
            zr, zq = self._sum(pair)
            # Flexible: the cycle is rounded and, over odd seams, not quite symmetric.
            turn(p, z, np.float32(-alpha * zq / before), self.cells)  # p = z at first: alpha is 0
            for colour in range(2):
                fill_ends(p, self.slabs, self.cells, colour, 0)
            multiply(p, self.faces, q, self.cells, self.wraps, self.by_layer)
            alpha, before = zr / float(self._sum(self.by_layer)), zr
            step(e, r, p, q, np.float32(alpha), self.cells, self.by_layer)
            norm = float(np.sqrt(self._sum(self.by_layer)))
            self.iterations += 1
            self.watch(self.iterations, norm / self.scale)
            if norm <= REFRESH * left or (
                norm <= wanted and mismatch(self._flux()) <= flux_tolerance
            ):
                break
        add(self.phi, e, self.cells)
