"""Coarse conduction networks: blocks of cells, split where the conductors in them do not touch.

Plain 2 x 2 x 2 blocks tie together whatever lies in them. That is right for one conductor, but
islands of a strong conductor in a weak one (carbon-binder domain in active material) would merge
on coarse grids into a path that does not exist, and the iteration would stall. Here a block gives
one node per part that is connected by strong links, which keeps the islands apart at any contrast.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

type Array = np.ndarray[Any, np.dtype[np.float64]]
type Index = np.ndarray[Any, np.dtype[np.int32]]

# A link is strong if it carries at least this share of the strongest link of both its ends.
STRONG = 0.05
# A node that hangs by one link (more than this share of all that meets in it) goes with that one,
# however strong the links beyond are: dead ends would otherwise stay to the coarsest level.
HANGING = 0.8
# Piecewise constant interpolation makes a coarse network up to twice too stiff [Braess1995]; below
# 2 the preconditioner stays positive definite whatever the conductances are.
OVERCORRECTION = 1.7


@dataclass(frozen=True)
class Network:
    """Nodes joined by conductances.

    Attributes:
        links: conductance between nodes, symmetric, without diagonal, shape (n, n).
        ground: conductance of each node to the driven faces, shape (n,).
        block: block of each node along the three axes, shape (3, n).
        member: node of each node (cell) of the next finer level, -1 where that has no open face.
    """

    links: csr_array
    ground: Array
    block: Index
    member: Index

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return int(self.ground.size)

    @property
    def diagonal(self) -> Array:
        """Sum of all conductances that meet at each node."""
        return np.asarray(self.links.sum(axis=1)).ravel() + self.ground


def cell_network(faces: Array, periodic: tuple[bool, bool]) -> Network:
    """The network of the open cells themselves, from the padded face conductances."""
    shape = tuple(n - 2 for n in faces.shape[1:])
    lower = faces[:, 1:-1, 1:-1, 1:-1]
    open_cell = np.zeros(shape, bool)
    for axis in range(3):
        upper = [slice(1, -1)] * 3
        upper[axis] = slice(2, None)
        open_cell |= (lower[axis] > 0) | (faces[axis][tuple(upper)] > 0)
    number = np.full(shape, -1, np.int32)
    number[open_cell] = np.arange(open_cell.sum(), dtype=np.int32)
    here, there, conductance = [], [], []
    for axis in range(3):
        below = np.roll(number, 1, axis)
        joined = (lower[axis] > 0) & (below >= 0)
        if axis == 0 or not periodic[axis - 1]:
            joined[(slice(None),) * axis + (0,)] = False
        here.append(number[joined])
        there.append(below[joined])
        conductance.append(lower[axis][joined])
    ground = np.zeros(shape)
    ground[0] += faces[0, 1, 1:-1, 1:-1]
    ground[-1] += faces[0, -1, 1:-1, 1:-1]
    block = np.array(np.nonzero(open_cell), np.int32)
    n = block.shape[1]
    half = coo_array(
        (
            np.concatenate(conductance),
            (np.concatenate(here), np.concatenate(there)),
        ),
        shape=(n, n),
    ).tocsr()
    del here, there, conductance
    links = half + half.T.tocsr()
    return Network(links, ground[open_cell], block, number)


def aggregate(fine: Network, step: tuple[int, int, int]) -> Network:
    """Join the nodes of blocks of `step` blocks that are connected by strong links or hang by one.

    The conductances of the coarse network are the sums of the fine ones that cross (Galerkin with
    piecewise constant interpolation), divided by the overcorrection.
    """
    parent = fine.block // np.array(step, np.int32)[:, None]
    place = np.ravel_multi_index(tuple(parent), tuple(parent.max(axis=1) + 1)).astype(np.int32)
    links = fine.links.tocoo(copy=False)
    i, j = links.coords
    strongest = fine.links.max(axis=1).toarray().ravel()
    same = np.flatnonzero(place[i] == place[j])
    inner_i, inner_j = i[same], j[same]
    inner_link = links.data[same]
    strong = inner_link >= STRONG * np.maximum(strongest[inner_i], strongest[inner_j])
    most = HANGING * fine.diagonal
    strong |= inner_link > np.minimum(most[inner_i], most[inner_j])
    inner = coo_array(
        (np.ones(strong.sum(), np.int8), (inner_i[strong], inner_j[strong])), shape=links.shape
    )
    count, member = connected_components(inner, directed=False)
    crossing = member[i] != member[j]
    coarse = coo_array(
        (links.data[crossing] / OVERCORRECTION, (member[i[crossing]], member[j[crossing]])),
        shape=(count, count),
    ).tocsr()
    ground = np.bincount(member, fine.ground, count) / OVERCORRECTION
    block = np.zeros((3, count), np.int32)
    block[:, member] = parent
    return Network(coarse, ground, block, member.astype(np.int32))
