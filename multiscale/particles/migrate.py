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
    kept = [a[stays] for a in every]
    merged = [np.concatenate(parts) for parts in zip(kept, *(a[0] for a in arrived), strict=True)]
    bundles = []
    for k, r in enumerate(ragged):
        stay = np.repeat(stays, r.counts)
        parts = zip((a[stay] for a in r.items), *(a[1][k] for a in arrived), strict=True)
        bundles.append(Ragged(merged[len(rows) + k], tuple(np.concatenate(p) for p in parts)))
    return merged[: len(rows)], bundles


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
