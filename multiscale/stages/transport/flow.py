"""Creeping flow through the open pores."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from multiscale.errors import StageFailed
from multiscale.records.microstructure import Phase
from multiscale.stages.transport.volume import all_layers

if TYPE_CHECKING:
    from multiscale.stages.transport.problem import Axis, Geometry
    from multiscale.voxels.permeability import Permeability

# Labels alone leave the permeability to some ten per cent; the flow need not be solved to more.
RESIDUAL, FLUX = 1e-2, 3e-3


def flow_along(axis: Axis, geometry: Geometry, watch: Callable[[int, float], None]) -> Permeability:
    """Find the permeability along one axis; particles and carbon-binder domain are walls.

    Raises:
        StageFailed: the voxels are no cubes, or the flow did not converge.
    """
    from multiscale.voxels.minres import NotConverged
    from multiscale.voxels.permeability import permeability

    try:
        return permeability(
            all_layers(geometry.label) == Phase.PORE,
            geometry.edges,
            axis,
            geometry.periodic,
            residual_tolerance=RESIDUAL,
            flux_tolerance=FLUX,
            watch=watch,
        )
    except NotConverged as error:
        raise StageFailed(f"flow along {'xyz'[axis]}: {error}; use finer voxels") from error
    except ValueError as error:
        raise StageFailed(f"{error}; set microstructure.voxel_size to make them so") from error
