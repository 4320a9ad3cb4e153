"""Multigrid for -div(d grad phi) = f on voxels, as a symmetric preconditioner.

The finest level is the voxel grid itself, padded by one ghost layer on every side and never
assembled: `faces[a, i, j, k]` is the conductance of the lower face of cell (i, j, k) along axis a.
The coarse levels are the networks of `aggregation`. Ranks may share the voxel grid by slabs; the
coarse levels, some 15 bytes for each voxel, are held and computed by every rank.

The W of the cycle is no luxury. Coarse corrections are stretched by the overcorrection s < 2; a
second cycle maps the eigenvalues l of (cycle x matrix) to 1 - (1 - l)^2, which lies in (0, 1] for
l in (0, 2). With W at every level they stay in (0, s] by induction, and the preconditioner is
positive definite for any conductances; with one cycle per level the stretches would multiply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.voxels.aggregation import Network, aggregate, cell_network
from multiscale.voxels.cholesky import cholesky, cholesky_solve
from multiscale.voxels.relaxation import (
    add_interpolated,
    gather_residual,
    relax,
    restrict_residual,
    sweep_down,
    sweep_up,
)
from multiscale.voxels.slabs import Slabs, fill_ghosts, from_all, whole

type Array = np.ndarray[Any, np.dtype[np.float64]]
type Index = np.ndarray[Any, np.dtype[np.int32]]

COARSEST_NODES = 400
SWEEPS = 2
LAST_SWEEPS = 10


@dataclass(frozen=True)
class Level:
    """One coarse level: its matrix by rows, its correction and right side, and where its nodes go.

    Attributes:
        start, column, link: off-diagonal conductances in compressed rows.
        inverse: 1 / diagonal.
        member: node of the next coarser level for each node; empty on the coarsest.
        x, b: work space.
    """

    start: Index
    column: Index
    link: Array
    inverse: Array
    member: Index
    x: Array
    b: Array


@dataclass(frozen=True)
class Hierarchy:
    """The voxel grid, the coarse levels and the factor of the coarsest matrix.

    A network that does not shrink any more although it is large (many separate channels, each one
    node between the driven faces) is relaxed instead of factorised, which solves it all the same.

    Attributes:
        faces: conductances of the voxel faces, shape (3, n0 + 2, n1 + 2, n2 + 2).
        inverse: 1 / (sum of the six faces), 0 in cells without open faces.
        member: node of the first coarse level for each cell, padded, -1 without open faces.
        periodic: whether axes 1 and 2 wrap around.
        slabs: who has which layers of cells.
        slab: layers of axis 0 in one block of the first coarse level.
        levels: coarse levels, fine to coarse; all nodes of all ranks.
        own: the nodes of the first coarse level that lie in this rank's slab.
        factor: Cholesky factor of the last level, empty where that is relaxed.
    """

    faces: Array
    inverse: Array
    member: Index
    periodic: tuple[bool, bool]
    slabs: Slabs
    slab: int
    levels: list[Level]
    own: slice
    factor: Array


def build_hierarchy(
    faces: Array,
    periodic: tuple[bool, bool],
    strength: tuple[float, float, float],
    slabs: Slabs | None = None,
) -> Hierarchy:
    """Coarsen until the matrix is small enough to factorise. Collective.

    Args:
        faces: conductances of the faces of this rank, shape (3, n0 + 2, n1 + 2, n2 + 2).
        periodic: whether axes 1 and 2 wrap around.
        strength: conductance of a face in a uniform medium, by axis; weak axes are coarsened
            later, so that flat voxels converge as well as cubes.
        slabs: who has which layers; this rank all where left out.
    """
    slabs = slabs or whole(faces.shape[1] - 2, (False, *periodic))
    cells = cell_network(faces, periodic, slabs)
    length, weight = np.array(faces.shape[1:]) - 2, np.array(strength)
    length[0] = slabs.total
    networks, slab = [cells], 1
    while networks[-1].nodes > COARSEST_NODES or len(networks) == 1:
        chosen = (length > 1) & (weight >= 0.5 * weight[length > 1].max(initial=0.0))
        step = np.where(chosen, 2, 1)
        shared = slabs if len(networks) == 1 else None
        networks.append(aggregate(networks[-1], tuple(step), shared))
        slab = int(step[0]) if len(networks) == 2 else slab
        length, weight = -(-length // step), weight / step**2
        if networks[-1].nodes > 0.95 * networks[-2].nodes:
            break
    member = np.full(faces.shape[1:], -1, np.int32)
    inside = member[1:-1, 1:-1, 1:-1]
    inside[cells.member >= 0] = networks[1].member
    inverse = np.zeros(faces.shape[1:])
    inverse[1:-1, 1:-1, 1:-1][cells.member >= 0] = 1 / cells.diagonal
    levels = [
        _level(n, below) for n, below in zip(networks[1:], [*networks[2:], None], strict=True)
    ]
    first = networks[1].member
    own = slice(int(first.min()), int(first.max()) + 1) if first.size else slice(0, 0)
    factor = _factor(networks[-1])
    return Hierarchy(faces, inverse, member, periodic, slabs, slab, levels, own, factor)


def _factor(last: Network) -> Array:
    if last.nodes > COARSEST_NODES:
        return np.empty((0, 0))
    return cholesky(np.diag(last.diagonal) - last.links.toarray())


def _level(network: Network, coarser: Network | None) -> Level:
    links, n = network.links, network.nodes
    member = np.empty(0, np.int32) if coarser is None else coarser.member
    return Level(
        links.indptr.astype(np.int32),
        links.indices.astype(np.int32),
        links.data,
        1 / network.diagonal,
        member,
        np.zeros(n),
        np.zeros(n),
    )


def precondition(grids: Hierarchy, residual: Array, correction: Array) -> None:
    """Set `correction` to one symmetric W-cycle applied to `residual`. Collective."""
    correction[:] = 0
    _smooth(grids, residual, correction, (0, 1) * SWEEPS)
    first, slabs = grids.levels[0], grids.slabs
    first.b[:] = 0
    fill_ghosts(correction, slabs)
    restrict_residual(
        correction, residual, grids.faces, *grids.periodic, grids.member, grids.slab, first.b
    )
    if slabs.comm is not None:
        first.b[:] = np.concatenate(from_all(first.b[grids.own], slabs))
    first.x[:] = 0
    for _ in range(2):
        _cycle(grids, 0)
    add_interpolated(correction, first.x, grids.member)
    # The colours in reverse: the cycle is then its own adjoint, as conjugate gradients need.
    _smooth(grids, residual, correction, (1, 0) * SWEEPS)


def _smooth(grids: Hierarchy, residual: Array, correction: Array, colours: tuple[int, ...]) -> None:
    """Relax the cells of one colour after the other."""
    for colour in colours:
        fill_ghosts(correction, grids.slabs)
        relax(correction, residual, grids.faces, grids.inverse, *grids.periodic, colour)


def _cycle(grids: Hierarchy, depth: int) -> None:
    """One W-cycle on a coarse level; improves level.x towards the solution for level.b."""
    level = grids.levels[depth]
    matrix = level.start, level.column, level.link, level.inverse
    if depth + 1 == len(grids.levels):
        if grids.factor.size:
            level.x[:] = cholesky_solve(grids.factor, level.b)
        else:
            sweep_up(level.x, level.b, *matrix, LAST_SWEEPS)
            sweep_down(level.x, level.b, *matrix, LAST_SWEEPS)
        return
    sweep_up(level.x, level.b, *matrix, SWEEPS)
    coarse = grids.levels[depth + 1]
    coarse.b[:] = 0
    gather_residual(level.x, level.b, *matrix, level.member, coarse.b)
    coarse.x[:] = 0
    for _ in range(2 if depth + 2 < len(grids.levels) else 1):
        _cycle(grids, depth + 1)
    level.x[:] += coarse.x[level.member]
    sweep_down(level.x, level.b, *matrix, SWEEPS)
