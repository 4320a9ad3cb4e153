"""What the labels conduct at most: an upper bound beside the lower one of finite volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.transport.problem import ORDER, Axis, Edges, Geometry, Tolerances
from multiscale.voxels.corner_network import conductivity_from_above
from multiscale.voxels.slabs import share_layers, whole

if TYPE_CHECKING:
    from mpi4py import MPI


def upper_bound(
    axis: Axis,
    geometry: Geometry,
    d: FloatArray,
    by_blocks: bool,
    enough: Tolerances,
    comm: MPI.Intracomm | None,
) -> float:
    """Bound the conductivity of the labelled voxels along `axis` from above. Collective.

    The voxels are taken as they are, cubes of one phase each; contacts only lower what they
    conduct.

    Args:
        axis: 0, 1, 2 for x, y, z.
        geometry: the voxels.
        d: conductivity of each phase; one of them conducts.
        by_blocks: whether the contrast is moderate, see `conductivity_from_above`.
        enough: tolerances of the solve.
        comm: ranks that share the volume; this one holds all of it where left out.

    Raises:
        NotConverged: the solve stopped before.
    """
    order, best = ORDER[axis], float(d.max())
    n0, n1, n2 = (geometry.label.shape[a] for a in order)
    if n0 == 1:
        return float(d[geometry.label.layers(axis, 0, 1)].mean())
    wraps = False, geometry.periodic[order[1]] and n1 > 1, geometry.periodic[order[2]] and n2 > 1
    slabs = share_layers(comm, n0 - 1, wraps) if comm else whole(n0 - 1, wraps)
    own = geometry.label.layers(axis, slabs.begin, slabs.end + 1).transpose(order)
    cells = np.ascontiguousarray((d / best).astype(np.float32)[own])
    size: Edges = tuple(float(geometry.edges[a]) for a in order)  # type: ignore[assignment]
    return best * conductivity_from_above(cells, size, wraps, slabs, by_blocks=by_blocks, **enough)
