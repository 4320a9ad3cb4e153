"""Conduction in the carbon-binder domain alone, on halves of the voxel edge between spheres."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.transport.grains import grain_forms
from multiscale.stages.transport.on_halves import octants_along
from multiscale.stages.transport.open_cells import alone
from multiscale.stages.transport.problem import (
    ORDER,
    Axis,
    Edges,
    Geometry,
    Tolerances,
    Transport,
)
from multiscale.voxels.apertures import OPEN, Apertures, face_apertures
from multiscale.voxels.checkerboard import Singles
from multiscale.voxels.clusters import close_islands
from multiscale.voxels.diffusion import around, drive
from multiscale.voxels.dissipation import conductivity_of_flux
from multiscale.voxels.layers import layer_conductivity, layer_mean, plane_potential_by_colours
from multiscale.voxels.mean_flux import mean_flux_by_colours
from multiscale.voxels.octants import from_octants
from multiscale.voxels.slabs import Slabs, all_layers, from_all, share_layers, whole
from multiscale.voxels.transmissibility import transmissibilities

if TYPE_CHECKING:
    from mpi4py import MPI

LINES = 4  # across a face of a half: as close together as those of the ions' quarters
# Of (half / diameter)^2, at most what open fractions leave of sphere lattices up to touching ones.
LEFT = 3.0


def solve_in_domain(
    axis: Axis,
    geometry: Geometry,
    d: float,
    layers: int,
    enough: Tolerances,
    comm: MPI.Intracomm | None = None,
) -> Transport:
    """Solve once on the halves that hold the domain, with what spheres leave open of their faces.
    Collective.

    Halves with their centres in a sphere hold what most of those beside them do: the domain goes on
    up to the sphere, and two halves that touch along an edge are joined by what lies between them
    and the sphere.

    Args:
        axis: 0, 1, 2 for x, y, z.
        geometry: the voxels, with the halves and, where they are known, the spheres.
        d: conductivity of the domain.
        layers: number of layers along the axis.
        enough: tolerances of the solve.
        comm: ranks that share the volume; this one holds all of it where left out.

    Returns:
        As from `conduction.solve_along`; `sharper` is what the flux of the solution proves.

    Raises:
        NotConverged: the solve stopped before its tolerances were reached.
    """
    order, n0 = ORDER[axis], geometry.label.shape[axis]
    n1, n2 = (2 * geometry.label.shape[a] for a in order[1:])
    wraps = around((2 * n0, n1, n2), (geometry.periodic[order[1]], geometry.periodic[order[2]]))
    voxels = share_layers(comm, n0, wraps) if comm else whole(n0, wraps)
    slabs = voxels.halves()
    size: Edges = tuple(float(geometry.edges[a]) / 2 for a in order)  # type: ignore[assignment]
    cells = from_octants(octants_along(axis, geometry, voxels)).astype(np.float32)
    apertures = _open_faces(axis, geometry, slabs)
    everywhere = _open_volumes(cells, apertures)
    faces = transmissibilities(cells, size, wraps, apertures, slabs)
    through = close_islands(faces, cells.shape, wraps, slabs)
    if not any(from_all(through.any(), slabs)):
        none = np.zeros(layers)
        return alone(0.0, none, 0.0, 0.0, none, cut=True)
    cells[~through] = 0
    found = drive(faces, through, wraps, slabs, **enough)
    planes = plane_potential_by_colours(found.potential, found.faces, cells, slabs)
    connected, every = (all_layers(v, slabs) for v in (_open_volumes(cells, apertures), everywhere))
    conductivity = d * found.conductivity
    solved = alone(
        conductivity,
        layer_conductivity(conductivity, planes, layers),
        float(connected.sum() / every.sum()),
        found.flux_mismatch,
        d * layer_mean(connected, layers),
        cut=True,
    )
    return replace(
        solved,
        cross=d * mean_flux_by_colours(found, size)[np.argsort(order)],
        sharper=d * conductivity_of_flux(found, cells, size, apertures),
    )


def left_of_open_faces(geometry: Geometry) -> float:
    """What open fractions of the halves' faces may leave of D, relative: 3 <(h/d)^2>.

    h is the edge of a half, d the diameter of the spheres, the mean that over their surface.
    """
    if geometry.radius.size == 0:
        return 0.0
    surface = 4 * np.square(geometry.radius)
    return float(LEFT * (geometry.edges.max() / 2) ** 2 * surface.size / surface.sum())


def _open_faces(axis: Axis, geometry: Geometry, slabs: Slabs) -> Apertures:
    """What spheres leave open of the faces of own halves, axes in the order of the solve."""
    centre, form, edges = grain_forms(geometry)
    nx, ny, nz = (2 * n for n in geometry.label.shape)
    part = [slice(None)] * 3
    part[axis] = slice(slabs.begin, slabs.end)
    return face_apertures(
        centre,
        form,
        (nx, ny, nz),
        edges / 2,
        geometry.periodic,
        (part[0], part[1], part[2]),
        lines=LINES,
    ).along(ORDER[axis])


def _open_volumes(cells: Singles, apertures: Apertures) -> FloatArray:
    """Share of each layer that conducts, a cell by the mean of its two faces across the axis."""
    both = apertures.x[:-1] + apertures.x[1:].astype(np.float32)
    return np.asarray((cells * both).mean(axis=(1, 2), dtype=np.float64) / (2 * OPEN))
