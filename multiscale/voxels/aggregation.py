"""Coarse conduction networks: blocks of cells, split where the conductors in them do not touch.

Plain 2 x 2 x 2 blocks tie together whatever lies in them. That is right for one conductor, but
islands of a strong conductor in a weak one (carbon-binder domain in active material) would merge
on coarse grids into a path that does not exist, and the iteration would stall. Here a block gives
one node per part that is connected by strong links, which keeps the islands apart at any contrast.

The network of the cells may be shared by ranks, each with the rows of its slab; nodes are numbered
over all ranks in order, as on one. Every rank gets the whole of the first coarse network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from multiscale.voxels.slabs import Slabs, from_all, next_layers, whole

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
        links: conductance between nodes, symmetric, without diagonal; rows of this rank's n nodes,
            columns of all.
        ground: conductance of each node to the driven faces, shape (n,).
        block: block of each node along the three axes, shape (3, n).
        member: node of each node (cell) of the next finer level, -1 where that has no open face.
        first: number of the first row.
    """

    links: csr_array
    ground: Array
    block: Index
    member: Index
    first: int = 0

    @property
    def nodes(self) -> int:
        """Number of nodes of all ranks."""
        return int(self.links.shape[1])

    @property
    def diagonal(self) -> Array:
        """Sum of all conductances that meet at each node."""
        return np.asarray(self.links.sum(axis=1)).ravel() + self.ground


def cell_network(faces: Array, periodic: tuple[bool, bool], slabs: Slabs | None = None) -> Network:
    """The network of the open cells themselves, from the padded face conductances. Collective."""
    n0, n1, n2 = (n - 2 for n in faces.shape[1:])
    slabs = slabs or whole(n0, (False, *periodic))
    shape = n0, n1, n2
    lower = faces[:, 1:-1, 1:-1, 1:-1]
    open_cell = np.zeros(shape, bool)
    for axis in range(3):
        upper = [slice(1, -1)] * 3
        upper[axis] = slice(2, None)
        open_cell |= (lower[axis] > 0) | (faces[axis][tuple(upper)] > 0)
    n = int(open_cell.sum())
    first, total = _places(n, slabs)
    number = np.full(shape, -1, np.int32)
    number[open_cell] = np.arange(n, dtype=np.int32)
    here, there, conductance = [], [], []
    for axis in range(3):
        below = np.roll(number, 1, axis)
        joined = (lower[axis] > 0) & (below >= 0)
        if axis == 0 or not periodic[axis - 1]:
            joined[(slice(None),) * axis + (0,)] = False
        here.append(number[joined])
        there.append(below[joined])
        conductance.append(lower[axis][joined])
    half = coo_array(
        (
            np.concatenate(conductance),
            (np.concatenate(here), np.concatenate(there)),
        ),
        shape=(n, n),
    ).tocsr()
    del here, there, conductance
    links = half + half.T.tocsr()
    del half
    number[open_cell] += first
    if slabs.comm is not None:
        links = csr_array((links.data, links.indices + first, links.indptr), shape=(n, total))
        links = links + _across(faces, number, first, (n, total), slabs)
    ground = np.zeros(shape)
    if slabs.lowest:
        ground[0] += faces[0, 1, 1:-1, 1:-1]
    if slabs.highest:
        ground[-1] += faces[0, -1, 1:-1, 1:-1]
    block = np.array(np.nonzero(open_cell), np.int32)
    block[0] += slabs.begin
    return Network(links, ground[open_cell], block, number, first)


def _places(own: int, slabs: Slabs) -> tuple[int, int]:
    """Number of this rank's first node, and of all nodes. Collective."""
    counts = from_all(own, slabs)
    return sum(counts[: slabs.rank]), sum(counts)


def _ends(number: Index, slabs: Slabs) -> tuple[Index, Index]:
    """Numbers in the layers next to this slab, -1 where the volume ends. Collective."""
    below, above = next_layers(number[[0, -1]], slabs)
    below[...] = -1 if slabs.lowest else below
    above[...] = -1 if slabs.highest else above
    return below, above


def _across(
    faces: Array, number: Index, first: int, shape: tuple[int, int], slabs: Slabs
) -> csr_array:
    """Links of this rank's cells to those of the ranks next to it. Collective."""
    below, above = _ends(number, slabs)
    seams = ((number[0], below, faces[0, 1]), (number[-1], above, faces[0, -1]))
    here, there, conductance = [], [], []
    for own, other, face in seams:
        joined = (face[1:-1, 1:-1] > 0) & (own >= 0) & (other >= 0)
        here.append(own[joined] - first)
        there.append(other[joined])
        conductance.append(face[1:-1, 1:-1][joined])
    return coo_array(
        (np.concatenate(conductance), (np.concatenate(here), np.concatenate(there))), shape=shape
    ).tocsr()


def aggregate(fine: Network, step: tuple[int, int, int], slabs: Slabs | None = None) -> Network:
    """Join the nodes of blocks of `step` blocks that are connected by strong links or hang by one.
    Collective.

    The conductances of the coarse network are the sums of the fine ones that cross (Galerkin with
    piecewise constant interpolation), divided by the overcorrection.

    Args:
        fine: the network; where ranks share it, that of the cells, and no block straddles two.
        step: blocks along each axis that are joined.
        slabs: who has which layers of cells; this rank all nodes where left out.

    Returns:
        The whole coarse network, on every rank; of `member` the part of this rank.
    """
    n = fine.ground.size
    parent = fine.block // np.array(step, np.int32)[:, None]
    place = np.ravel_multi_index(tuple(parent), tuple(parent.max(axis=1, initial=0) + 1))
    place = place.astype(np.int32)
    links = fine.links.tocoo(copy=False)
    i, j = links.coords
    own = slice(None) if n == fine.nodes else (j >= fine.first) & (j < fine.first + n)
    strongest = fine.links.max(axis=1).toarray().ravel()
    inner_i, inner_j, inner_link = i[own], j[own] - np.int32(fine.first), links.data[own]
    same = place[inner_i] == place[inner_j]
    inner_i, inner_j, inner_link = inner_i[same], inner_j[same], inner_link[same]
    del same
    strong = inner_link >= STRONG * np.maximum(strongest[inner_i], strongest[inner_j])
    most = HANGING * fine.diagonal
    strong |= inner_link > np.minimum(most[inner_i], most[inner_j])
    inner = coo_array(
        (np.ones(strong.sum(), np.int8), (inner_i[strong], inner_j[strong])), shape=(n, n)
    )
    count, member = connected_components(inner, directed=False)
    first, total = (0, count) if slabs is None else _places(count, slabs)
    member = member.astype(np.int32) + np.int32(first)
    if slabs is None or slabs.comm is None:
        beyond = member[j]
    else:
        mine = (j >= fine.first) & (j < fine.first + n)
        beyond = np.empty(j.size, np.int32)
        beyond[mine] = member[j[mine] - fine.first]
        beyond[~mine] = _members_of_others(j[~mine], fine, member, slabs)
    crossing = member[i] != beyond
    coarse = coo_array(
        (links.data[crossing] / OVERCORRECTION, (member[i[crossing]] - first, beyond[crossing])),
        shape=(count, total),
    ).tocsr()
    ground = np.bincount(member - first, fine.ground, count) / OVERCORRECTION
    block = np.zeros((3, count), np.int32)
    block[:, member - first] = parent
    return _gathered(Network(coarse, ground, block, member), slabs)


def _members_of_others(number: Index, cells: Network, member: Index, slabs: Slabs) -> Index:
    """Coarse node of cells of the ranks next to this one, by their numbers. Collective."""
    ends = cells.member[[0, -1]]
    coarse = np.append(member, np.int32(-1))[np.where(ends >= 0, ends - cells.first, -1)]
    known, theirs = (
        np.concatenate([layer[layer >= 0] for layer in _ends(value, slabs)])
        for value in (ends, coarse)
    )
    # Numbers rise along a layer, and those of the rank below are the smaller ones.
    return np.asarray(theirs[np.searchsorted(known, number)])


def _gathered(own: Network, slabs: Slabs | None) -> Network:
    """The network of all ranks on every rank; of `member` the own part. Collective."""
    if slabs is None or slabs.comm is None:
        return own
    rows, column, link, ground, block = zip(
        *from_all(
            (
                np.diff(own.links.indptr),
                own.links.indices,
                own.links.data,
                own.ground,
                own.block,
            ),
            slabs,
        ),
        strict=True,
    )
    start = np.concatenate([[0], np.cumsum(np.concatenate(rows))]).astype(np.int32)
    links = csr_array(
        (np.concatenate(link), np.concatenate(column), start), shape=(own.nodes, own.nodes)
    )
    return Network(links, np.concatenate(ground), np.concatenate(block, axis=1), own.member)
