"""The exchange of ghosts along one axis: who is sent, who comes, and rows of any arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale.particles.bricks import Bricks, Floats
from multiscale.particles.messages import Array, packed, row_bytes, unpacked

LEFTWARD, RIGHTWARD = 410, 411  # tags: with two bricks, left and right are one and the same rank


@dataclass(frozen=True)
class Stage:
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


def choose(bricks: Bricks, axis: int, s: Floats, width: Floats) -> Stage:
    """Choose what to send along one axis, and learn what will come. Collective.

    Args:
        bricks: who owns what.
        axis: the axis.
        s: lattice coordinates along it of the particles and the ghosts so far, shape (n,).
        width: how far from a face each is still sent, in lattice coordinates, shape (n,).
    """
    comm, left, right = bricks.comm, bricks.left[axis], bricks.right[axis]
    none = np.empty(0, np.int64)
    to_left = np.flatnonzero(s < bricks.lower[axis] + width) if left != MPI.PROC_NULL else none
    to_right = np.flatnonzero(s >= bricks.upper[axis] - width) if right != MPI.PROC_NULL else none
    send = np.concatenate([to_left, to_right]).astype(np.int32)
    split = len(to_left)

    count, come = np.array([split, len(to_right)]), np.zeros(2, np.int64)
    comm.Sendrecv(count[:1], left, LEFTWARD, come[1:], right, LEFTWARD)
    comm.Sendrecv(count[1:], right, RIGHTWARD, come[:1], left, RIGHTWARD)
    from_left, from_right = come.tolist()
    lowest, highest = bricks.place[axis] == 0, bricks.place[axis] == bricks.dims[axis] - 1
    return Stage(
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


def swap(comm: MPI.Intracomm, stage: Stage, arrays: Sequence[Array]) -> list[tuple[Array, Array]]:
    """Give the rows from the right and from the left, for each array. Collective."""
    unit = row_bytes(arrays)
    from_right = np.empty(stage.from_right * unit, np.uint8)
    from_left = np.empty(stage.from_left * unit, np.uint8)
    to_left = packed(arrays, stage.send[: stage.split])
    to_right = packed(arrays, stage.send[stage.split :])
    comm.Sendrecv(to_left, stage.left, LEFTWARD, from_right, stage.right, LEFTWARD)
    comm.Sendrecv(to_right, stage.right, RIGHTWARD, from_left, stage.left, RIGHTWARD)
    right = unpacked(from_right, arrays, stage.from_right)
    left = unpacked(from_left, arrays, stage.from_left)
    return list(zip(right, left, strict=True))
