"""Cells that spheres leave open, and which of them connect the driven faces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from multiscale.records.microstructure import Phase
from multiscale.records.record import FloatArray
from multiscale.stages.transport.grains import grain_forms
from multiscale.stages.transport.problem import Geometry, Transport
from multiscale.stages.transport.volume import Labels
from multiscale.voxels.apertures import Apertures, face_apertures
from multiscale.voxels.checkerboard import Singles
from multiscale.voxels.clusters import Mask
from multiscale.voxels.cut_cells import fill_cut_cells
from multiscale.voxels.slabs import Slabs, from_all


def connected_share(label: Labels, through: Mask, content: FloatArray, slabs: Slabs) -> float:
    """Share of the content that lies in cells connected to both driven planes. Collective."""
    counts = [np.bincount(v, minlength=content.size) for v in (label[through], label.ravel())]
    connected, everything = sum(from_all(np.array(counts), slabs)) @ content
    return float(connected / everything) if everything > 0 else 0.0


def open_faces(
    geometry: Geometry,
    d: FloatArray,
    cells: Singles,
    label: Labels,
    order: tuple[int, int, int],
    slabs: Slabs | None = None,
) -> Apertures | None:
    """What the spheres leave open; gives the cells that they cut the conductivity beside them.

    Args:
        geometry: the voxels.
        d: conductivity of each phase.
        cells: conductivity of the voxels over the best, axes in `order`; changed in place.
        label: phase of each voxel, axes in `order`.
        order: axes of the solve, the driven one first.
        slabs: who has which layers; this rank all where left out. Collective.

    Returns:
        The open fractions, axes in `order`; none where no spheres are known or where they conduct.
    """
    if geometry.radius.size == 0 or d[Phase.ACTIVE] > 0 or d.max() == 0:
        return None
    wraps = tuple(geometry.periodic[a] for a in order)
    around = slabs and replace(slabs, periodic=wraps[0])
    part = [slice(None)] * 3
    if slabs:
        part[order[0]] = slice(slabs.begin, slabs.end)
    centre, form, edges = grain_forms(geometry)
    apertures = face_apertures(
        centre,
        form,
        geometry.label.shape,
        edges,
        geometry.periodic,
        (part[0], part[1], part[2]),
    ).along(order)
    fill_cut_cells(
        cells,
        label == Phase.ACTIVE,
        apertures,
        wraps,  # type: ignore[arg-type]  # three axes
        float(d[Phase.PORE] / d.max()),
        around,
    )
    return apertures


def alone(
    conductivity: float,
    layers: FloatArray,
    share: float,
    mismatch: float,
    ceiling: FloatArray,
    cut: bool,
) -> Transport:
    """One solve on its own, without an estimate of its error."""
    none = np.zeros_like(layers)
    return Transport(conductivity, layers, share, mismatch, ceiling, 0.0, none, 0.0, none, cut)
