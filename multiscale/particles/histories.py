"""The contact histories, which lie in the order of the inner list, and survive every new list.

A pruned list moves them along in place. Between two builds of the outer list each particle keeps
its partners by their identities; partners that are walls are -1 - wall.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from multiscale.particles.layout import INDEX_MASK

MASK = INDEX_MASK
_JIT: dict[str, Any] = dict(cache=True, error_model="numpy")


@njit(**_JIT)
def shift(size, was, H):  # type: ignore[no-untyped-def]
    """Move the histories from column was[q] to q < size, in place; 0 where it is -1.

    `was` ascends where it is not -1: first what moves down, from the front, then what moves up,
    from the back, lands nowhere where something waits.
    """
    for h in range(H.shape[0]):
        for q in range(size):
            if was[q] > q:
                H[h, q] = H[h, was[q]]
        for q in range(size - 1, -1, -1):
            if 0 <= was[q] < q:
                H[h, q] = H[h, was[q]]
        for q in range(size):
            if was[q] < 0:
                H[h, q] = 0.0


@njit(**_JIT)
def export_history(n, pairs, I, J, H, G, odd, near, WI, WJ, WH, count, partner, history):  # type: ignore[no-untyped-def]
    """List each owned particle's partners with their history, (sum count,) and (sum count, h).

    First call with empty `partner` counts. A wall is the partner -1 - w. Slots marked `odd` change
    sign where the particle is the second of its pair.
    """
    slots = H.shape[0]
    writing = partner.size > 0
    begin = np.zeros(n + 1, np.int64)
    if writing:
        for i in range(n):
            begin[i + 1] = begin[i] + count[i]
    count[:] = 0
    for e in range(pairs + near):
        wall = e >= pairs
        q = e - pairs if wall else e
        i = WI[q] if wall else I[q]
        j = np.int64(0) if wall else J[q] & MASK
        used = False
        for h in range(slots):
            used |= (WH[h, q] if wall else H[h, q]) != 0.0
        if not used:
            continue
        if writing:
            at = begin[i] + count[i]
            partner[at] = -1 - WJ[q] if wall else G[j]
            for h in range(slots):
                history[at, h] = WH[h, q] if wall else H[h, q]
        count[i] += 1
        if not wall and j < n:
            if writing:
                at = begin[j] + count[j]
                partner[at] = G[i]
                for h in range(slots):
                    history[at, h] = -H[h, q] if odd[h] else H[h, q]
            count[j] += 1


@njit(**_JIT)
def restore_history(  # type: ignore[no-untyped-def]
    n, first, neighbour, slot, G, begin, partner, history, H
):
    """Give the pairs of a new outer list the history that their first particle has kept.

    `slot` becomes a column of H (h, entries), or -1. Give the number of columns filled.
    """
    size = 0
    for i in range(n):
        for p in range(first[i], first[i + 1]):
            slot[p] = -1
            if begin[i] == begin[i + 1]:
                continue
            other = G[neighbour[p] & MASK]
            for q in range(begin[i], begin[i + 1]):
                if partner[q] == other:
                    for h in range(H.shape[0]):
                        H[h, size] = history[q, h]
                    slot[p] = size
                    size += 1
                    break
    return size


@njit(**_JIT)
def near_walls(n, X, W, margin, begin, partner, history, WI, WJ, WH):  # type: ignore[no-untyped-def]
    """List the particles closer than r + margin to each wall, with their history; give the number.

    Where the number exceeds the capacity, call again with more.
    """
    size = 0
    capacity = WI.size
    for i in range(n):
        for w in range(W.shape[0]):
            d = X[i, 0] * W[w, 0] + X[i, 1] * W[w, 1] + X[i, 2] * W[w, 2] - W[w, 3]
            if d < X[i, 3] + margin:
                if size < capacity:
                    WI[size] = i
                    WJ[size] = w
                    WH[:, size] = 0.0
                    for q in range(begin[i], begin[i + 1]):
                        if partner[q] == -1 - w:
                            WH[:, size] = history[q]
                size += 1
    return size
