"""Multigrid for -div(d grad phi) = f on voxels, as a symmetric preconditioner.

The finest level is the voxel grid itself, padded by one ghost layer on every side and never
assembled: `faces[a, i, j, k]` is the conductance of the lower face of cell (i, j, k) along axis a.
The coarse levels are the networks of `aggregation`. Ranks may share the voxel grid by slabs; the
coarse levels, some 15 bytes for each voxel, are held and computed by every rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.voxels.aggregation import cell_network
from multiscale.voxels.network_levels import SWEEPS, Levels, coarsen, cycle, levels_of
from multiscale.voxels.relaxation import add_interpolated, relax, restrict_residual
from multiscale.voxels.slabs import Slabs, fill_ghosts, from_all, whole

type Array = np.ndarray[Any, np.dtype[np.float64]]
type Index = np.ndarray[Any, np.dtype[np.int32]]


@dataclass(frozen=True)
class Hierarchy:
    """The voxel grid and the coarse levels.

    Attributes:
        faces: conductances of the voxel faces, shape (3, n0 + 2, n1 + 2, n2 + 2).
        inverse: 1 / (sum of the six faces), 0 in cells without open faces.
        member: node of the first coarse level for each cell, padded, -1 without open faces.
        periodic: whether axes 1 and 2 wrap around.
        slabs: who has which layers of cells.
        slab: layers of axis 0 in one block of the first coarse level.
        coarse: the coarse levels; all nodes of all ranks.
        own: the nodes of the first coarse level that lie in this rank's slab.
    """

    faces: Array
    inverse: Array
    member: Index
    periodic: tuple[bool, bool]
    slabs: Slabs
    slab: int
    coarse: Levels
    own: slice


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
    networks, slab = coarsen(cells, length, weight, slabs)
    member = np.full(faces.shape[1:], -1, np.int32)
    inside = member[1:-1, 1:-1, 1:-1]
    inside[cells.member >= 0] = networks[1].member
    inverse = np.zeros(faces.shape[1:])
    inverse[1:-1, 1:-1, 1:-1][cells.member >= 0] = 1 / cells.diagonal
    first = networks[1].member
    own = slice(int(first.min()), int(first.max()) + 1) if first.size else slice(0, 0)
    coarse = levels_of(networks[1:])
    return Hierarchy(faces, inverse, member, periodic, slabs, slab, coarse, own)


def precondition(grids: Hierarchy, residual: Array, correction: Array) -> None:
    """Set `correction` to one symmetric W-cycle applied to `residual`. Collective."""
    correction[:] = 0
    _smooth(grids, residual, correction, (0, 1) * SWEEPS)
    first, slabs = grids.coarse.levels[0], grids.slabs
    first.b[:] = 0
    fill_ghosts(correction, slabs)
    restrict_residual(
        correction, residual, grids.faces, *grids.periodic, grids.member, grids.slab, first.b
    )
    if slabs.comm is not None:
        first.b[:] = np.concatenate(from_all(first.b[grids.own], slabs))
    first.x[:] = 0
    for _ in range(2):
        cycle(grids.coarse)
    add_interpolated(correction, first.x, grids.member)
    # The colours in reverse: the cycle is then its own adjoint, as conjugate gradients need.
    _smooth(grids, residual, correction, (1, 0) * SWEEPS)


def _smooth(grids: Hierarchy, residual: Array, correction: Array, colours: tuple[int, ...]) -> None:
    """Relax the cells of one colour after the other."""
    for colour in colours:
        fill_ghosts(correction, grids.slabs)
        relax(correction, residual, grids.faces, grids.inverse, *grids.periodic, colour)
