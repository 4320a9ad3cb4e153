"""What passes where in one driven solve."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from multiscale.stages.transport.problem import ORDER, Axis, Edges, Fields
from multiscale.voxels.checkerboard import Singles
from multiscale.voxels.current_density import current_density
from multiscale.voxels.diffusion import Diffusion
from multiscale.voxels.slabs import all_layers


def fields_along(axis: Axis, found: Diffusion, edges: Edges) -> Fields:
    """Bring potential and flux density of all ranks together, axes (x, y, z). Collective.

    Args:
        axis: the driven one.
        found: the solution.
        edges: voxel edges [m], driven axis first.
    """
    back = np.argsort(ORDER[axis])

    def arranged(own: Singles) -> Singles:
        own[~found.through] = np.nan
        return np.ascontiguousarray(all_layers(own, found.slabs).transpose(back))

    size = np.linalg.norm(current_density(found, edges), axis=0)
    size /= np.float32(found.conductivity)  # the mean of j along the axis
    return Fields(arranged(found.potentials().astype(np.float32)), arranged(size))


def with_error(fine: Fields, coarse: Fields) -> Fields:
    """State the error of the fields: their distance from those on voxels of twice the edge.

        error = sqrt(mean over the larger voxels of (f(2v) - mean of f(v) in them)^2)

    It is that of a voxel as a rule; next to necks of few voxels it is larger.

    Args:
        fine, coarse: on the voxels and on every second one.
    """
    return replace(
        fine,
        concentration_error=_distance(fine.concentration, coarse.concentration),
        flux_density_error=_distance(fine.flux_density, coarse.flux_density),
    )


def _distance(fine: Singles, coarse: Singles) -> float:
    """Root mean square, over the blocks that are open on both."""
    total, count = np.zeros(coarse.shape), np.zeros(coarse.shape)
    every = tuple(slice(0, 2 * n) for n in coarse.shape)
    part = fine[every]
    for x in (0, 1):
        for y in (0, 1):
            for z in (0, 1):
                one = part[x::2, y::2, z::2]
                total += np.nan_to_num(one)
                count += np.isfinite(one)
    both = (count > 0) & np.isfinite(coarse)
    off = total[both] / count[both] - coarse[both]
    return float(np.sqrt(np.mean(off**2))) if off.size else 0.0
