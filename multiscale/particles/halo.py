"""Ghosts: copies of the particles of other bricks that reach into this one.

Ghosts exist along the axes with more than one brick; along the others the neighbour list reaches
across a periodic face by image codes. The exchange is staged: along x, then along y with the ghosts
just received, then along z; so six messages reach all 26 bricks around. Pairs with a ghost are
computed on both sides and nothing is sent back.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from mpi4py import MPI

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.particles.bricks import Bricks, Floats, check_width, heights
from multiscale.particles.messages import Array, packed, row_bytes, unpacked

_LEFTWARD, _RIGHTWARD = 410, 411  # tags: with two bricks, left and right are one and the same rank


@dataclass(frozen=True)
class _Stage:
    """The exchange along one axis: what goes to the left and to the right neighbour."""

    axis: int
    left: int
    right: int
    send: NDArray[np.int32]  # rows to send: the first `split` to the left, the others to the right
    split: int
    shift_left: int  # periods to add to what goes left: 1 from the lowest brick
    shift_right: int  # -1 from the highest brick
    first: int  # row of the first ghost of this stage: those from the right, then from the left
    from_right: int
    from_left: int

    @property
    def end(self) -> int:
        """Row behind the last ghost of this stage."""
        return self.first + self.from_right + self.from_left


class _Mail(NamedTuple):
    """The messages that one stage exchanges at each step; behind each side's rows stands a word."""

    outbox: Floats  # (x, v, w) of each row sent, shape (len(send) + 2, 9)
    inbox: Floats  # the same of each ghost, shape (from_right + from_left + 2, 9)
    requests: list[MPI.Prequest]


class Halo:
    """The ghosts of this rank's brick, numbered behind its own particles.

    It holds persistent requests: `free` it when the next one is built.

    Attributes:
        owned: particles of this brick, n.
        ghosts: ghosts, m.
        s: lattice coordinates of the ghosts when the halo was built; along the cut periodic axes
            they lie outside [0, 1) where a ghost is an image, shape (m, 3).
    """

    def __init__(self, comm: MPI.Intracomm, stages: list[_Stage], owned: int, s: Floats) -> None:
        self.comm, self.owned, self.ghosts, self.s = comm, owned, len(s), s
        self._stages, self._mail = stages, [_mail(comm, stage) for stage in stages]
        self.free = weakref.finalize(self, _free, [r for m in self._mail for r in m.requests])

    @classmethod
    def build(
        cls, bricks: Bricks, s: Floats, reach: Floats, H: Floats, rows: Sequence[Array]
    ) -> tuple[Halo, list[Array]]:
        """Choose the ghosts and fetch what does not change while they stay. Collective.

        A particle becomes a ghost of a neighbour along axis a if it lies within reach / h_a of the
        face between (h_a the distance between the box's faces).

        Args:
            bricks: who owns what.
            s: lattice coordinates of the owned particles, shape (n, 3).
            reach: distance within which a particle can touch another one's centre, the skin
                included, for instance r_i + max r + skin [m], shape (n,).
            H: edges of the box as columns [m], shape (3, 3).
            rows: arrays with one row per owned particle, shapes (n, ...).

        Returns:
            The halo, and `rows` with a row for each ghost appended, shapes (n + m, ...). They are
            copies: positions and velocities of images are right after the first `forward`.

        Raises:
            CaseError: a brick is narrower than the widest reach (on all ranks).
        """
        check_width(bricks, H, bricks.comm.allreduce(float(reach.max(initial=0.0)), MPI.MAX))
        owned, stages, h = len(s), [], heights(H)
        every: list[Array] = [s, reach, *rows]
        for axis in bricks.cut_axes:
            stage = _stage(bricks, axis, every[0][:, axis], every[1] / h[axis])
            every = [
                np.concatenate([a, *parts])
                for a, parts in zip(every, _swap(bricks.comm, stage, every), strict=True)
            ]
            from_left = stage.first + stage.from_right
            every[0][stage.first : from_left, axis] -= stage.shift_right
            every[0][from_left:, axis] -= stage.shift_left
            stages.append(stage)
        return cls(bricks.comm, stages, owned, every[0][owned:].copy()), every[2:]

    def forward(self, X: Floats, V: Floats, H: Floats, L: Floats, word: float = 0.0) -> float:
        """Bring positions and velocities of the ghosts up to date. Collective.

        The image k periods away of a particle at x is at x + H k and moves with v + L H k.

        Args:
            X: positions [m] in columns 0:3, shape (n + m, 4).
            V: velocities in columns 0:3 and surface speeds of spin in columns 4:7 [m/s], shape
                (n + m, 8). The last columns of X and V and column 3 of V are left alone.
            H: edges of the box as columns [m], shape (3, 3).
            L: velocity gradient of the box, dH/dt = L H [1/s], shape (3, 3).
            word: a number for all neighbours, which travels with the ghosts.

        Returns:
            The largest word that came from a neighbour or was given here.
        """
        for t, mail in zip(self._stages, self._mail, strict=True):
            shifts = t.shift_left, t.shift_right
            _pack(t.send, t.split, X, V, H, L, t.axis, *shifts, word, mail.outbox)
            MPI.Prequest.Startall(mail.requests)
            MPI.Prequest.Waitall(mail.requests)
            word = max(word, _unpack(mail.inbox, t.first, t.from_right, X, V))
        return word

    def forward_rows(self, *arrays: Array) -> None:
        """Bring the ghosts' rows of further arrays up to date, as they are. Collective.

        Args:
            arrays: arrays with one row per particle, shapes (n + m, ...); the last m are written.
        """
        for stage in self._stages:
            for a, parts in zip(arrays, _swap(self.comm, stage, arrays), strict=True):
                np.concatenate(parts, out=a[stage.first : stage.end])

    def without(self, idle: NDArray[np.bool_]) -> tuple[Halo, NDArray[np.bool_]]:
        """Leave out ghosts that take part in nothing; this halo is freed. Collective.

        A ghost that is passed on to a rank where it is in use stays.

        Args:
            idle: which ghosts nothing here looks at, shape (m,).

        Returns:
            The halo of the others, and which of the old ghosts they are, shape (m,).
        """
        stays = np.concatenate([np.ones(self.owned, bool), ~idle])
        wanted: list[NDArray[np.bool_]] = []
        for t in reversed(self._stages):  # what arrived last was passed on by what came before
            asked, back = np.zeros(len(t.send), bool), stays[t.first : t.end]
            of_right, of_left = back[: t.from_right], back[t.from_right :]
            self.comm.Sendrecv(of_right, t.right, _RIGHTWARD, asked[: t.split], t.left, _RIGHTWARD)
            self.comm.Sendrecv(of_left, t.left, _LEFTWARD, asked[t.split :], t.right, _LEFTWARD)
            stays[t.send[asked]] = True
            wanted.insert(0, asked)
        row = np.cumsum(stays, dtype=np.int32) - np.int32(1)
        stages = []
        for t, asked in zip(self._stages, wanted, strict=True):
            middle = t.first + t.from_right
            stages.append(
                replace(
                    t,
                    send=row[t.send[asked]],
                    split=int(asked[: t.split].sum()),
                    first=int(stays[: t.first].sum()),
                    from_right=int(stays[t.first : middle].sum()),
                    from_left=int(stays[middle : t.end].sum()),
                )
            )
        self.free()
        kept = stays[self.owned :]
        return Halo(self.comm, stages, self.owned, self.s[kept]), kept


def _stage(bricks: Bricks, axis: int, s: Floats, width: Floats) -> _Stage:
    """Choose what to send along one axis."""
    comm, left, right = bricks.comm, bricks.left[axis], bricks.right[axis]
    none = np.empty(0, np.int64)
    to_left = np.flatnonzero(s < bricks.lower[axis] + width) if left != MPI.PROC_NULL else none
    to_right = np.flatnonzero(s >= bricks.upper[axis] - width) if right != MPI.PROC_NULL else none
    send = np.concatenate([to_left, to_right]).astype(np.int32)
    split = len(to_left)

    count, come = np.array([split, len(to_right)]), np.zeros(2, np.int64)
    comm.Sendrecv(count[:1], left, _LEFTWARD, come[1:], right, _LEFTWARD)
    comm.Sendrecv(count[1:], right, _RIGHTWARD, come[:1], left, _RIGHTWARD)
    from_left, from_right = come.tolist()
    lowest, highest = bricks.place[axis] == 0, bricks.place[axis] == bricks.dims[axis] - 1
    return _Stage(
        axis=axis,
        left=left,
        right=right,
        send=send,
        split=split,
        shift_left=int(lowest),
        shift_right=-int(highest),
        first=len(s),
        from_right=from_right,
        from_left=from_left,
    )


def _mail(comm: MPI.Intracomm, t: _Stage) -> _Mail:
    """Bind buffers to the messages of each step, one per side."""
    outbox, inbox = np.zeros((len(t.send) + 2, 9)), np.zeros((t.from_right + t.from_left + 2, 9))
    if t.left == t.right != MPI.PROC_NULL:  # two periodic bricks: both sides are one message
        return _Mail(
            outbox,
            inbox,
            [comm.Recv_init(inbox, t.left, _LEFTWARD), comm.Send_init(outbox, t.left, _LEFTWARD)],
        )
    requests = []
    if t.right != MPI.PROC_NULL:
        requests += [
            comm.Recv_init(inbox[: t.from_right + 1], t.right, _LEFTWARD),
            comm.Send_init(outbox[t.split + 1 :], t.right, _RIGHTWARD),
        ]
    if t.left != MPI.PROC_NULL:
        requests += [
            comm.Recv_init(inbox[t.from_right + 1 :], t.left, _RIGHTWARD),
            comm.Send_init(outbox[: t.split + 1], t.left, _LEFTWARD),
        ]
    return _Mail(outbox, inbox, requests)


def _swap(comm: MPI.Intracomm, stage: _Stage, arrays: Sequence[Array]) -> list[tuple[Array, Array]]:
    """Exchange rows along one axis; give those from the right and from the left for each array."""
    unit = row_bytes(arrays)
    from_right = np.empty(stage.from_right * unit, np.uint8)
    from_left = np.empty(stage.from_left * unit, np.uint8)
    to_left = packed(arrays, stage.send[: stage.split])
    to_right = packed(arrays, stage.send[stage.split :])
    comm.Sendrecv(to_left, stage.left, _LEFTWARD, from_right, stage.right, _LEFTWARD)
    comm.Sendrecv(to_right, stage.right, _RIGHTWARD, from_left, stage.left, _RIGHTWARD)
    right = unpacked(from_right, arrays, stage.from_right)
    left = unpacked(from_left, arrays, stage.from_left)
    return list(zip(right, left, strict=True))


def _free(requests: list[MPI.Prequest]) -> None:
    if not MPI.Is_finalized():
        for request in requests:
            request.Free()


@njit(cache=True, error_model="numpy")
def _pack(
    send: NDArray[np.int32],
    split: int,
    X: Floats,
    V: Floats,
    H: Floats,
    L: Floats,
    axis: int,
    shift_left: int,
    shift_right: int,
    word: float,
    out: Floats,
) -> None:
    """Write x + H k, v + L H k and the spin of the rows of each side, and the word behind them."""
    at = 0
    for side in range(2):
        k = shift_left if side == 0 else shift_right
        x, y, z = k * H[0, axis], k * H[1, axis], k * H[2, axis]
        u = L[0, 0] * x + L[0, 1] * y + L[0, 2] * z
        v = L[1, 0] * x + L[1, 1] * y + L[1, 2] * z
        w = L[2, 0] * x + L[2, 1] * y + L[2, 2] * z
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
def _unpack(inbox: Floats, first: int, from_right: int, X: Floats, V: Floats) -> float:
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
