"""Which cells connect two opposite faces of the volume."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from multiscale.voxels.slabs import Slabs, from_all, next_layers, whole

type Mask = np.ndarray[Any, np.dtype[np.bool_]]
type Ids = NDArray[np.int64]
type Wraps = tuple[bool, bool, bool]

_LOWER, _UPPER = 1, 2  # bits of the faces that a cluster touches


@dataclass(frozen=True)
class Clusters:
    """Clusters of cells that share faces (6-connectivity, as in the finite volumes), slab by slab.

    Attributes:
        ids: cluster of each cell of this rank from 1 on, 0 outside, shape (x, y, own slices).
        count: of this rank.
        before: clusters of the ranks before.
        slabs: who has which slices along z.
    """

    ids: NDArray[np.int32]
    count: int
    before: int
    slabs: Slabs


def find_clusters(phase: Mask, slabs: Slabs | None = None) -> Clusters:
    """Find the clusters in the slab of each rank. Collective.

    Args:
        phase: where the phase is, shape (x, y, own slices).
        slabs: who has which slices along z; this rank all where left out.
    """
    slabs = slabs or whole(phase.shape[2], (False, False, False))
    ids, count = label(phase)
    counts = from_all(int(count), slabs)
    return Clusters(ids, counts[slabs.rank], sum(counts[: slabs.rank]), slabs)


def connecting(clusters: Clusters, axis: int, periodic: Wraps, lower: bool = True) -> Mask:
    """Keep the clusters that touch both faces of an axis, or the upper one. Collective.

    Args:
        clusters: as from `find_clusters`; here they are joined over the seams.
        axis: whose faces are touched.
        periodic: which axes wrap around; the faces themselves are never joined.
        lower: whether they must touch the lower face too.
    """
    ids, slabs = clusters.ids, replace(clusters.slabs, periodic=periodic[2] and axis != 2)
    pairs = _seams(clusters, slabs, [a for a in (0, 1) if periodic[a] and a != axis])
    touched = np.zeros(clusters.count + 1, np.uint8)
    if axis != 2 or slabs.lowest:
        touched[ids.take(0, axis)] |= _LOWER
    if axis != 2 or slabs.highest:
        touched[ids.take(-1, axis)] |= _UPPER
    _spread(touched, pairs, clusters.before, slabs)
    wanted = _LOWER | _UPPER if lower else _UPPER
    through = touched & wanted == wanted
    through[0] = False  # the insulator
    return np.asarray(through[ids])


def percolating(conductor: Mask, periodic: tuple[bool, bool], lower: bool = True) -> Mask:
    """Keep the clusters that touch both faces of axis 0, or the upper one.

    Args:
        conductor: cells that conduct, shape (n0, n1, n2).
        periodic: whether axes 1 and 2 wrap around.
        lower: whether they must touch the lower face too.
    """
    return connecting(find_clusters(conductor), 0, (False, *periodic), lower)


def _seams(clusters: Clusters, slabs: Slabs, wrapped: list[int]) -> Ids:
    """Pairs of clusters that meet where an axis repeats or slabs end. Collective."""
    ids = clusters.ids
    ends = _numbered(np.stack([ids[:, :, 0], ids[:, :, -1]]), clusters.before)
    _, above = next_layers(ends, slabs)
    meeting = [(ends[1], above)]
    for axis in wrapped:
        both_ends = np.stack([ids.take(0, axis), ids.take(-1, axis)])
        first, last = _numbered(both_ends, clusters.before)
        meeting.append((first, last))
    here, there = (
        np.concatenate([each.ravel() for each in side]) for side in zip(*meeting, strict=True)
    )
    both = (here > 0) & (there > 0)
    own = np.unique(np.stack([here[both], there[both]], axis=1), axis=0)
    return np.unique(np.concatenate(from_all(own, slabs)), axis=0)


def _numbered(ids: NDArray[np.int32], before: int) -> Ids:
    """Clusters as numbered over all ranks."""
    return np.where(ids > 0, ids + np.int64(before), 0)


def _spread(touched: NDArray[np.uint8], pairs: Ids, before: int, slabs: Slabs) -> None:
    """Give all clusters that are joined what each of them touches. Collective.

    Only those at a seam are told to other ranks.
    """
    if not len(pairs):
        return
    nodes, ends = np.unique(pairs, return_inverse=True)
    i, j = ends.reshape(pairs.shape).T
    graph = coo_array((np.ones(i.size, np.int8), (i, j)), shape=(nodes.size, nodes.size))
    count, part = connected_components(graph, directed=False)
    mine = (nodes > before) & (nodes < before + touched.size)
    told = np.zeros(nodes.size, np.uint8)
    told[mine] = touched[nodes[mine] - before]
    together = np.zeros(count, np.uint8)
    for one in from_all(told, slabs):
        np.bitwise_or.at(together, part, one)
    touched[nodes[mine] - before] = together[part[mine]]
