"""Conduction on finite elements, on the voxels and on every second voxel: the kind `mesh`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from multiscale.errors import StageFailed
from multiscale.fem.conduction import charging_conductivity, conduct
from multiscale.records.microstructure import Phase
from multiscale.records.record import FloatArray
from multiscale.stages.transport.charging import ChargedElectrode
from multiscale.stages.transport.coarser import EverySecond
from multiscale.stages.transport.options import Mesh
from multiscale.stages.transport.problem import ORDER, Axis, Edges, Geometry, Transport
from multiscale.stages.transport.volume import all_layers
from multiscale.voxels.blocking import interface_source
from multiscale.voxels.layers import layer_conductivity, layer_mean
from multiscale.voxels.percolation import percolating

if TYPE_CHECKING:
    from mpi4py import MPI


def elements_along(
    axis: Axis,
    geometry: Geometry,
    d: FloatArray,
    content: FloatArray,
    options: Mesh,
    comm: MPI.Intracomm,
) -> Transport:
    """Solve along `axis` on the voxels, and with both degrees on voxels of twice the edge.

    The surfaces are staircases whatever is known of spheres. What they change and what elements
    leave beside their edges both fall with first order in the voxel v, so that of degree p

        error = 2 |D_p(v) - D_p(2v)| + |D_1(2v) - D_2(2v)|

    of which the second part is twice what the other degree would change on v. The flux mismatch
    adds the algebraic part. `extrapolated` goes on from here. Collective.

    Args:
        axis: 0, 1, 2 for x, y, z.
        geometry: the voxels.
        d: conductivity of each phase.
        content: what of a phase counts in `percolating`.
        options: degree, layers and tolerances.
        comm: ranks that share the elements; results agree for any number up to round-off.

    Raises:
        StageFailed: more ranks than layers, or a solve did not converge.
    """
    fine = _solve(axis, geometry, d, content, options.degree, options, comm)
    sparse = EverySecond(geometry.label)
    twice = replace(geometry, label=sparse, edges=sparse.edges(geometry.edges))
    linear, quadratic = (_solve(axis, twice, d, content, p, options, comm) for p in (1, 2))
    coarse = linear if options.degree == 1 else quadratic

    def distance(v: FloatArray, v2: FloatArray, one: FloatArray, two: FloatArray) -> FloatArray:
        return 2 * np.abs(v - v2) + np.abs(one - two) + fine.flux_mismatch * v

    four = fine, coarse, linear, quadratic
    return replace(
        fine,
        coarse=coarse.conductivity,
        coarse_layers=coarse.layers,
        coarse_cross=coarse.cross,
        error=float(distance(*(np.array(t.conductivity) for t in four))),
        layers_error=distance(*(t.layers for t in four)),
        order=abs(linear.conductivity - quadratic.conductivity),
    )


def charge_elements(
    geometry: Geometry, d: FloatArray, access: float, options: Mesh, comm: MPI.Intracomm
) -> ChargedElectrode:
    """Charge the interface of the active material evenly, on the voxels and on every second one.

    Args:
        geometry: the voxels, foil at z = 0.
        d: D / D0 of pore, active material and carbon-binder domain.
        access: share of the interface under the domain that takes part.
        options: degree and tolerance.
        comm: ranks that share the elements. Collective.

    Raises:
        StageFailed: the electrolyte reaches no interface, or a solve did not converge.
    """
    sparse = EverySecond(geometry.label)
    twice = replace(geometry, label=sparse, edges=sparse.edges(geometry.edges))
    weight = np.array([1.0, 0.0, access])
    fine, coarse = (_charge(voxels, d, weight, options, comm) for voxels in (geometry, twice))
    if fine == 0:
        raise StageFailed(
            "the electrolyte reaches no interface of the active material from the separator; "
            "check the labels"
        )
    return ChargedElectrode(fine, coarse)


def _edges(axis: Axis, geometry: Geometry) -> Edges:
    """In edges along the axis; metres would make small numbers."""
    first, second, third = (float(geometry.edges[a]) for a in ORDER[axis])
    return 1.0, second / first, third / first


def _around(axis: Axis, geometry: Geometry) -> tuple[bool, bool]:
    return geometry.periodic[ORDER[axis][1]], geometry.periodic[ORDER[axis][2]]


def _solve(
    axis: Axis,
    geometry: Geometry,
    d: FloatArray,
    content: FloatArray,
    degree: int,
    options: Mesh,
    comm: MPI.Intracomm,
) -> Transport:
    order, around = ORDER[axis], _around(axis, geometry)
    label, best = all_layers(geometry.label).transpose(order), float(d.max())
    through = percolating(d[label] > 0, around)
    none = np.zeros(options.layers)
    if not through.any():
        return Transport(0.0, none, 0.0, 0.0, none, 0.0, none, 0.0, none)
    cells = np.where(through, d[label] / best, 0.0)
    counts = (np.bincount(v, minlength=content.size) for v in (label[through], label.ravel()))
    connected, everything = (float(count @ content) for count in counts)
    found = conduct(cells, _edges(axis, geometry), degree, comm, options.residual_tolerance, around)
    mismatch = float(np.ptp(found.flux) / found.flux.mean())
    if mismatch > options.flux_tolerance:
        raise StageFailed(
            f"fluxes of elements along {'xyz'[axis]} differ by {mismatch:.1e}, allowed are "
            f"{options.flux_tolerance:.1e}; lower transport.residual_tolerance"
        )
    conductivity = best * found.conductivity
    planes = 1 - np.append(0.0, np.cumsum(found.power))
    return Transport(
        conductivity=conductivity,
        layers=layer_conductivity(conductivity, planes, options.layers),
        percolating=connected / everything,
        flux_mismatch=mismatch,
        ceiling=best * layer_mean(cells.mean(axis=(1, 2)), options.layers),
        coarse=0.0,
        coarse_layers=none,
        error=0.0,
        layers_error=none,
        cross=best * found.cross[np.argsort(order)],
    )


def _charge(
    geometry: Geometry, d: FloatArray, weight: FloatArray, options: Mesh, comm: MPI.Intracomm
) -> float:
    around, edges = _around(2, geometry), _edges(2, geometry)
    label = np.ascontiguousarray(all_layers(geometry.label).transpose(ORDER[2]))
    reached = percolating(d[label] > 0, around, lower=False)
    source = interface_source(label, edges, (False, *around), Phase.ACTIVE, weight)
    if not source.any():  # no interface at all: the electrolyte's volume stands for it
        source = d[label]
    source = np.where(reached, source, 0.0)
    if not source.any():
        return 0.0
    cells = np.where(reached, d[label], 0.0)
    return charging_conductivity(
        cells, source, edges, options.degree, comm, options.residual_tolerance, around
    )
