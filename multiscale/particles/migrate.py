"""Particles move to the rank that owns their place, with their contacts' histories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from multiscale.particles.bricks import Bricks, Floats, Integers
from multiscale.particles.messages import Array, packed, row_bytes, unpacked


class Ragged(NamedTuple):
    """A varying number of items per particle, such as the histories of its contacts.

    Attributes:
        counts: items of each particle, int32, shape (n,).
        items: arrays over all items in the particles' order, shapes (sum of counts, ...).
    """

    counts: NDArray[np.int32]
    items: tuple[Array, ...]


def migrate(
    bricks: Bricks, s: Floats, rows: Sequence[Array], ragged: Sequence[Ragged] = ()
) -> tuple[list[Array], list[Ragged]]:
    """Send each particle to its owner, however far; cheap when few move. Collective.

    Args:
        bricks: who owns what.
        s: lattice coordinates, wrapped into [0, 1) along periodic axes, shape (n, 3).
        rows: arrays with one row per particle, shapes (n, ...); types and trailing shapes are the
            same on all ranks. Nothing else of a particle moves, not even s.
        ragged: sets of items per particle.

    Returns:
        The same for the particles now owned: first those that stayed, in their order, then the
        arrivals by the rank they come from, in their order there. May share memory with the input.
    """
    comm = bricks.comm
    owner = bricks.owner(s)
    going = np.flatnonzero(owner != comm.rank)
    going = going[np.argsort(owner[going], kind="stable")]
    by_rank = np.split(going, np.searchsorted(owner[going], np.arange(1, comm.size)))

    # Particles, then items of each set, that go to each rank.
    leave = np.array(
        [[len(index), *(int(r.counts[index].sum()) for r in ragged)] for index in by_rank], np.int64
    )
    come = np.empty_like(leave)
    comm.Alltoall(leave, come)
    every = [*rows, *(r.counts for r in ragged)]
    unit = np.array([row_bytes(every), *(row_bytes(r.items) for r in ragged)])
    message = np.concatenate([_message(every, ragged, index) for index in by_rank])
    inbox = np.empty(int((come @ unit).sum()), np.uint8)
    comm.Alltoallv([message, leave @ unit], [inbox, come @ unit])
    if not len(going) and not come.any():
        return list(rows), list(ragged)

    stays = owner == comm.rank
    arrived = _arrivals(inbox, every, ragged, come, unit)
    kept = np.flatnonzero(stays)
    joined = [_joined(a, kept, [new[0][k] for new in arrived]) for k, a in enumerate(every)]
    bundles = []
    for k, r in enumerate(ragged):
        kept = np.flatnonzero(np.repeat(stays, r.counts))
        items = [_joined(a, kept, [new[1][k][m] for new in arrived]) for m, a in enumerate(r.items)]
        bundles.append(Ragged(joined[len(rows) + k], tuple(items)))
    return joined[: len(rows)], bundles


def _joined(a: Array, kept: Integers, arrived: Sequence[Array]) -> Array:
    """Put what arrived behind the rows that stay, in one copy."""
    out = np.empty((len(kept) + sum(map(len, arrived)), *a.shape[1:]), a.dtype)
    a.take(kept, axis=0, out=out[: len(kept)], mode="clip")  # other modes buffer the output
    if arrived:
        np.concatenate(arrived, out=out[len(kept) :])
    return out


def _message(every: Sequence[Array], ragged: Sequence[Ragged], index: Integers) -> Array:
    """Pack all that belongs to the particles `index`."""
    if not len(index):
        return np.empty(0, np.uint8)
    parts = [packed(r.items, _items(r.counts, index)) for r in ragged]
    return np.concatenate([packed(every, index), *parts])


def _items(counts: NDArray[np.int32], index: Integers) -> Integers:
    """Find the items of the particles `index`."""
    start = np.cumsum(counts, dtype=np.int64) - counts
    length = counts[index].astype(np.int64)
    before = np.cumsum(length) - length
    return np.repeat(start[index] - before, length) + np.arange(length.sum())


def _arrivals(
    inbox: Array, every: Sequence[Array], ragged: Sequence[Ragged], come: Integers, unit: Integers
) -> list[tuple[list[Array], list[list[Array]]]]:
    """Read the rows and the items of the particles from each rank that sent some."""
    arrived, at = [], 0
    for particles, *items in come.tolist():
        if not particles:
            continue
        end = at + particles * int(unit[0])
        rows, sets = unpacked(inbox[at:end], every, particles), []
        at = end
        for r, m, size in zip(ragged, items, unit[1:].tolist(), strict=True):
            sets.append(unpacked(inbox[at : at + m * size], r.items, m))
            at += m * size
        arrived.append((rows, sets))
    return arrived
