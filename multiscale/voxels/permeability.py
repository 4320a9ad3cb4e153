"""Permeability of a voxel volume with its numerical error, from voxels of one and two edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from multiscale.voxels.lattice import Array, Field, Mask
from multiscale.voxels.slabs import Slabs, whole, widened
from multiscale.voxels.stokes import Flow, creep

# Width of the Gaussian that turns labels into a function with its zero on the wall, in voxels.
SMOOTHING = 0.5
REACH = 2  # to which it is summed

type Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Permeability:
    """Permeability along one axis.

    Attributes:
        value: K = mu U / G on the voxels [m^2].
        coarse: K on voxels of twice the edge [m^2].
        error: estimate of |value - K of vanishing voxels| [m^2].
        flux_mismatch: (largest - smallest) / mean flow through the planes.
        iterations: of MINRES, on the voxels.
        cross: mu over G times the mean velocity along x, y, z; K itself along the axis [m^2].
        coarse_cross: the same on voxels of twice the edge [m^2].
    """

    value: float
    coarse: float
    error: float
    flux_mismatch: float
    iterations: int
    cross: Triple
    coarse_cross: Triple


def permeability(
    pore: Mask,
    edge: Array,
    axis: int,
    periodic: tuple[bool, bool, bool],
    slabs: Slabs | None = None,
    *,
    level: Field | None = None,
    residual_tolerance: float = 1e-3,
    flux_tolerance: float = 1e-3,
    watch: Callable[[int, float], None] = lambda iteration, residual: None,
) -> Permeability:
    """Solve the Stokes flow along `axis` on the voxels and on voxels of twice the edge. Collective.

    The error is the sum of |K(v) - K(2v)|, three times the distance that second order leaves, and
    of the flux mismatch. From labels convergence is of first order, and twice the difference is
    stated.

    Args:
        pore: cells with fluid, axes (x, y, z); of this rank's layers along `axis`.
        edge: edge lengths of a voxel [m], shape (3,).
        axis: 0, 1, 2 for x, y, z.
        periodic: axes that wrap around; the others are mirrored, see `stokes.creep`.
        slabs: who has which layers along `axis`, four each at least; this rank all where left out.
        level: function with its zero on the walls, pore > 0; from the smoothed labels if left out.
        residual_tolerance, flux_tolerance, watch: see `stokes.creep`.

    Raises:
        NotConverged: from `stokes.creep`.
    """
    order = (axis, (axis + 1) % 3, (axis + 2) % 3)
    around = (periodic[order[0]], periodic[order[1]], periodic[order[2]])
    edges = float(edge[order[0]]), float(edge[order[1]]), float(edge[order[2]])
    fine = np.ascontiguousarray(pore.transpose(order))
    slabs = slabs or whole(len(fine), around)
    if level is None:
        walls = smoothed(fine, around, slabs)
        coarse_pore, sparse = np.ascontiguousarray(fine[::2, ::2, ::2]), slabs.blocks()
        coarse_walls = smoothed(coarse_pore, around, sparse)
    else:
        walls = np.ascontiguousarray(level.transpose(order))
        coarse_walls, sparse = _halved(walls), slabs.pairs()
        coarse_pore = coarse_walls > 0

    def solve(cells: Mask, level: Field, own: Slabs, tell: Callable[[int, float], None]) -> Flow:
        return creep(
            cells,
            around,
            own,
            level=level,
            edges=edges,
            residual_tolerance=residual_tolerance,
            flux_tolerance=flux_tolerance,
            watch=tell,
        )

    def column(flow: Flow, square: float) -> Triple:
        lateral = flow.mean_velocity * square
        found = {order[1]: lateral[1], order[2]: lateral[2], axis: flow.permeability * square}
        return float(found[0]), float(found[1]), float(found[2])

    square = edges[0] ** 2
    flow = solve(fine, walls, slabs, watch)
    larger = solve(coarse_pore, coarse_walls, sparse, lambda iteration, residual: None)
    value, coarse, mismatch = flow.permeability, 4 * larger.permeability, flow.flux_mismatch
    order_one = 1 if level is not None else 2
    error = order_one * abs(value - coarse) + mismatch * value
    return Permeability(
        value * square,
        coarse * square,
        error * square,
        mismatch,
        flow.iterations,
        column(flow, square),
        column(larger, 4 * square),
    )


def smoothed(pore: Mask, periodic: tuple[bool, bool, bool], slabs: Slabs | None = None) -> Field:
    """Pore labels after a narrow Gaussian, less 1/2: zero near the surface that they stand for.
    Collective.

    Args:
        pore: cells with fluid, shape (n0, n1, n2), those of this rank's layers.
        periodic: axes that wrap around; the others are mirrored.
        slabs: who has which layers of axis 0; this rank all where left out.
    """
    from scipy.ndimage import gaussian_filter

    wide = widened(pore, slabs or whole(len(pore), periodic), REACH).astype(np.float32)
    mode = ["wrap" if p else "reflect" for p in periodic]
    soft = gaussian_filter(wide, SMOOTHING, mode=mode, radius=REACH)
    return np.ascontiguousarray(soft[REACH:-REACH] - np.float32(0.5))


def _halved(level: Field) -> Field:
    """Means over blocks of 2 x 2 x 2 voxels; an odd last layer is left out."""
    n = [2 * (size // 2) for size in level.shape]
    blocks = level[: n[0], : n[1], : n[2]].reshape(n[0] // 2, 2, n[1] // 2, 2, n[2] // 2, 2)
    return np.asarray(blocks.mean(axis=(1, 3, 5)), np.float32)
