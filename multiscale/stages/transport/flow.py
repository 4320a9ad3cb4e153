"""Creeping flow through the open pores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.microstructure import Phase
from multiscale.stages.transport.grains import nearest_grain
from multiscale.stages.transport.problem import ORDER
from multiscale.voxels.slabs import Slabs, from_all, share_layers

if TYPE_CHECKING:
    from mpi4py import MPI

    from multiscale.stages.transport.problem import Axis, Geometry
    from multiscale.voxels.checkerboard import Singles
    from multiscale.voxels.permeability import Permeability

# Residual and flux mismatch. Labels leave the permeability to some ten per cent, spheres to less
# than one.
LABELS, SPHERES = (1e-2, 3e-3), (1e-3, 1e-3)


def flow_along(
    axis: Axis,
    geometry: Geometry,
    watch: Callable[[int, float], None],
    comm: MPI.Intracomm | None = None,
) -> Permeability:
    """Find the permeability along one axis; particles and carbon-binder domain are walls.
    Collective.

    Walls of spheres lie where they are; those of what else is solid follow from its labels. Where
    there is any, the stated error is twice the step to voxels of twice the edge, as for labels.

    Args:
        axis: 0, 1, 2 for x, y, z.
        geometry: the voxels.
        watch: called now and then with the iteration on the voxels and the residual.
        comm: ranks that share the volume, each with a slab of it; the result is the same bit by bit
            for any number of them.

    Raises:
        StageFailed: the flow did not converge.
    """
    from multiscale.voxels.minres import NotConverged
    from multiscale.voxels.permeability import permeability
    from multiscale.voxels.walls import wall_level

    order, back = ORDER[axis], np.argsort(ORDER[axis])
    wraps = geometry.periodic[order[0]], geometry.periodic[order[1]], geometry.periodic[order[2]]
    slabs = share_layers(comm, geometry.label.shape[axis], wraps)
    pore = geometry.label.layers(axis, slabs.begin, slabs.end) == Phase.PORE
    level, (residual, flux), steps = None, LABELS, 0
    if geometry.radius.size:
        distance = sphere_distance(axis, geometry, slabs)
        other = ~pore.transpose(order) & (distance > 0)
        pore &= (distance > 0).transpose(back)
        level = wall_level(distance, other, wraps, slabs).transpose(back)
        if any(from_all(bool(other.any()), slabs)):
            steps = 1
        else:
            residual, flux = SPHERES
    try:
        found = permeability(
            pore,
            geometry.edges,
            axis,
            geometry.periodic,
            slabs,
            level=level,
            residual_tolerance=residual,
            flux_tolerance=flux,
            watch=watch,
        )
    except NotConverged as error:
        raise StageFailed(f"flow along {'xyz'[axis]}: {error}; use finer voxels") from error
    return replace(found, error=found.error + steps * abs(found.value - found.coarse))


def sphere_distance(axis: Axis, geometry: Geometry, slabs: Slabs) -> Singles:
    """Distance to the nearest sphere's surface in longest edges, negative inside; driven axis
    first.

    Of spheroids that lie flat in the space that makes them spheres: only its zero and its ratios
    along a link matter. Infinite where a surface is far.
    """
    from multiscale.voxels.walls import FAR

    return nearest_grain(geometry, ORDER[axis], FAR, (slabs.begin, slabs.end))[1]
