"""Creeping flow through the open pores."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from multiscale.errors import StageFailed
from multiscale.records.microstructure import Phase
from multiscale.stages.transport.problem import ORDER
from multiscale.voxels.slabs import share_layers

if TYPE_CHECKING:
    from mpi4py import MPI

    from multiscale.stages.transport.problem import Axis, Geometry
    from multiscale.voxels.permeability import Permeability

# Labels alone leave the permeability to some ten per cent; the flow need not be solved to more.
RESIDUAL, FLUX = 1e-2, 3e-3


def flow_along(
    axis: Axis,
    geometry: Geometry,
    watch: Callable[[int, float], None],
    comm: MPI.Intracomm | None = None,
) -> Permeability:
    """Find the permeability along one axis; particles and carbon-binder domain are walls.
    Collective.

    Args:
        axis: 0, 1, 2 for x, y, z.
        geometry: the voxels.
        watch: called now and then with the iteration on the voxels and the residual.
        comm: ranks that share the volume, each with a slab of it; the result is the same bit by bit
            for any number of them.

    Raises:
        StageFailed: the voxels are no cubes, or the flow did not converge.
    """
    from multiscale.voxels.minres import NotConverged
    from multiscale.voxels.permeability import permeability

    around = geometry.periodic
    one, two, three = ORDER[axis]
    wraps = around[one], around[two], around[three]
    slabs = share_layers(comm, geometry.label.shape[axis], wraps)
    try:
        return permeability(
            geometry.label.layers(axis, slabs.begin, slabs.end) == Phase.PORE,
            geometry.edges,
            axis,
            around,
            slabs,
            residual_tolerance=RESIDUAL,
            flux_tolerance=FLUX,
            watch=watch,
        )
    except NotConverged as error:
        raise StageFailed(f"flow along {'xyz'[axis]}: {error}; use finer voxels") from error
    except ValueError as error:
        raise StageFailed(f"{error}; set microstructure.voxel_size to make them so") from error
