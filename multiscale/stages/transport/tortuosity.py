"""Diffusion through a labelled volume by itself, between two faces or in a repeating cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.record import FloatArray
from multiscale.stages.transport.bounds import ROUNDING, broken_by
from multiscale.stages.transport.coarser import EverySecond
from multiscale.stages.transport.conduction import moderate, solve_along, splits
from multiscale.stages.transport.problem import Axis, Geometry, Tolerances
from multiscale.stages.transport.upper import upper_bound
from multiscale.stages.transport.volume import Volume
from multiscale.voxels.diffusion import effective_tensor
from multiscale.voxels.laplace import NotConverged
from multiscale.voxels.slabs import from_all, share_layers, whole

if TYPE_CHECKING:
    from mpi4py import MPI

type Watch = Callable[[str], None]


class Boundary(StrEnum):
    """What lies around the volume."""

    MIRROR = "mirror"
    """Two opposite faces are driven, the four sides are closed: the flux is mirrored there."""
    PERIODIC_SIDES = "periodic-sides"
    """Two opposite faces are driven, the volume repeats sideways."""
    PERIODIC = "periodic"
    """The volume repeats along all axes under a mean gradient: no face is driven."""


@dataclass(frozen=True)
class Diffusivity:
    """Effective diffusivity of a volume, in the unit of its phases'; NaN where it was not solved.

    Attributes:
        boundary: what lies around the volume.
        fraction: share of each phase, shape (phases,).
        content: share of the volume that holds what diffuses.
        voxels: D_ab on the voxels, shape (3, 3); between two faces D_ab is the mean flux along a
            over the drop along b.
        coarse: the same on voxels of twice the edge.
        upper: bound from above of what the voxels conduct as they are, of which `voxels` is one
            from below, shape (3,); NaN in a repeating cell.
        value: D_aa of vanishing voxels where these make that possible, else that of the voxels.
        error: estimated |value - D_aa of vanishing voxels|, shape (3,).
        flux_mismatch: (largest - smallest) / mean flux through the layers, shape (3,).
    """

    boundary: Boundary
    fraction: FloatArray
    content: float
    voxels: FloatArray
    coarse: FloatArray
    upper: FloatArray
    value: FloatArray
    error: FloatArray
    flux_mismatch: FloatArray

    def tortuosity(self, diagonal: FloatArray) -> FloatArray:
        """Tortuosity factors tau = eps D0/D, D0 = 1; not squared."""
        return np.divide(self.content, diagonal, out=np.full(3, np.inf), where=diagonal > 0)


def effective_diffusivity(
    volume: Volume,
    edges: FloatArray,
    d: FloatArray,
    content: FloatArray,
    boundary: Boundary,
    axes: Sequence[Axis] = (0, 1, 2),
    *,
    residual_tolerance: float = 1e-6,
    flux_tolerance: float = 1e-4,
    comm: MPI.Intracomm | None = None,
    watch: Watch = lambda note: None,
) -> Diffusivity:
    """Solve div(d grad c) = 0 on the voxels and on every second voxel. Collective over `comm`.

    Between driven faces, with the upper bound D+ of what the voxels conduct as they are,

        D = max(2 D(v) - D(2v), (D(v) + D+)/2),    error = max(|D(v) - D(2v)|, (D+ - D(v))/2)

    as the transport stage has it (`extrapolation`), and what the fluxes differ by. In a repeating
    cell, where no D+ is known, it is 2 D(v) - D(2v) where v and 2v show the same paths, with
    |D(v) - D(2v)| as its error: two grids may agree by chance. Where that breaks a rigorous bound
    the value is D(v), with twice the error.

    Args:
        volume: phase of each voxel.
        edges: voxel edges [m], along x, y, z.
        d: diffusivity of each phase.
        content: share of each phase that holds what diffuses.
        boundary: what lies around the volume.
        axes: driven one after the other; `Boundary.PERIODIC` always takes all three.
        residual_tolerance: largest |b - A c| / |b|. In a repeating cell D below this share of the
            best conductor's is 0, and so much is added to the error.
        flux_tolerance: largest (max - min) / mean of the fluxes through the layers.
        comm: ranks that share the volume, each with slabs of it.
        watch: told what is being done.

    Raises:
        StageFailed: a solve did not converge or breaks a rigorous bound, or the ranks cannot share
            the volume.
    """
    ranks = comm.size if comm else 1
    if ranks > 1 and not splits(volume.shape, ranks):
        raise StageFailed(
            f"{ranks} ranks cannot share {' x '.join(map(str, volume.shape))} voxels; take fewer"
        )
    shared = comm if ranks > 1 else None
    fraction = phase_fractions(volume, d.size, shared)
    eps = float(fraction @ content)
    grids = (volume, edges), (sparse := EverySecond(volume), sparse.edges(edges))
    iterated, upper = 0.0, np.full(3, np.nan)
    if boundary is Boundary.PERIODIC:
        watch("repeating cell, and on every second voxel")
        fine, coarse = (_cell(v, e, d, residual_tolerance, shared) for v, e in grids)
        mismatch, iterated = np.zeros(3), residual_tolerance * float(d.max())
    else:
        sides = (boundary is Boundary.PERIODIC_SIDES,) * 3
        tolerances = residual_tolerance, flux_tolerance
        (fine, mismatch), (coarse, _) = (
            _between_faces(Geometry(v, e, sides), d, content, axes, tolerances, shared, watch)
            for v, e in grids
        )
        upper = _from_above(Geometry(volume, edges, sides), d, np.diag(fine), tolerances, shared)
    slack = ROUNDING + (residual_tolerance if iterated else float(np.nanmax(mismatch)))
    if problem := _broken(fraction, d, boundary, fine, slack):
        raise StageFailed(f"{problem}; the solve is wrong, tighten the tolerances")
    value, off = _vanishing(np.diag(fine), np.diag(coarse), upper)
    if _broken(fraction, d, boundary, np.diag(value), slack):
        value, off = np.diag(fine), 2 * off
    off = off + mismatch * np.diag(fine) + iterated
    return Diffusivity(boundary, fraction, eps, fine, coarse, upper, value, off, mismatch)


def _from_above(
    geometry: Geometry,
    d: FloatArray,
    below: FloatArray,
    tolerances: tuple[float, float],
    comm: MPI.Intracomm | None,
) -> FloatArray:
    """D+ along the axes that were solved; where nothing leads through, 0. Collective."""
    upper = np.where(np.isnan(below), np.nan, 0.0)
    enough: Tolerances = {
        "residual_tolerance": tolerances[0],
        "flux_tolerance": tolerances[1],
        "watch": lambda iteration, residual: None,
    }
    axes: tuple[Axis, ...] = (0, 1, 2)
    for axis in axes:
        if below[axis] > 0:
            try:
                most = upper_bound(axis, geometry, d, moderate(d), enough, comm)
            except NotConverged as error:
                raise StageFailed(f"{error} from above along {'xyz'[axis]}") from error
            upper[axis] = max(most, below[axis])
    return upper


def _between_faces(
    geometry: Geometry,
    d: FloatArray,
    content: FloatArray,
    axes: Sequence[Axis],
    tolerances: tuple[float, float],
    comm: MPI.Intracomm | None,
    watch: Watch,
) -> tuple[FloatArray, FloatArray]:
    """D_ab for drops along the axes, and the mismatch of their fluxes. Collective."""
    tensor, mismatch = np.full((3, 3), np.nan), np.full(3, np.nan)
    for axis in axes:

        def tell(iteration: int, residual: float, axis: Axis = axis) -> None:
            watch(f"along {'xyz'[axis]}: iteration {iteration}, residual {residual:.1e}")

        enough: Tolerances = {
            "residual_tolerance": tolerances[0],
            "flux_tolerance": tolerances[1],
            "watch": tell,
        }
        try:
            found = solve_along(axis, geometry, d, content, 1, enough, comm)
        except NotConverged as error:
            raise StageFailed(
                f"{error} along {'xyz'[axis]}; raise the tolerances or check the labels"
            ) from error
        tensor[:, axis], mismatch[axis] = found.cross, found.flux_mismatch
        tensor[axis, axis] = found.conductivity
    return tensor, mismatch


def _broken(
    fraction: FloatArray, d: FloatArray, boundary: Boundary, tensor: FloatArray, slack: float
) -> str:
    """What no geometry can give, in words.

    Where the volume repeats sideways, each axis is driven in another one, mirrored along it: the
    three have Wiener's bounds, but none together. Finite volumes lie below what the voxels conduct,
    so that the lower Hashin-Shtrikman bound says nothing.
    """
    known = np.isfinite(tensor).all()
    whole_tensor = boundary is Boundary.PERIODIC and known
    effective = np.linalg.eigvalsh((tensor + tensor.T) / 2) if whole_tensor else np.diag(tensor)
    together = boundary is not Boundary.PERIODIC_SIDES
    return broken_by(fraction, d, effective, np.full(3, np.inf), slack, together)


def _vanishing(
    one: FloatArray, other: FloatArray, upper: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """D of vanishing voxels and its error from D(v), D(2v) and, where it is known, D+.

    What differs by more than half is no start of a series: D(v) stands where there is no D+.
    """
    change, half = np.abs(one - other), (upper - one) / 2
    same_paths = change <= 0.5 * one
    by_two = np.where(same_paths, 2 * one - other, one), change * np.where(same_paths, 1, 2)
    between = np.maximum(2 * one - other, one + half), np.maximum(change, half)
    known = np.isfinite(upper)
    return np.where(known, between[0], by_two[0]), np.where(known, between[1], by_two[1])


def phase_fractions(volume: Volume, phases: int, comm: MPI.Intracomm | None) -> FloatArray:
    """Share of each phase of a volume. Collective."""
    n0 = volume.shape[0]
    slabs = share_layers(comm, n0, (False,) * 3) if comm else whole(n0, (False,) * 3)
    label = volume.layers(0, slabs.begin, slabs.end)
    own = np.array([np.count_nonzero(label == phase) for phase in range(phases)])
    return np.asarray(sum(from_all(own, slabs)) / np.prod(volume.shape, dtype=float))


def _cell(
    volume: Volume,
    edges: FloatArray,
    d: FloatArray,
    residual_tolerance: float,
    comm: MPI.Intracomm | None,
) -> FloatArray:
    """The tensor of a volume that repeats along all axes. Collective.

    Where nothing leads right through D is what the iteration leaves; below the tolerance it is 0.
    """
    best = float(d.max())
    if best == 0:
        return np.zeros((3, 3))
    n0, wraps = volume.shape[0], (True, True, True)
    slabs = share_layers(comm, n0, wraps) if comm else whole(n0, wraps)
    label = np.ascontiguousarray(volume.layers(0, slabs.begin, slabs.end))
    cells = (d / best).astype(np.float32)[label]
    del label
    size = float(edges[0]), float(edges[1]), float(edges[2])
    try:
        found = effective_tensor(cells, size, None, slabs, residual_tolerance=residual_tolerance)
    except NotConverged as error:
        raise StageFailed(f"{error} in the repeating cell; raise the tolerance") from error
    insulators = any(from_all(bool((cells == 0).any()), slabs))
    closed = insulators & (np.diag(found) < residual_tolerance)
    found[closed], found[:, closed] = 0.0, 0.0
    return best * found
