"""What passes where in one driven solve."""

from __future__ import annotations

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
