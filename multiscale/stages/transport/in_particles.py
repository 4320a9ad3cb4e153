"""Electrons in particles of known shape and in the carbon-binder domain between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.microstructure import Phase
from multiscale.records.record import FloatArray
from multiscale.stages.transport.coarser import EverySecond
from multiscale.stages.transport.grains import exact_forms, grain_forms
from multiscale.stages.transport.on_halves import octants_along
from multiscale.stages.transport.open_cells import alone
from multiscale.stages.transport.problem import Axis, Geometry, Tolerances, Transport
from multiscale.voxels.apertures import face_apertures
from multiscale.voxels.conjugate_gradients import NotConverged
from multiscale.voxels.layers import layer_conductivity, layer_mean
from multiscale.voxels.network_solve import conduct, mean_flux, part_of, through
from multiscale.voxels.part_links import Links
from multiscale.voxels.part_network import Conductors, part_network
from multiscale.voxels.slabs import whole


def particles_along(
    axis: Axis, geometry: Geometry, d: FloatArray, layers: int, enough: Tolerances
) -> Transport:
    """Solve for the electrons in particles and domain on the voxels and on every second one.

        error = |sigma(v) - sigma(2v)| + S

    What is left of necks and of the domain is of first order, so that the step is as large; it may
    vanish by chance, which S does not (see `solve_in_particles`). The flux mismatch adds the
    algebraic part.

    Args:
        axis: 0, 1, 2 for x, y, z.
        geometry: the voxels, with spheres, contacts and, where it is known, the domain on halves.
        d: conductivity of each phase.
        layers: number of layers along the axis.
        enough: tolerances of the solves.

    Raises:
        StageFailed: a solve did not converge.
    """
    sparse = EverySecond(geometry.label)
    halves = geometry.halves and EverySecond(geometry.halves)
    larger = replace(geometry, label=sparse, edges=sparse.edges(geometry.edges), halves=halves)
    quiet: Tolerances = {**enough, "watch": lambda iteration, residual: None}
    try:
        fine = solve_in_particles(axis, geometry, d, layers, enough)
        coarse = solve_in_particles(axis, larger, d, layers, quiet)
    except NotConverged as error:
        raise StageFailed(
            f"{error} in particles and domain along {'xyz'[axis]}; raise the tolerances"
        ) from error
    step, own = abs(fine.conductivity - coarse.conductivity), fine.flux_mismatch
    by_layer = np.abs(fine.layers - coarse.layers)
    if fine.conductivity > 0:
        by_layer += fine.spread / fine.conductivity * fine.layers
    return replace(
        fine,
        coarse=coarse.conductivity,
        coarse_layers=coarse.layers,
        error=step + fine.spread + own * fine.conductivity,
        layers_error=by_layer + own * fine.layers,
        coarse_cross=coarse.cross,
    )


def solve_in_particles(
    axis: Axis, geometry: Geometry, d: FloatArray, layers: int, enough: Tolerances
) -> Transport:
    """Solve once, without an estimate of the error; arguments as of `particles_along`.

        sigma = sigma' + C,    C = sum over surfaces of R q^2

    sigma' is what the network conducts, which has no negative resistances; C is what those that
    were cut off at nothing, -R, would add to first order for the currents q through them. `spread`
    is S = C + sum over contacts of dT (phi_i - phi_j)^2, with dT by how much their conductances may
    be off.

    Raises:
        NotConverged: the solve stopped before its tolerances were reached.
    """
    shape, edges, law = geometry.label.shape, np.asarray(geometry.edges), geometry.contact
    foil = law.foil if axis == 2 else 0.0
    sigma = float(d[Phase.ACTIVE]), float(d[Phase.CBD])
    driven, nodes = part_network(
        _conductors(geometry, sigma, (law.particles, law.domain, foil)),
        edges,
        geometry.periodic,
        axis,
    )
    kept = through(driven)
    if not kept.any():
        none = np.zeros(layers)
        return alone(0.0, none, 0.0, 0.0, none, cut=True)
    # From S to S/m: the length of the volume over its cross-section.
    box = edges * shape
    over = float(box[axis] ** 2 / box.prod())
    part, place = part_of(driven, kept), nodes.place[:, kept]
    face = edges.prod() / edges**2
    flow = conduct(part, place[axis], shape[axis], shape, face / face.max(), **enough)
    everywhere = np.zeros(kept.size)
    everywhere[kept] = flow.potential

    def power(links: Links) -> float:
        drop = everywhere[links.one] - everywhere[links.other]
        return over * float((links.conductance * drop**2).sum())

    cut = power(nodes.cut)
    plain = over * float(flow.flux.mean())
    conductivity = plain + cut
    conductor = np.repeat(sigma, (nodes.particles, kept.size - nodes.particles))
    by_slice = np.bincount(place[axis], (conductor * nodes.share)[kept], shape[axis])
    everything = float(nodes.share[conductor > 0].sum())
    wraps = [geometry.periodic[a] and a != axis for a in range(3)]
    solved = alone(
        conductivity,
        layer_conductivity(conductivity, flow.level, layers),
        float(nodes.share[kept].sum()) / everything,
        flow.flux_mismatch,
        layer_mean(by_slice, layers),
        cut=True,
    )
    return replace(
        solved,
        cross=over * mean_flux(part, flow, place, shape, edges, wraps, axis),
        spread=power(nodes.doubt) + cut,
    )


def _conductors(
    geometry: Geometry, sigma: tuple[float, float], resistances: tuple[float, float, float]
) -> Conductors:
    shape = geometry.label.shape
    if sigma[1] > 0:
        slabs = whole(shape[0], (False, *geometry.periodic[1:]))
        octants = octants_along(0, geometry, slabs)
    else:
        octants = np.zeros(shape, np.uint8)
    centre, form, edges = grain_forms(geometry)
    quarters = face_apertures(centre, form, shape, edges, geometry.periodic, cut=2)
    centre, form = exact_forms(geometry)
    return Conductors(centre, form, octants, quarters, sigma, resistances)
