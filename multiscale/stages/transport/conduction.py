"""Conduction along one axis, on the voxels and on every second voxel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.microstructure import Phase
from multiscale.records.record import FloatArray
from multiscale.stages.transport.coarser import EverySecond
from multiscale.stages.transport.contacts import place_contacts
from multiscale.stages.transport.fields import fields_along, with_error
from multiscale.stages.transport.grain_links import links_past_grains
from multiscale.stages.transport.on_halves import solve_on_halves
from multiscale.stages.transport.open_cells import alone, connected_share, open_faces
from multiscale.stages.transport.problem import (
    ORDER,
    Axis,
    Edges,
    Geometry,
    Tolerances,
    Transport,
)
from multiscale.stages.transport.upper import upper_bound
from multiscale.stages.transport.volume import Shape
from multiscale.voxels import laplace
from multiscale.voxels.clusters import close_islands
from multiscale.voxels.contact_resistance import add_contact_resistance
from multiscale.voxels.diffusion import Diffusion, diffuse
from multiscale.voxels.dissipation import conductivity_of_flux, spread_of_faces
from multiscale.voxels.laplace import NotConverged
from multiscale.voxels.layers import (
    layer_conductivity,
    layer_mean,
    plane_potential,
    plane_potential_by_colours,
)
from multiscale.voxels.mean_flux import mean_flux, mean_flux_by_colours
from multiscale.voxels.slabs import all_layers as layers_of_all
from multiscale.voxels.slabs import from_all, share_layers, whole
from multiscale.voxels.transmissibility import transmissibilities

if TYPE_CHECKING:
    from mpi4py import MPI

# Plain blocks tie islands of a strong conductor together; beyond this contrast they stall.
BLOCKS_UP_TO = 30.0
# Of the spread of the faces between pore and domain, what is stated as error.
SPREAD = 1 / 3
# At least, so that voxels of twice the edge have two.
LAYERS_PER_RANK = 4


def transport_along(
    axis: Axis,
    geometry: Geometry,
    d: FloatArray,
    content: FloatArray,
    layers: int,
    residual_tolerance: float,
    flux_tolerance: float,
    watch: Callable[[int, float], None],
    comm: MPI.Intracomm | None = None,
    keep_fields: bool = False,
) -> Transport:
    """Solve along `axis` on the voxels and on every second voxel; the value is that of the voxels.

    Where the surfaces of the active material are open fractions of faces

        error = 2/3 |D(v) - D(2v)| + S/3

    The first term is twice what is left of a second order. The staircases of the carbon-binder
    domain are in the step too, but there it may vanish by chance, and so a part of S is added, the
    most that other rules for the faces between pore and domain would change; a third by experience.
    Where all surfaces are staircases D(v) is a lower bound of what the voxels
    conduct as they are, and another solve gives an upper one, D+. What they stand for may conduct
    more, as the first-order step tells:

        error = max(2 |D(v) - D(2v)|, D+ - D(v))

    The flux mismatch adds the algebraic part. `extrapolated` goes on from here.

    Args:
        axis: 0, 1, 2 for x, y, z.
        geometry: the voxels. Where they know spheres, what the spheres leave open conducts, and
            the active material must insulate.
        d: conductivity of each phase.
        content: what of a phase counts in `percolating`.
        layers: number of layers along the axis.
        residual_tolerance, flux_tolerance: see `laplace.conduct`.
        watch: called at each iteration on the voxels.
        comm: ranks that share the volume, each with a slab of it, where `splits` allows that; the
            result is the same bit by bit for any number of them. Collective.
        keep_fields: whether what passes where is kept, for conductors of moderate contrast only.

    Raises:
        StageFailed: the solve did not converge.
    """

    enough: Tolerances = {
        "residual_tolerance": residual_tolerance,
        "flux_tolerance": flux_tolerance,
        "watch": watch,
    }
    quiet: Tolerances = {**enough, "watch": lambda iteration, residual: None}
    sparse = EverySecond(geometry.label)
    halves = geometry.halves and EverySecond(geometry.halves)
    larger = replace(geometry, label=sparse, edges=sparse.edges(geometry.edges), halves=halves)
    once = solve_on_halves if geometry.halves and moderate(d) else solve_along
    try:
        fine = once(axis, geometry, d, content, layers, enough, comm, keep_fields)
        coarse = once(axis, larger, d, content, layers, quiet, comm, keep_fields)
        upper = 0.0
        if not fine.cut and not geometry.contact and fine.conductivity > 0:
            upper = upper_bound(axis, geometry, d, moderate(d), quiet, comm)
    except NotConverged as error:
        raise StageFailed(
            f"{error} along {'xyz'[axis]}; raise the tolerances or check the labels"
        ) from error
    if keep_fields and fine.fields and coarse.fields:
        fine = replace(fine, fields=with_error(fine.fields, coarse.fields))
    steps, part = (2 / 3, SPREAD * fine.spread) if fine.cut else (2, 0.0)
    change = steps * abs(fine.conductivity - coarse.conductivity) + part
    by_layer = steps * np.abs(fine.layers - coarse.layers)
    if part:
        by_layer = by_layer + part / fine.conductivity * fine.layers
    return replace(
        fine,
        coarse=coarse.conductivity,
        coarse_layers=coarse.layers,
        error=max(change, upper - fine.conductivity) + fine.flux_mismatch * fine.conductivity,
        layers_error=by_layer + fine.flux_mismatch * fine.layers,
        coarse_cross=coarse.cross,
        upper=max(upper, fine.conductivity) if upper else 0.0,
    )


def splits(shape: Shape, ranks: int) -> bool:
    """Whether ranks can share the volume: enough layers for each."""
    return min(shape) >= LAYERS_PER_RANK * ranks


def moderate(d: FloatArray) -> bool:
    """Whether the conductors differ little enough for blocks of any shape."""
    conductors = d[d > 0]
    return bool(conductors.max(initial=0) <= BLOCKS_UP_TO * conductors.min(initial=np.inf))


def solve_along(
    axis: Axis,
    geometry: Geometry,
    d: FloatArray,
    content: FloatArray,
    layers: int,
    enough: Tolerances,
    comm: MPI.Intracomm | None = None,
    keep_fields: bool = False,
) -> Transport:
    """Solve once, without an estimate of the error; arguments as of `transport_along`. Collective.

    Raises:
        NotConverged: the solve stopped before its tolerances were reached.
    """
    order = ORDER[axis]
    periodic = geometry.periodic[order[1]], geometry.periodic[order[2]]
    wraps = False, *periodic
    n0 = geometry.label.shape[axis]
    slabs = share_layers(comm, n0, wraps) if comm else whole(n0, wraps)
    own = geometry.label.layers(axis, slabs.begin, slabs.end)
    label = np.ascontiguousarray(own.transpose(order))
    size: Edges = tuple(float(geometry.edges[a]) for a in order)  # type: ignore[assignment]
    best = float(d.max())
    cells = (d / best).astype(np.float32)[label] if best > 0 else np.zeros(label.shape, np.float32)
    apertures = open_faces(geometry, d, cells, label, order, slabs)
    seen = cells
    if moderate(d) and (past := links_past_grains(geometry, d, label, order, wraps, slabs)):
        cells, apertures = past
    if best > 0:
        faces = transmissibilities(cells, size, wraps, apertures, slabs)
        through = close_islands(faces, label.shape, wraps, slabs)
        del faces
    if best == 0 or not any(from_all(through.any(), slabs)):
        none = np.zeros(layers)
        return alone(0.0, none, 0.0, 0.0, none, apertures is not None)
    share = connected_share(label, through, content, slabs)
    cells[~through] = seen[~through] = 0
    strongest = max(from_all(cells.max(), slabs))
    weakest = min(from_all(cells.min(initial=np.inf, where=through), slabs))
    found: Diffusion | laplace.Conduction
    fields, sharper, spread = None, 0.0, 0.0
    if not geometry.contact and strongest <= BLOCKS_UP_TO * weakest:
        found = diffuse(cells, size, periodic, apertures, slabs, **enough)
        planes = plane_potential_by_colours(found.potential, found.faces, seen, slabs)
        cross = mean_flux_by_colours(found, size)
        if apertures is None:
            sharper = best * conductivity_of_flux(found, cells, size)
        else:
            spread = best * spread_of_faces(found, cells)
        fields = fields_along(axis, found, size) if keep_fields else None
    else:
        doubles = np.where(through, (d / best)[label], 0.0)
        if apertures is not None:
            doubles[label == Phase.ACTIVE] = cells[label == Phase.ACTIVE]
        padded = laplace.faces_of_cells(doubles, size, periodic, apertures, slabs)
        if geometry.contact:
            contacts = place_contacts(geometry, label, order, best, slabs)
            add_contact_resistance(padded, label, contacts, size, periodic, slabs)
        found = laplace.conduct(padded, periodic, slabs, strength=laplace.strength(size), **enough)
        planes = plane_potential(found.potential, padded, doubles, slabs)
        cross = mean_flux(found.potential, padded, size, periodic, slabs)
    conductivity = best * found.conductivity
    by_layer = layer_conductivity(conductivity, planes, layers)
    by_slice = layers_of_all(seen.mean(axis=(1, 2), dtype=np.float64), slabs)
    cut = apertures is not None
    ceiling = best * layer_mean(by_slice, layers)
    solved = alone(conductivity, by_layer, share, found.flux_mismatch, ceiling, cut)
    return replace(
        solved,
        cross=best * cross[np.argsort(order)],
        fields=fields,
        spread=spread,
        sharper=sharper,
    )
