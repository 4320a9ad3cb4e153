"""Electrons through the carbon-binder domain on half the voxel edge, where it hangs together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.microstructure import Phase
from multiscale.records.record import FieldRef, FloatArray
from multiscale.stages.transport.contacts import ContactLaw
from multiscale.stages.transport.volume import Labels, Shape
from multiscale.voxels.laplace import NotConverged
from multiscale.voxels.octants import from_octants

if TYPE_CHECKING:
    from mpi4py import MPI

    from multiscale.stages.transport.problem import Axis, Geometry, Tolerances, Transport


@dataclass(frozen=True)
class Halves:
    """The domain alone on voxels of half the edge.

    Attributes:
        octants: one bit for each half, see `voxels.octants`, shape (nx, ny, nz).
    """

    octants: FieldRef | Labels

    @property
    def shape(self) -> Shape:
        """Halves along x, y, z."""
        nx, ny, nz = self.octants.shape
        return 2 * nx, 2 * ny, 2 * nz

    def layers(self, axis: int, begin: int, end: int) -> Labels:
        """Read some layers of halves."""
        part = [slice(None)] * 3
        part[axis] = slice(begin // 2, (end + 1) // 2)
        octants = self.octants
        found = octants.read(*part) if isinstance(octants, FieldRef) else octants[tuple(part)]
        part[axis] = slice(begin % 2, begin % 2 + end - begin)
        own = from_octants(found)[tuple(part)]
        return np.where(own, np.uint8(Phase.CBD), np.uint8(Phase.PORE))


def domain_along(
    axis: Axis,
    geometry: Geometry,
    halves: Halves,
    d: float,
    layers: int,
    enough: Tolerances,
    comm: MPI.Intracomm | None = None,
) -> Transport:
    """Solve for the electrons in the domain alone, on the halves and, as `coarse`, on the voxels.

        D* = D' + (D' - D),    error = |D' - D| + (3 <(h/d)^2> + flux mismatch) D*

    D is what finite volumes give on the halves between the exact spheres, D' the sharper value that
    the same flux proves (`voxels.dissipation`), with which the stated range begins. Their distance
    shows how far paths of few cells are from resolved; D' lies as far from what the halves conduct
    as they are, where these are cut in two and in four. What open faces leave is added.

    Args:
        axis: 0, 1, 2 for x, y, z.
        geometry: the voxels.
        halves: the domain on half their edge.
        d: its conductivity.
        layers: number of layers along the axis.
        enough: tolerances of the solves.
        comm: ranks that share the volume; this one holds all of it where left out. Collective.

    Raises:
        StageFailed: a solve did not converge.
    """
    from multiscale.stages.transport.conduction import solve_along
    from multiscale.stages.transport.in_domain import left_of_open_faces, solve_in_domain

    alone = np.where(np.arange(len(Phase)) == Phase.CBD, d, 0.0)
    none = np.empty((0, 3)), np.empty(0)
    voxels = replace(geometry, centre=none[0], radius=none[1], contact=ContactLaw())
    between = replace(geometry, halves=halves)
    try:
        fine = solve_in_domain(axis, between, d, layers, enough, comm)
        own = solve_along(axis, voxels, alone, np.sign(alone), layers, enough, comm)
    except NotConverged as error:
        raise StageFailed(
            f"{error} in the carbon-binder domain along {'xyz'[axis]}; raise the tolerances, or "
            "set microstructure.domain_on_halves to false"
        ) from error
    if fine.conductivity == 0:
        return fine
    left = fine.sharper - fine.conductivity
    value = fine.sharper + left
    scale = value / fine.conductivity
    return replace(
        fine,
        conductivity=value,
        layers=scale * fine.layers,
        coarse=own.conductivity,
        coarse_cross=own.cross,
        error=abs(left) + (left_of_open_faces(geometry) + fine.flux_mismatch) * value,
    )


def with_domain(electrons: Transport, plain: Transport, domain: Transport) -> Transport:
    """Electrons by what the domain conducts on the halves, where that is known better.

        sigma = D* + (sigma(v) - D(v)),    error = that of D* + |sigma(v) - D(v)|

    What active material and contacts add to the domain, or take, is taken from the voxels, on
    which both were solved.

    Args:
        electrons: the best from the voxels.
        plain: as solved on the voxels.
        domain: as from `domain_along`.
    """
    added = plain.conductivity - domain.coarse
    value, error = domain.conductivity + added, domain.error + abs(added)
    if domain.conductivity == 0 or value <= 0 or error >= electrons.error:
        return electrons
    layers: FloatArray = value / domain.conductivity * domain.layers
    return replace(
        electrons,
        conductivity=value,
        layers=layers,
        error=error,
        layers_error=error / value * layers,
        flux_mismatch=max(plain.flux_mismatch, domain.flux_mismatch),
        cross=domain.cross,
        coarse_cross=domain.coarse_cross,
    )


def by_domain(
    electrons: list[Transport],
    plain: list[Transport],
    domain: list[Transport],
    fraction: FloatArray,
    d: FloatArray,
) -> list[Transport]:
    """Electrons along the three axes by what the domain conducts on the halves, within the bounds.

    Args:
        electrons, plain, domain: as of `with_domain`.
        fraction: volume fractions of the phases.
        d: their conductivities.

    Raises:
        StageFailed: what the flux on the halves proves is more than the domain there can conduct.
    """
    from multiscale.stages.transport.values import check_bounds, unless_broken

    strong = float(d[Phase.CBD])
    share = max(float(t.ceiling.mean()) for t in domain) / strong
    proved = [replace(t, conductivity=t.sharper) for t in domain]
    check_bounds("domain on halves", np.array([1 - share, share]), np.array([0.0, strong]), proved)
    both = zip(electrons, plain, domain, strict=True)
    return unless_broken("electrons", fraction, d, [with_domain(*each) for each in both], electrons)
