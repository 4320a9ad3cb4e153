"""Ghosts by message, between machines: persistent requests and the rows of one stage as a message.

A word for the neighbour stands behind each side's rows.
"""

from __future__ import annotations

from typing import NamedTuple

from mpi4py import MPI

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.particles.bricks import Floats
from multiscale.particles.ghost_stage import LEFTWARD, RIGHTWARD, Stage
from multiscale.particles.window import ROW


class Mail(NamedTuple):
    """The messages that one stage exchanges at each step; behind each side's rows stands a word."""

    outbox: Floats  # (x, v, w) of each row sent, shape (len(send) + 2, ROW)
    inbox: Floats  # the same of each ghost, shape (from_right + from_left + 2, ROW)
    requests: list[MPI.Prequest]


def bind(comm: MPI.Intracomm, t: Stage) -> Mail:
    """Bind buffers to the messages of each step, one per side."""
    outbox = np.zeros((len(t.send) + 2, ROW))
    inbox = np.zeros((t.from_right + t.from_left + 2, ROW))
    if t.left == t.right != MPI.PROC_NULL:  # two periodic bricks: both sides are one message
        return Mail(
            outbox,
            inbox,
            [comm.Recv_init(inbox, t.left, LEFTWARD), comm.Send_init(outbox, t.left, LEFTWARD)],
        )
    requests = []
    if t.right != MPI.PROC_NULL:
        requests += [
            comm.Recv_init(inbox[: t.from_right + 1], t.right, LEFTWARD),
            comm.Send_init(outbox[t.split + 1 :], t.right, RIGHTWARD),
        ]
    if t.left != MPI.PROC_NULL:
        requests += [
            comm.Recv_init(inbox[t.from_right + 1 :], t.left, RIGHTWARD),
            comm.Send_init(outbox[: t.split + 1], t.left, LEFTWARD),
        ]
    return Mail(outbox, inbox, requests)


def free(requests: list[MPI.Prequest]) -> None:
    """Give persistent requests back, unless MPI has ended before."""
    if not MPI.Is_finalized():
        for request in requests:
            request.Free()


@njit(cache=True, error_model="numpy")
def pack(
    send: NDArray[np.int32],
    split: int,
    X: Floats,
    V: Floats,
    H: Floats,
    rate: Floats,
    axis: int,
    shift_left: int,
    shift_right: int,
    word: float,
    out: Floats,
) -> None:
    """Write x + H k, v + dH/dt k and the spin of each side's rows, and the word behind them."""
    at = 0
    for side in range(2):
        k = shift_left if side == 0 else shift_right
        x, y, z = k * H[0, axis], k * H[1, axis], k * H[2, axis]
        u, v, w = k * rate[0, axis], k * rate[1, axis], k * rate[2, axis]
        for m in range(0 if side == 0 else split, split if side == 0 else len(send)):
            i = send[m]
            out[at, 0] = X[i, 0] + x
            out[at, 1] = X[i, 1] + y
            out[at, 2] = X[i, 2] + z
            out[at, 3] = V[i, 0] + u
            out[at, 4] = V[i, 1] + v
            out[at, 5] = V[i, 2] + w
            out[at, 6] = V[i, 4]
            out[at, 7] = V[i, 5]
            out[at, 8] = V[i, 6]
            at += 1
        out[at, 0] = word
        at += 1


@njit(cache=True, error_model="numpy")
def unpack(inbox: Floats, first: int, from_right: int, X: Floats, V: Floats) -> float:
    """Write positions, velocities and spins of the ghosts of one stage; give the larger word."""
    i = first
    for m in range(len(inbox) - 1):
        if m == from_right:
            continue
        for c in range(3):
            X[i, c] = inbox[m, c]
            V[i, c] = inbox[m, 3 + c]
            V[i, 4 + c] = inbox[m, 6 + c]
        i += 1
    return max(inbox[from_right, 0], inbox[len(inbox) - 1, 0])
