"""Particles and the domain between them as one network of conductances.

A node is what lies of one particle in one voxel, or octants of a voxel that hold the domain and
touch. Faces conduct with what of them lies in the particle, or with what the particles leave open
of their quarters; particles meet each other and the domain where their surfaces do. So two
particles in one voxel conduct through their contact only, and a thin film of the domain along a
particle is not tied to what lies behind the pore beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from multiscale.voxels.aggregation import Network
from multiscale.voxels.apertures import Apertures
from multiscale.voxels.contact_planes import contact_planes
from multiscale.voxels.network_solve import Driven
from multiscale.voxels.octants import Bytes
from multiscale.voxels.part_contacts import links_across
from multiscale.voxels.part_domain import (
    domain_ends,
    domain_links,
    number_domain,
    places_of_domain,
)
from multiscale.voxels.part_links import Links, links_within, part_ends
from multiscale.voxels.part_surface import links_around
from multiscale.voxels.parts import find_parts, planes_of

type Floats = NDArray[np.float64]
type Numbers = np.ndarray[Any, np.dtype[np.int32]]
type Wraps = tuple[bool, bool, bool]


@dataclass(frozen=True)
class Conductors:
    """Particles and the domain.

    Attributes:
        centre: centres of the particles [m], shape (n, 3).
        form: Q of ellipsoids (x - c).Q (x - c) <= 1 [1/m^2], shape (n, 3, 3).
        octants: bits of the octants of voxels that hold the domain, shape (nx, ny, nz).
        quarters: what particles leave open of the quarters of faces.
        conductivities: of the particles and of the domain [S/m].
        resistances: specific, between two particles, between particle and domain, and of the lower
            driven plane [Ohm m^2].
    """

    centre: Floats
    form: Floats
    octants: Bytes
    quarters: Apertures
    conductivities: tuple[float, float]
    resistances: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Nodes:
    """What the nodes of a network are.

    Attributes:
        place: voxel of each, shape (3, n).
        share: of a layer of voxels along the driven axis, by its faces across it, shape (n,).
        particles: how many of them, the first, are parts of particles.
        doubt: by how much the conductances of contacts may be off.
        cut: what the resistances cut off conduct more, for the same drops of potential.
    """

    place: Numbers
    share: Floats
    particles: int
    doubt: Links
    cut: Links


def part_network(of: Conductors, edge: Floats, periodic: Wraps, axis: int) -> tuple[Driven, Nodes]:
    """Join parts of particles and pieces of the domain.

    Args:
        of: the conductors.
        edge: of a voxel [m], shape (3,).
        periodic: which axes repeat; nothing passes across the ends of the driven one.
        axis: the driven one.
    """
    nx, ny, nz = shape = of.octants.shape
    sigma, strong = of.conductivities
    contacts = contact_planes(of.centre, of.form, edge * np.array(shape), periodic)
    planes = planes_of(contacts, len(of.centre))
    parts = find_parts(of.centre, of.form, planes, (nx, ny, nz), edge, periodic)
    domain = number_domain(of.octants, of.quarters, parts.total)
    face = np.prod(edge) / edge**2  # over the length of a voxel [m]
    of_particles = parts, planes, contacts, of.centre, of.form, sigma, of.resistances[0]
    across, doubt = links_across(*of_particles, (nx, ny, nz), edge, axis)
    joined = [links_within(parts, sigma * face, (nx, ny, nz), axis), across]
    cut = Links(doubt.one[:0], doubt.other[:0], doubt.conductance[:0])
    if domain.count > 0:
        around, cut = links_around(parts, planes, of.centre, of.form, domain, of.conductivities,
                              of.resistances[1], edge, periodic)  # fmt: skip
        joined += [around, Links(*domain_links(domain, strong * face, periodic, axis))]
    place, *ends = part_ends(parts, (nx, ny, nz), axis)
    lower, upper, share = (
        np.concatenate(both) for both in zip(ends, domain_ends(domain, axis), strict=True)
    )
    place = np.concatenate((place, places_of_domain(domain)), axis=1)
    # From the centre of a voxel to the plane.
    near = np.repeat([2 * sigma, 2 * strong], (parts.total, domain.count)) / edge[axis]
    area = face[axis] * edge[axis]
    lower *= area * near / (1 + of.resistances[2] * near)
    upper *= area * near
    links = _joined(joined, place.shape[1])
    network = Network(links, lower + upper, place, np.empty(0, np.int32))
    share *= shape[axis] / np.prod(shape)
    return Driven(network, lower, upper), Nodes(place, share, parts.total, doubt, cut)


def _joined(joined: list[Links], count: int) -> csr_array:
    """The symmetric matrix of the conductances."""
    one, other, t = (
        np.concatenate(values)
        for values in zip(*((j.one, j.other, j.conductance) for j in joined), strict=True)
    )
    half = coo_array((t, (one, other)), shape=(count, count)).tocsr()
    return csr_array(half + half.T.tocsr())
