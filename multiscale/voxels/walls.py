"""Walls of a flow between cells: of spheres by their distance, of other solids by their labels."""

from __future__ import annotations

import numpy as np

from multiscale.voxels.lattice import Field, Mask
from multiscale.voxels.permeability import REACH, SMOOTHING, smoothed
from multiscale.voxels.slabs import Slabs

# Voxels from a sphere's surface up to which the distance is used; cells of twice the edge see six.
FAR = 6.0

_GAUSSIAN = np.exp(-0.5 * (np.arange(-REACH, REACH + 1) / SMOOTHING) ** 2)
# What the smoothed labels gain per voxel across a flat wall half way between two cells.
_SLOPE = np.float32(_GAUSSIAN[REACH] / _GAUSSIAN.sum())


def wall_level(
    distance: Field, other: Mask, periodic: tuple[bool, bool, bool], slabs: Slabs
) -> Field:
    """Join the walls of spheres and of what is known by labels only. Collective.

        s = min(d, s_l/m)

    with s_l the smoothed labels less 1/2 and m their slope across a flat wall, so that both are
    distances in voxels there; on voxels of unlike edges both count in steps of their own, and where
    the nearer wall changes along a link it lies up to that much off. Beyond the Gaussian's reach of
    other solids d alone counts.

    Args:
        distance: to the nearest sphere's surface in longest edges, negative inside, in this rank's
            layers.
        other: cells outside the spheres that are solid.
        periodic: axes that wrap around; the others are mirrored.
        slabs: who has which layers of axis 0.
    """
    level = np.minimum(distance, np.float32(FAR))
    by_label = smoothed(~other, periodic, slabs)
    near = by_label < 0.4999
    level[near] = np.minimum(level[near], by_label[near] / _SLOPE)
    return level
