"""Ghosts through shared memory: ranks of one machine read each other's rows where they stand.

Each rank writes the rows for its neighbours into its own part of one window, raises a counter, and
waits for its neighbours' counters. So a step costs no message and no return to Python, and the
kernel exchanges ghosts by itself. Rows are written to one of two boxes in turn: whoever has seen a
neighbour's counter n + 1 knows that it has read what was written at n, so that n + 2 may take its
place.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple, cast

from mpi4py import MPI

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from multiscale.log import logger
from multiscale.particles import shared_memory
from multiscale.particles.shared_words import acquire, drain, prefetch, release, stream

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
ROW = 9  # numbers of a ghost: position, velocity, surface speed of spin
_LINE = 8  # words of a cache line: counters that lie apart do not slow each other
_HEAD = 3 * _LINE  # a counter for each axis
_SPARE = 1.5  # rows reserved over rows needed
_PATIENCE = 4000  # looks at a counter before the core is offered to others
_yield_core = types.ExternalFunction("sched_yield", types.int32())


class Route(IntEnum):
    """Columns of the table of stages: the exchange along one axis each."""

    AXIS = 0
    SPLIT = 1  # of the rows sent, those that go left
    FIRST_SENT = 2  # in the list of rows sent
    END_SENT = 3
    FIRST = 4  # row of the first ghost: those from the right, then from the left
    FROM_RIGHT = 5
    FROM_LEFT = 6
    SHIFT_LEFT = 7  # periods to add to what goes left
    SHIFT_RIGHT = 8
    OWN = 9  # where this rank's part of the window begins
    LEFT = 10  # the left neighbour's; -1: none
    RIGHT = 11
    SIZE = 12


AXIS, SPLIT, FIRST_SENT, END_SENT, FIRST, FROM_RIGHT = (int(Route(c)) for c in range(6))
FROM_LEFT, SHIFT_LEFT, SHIFT_RIGHT, OWN, LEFT, RIGHT = (int(Route(c)) for c in range(6, 12))


class Ghosts(NamedTuple):
    """What the kernel needs to exchange ghosts: arguments of `exchange`.

    Attributes:
        shared: the window, shape (words,).
        counters: the same memory as integers.
        so_far: exchanges so far, and the words of a box, shape (2,).
        route: see `Route`, shape (stages, Route.SIZE); no stages where there is nothing to do.
        sent: rows sent, stage after stage.
        cell: edges of the box as columns [m], and their rates [m/s], shape (2, 3, 3).
    """

    shared: Floats
    counters: Integers
    so_far: Integers
    route: Integers
    sent: NDArray[np.int32]
    cell: Floats


def no_ghosts() -> Ghosts:
    """Give the arguments of a kernel that exchanges nothing."""
    route, sent = np.empty((0, Route.SIZE), np.int64), np.empty(0, np.int32)
    shared = np.zeros(1)
    return Ghosts(
        shared, shared.view(np.int64), np.zeros(2, np.int64), route, sent, np.zeros((2, 3, 3))
    )


class Window:
    """Memory that all ranks of a communicator share, if they are on one machine.

    What was reserved stays as it was for those who use it, whatever is reserved later.

    Attributes:
        so_far: exchanges so far, and the words of a box, shape (2,).
        user: the halo that exchanged last.
    """

    def __init__(self, node: MPI.Intracomm) -> None:
        self._node = node
        self._rows = -1  # nothing reserved yet
        self._full = False  # there is no room for more
        self.so_far = np.zeros(2, np.int64)
        self.user: object = None

    def reserve(self, rows: int) -> bool:
        """Have room for so many rows on each side of each stage. Collective.

        Args:
            rows: the largest number that this rank sends to one side.

        Returns:
            Whether there is: the same on all ranks.
        """
        needed = np.array([rows])
        self._node.Allreduce(MPI.IN_PLACE, needed, MPI.MAX)
        most = int(needed[0])
        if most <= self._rows:
            return True
        if self._full:
            return False
        rows = int(_SPARE * most) + _LINE
        box = _LINE + -(-rows * ROW // _LINE) * _LINE
        words = _HEAD + 3 * 2 * 2 * box
        memory = shared_memory.allocate(self._node, 8 * words)
        if isinstance(memory, str):
            self._full = True
            self._warn(8 * words * self._node.size, memory)
            return False
        self._rows, self._words = rows, words
        self.shared = np.frombuffer(memory, np.float64)
        self.counters = self.shared.view(np.int64)
        self.so_far = np.array([0, box])
        self._node.Barrier()
        return True

    def _warn(self, size: int, why: str) -> None:
        if self._node.rank == 0:
            logger.warning(
                "the ranks cannot share %.1f MB of memory in %s (%s): they exchange particles by "
                "messages instead, with the same result, but each step takes longer; give the "
                "container more shared memory, such as --shm-size=1g",
                1e-6 * size, shared_memory.FOLDER, why,
            )  # fmt: skip

    def part(self, rank: int) -> int:
        """Word at which a rank's part begins; -1 for no rank."""
        return -1 if rank == MPI.PROC_NULL else rank * self._words


def window_of(comm: MPI.Intracomm) -> Window | None:
    """Give the window of these ranks, made at the first call; None over several machines.

    Collective. One window serves all simulations of a communicator, one after the other.
    """
    kept: Any = comm.Get_attr(_kept())
    if kept is None:
        node = cast(MPI.Intracomm, comm.Split_type(MPI.COMM_TYPE_SHARED, key=comm.rank))
        together = comm.allreduce(node.size, MPI.MIN) == comm.size
        kept = (Window(node) if together else None,)
        comm.Set_attr(_kept(), kept)
    return cast("Window | None", kept[0])


_keys: list[int] = []


def _kept() -> int:
    if not _keys:
        _keys.append(MPI.Comm.Create_keyval())
    return _keys[0]


@njit(cache=True, error_model="numpy")
def await_count(counters: Integers, at: int, count: int) -> None:
    """Wait until a neighbour has written what it writes at an exchange."""
    looks = 0
    while acquire(counters, at) < count:
        looks += 1
        if looks > _PATIENCE:
            _yield_core()


@njit(cache=True, error_model="numpy")
def exchange(g: Ghosts, X: Floats, V: Floats, word: float) -> float:
    """Write own rows, stage after stage, and fetch the ghosts. All ranks call it.

    The image k periods away of a particle at x is at x + H k and moves with v + dH/dt k.

    Args:
        g: see `Ghosts`.
        X: positions [m] in columns 0:3, shape (n + m, 4).
        V: velocities in columns 0:3 and surface speeds of spin in columns 4:7 [m/s], shape
            (n + m, 8).
        word: a number for all neighbours.

    Returns:
        The largest word that came from a neighbour or was given here.
    """
    if len(g.route) == 0:
        return word
    g.so_far[0] += 1
    count, box = g.so_far[0], g.so_far[1]
    for stage in range(len(g.route)):
        t = g.route[stage]
        boxes = _HEAD + (4 * stage + 2 * (count & 1)) * box  # one to the left, one to the right
        axis, first, middle, end = t[AXIS], t[FIRST_SENT], t[FIRST_SENT] + t[SPLIT], t[END_SENT]
        at = t[OWN] + boxes
        _write(g.shared, at, g.sent[first:middle], t[SHIFT_LEFT], g.cell, axis, X, V, word)
        _write(g.shared, at + box, g.sent[middle:end], t[SHIFT_RIGHT], g.cell, axis, X, V, word)
        drain()
        release(g.counters, t[OWN] + stage * _LINE, count)
        most = word
        if t[RIGHT] >= 0:
            await_count(g.counters, t[RIGHT] + stage * _LINE, count)
            most = max(most, _read(g.shared, t[RIGHT] + boxes, t[FIRST], t[FROM_RIGHT], X, V))
        if t[LEFT] >= 0:
            await_count(g.counters, t[LEFT] + stage * _LINE, count)
            row = t[FIRST] + t[FROM_RIGHT]
            most = max(most, _read(g.shared, t[LEFT] + boxes + box, row, t[FROM_LEFT], X, V))
        word = most
    return word


@njit(cache=True, error_model="numpy")
def _write(
    shared: Floats,
    at: int,
    rows: NDArray[np.int32],
    k: int,
    cell: Floats,
    axis: int,
    X: Floats,
    V: Floats,
    word: float,
) -> None:
    """Put the word into a box and the rows behind it."""
    shared[at] = word
    at += _LINE
    x, y, z = k * cell[0, 0, axis], k * cell[0, 1, axis], k * cell[0, 2, axis]
    u, v, w = k * cell[1, 0, axis], k * cell[1, 1, axis], k * cell[1, 2, axis]
    for i in rows:
        stream(shared, at, X[i, 0] + x)
        stream(shared, at + 1, X[i, 1] + y)
        stream(shared, at + 2, X[i, 2] + z)
        stream(shared, at + 3, V[i, 0] + u)
        stream(shared, at + 4, V[i, 1] + v)
        stream(shared, at + 5, V[i, 2] + w)
        stream(shared, at + 6, V[i, 4])
        stream(shared, at + 7, V[i, 5])
        stream(shared, at + 8, V[i, 6])
        at += ROW


@njit(cache=True, error_model="numpy")
def _read(shared: Floats, at: int, first: int, count: int, X: Floats, V: Floats) -> float:
    """Take the rows of a box for the ghosts from `first` on; give its word."""
    word = shared[at]
    at += _LINE
    for ahead in range(0, count * ROW, _LINE):
        prefetch(shared, at + ahead)
    for i in range(first, first + count):
        for c in range(3):
            X[i, c] = shared[at + c]
            V[i, c] = shared[at + 3 + c]
            V[i, 4 + c] = shared[at + 6 + c]
        at += ROW
    return word
