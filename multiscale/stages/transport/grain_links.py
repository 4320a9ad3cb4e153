"""Links between voxels past spheres that conduct, for conductors of moderate contrast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from multiscale.records.microstructure import Phase
from multiscale.records.record import FloatArray
from multiscale.stages.transport.grains import grain_forms
from multiscale.stages.transport.open_cells import open_faces
from multiscale.stages.transport.problem import Geometry
from multiscale.stages.transport.volume import Labels
from multiscale.voxels.apertures import Apertures
from multiscale.voxels.checkerboard import Singles, Wraps
from multiscale.voxels.link_shares import link_shares
from multiscale.voxels.slabs import Slabs


def links_past_grains(
    geometry: Geometry,
    d: FloatArray,
    label: Labels,
    order: tuple[int, int, int],
    wraps: Wraps,
    slabs: Slabs,
) -> tuple[Singles, Apertures] | None:
    """Give what conducts around the grains, and what these make of the links. Collective.

    Args:
        geometry: the voxels.
        d: conductivity of each phase, which differ moderately.
        label: phase of each voxel of this rank, axes in `order`.
        order: axes of the solve, the driven one first.
        wraps: along which of them the flux may pass from the last voxel to the first.
        slabs: who has which layers.

    Returns:
        Conductivities of this rank's cells over the best phase's, and shares for these; none where
        no spheres are known, where a phase insulates or where conductors touch with resistance.
    """
    if geometry.radius.size == 0 or d.min() <= 0 or geometry.contact:
        return None
    best = float(d.max())
    outside = np.where(np.arange(d.size) == Phase.ACTIVE, 0.0, d)
    cells = (outside / outside.max()).astype(np.float32)[label]
    open_faces(geometry, outside, cells, label, order, slabs)  # gives cut cells what is beside them
    cells *= np.float32(outside.max() / best)
    centre, form, edges = grain_forms(geometry, order)
    shares = link_shares(
        centre,
        form,
        tuple(geometry.label.shape[a] for a in order),  # type: ignore[arg-type]  # three axes
        edges,
        tuple(geometry.periodic[a] for a in order),  # type: ignore[arg-type]
        wraps,
        cells,
        float(d[Phase.ACTIVE]) / best,
        replace(slabs, periodic=wraps[0]),
    )
    return cells, shares
