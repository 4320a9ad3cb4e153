"""Electrolyte between spheres that sees the carbon-binder domain on half the voxel edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from multiscale.records.microstructure import Phase
from multiscale.records.record import FloatArray
from multiscale.stages.transport.fields import fields_along
from multiscale.stages.transport.grains import grain_forms
from multiscale.stages.transport.open_cells import alone, connected_share
from multiscale.stages.transport.problem import (
    ORDER,
    Axis,
    Edges,
    Geometry,
    Tolerances,
    Transport,
)
from multiscale.voxels.apertures import Apertures, face_apertures, solid_fractions
from multiscale.voxels.clusters import close_islands
from multiscale.voxels.diffusion import around, drive
from multiscale.voxels.dissipation import spread_of_conductances
from multiscale.voxels.layers import (
    layer_conductivity,
    layer_mean,
    plane_potential_by_colours,
)
from multiscale.voxels.mean_flux import mean_flux_by_colours
from multiscale.voxels.octant_faces import (
    excess,
    fill_octants,
    half_conductivity,
    octant_conductances,
    series,
)
from multiscale.voxels.octants import Bytes, to_octants
from multiscale.voxels.slabs import Slabs, all_layers, from_all, share_layers, whole

if TYPE_CHECKING:
    from mpi4py import MPI

_PIECE = 8  # layers of voxels whose halves are looked at at once


def solve_on_halves(
    axis: Axis,
    geometry: Geometry,
    d: FloatArray,
    content: FloatArray,
    layers: int,
    enough: Tolerances,
    comm: MPI.Intracomm | None = None,
    keep_fields: bool = False,
) -> Transport:
    """Solve once on the voxels, each face with what its quarters hold on either side. Collective.

    A film or a bridge half a voxel wide conducts as it should along and across; the unknowns are
    those of the voxels. What lies beside spheres is told by the halves too.

    Args:
        axis: 0, 1, 2 for x, y, z.
        geometry: the voxels, with spheres and halves.
        d: conductivity of each phase; the active material insulates, the others differ little.
        content: what of a phase counts in `percolating`.
        layers: number of layers along the axis.
        enough: tolerances of the solve.
        comm: ranks that share the volume; this one holds all of it where left out.
        keep_fields: whether what passes where is kept.

    Raises:
        NotConverged: the solve stopped before its tolerances were reached.
    """
    order, n0 = ORDER[axis], geometry.label.shape[axis]
    n1, n2 = (geometry.label.shape[a] for a in order[1:])
    wraps = around((n0, n1, n2), (geometry.periodic[order[1]], geometry.periodic[order[2]]))
    slabs = share_layers(comm, n0, wraps) if comm else whole(n0, wraps)
    size: Edges = tuple(float(geometry.edges[a]) for a in order)  # type: ignore[assignment]
    best = float(d.max())
    two = d[[Phase.PORE, Phase.CBD]] / best
    octants, quarters = octants_along(axis, geometry, slabs), _quarters(axis, geometry, slabs)
    faces = octant_conductances(octants, *series(two), quarters, size, wraps, slabs)
    through = close_islands(faces, octants.shape, wraps, slabs)
    if not any(from_all(through.any(), slabs)):
        none = np.zeros(layers)
        return alone(0.0, none, 0.0, 0.0, none, cut=True)
    own = geometry.label.layers(axis, slabs.begin, slabs.end).transpose(order)
    share = connected_share(np.ascontiguousarray(own), through, content, slabs)
    found = drive(faces, through, wraps, slabs, **enough)
    lower, upper = (half_conductivity(octants, two, side) for side in (0, 1))
    planes = plane_potential_by_colours(found.potential, found.faces, lower, slabs, upper)
    by_slice = ((lower + upper) * through).mean(axis=(1, 2), dtype=np.float64) / 2
    del lower, upper
    more = octant_conductances(octants, *excess(two), quarters, size, wraps, slabs)
    conductivity = best * found.conductivity
    solved = alone(
        conductivity,
        layer_conductivity(conductivity, planes, layers),
        share,
        found.flux_mismatch,
        best * layer_mean(all_layers(by_slice, slabs), layers),
        cut=True,
    )
    return replace(
        solved,
        cross=best * mean_flux_by_colours(found, size)[np.argsort(order)],
        fields=fields_along(axis, found, size) if keep_fields else None,
        spread=best * spread_of_conductances(found, more),
    )


def octants_along(axis: Axis, geometry: Geometry, slabs: Slabs) -> Bytes:
    """What the octants of this rank's voxels hold, axes in the order of the solve. Collective.

    Those with their centres in spheres hold what most of those beside them do.

    Args:
        axis: 0, 1, 2 for x, y, z.
        geometry: the voxels; without halves the labels tell.
        slabs: who has which layers of voxels.

    Returns:
        Bits of the octants that hold the domain.
    """
    order = ORDER[axis]
    domain = np.concatenate(list(_domain(axis, geometry, slabs)))
    closed = np.concatenate(list(_closed(axis, geometry, slabs)), axis=order.index(0))
    wraps = geometry.periodic[order[0]], geometry.periodic[order[1]], geometry.periodic[order[2]]
    fill_octants(domain, closed, wraps, replace(slabs, periodic=wraps[0]))
    return domain


def _domain(axis: Axis, geometry: Geometry, slabs: Slabs) -> Iterator[Bytes]:
    """The domain, a few layers after the other."""
    for begin in range(slabs.begin, slabs.end, _PIECE):
        end = min(begin + _PIECE, slabs.end)
        if geometry.halves is None:
            part = geometry.label.layers(axis, begin, end).transpose(ORDER[axis])
            yield np.where(part == Phase.CBD, np.uint8(255), np.uint8(0))
        else:
            part = geometry.halves.layers(axis, 2 * begin, 2 * end).transpose(ORDER[axis])
            yield to_octants(part == Phase.CBD)


def _closed(axis: Axis, geometry: Geometry, slabs: Slabs) -> Iterator[Bytes]:
    """Octants of which the middle lies in a sphere, a few layers along x after the other."""
    finer, (centre, form, edges) = [2 * n for n in geometry.label.shape], grain_forms(geometry)
    spans = [(0, n) for n in finer]
    spans[axis] = 2 * slabs.begin, 2 * slabs.end
    first, last = spans[0]
    for begin in range(first, last, 2 * _PIECE):
        spans[0] = begin, min(begin + 2 * _PIECE, last)
        solid = solid_fractions(
            centre,
            form,
            (finer[0], finer[1], finer[2]),
            edges / 2,
            geometry.periodic,
            planes=1,
            part=(slice(*spans[0]), slice(*spans[1]), slice(*spans[2])),
        )
        yield to_octants(solid.transpose(ORDER[axis]) > 0.5)


def _quarters(axis: Axis, geometry: Geometry, slabs: Slabs) -> Apertures:
    """Open fractions of the quarters of faces, axes in the order of the solve.

    A few layers along x after the other; the last plane of each is the first of the next.
    """
    spans, (centre, form, edges) = [(0, n) for n in geometry.label.shape], grain_forms(geometry)
    spans[axis] = slabs.begin, slabs.end
    first, last = spans[0]
    pieces = []
    for begin in range(first, last, _PIECE):
        spans[0] = begin, min(begin + _PIECE, last)
        piece = face_apertures(
            centre,
            form,
            geometry.label.shape,
            edges,
            geometry.periodic,
            (slice(*spans[0]), slice(*spans[1]), slice(*spans[2])),
            cut=2,
        ).along(ORDER[axis])
        pieces.append((piece.x, piece.y, piece.z))
    place = ORDER[axis].index(0)
    faces = []
    for normal, parts in enumerate(zip(*pieces, strict=True)):
        if normal == place:
            inner = (slice(None),) * place + (slice(-1),)
            parts = (*(part[inner] for part in parts[:-1]), parts[-1])
        faces.append(np.concatenate(parts, axis=place))
    return Apertures(*faces)
