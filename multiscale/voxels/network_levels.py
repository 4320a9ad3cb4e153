"""Ever coarser networks, and the cycle that runs down them and up again.

The W of the cycle is no luxury. Coarse corrections are stretched by the overcorrection s < 2; a
second cycle maps the eigenvalues l of (cycle x matrix) to 1 - (1 - l)^2, which lies in (0, 1] for
l in (0, 2). With W at every level they stay in (0, s] by induction, and the preconditioner is
positive definite for any conductances; with one cycle per level the stretches would multiply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.voxels.aggregation import Network, aggregate
from multiscale.voxels.cholesky import cholesky, cholesky_solve
from multiscale.voxels.relaxation import gather_residual, sweep_down, sweep_up
from multiscale.voxels.slabs import Slabs

type Array = np.ndarray[Any, np.dtype[np.float64]]
type Index = np.ndarray[Any, np.dtype[np.int32]]

COARSEST_NODES = 400
SWEEPS = 2
LAST_SWEEPS = 10


@dataclass(frozen=True)
class Level:
    """One level: its matrix by rows, its correction and right side, and where its nodes go.

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
class Levels:
    """Networks, fine to coarse, and the factor of the last matrix.

    A network that does not shrink any more although it is large (many separate channels, each one
    node between the driven faces) is relaxed instead of factorised, which solves it all the same.

    Attributes:
        levels: all nodes of all ranks.
        factor: Cholesky factor of the last level, empty where that is relaxed.
    """

    levels: list[Level]
    factor: Array


def coarsen(
    cells: Network, length: Index, weight: Array, slabs: Slabs | None = None
) -> tuple[list[Network], int]:
    """Coarsen until the matrix is small enough to factorise, once at least. Collective.

    Args:
        cells: the finest network.
        length: its blocks along the axes.
        weight: conductance between blocks in a uniform medium, by axis; weak axes are coarsened
            later, so that flat voxels converge as well as cubes.
        slabs: who has which layers of the finest network; this rank all where left out.

    Returns:
        The networks, the finest first, and the layers of axis 0 in a block of the second.
    """
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
    return networks, slab


def levels_of(networks: list[Network]) -> Levels:
    """Lay networks out for the cycle."""
    below = [*networks[1:], None]
    levels = [_level(n, coarser) for n, coarser in zip(networks, below, strict=True)]
    last = networks[-1]
    if last.nodes > COARSEST_NODES:
        return Levels(levels, np.empty((0, 0)))
    return Levels(levels, cholesky(np.diag(last.diagonal) - last.links.toarray()))


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


def cycle(levels: Levels, depth: int = 0) -> None:
    """One W-cycle from a level on; improves its x towards the solution for its b."""
    level = levels.levels[depth]
    matrix = level.start, level.column, level.link, level.inverse
    if depth + 1 == len(levels.levels):
        if levels.factor.size:
            level.x[:] = cholesky_solve(levels.factor, level.b)
        else:
            sweep_up(level.x, level.b, *matrix, LAST_SWEEPS)
            sweep_down(level.x, level.b, *matrix, LAST_SWEEPS)
        return
    sweep_up(level.x, level.b, *matrix, SWEEPS)
    coarse = levels.levels[depth + 1]
    coarse.b[:] = 0
    gather_residual(level.x, level.b, *matrix, level.member, coarse.b)
    coarse.x[:] = 0
    for _ in range(2 if depth + 2 < len(levels.levels) else 1):
        cycle(levels, depth + 1)
    level.x[:] += coarse.x[level.member]
    sweep_down(level.x, level.b, *matrix, SWEEPS)
