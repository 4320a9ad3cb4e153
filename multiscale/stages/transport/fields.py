"""What passes where in one driven solve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from multiscale.coupling.slab_fields import hand_over
from multiscale.stages.transport.problem import ORDER, Axis, Edges, Fields
from multiscale.voxels.checkerboard import Singles
from multiscale.voxels.current_density import current_density
from multiscale.voxels.diffusion import Diffusion
from multiscale.voxels.slabs import Slabs, all_layers, dealt_anew

if TYPE_CHECKING:
    from multiscale.coupling.context import Context
    from multiscale.records.record import FieldRef


def fields_along(axis: Axis, found: Diffusion, edges: Edges) -> Fields:
    """Potential and flux density of this rank's layers, axes (x, y, z).

    Args:
        axis: the driven one.
        found: the solution.
        edges: voxel edges [m], driven axis first.
    """
    back = np.argsort(ORDER[axis])

    def arranged(own: Singles) -> Singles:
        own[~found.through] = np.nan
        return np.ascontiguousarray(own.transpose(back))

    size = np.linalg.norm(current_density(found, edges), axis=0)
    size /= np.float32(found.conductivity)  # the mean of j along the axis
    potential = found.potentials().astype(np.float32)
    return Fields(axis, found.slabs, arranged(potential), arranged(size))


def with_error(fine: Fields, coarse: Fields) -> Fields:
    """State the error of the fields: their distance from those on voxels of twice the edge.
    Collective.

        error = sqrt(mean over the larger voxels of (f(2v) - mean of f(v) in them)^2)

    It is that of a voxel as a rule; next to necks of few voxels it is larger.

    Args:
        fine, coarse: on the voxels and on every second one.
    """
    slabs = fine.slabs.pairs()

    def distance(own: Singles, larger: Singles) -> float:
        layers = dealt_anew(np.moveaxis(larger, fine.axis, 0), coarse.slabs, slabs)
        return _distance(np.moveaxis(own, fine.axis, 0), layers, slabs)

    return replace(
        fine,
        concentration_error=distance(fine.concentration, coarse.concentration),
        flux_density_error=distance(fine.flux_density, coarse.flux_density),
    )


def _distance(fine: Singles, coarse: Singles, slabs: Slabs) -> float:
    """Root mean square, over the blocks that are open on both; axis 0 is shared. Collective."""
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
    off = np.where(both, total / np.maximum(count, 1) - coarse, 0.0)
    by_layer = np.stack([(off**2).sum(axis=(1, 2)), both.sum(axis=(1, 2))], axis=1)
    square, blocks = all_layers(by_layer, slabs).sum(axis=0)
    return float(np.sqrt(square / blocks)) if blocks else 0.0


def handed_over(fields: Fields | None, ctx: Context) -> dict[str, FieldRef | Singles]:
    """The fields by their names in the record; no rank ever holds all of a shared volume.
    Collective.

    Args:
        fields: along z, of this rank's layers; none were kept where None.
        ctx: ranks, and the folder where they are put down.
    """
    if fields is None:
        return {}
    return {
        name: hand_over(getattr(fields, name), fields.slabs, ctx, name)
        for name in ("concentration", "flux_density")
    }
