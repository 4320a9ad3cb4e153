"""Which particles' forces are held at one moment of a sweep, and where.

A sweep goes over the pairs in the order of their first particles, and moves particle `done` as soon
as its last pair is done. Between the steps all forces are zero. So at any moment only the particles
from `done` to the farthest partner so far bear a force: a window that wanders along. Its rows are a
ring, which stays in the cache, where one row for each particle would travel to memory and back. The
particles at the end that are partners already of the first ones, across a periodic face, have rows
of their own behind the ring. The last row takes what ghosts bear, which nobody looks at:

    row of i = i - turn       below tail, where turn <= done is the particle in the ring's first row
             = i - turn - ring                                        where that exceeds the ring
             = ring + min(i - tail, rest)    from tail on; rest = n - tail, which is the ghosts' row
"""

from __future__ import annotations

from numba import njit

from multiscale.particles.law import INLINE
from multiscale.particles.layout import INDEX_MASK, B

MASK, BLOCK = INDEX_MASK, B


@njit(**INLINE)
def row_of(i, turn, ring, tail, rest):  # type: ignore[no-untyped-def]
    """Give the row of the forces on particle i."""
    f = i - turn
    f = f if f < ring else f - ring
    return f if i < tail else ring + min(i - tail, rest)


@njit(**INLINE)
def live(start, end, WI, bound):  # type: ignore[no-untyped-def]
    """Give the first of the entries start to end whose particle has no live row yet."""
    while start < end and WI[start] < bound:
        start += 1
    return start


@njit(cache=True, error_model="numpy")
def find_rows(n, pairs, I, J):  # type: ignore[no-untyped-def]
    """Give the rows that a ring needs, and the first particle with a row of its own.

    When the block of a pair is scattered, all particles before the first one of the block have
    moved. A partner half of all particles farther on is taken for one across a periodic face.
    """
    half = max(n // 2, 1)
    ring = BLOCK
    tail = n
    for p in range(pairs):
        done = I[p - BLOCK + 1] if p >= BLOCK - 1 else 0
        j = J[p] & MASK
        ahead = j - done
        far = ahead >= half
        tail = min(tail, j if far else n)
        ring = max(ring, I[p] - done + 1)
        ring = max(ring, ahead + 1 if not far and j < n else 1)
    return ring, tail
