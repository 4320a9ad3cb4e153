"""Conduction along one axis, on the voxels and on every second voxel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypedDict

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.microstructure import Phase
from multiscale.records.record import FloatArray
from multiscale.stages.transport.coarser import Labels, coarse_domain, every_second
from multiscale.stages.transport.contacts import ContactLaw, place_contacts
from multiscale.voxels import laplace
from multiscale.voxels.apertures import Apertures, face_apertures
from multiscale.voxels.checkerboard import Singles
from multiscale.voxels.clusters import close_islands
from multiscale.voxels.contact_resistance import add_contact_resistance
from multiscale.voxels.cut_cells import fill_cut_cells
from multiscale.voxels.diffusion import Diffusion, diffuse
from multiscale.voxels.laplace import NotConverged
from multiscale.voxels.layers import (
    layer_conductivity,
    layer_mean,
    plane_potential,
    plane_potential_by_colours,
)
from multiscale.voxels.mean_flux import mean_flux, mean_flux_by_colours
from multiscale.voxels.transmissibility import transmissibilities

type Axis = Literal[0, 1, 2]
type Edges = tuple[float, float, float]

# The driven axis comes first, the others follow in cyclic order.
ORDER = {0: (0, 1, 2), 1: (1, 2, 0), 2: (2, 0, 1)}
PACKING = (True, True, False)
# Plain blocks tie islands of a strong conductor together; beyond this contrast they stall.
BLOCKS_UP_TO = 30.0


class Tolerances(TypedDict):
    """What both solvers take."""

    residual_tolerance: float
    flux_tolerance: float
    watch: Callable[[int, float], None]


@dataclass(frozen=True)
class Geometry:
    """The voxels and what is known of them.

    Attributes:
        label: phase of each voxel, shape (nx, ny, nz).
        edges: voxel edges [m].
        periodic: which axes repeat.
        centre, radius: the spheres that the active material is [m], shapes (n, 3) and (n,); none
            where its surface is known by the labels only.
        contact: what resists between conductors [Ohm m^2].
    """

    label: Labels
    edges: FloatArray
    periodic: tuple[bool, bool, bool] = PACKING
    centre: FloatArray = field(default_factory=lambda: np.empty((0, 3)))
    radius: FloatArray = field(default_factory=lambda: np.empty(0))
    contact: ContactLaw = field(default_factory=ContactLaw)


@dataclass(frozen=True)
class Transport:
    """Effective conduction along one axis.

    Attributes:
        conductivity: D_eff, in the unit of the phases' conductivities; 0 without percolation.
        layers: D of each layer along the axis, shape (layers,).
        percolating: share of the conductor (weighted with `content`) that connects both faces.
        flux_mismatch: (max - min) / mean of the fluxes through the voxel layers.
        ceiling: what the layers would conduct with their phases side by side (Wiener), shape
            (layers,).
        coarse: D_eff on voxels of twice the edge.
        coarse_layers: the layers there, shape (layers,).
        error: estimated |D_eff - D of vanishing voxels|.
        layers_error: the same of each layer, shape (layers,).
        cut: whether the surfaces are open fractions of faces, not staircases.
        cross: mean flux along x, y, z over the mean gradient along the axis, shape (3,).
        coarse_cross: the same on voxels of twice the edge.
    """

    conductivity: float
    layers: FloatArray
    percolating: float
    flux_mismatch: float
    ceiling: FloatArray
    coarse: float
    coarse_layers: FloatArray
    error: float
    layers_error: FloatArray
    cut: bool = False
    cross: FloatArray = field(default_factory=lambda: np.zeros(3))
    coarse_cross: FloatArray = field(default_factory=lambda: np.zeros(3))


def transport_along(
    axis: Axis,
    geometry: Geometry,
    d: FloatArray,
    content: FloatArray,
    layers: int,
    residual_tolerance: float,
    flux_tolerance: float,
    watch: Callable[[int, float], None],
) -> Transport:
    """Solve along `axis` on the voxels and on every second voxel; the value is that of the voxels.

    Staircase voxels converge with first order, D(v) = D + c v, and |D(v) - D(2v)| estimates the
    distance of D(v) from D; twice that is stated. Where the surfaces of the active material are
    open fractions of faces, only the carbon-binder domain is a staircase. A third solve, D', on the
    same voxels with the domain of voxels twice as large, tells the two apart:

        error = 4 |D(v) - D'| + |D' - D(2v)|

    Four times, because films and bridges are a voxel or two thick and the step is hardly the start
    of a series yet; the second term is of second order and holds three times what is left of it.
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

    Raises:
        StageFailed: the solve did not converge.
    """

    def on(voxels: Geometry, tell: Callable[[int, float], None]) -> Transport:
        try:
            return _solve(
                axis, voxels, d, content, layers, residual_tolerance, flux_tolerance, tell
            )
        except NotConverged as error:
            raise StageFailed(
                f"{error} along {'xyz'[axis]}; raise the tolerances or check the labels"
            ) from error

    def silent(iteration: int, residual: float) -> None:
        pass

    fine = on(geometry, watch)
    sparse, size = every_second(geometry.label, geometry.edges)
    coarse = on(replace(geometry, label=sparse, edges=size), silent)
    between = coarse
    if fine.cut:
        between = on(replace(geometry, label=coarse_domain(geometry.label, sparse)), silent)

    def distance(one: FloatArray, middle: FloatArray, other: FloatArray) -> FloatArray:
        steps = 4 if fine.cut else 2
        return steps * np.abs(one - middle) + np.abs(middle - other) + fine.flux_mismatch * one

    error = distance(*(np.array(t.conductivity) for t in (fine, between, coarse)))
    by_layer = distance(fine.layers, between.layers, coarse.layers)
    return replace(
        fine,
        coarse=coarse.conductivity,
        coarse_layers=coarse.layers,
        error=float(error),
        layers_error=by_layer,
        coarse_cross=coarse.cross,
    )


def _solve(
    axis: Axis,
    geometry: Geometry,
    d: FloatArray,
    content: FloatArray,
    layers: int,
    residual_tolerance: float,
    flux_tolerance: float,
    watch: Callable[[int, float], None],
) -> Transport:
    order = ORDER[axis]
    label = np.ascontiguousarray(geometry.label.transpose(order))
    size: Edges = tuple(float(geometry.edges[a]) for a in order)  # type: ignore[assignment]
    periodic = geometry.periodic[order[1]], geometry.periodic[order[2]]
    best = float(d.max())
    cells = (d / best).astype(np.float32)[label] if best > 0 else np.zeros(label.shape, np.float32)
    apertures = open_faces(geometry, d, cells, label, order)
    if best > 0:
        faces = transmissibilities(cells, size, (False, *periodic), apertures)
        through = close_islands(faces, label.shape, (False, *periodic))
        del faces
    if best == 0 or not through.any():
        none = np.zeros(layers)
        return _plain(0.0, none, 0.0, 0.0, none, apertures is not None)
    connected, whole = (
        float(np.bincount(voxels, minlength=content.size) @ content)
        for voxels in (label[through], label.ravel())
    )
    share = connected / whole if whole > 0 else 0.0
    cells[~through] = 0
    enough: Tolerances = {
        "residual_tolerance": residual_tolerance,
        "flux_tolerance": flux_tolerance,
        "watch": watch,
    }
    found: Diffusion | laplace.Conduction
    if not geometry.contact and cells.max() <= BLOCKS_UP_TO * cells[through].min():
        found = diffuse(cells, size, periodic, apertures, **enough)
        planes = plane_potential_by_colours(found.potential, found.faces, cells)
        cross = mean_flux_by_colours(found, size)
    else:
        doubles = np.where(through, (d / best)[label], 0.0)
        if apertures is not None:
            doubles[label == Phase.ACTIVE] = cells[label == Phase.ACTIVE]
        padded = laplace.faces_of_cells(doubles, size, periodic, apertures)
        if geometry.contact:
            spheres = geometry.centre, geometry.radius
            contacts = place_contacts(
                geometry.contact, geometry.label, geometry.edges, geometry.periodic,
                spheres, order, best,
            )  # fmt: skip
            add_contact_resistance(padded, label, contacts, size, periodic)
        found = laplace.conduct(padded, periodic, strength=laplace.strength(size), **enough)
        planes = plane_potential(found.potential, padded, doubles)
        cross = mean_flux(found.potential, padded, size, periodic)
    conductivity = best * found.conductivity
    by_layer = layer_conductivity(conductivity, planes, layers)
    ceiling = best * layer_mean(cells.mean(axis=(1, 2), dtype=np.float64), layers)
    cut = apertures is not None
    alone = _plain(conductivity, by_layer, share, found.flux_mismatch, ceiling, cut)
    return replace(alone, cross=best * cross[np.argsort(order)])


def open_faces(
    geometry: Geometry,
    d: FloatArray,
    cells: Singles,
    label: Labels,
    order: tuple[int, int, int],
) -> Apertures | None:
    """What the spheres leave open; gives the cells that they cut the conductivity beside them.

    Args:
        geometry: the voxels.
        d: conductivity of each phase.
        cells: conductivity of the voxels over the best, axes in `order`; changed in place.
        label: phase of each voxel, axes in `order`.
        order: axes of the solve, the driven one first.

    Returns:
        The open fractions, axes in `order`; none where no spheres are known or where they conduct.
    """
    if geometry.radius.size == 0 or d[Phase.ACTIVE] > 0 or d.max() == 0:
        return None
    apertures = face_apertures(
        geometry.centre, geometry.radius, geometry.label.shape, geometry.edges, geometry.periodic
    ).along(order)
    wraps = tuple(geometry.periodic[a] for a in order)
    fill_cut_cells(
        cells,
        label == Phase.ACTIVE,
        apertures,
        wraps,  # type: ignore[arg-type]  # three axes
        float(d[Phase.PORE] / d.max()),
    )
    return apertures


def _plain(
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
