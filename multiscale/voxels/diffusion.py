"""Steady diffusion through voxels of moderate contrast: div(d grad phi) = 0 by finite volumes.

Between two driven planes, and for the tensor of a periodic volume. The faces may be partly open. A
volume may be shared by ranks, each of which holds a slab of it (`slabs.share_layers`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multiscale.voxels.apertures import Apertures
from multiscale.voxels.checkerboard import (
    Cells,
    Doubles,
    Singles,
    Wraps,
    gather,
    padded,
    scatter_ramp,
    set_layers,
)
from multiscale.voxels.clusters import Mask, close_islands, close_pockets
from multiscale.voxels.defect_correction import DefectCorrection, Watch, mismatch
from multiscale.voxels.slabs import Slabs, all_layers, whole
from multiscale.voxels.sweeps import lower_fluxes
from multiscale.voxels.transmissibility import strength, transmissibilities


def _silent(iteration: int, residual: float) -> None:
    pass


@dataclass(frozen=True)
class Diffusion:
    """The solution of one driven problem; arrays over cells hold those of this rank.

    Attributes:
        slabs: who has which layers.
        faces: conductances by colours, as from `transmissibilities`.
        through: cells that are connected to both planes, shape (n0, n1, n2).
        potential: phi of the cells by colours, 1 and 0 in the ghost layers of axis 0.
        cells: n0, n1, n2.
        flux: flux through each plane between all layers, shape (slabs.total + 1,), in units of
            (conductivity x face area / edge along axis 0).
        conductivity: effective conductivity along axis 0, in the unit of d.
        flux_mismatch: (largest - smallest flux) / mean flux over the planes.
        residual: |b - A phi| / |b|.
        iterations: conjugate-gradient iterations.
    """

    slabs: Slabs
    faces: Singles
    through: Mask
    potential: Doubles
    cells: Cells
    flux: Doubles
    conductivity: float
    flux_mismatch: float
    residual: float
    iterations: int

    def potentials(self) -> Doubles:
        """Potential of the cells, shape (n0, n1, n2)."""
        plain = np.empty(self.cells)
        gather(self.potential, self.cells, plain)
        return plain


def diffuse(
    d: Singles,
    edges: tuple[float, float, float],
    periodic: tuple[bool, bool],
    apertures: Apertures | None = None,
    slabs: Slabs | None = None,
    *,
    residual_tolerance: float = 1e-6,
    flux_tolerance: float = 1e-4,
    iteration_limit: int = 200,
    watch: Watch = _silent,
) -> Diffusion:
    """Solve for phi = 1 and 0 on the two planes that bound axis 0. Collective.

        sum over faces T (phi_i - phi_j) = 0,    D = Q n_0 / (n_1 n_2)

    Args:
        d: conductivity of what is open in each cell of this rank, shape (n0, n1, n2).
        edges: voxel edges [m], driven axis first.
        periodic: whether axes 1 and 2 wrap around; otherwise their ends are mirrors.
        apertures: open fractions of the faces, in the order of the axes of d.
        slabs: who has which layers, as from `share_layers`; this rank all where left out.
        residual_tolerance: largest |b - A phi| / |b|.
        flux_tolerance: largest (max - min) / mean of the fluxes through the planes.
        iteration_limit: conjugate-gradient iterations at most.
        watch: called at each iteration with its number and the relative residual.

    Raises:
        NotConverged: the limit was reached first.
        ValueError: no path of open faces connects the planes.
    """
    cells: Cells = d.shape
    wraps = around(cells, periodic)
    slabs = slabs or whole(cells[0], wraps)
    faces = transmissibilities(d, edges, wraps, apertures, slabs)
    through = close_islands(faces, cells, wraps, slabs)
    return drive(
        faces,
        through,
        wraps,
        slabs,
        residual_tolerance=residual_tolerance,
        flux_tolerance=flux_tolerance,
        iteration_limit=iteration_limit,
        watch=watch,
    )


def around(cells: Cells, periodic: tuple[bool, bool]) -> Wraps:
    """Which axes of a driven volume repeat; a single cell has no other beside it."""
    return False, periodic[0] and cells[1] > 1, periodic[1] and cells[2] > 1


def drive(
    faces: Singles,
    through: Mask,
    wraps: Wraps,
    slabs: Slabs,
    *,
    residual_tolerance: float = 1e-6,
    flux_tolerance: float = 1e-4,
    iteration_limit: int = 200,
    watch: Watch = _silent,
) -> Diffusion:
    """Do the same with conductances of the faces that are known. Collective.

    Args:
        faces: by colours, as from `transmissibilities`, closed where they lead nowhere.
        through: cells that are left, as from `close_islands`.
        wraps: which axes repeat, as from `around`.
        slabs: who has which layers.
        residual_tolerance, flux_tolerance, iteration_limit, watch: as for `diffuse`.

    Raises:
        NotConverged: the limit was reached first.
        ValueError: no path of open faces connects the planes.
    """
    cells: Cells = through.shape
    scale = np.sqrt(np.square(faces[0, :, 1], dtype=np.float64).sum())
    if slabs.comm:
        scale = slabs.comm.bcast(scale)  # of the driven plane, which the first rank has
    if scale == 0:
        raise ValueError("nothing conducts between the driven faces")
    n0 = slabs.total
    phi = np.empty(padded(cells))
    layer = np.arange(slabs.begin, slabs.end + 2) - 0.5
    set_layers(phi, np.clip(1 - layer / n0, 0, 1))
    solver = DefectCorrection(
        faces, cells, wraps, slabs, np.zeros(3), phi, float(scale), iteration_limit, watch
    )
    flux = solver.run(residual_tolerance, flux_tolerance)
    conductivity = float(flux.mean()) * n0 / (cells[1] * cells[2])
    return Diffusion(
        slabs,
        faces,
        through,
        phi,
        cells,
        flux,
        conductivity,
        mismatch(flux),
        solver.relative,
        solver.iterations,
    )


def effective_tensor(
    d: Singles,
    edges: tuple[float, float, float],
    apertures: Apertures | None = None,
    slabs: Slabs | None = None,
    *,
    residual_tolerance: float = 1e-8,
    iteration_limit: int = 200,
) -> Doubles:
    """Compute the whole tensor D of a volume that is periodic along all axes. Collective.

    For a mean gradient of 1 along each axis b, with chi periodic,

        sum over faces T (x_b + chi) differences = 0,    D_ab = <d A_f (grad x_b + grad chi)_a>

    D is symmetric to within the tolerance. Pockets, which carry nothing, are closed first.

    Args:
        d, edges, apertures, slabs: as for `diffuse`.
        residual_tolerance: largest residual over that of a uniform medium's faces.
        iteration_limit: conjugate-gradient iterations at most, for each axis.

    Returns:
        D, shape (3, 3), in the unit of d.

    Raises:
        NotConverged: the limit was reached first.
    """
    cells: Cells = d.shape
    wraps: Wraps = True, True, True
    slabs = slabs or whole(cells[0], wraps)
    size = slabs.total, cells[1], cells[2]
    faces = transmissibilities(d, edges, wraps, apertures, slabs)
    close_pockets(faces, cells, wraps, slabs)
    tensor = np.zeros((3, 3))
    for b in range(3):
        by_layer = np.square(faces[b, :, 1:-1], dtype=np.float64).sum(axis=(0, 2, 3))
        scale = float(np.sqrt(all_layers(by_layer, slabs).sum()))
        if scale == 0:
            continue
        phi = np.zeros(padded(cells))
        scatter_ramp(phi, cells, b, slabs.begin)
        jump = np.where(np.arange(3) == b, size, 0).astype(float)
        solver = DefectCorrection(
            faces, cells, wraps, slabs, jump, phi, scale, iteration_limit, _silent
        )
        solver.run(residual_tolerance, np.inf)
        lower = np.zeros((cells[0], 3))
        lower_fluxes(phi, faces, cells, lower)
        # A difference of 1 per cell is a gradient of 1 / h_b; T holds (h_0 / h_a)^2.
        spacing = np.array(edges[b]) / np.array(edges) / np.array(strength(edges))
        tensor[:, b] = all_layers(lower, slabs).sum(axis=0) * spacing / np.prod(size)
    return tensor
