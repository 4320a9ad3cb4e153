"""A volume cut into slabs along axis 0, one for each rank, and what neighbours tell each other.

Slabs begin at multiples of a power of two, so that blocks of cells never straddle two ranks and
colours are the same everywhere. All sums over the volume are taken layer by layer and then over the
layers of all ranks in order: results are the same bit by bit for any number of ranks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from multiscale.voxels.checkerboard import Wraps, wrap_ends

if TYPE_CHECKING:
    from mpi4py import MPI

# Levels of the multigrid that are split; the next one, 1/512 of the cells, is held by every rank.
SPLIT_LEVELS = 3
_UP, _DOWN = 420, 421  # tags: with two ranks on a periodic axis both neighbours are one rank


@dataclass(frozen=True)
class Slabs:
    """Which layers of axis 0 this rank and the others own.

    Attributes:
        comm: the ranks; None where this one holds the whole volume.
        first: first layer of each rank, and behind the last one the number of all layers.
        periodic: whether the last layer is followed by the first.
    """

    comm: MPI.Intracomm | None
    first: tuple[int, ...]
    periodic: bool

    @property
    def rank(self) -> int:
        """Number of this rank."""
        return self.comm.rank if self.comm else 0

    @property
    def begin(self) -> int:
        """First layer of this rank."""
        return self.first[self.rank]

    @property
    def end(self) -> int:
        """The layer behind the last one of this rank."""
        return self.first[self.rank + 1]

    @property
    def total(self) -> int:
        """Layers of the whole volume."""
        return self.first[-1]

    @property
    def lowest(self) -> bool:
        """Whether this slab ends at the lower end of an axis that is not periodic."""
        return self.begin == 0 and not self.periodic

    @property
    def highest(self) -> bool:
        """Whether this slab ends at the upper end of an axis that is not periodic."""
        return self.end == self.total and not self.periodic

    def blocks(self) -> Slabs:
        """The slabs of blocks of two layers; but for the end, slabs begin at even layers."""
        return Slabs(self.comm, tuple((n + 1) // 2 for n in self.first), self.periodic)

    def pairs(self) -> Slabs:
        """The slabs of whole pairs of layers; an odd last layer is left out."""
        return Slabs(self.comm, tuple(n // 2 for n in self.first), self.periodic)

    def halves(self) -> Slabs:
        """The slabs of layers of half the height."""
        return Slabs(self.comm, tuple(2 * n for n in self.first), self.periodic)

    def neighbours(self) -> tuple[int, int]:
        """Ranks below and above; PROC_NULL where there is none."""
        from mpi4py import MPI

        size = len(self.first) - 1
        below = MPI.PROC_NULL if self.lowest else (self.rank - 1) % size
        above = MPI.PROC_NULL if self.highest else (self.rank + 1) % size
        return below, above


def whole(layers: int, wraps: Wraps) -> Slabs:
    """One slab: the whole volume on this rank."""
    return Slabs(None, (0, layers), wraps[0])


def share_layers(comm: MPI.Intracomm | None, layers: int, wraps: Wraps) -> Slabs:
    """Deal the layers of axis 0 to the ranks, as evenly as blocks of blocks allow.

    Args:
        comm: the ranks that solve together; None where this one has the whole volume.
        layers: n0, at least two for each rank.
        wraps: which axes are periodic.

    Raises:
        ValueError: there are too few layers for so many ranks.
    """
    if comm is None or comm.size == 1:
        return whole(layers, wraps)
    if layers < 2 * comm.size:
        raise ValueError(
            f"{layers} layers of voxels cannot be shared by {comm.size} ranks, two each at least"
        )
    unit = 2 ** min(SPLIT_LEVELS, int(np.log2(layers // comm.size)))
    units = -(-layers // unit)
    first = [min(unit * (units * r // comm.size), layers) for r in range(comm.size + 1)]
    return Slabs(comm, tuple(first), wraps[0])


def split_levels(slabs: Slabs) -> int:
    """How often cells can be joined in blocks before slabs begin within blocks."""
    starts = [n for n in slabs.first[1:-1] if n]
    even = min((n & -n for n in starts), default=2**SPLIT_LEVELS)
    return min(SPLIT_LEVELS, int(np.log2(even)))


def fill_ends(x: Any, slabs: Slabs, cells: tuple[int, int, int], colour: int, jump: float) -> None:
    """Fill the ghost layers of one colour along axis 0 from the slabs next to this. Collective.

    Args:
        x: an array by colours over this rank's cells.
        slabs: who has what.
        cells: of this rank.
        colour: which cells are needed.
        jump: what x gains over one period.
    """
    if slabs.comm is None:
        if slabs.periodic:
            wrap_ends(x, cells, colour, x.dtype.type(jump))
        return
    below, above = slabs.neighbours()
    n, odd = cells[0], slabs.total & 1  # over an odd period the colours change places
    first, last = slabs.begin == 0, slabs.end == slabs.total
    swap = slabs.comm.Sendrecv
    up, down = (colour ^ odd if at_seam else colour for at_seam in (last, first))
    swap(x[up, n], above, _UP, x[colour, 0], below, _UP)
    swap(x[down, 1], below, _DOWN, x[colour, n + 1], above, _DOWN)
    if slabs.periodic and jump:
        if first:
            x[colour, 0] -= jump
        if last:
            x[colour, n + 1] += jump


def fill_ghosts(x: Any, slabs: Slabs) -> None:
    """Fill the ghost layers of axis 0 from the slabs next to this; the ends keep theirs.
    Collective.

    Args:
        x: over the cells of this rank with ghosts, shape (n0 + 2, ...).
        slabs: who has what; axis 0 is not periodic.
    """
    swap_ends(x[1], x[-2], x[0], x[-1], slabs)


def swap_ends(first: Any, last: Any, below: Any, above: Any, slabs: Slabs) -> None:
    """Send the ends of this slab to those next to it and take theirs. Collective.

    Args:
        first, last: what the slabs below and above are sent, each in one piece of memory.
        below, above: where theirs goes; left as it is at the ends of the volume.
        slabs: who has what; nothing is done where this rank has all.
    """
    if slabs.comm is None:
        return
    down, up = slabs.neighbours()
    slabs.comm.Sendrecv(last, up, _UP, below, down, _UP)
    slabs.comm.Sendrecv(first, down, _DOWN, above, up, _DOWN)


def from_all[T](value: T, slabs: Slabs) -> list[T]:
    """What each rank has, in order. Collective."""
    return slabs.comm.allgather(value) if slabs.comm else [value]


def to_all[T](parts: list[T], slabs: Slabs) -> list[T]:
    """Give each rank its part and get what all have for this one, in order. Collective."""
    return slabs.comm.alltoall(parts) if slabs.comm else parts


def next_layers(own: Any, slabs: Slabs) -> tuple[Any, Any]:
    """The layers below and above this slab, zeros where the volume ends. Collective.

    Args:
        own: layers of this rank, shape (n0, ...).
        slabs: who has what.
    """
    below, above = np.zeros_like(own[0]), np.zeros_like(own[0])
    if slabs.comm is None:
        return (own[-1].copy(), own[0].copy()) if slabs.periodic else (below, above)
    ends = np.ascontiguousarray(own[0]), np.ascontiguousarray(own[-1])
    swap_ends(*ends, below, above, slabs)
    return below, above


def widened(own: Any, slabs: Slabs, reach: int) -> Any:
    """The layers of this rank between `reach` others on either side, mirrored where the volume
    ends. Collective.

    Args:
        own: layers of this rank, shape (n0, ...), at least `reach` where there are other ranks.
        slabs: who has what.
        reach: layers on either side.
    """
    if slabs.comm is None:
        width = [(reach, reach), *[(0, 0)] * (own.ndim - 1)]
        return np.pad(own, width, mode="wrap" if slabs.periodic else "symmetric")
    first, last = np.ascontiguousarray(own[:reach]), np.ascontiguousarray(own[-reach:])
    below, above = first[::-1].copy(), last[::-1].copy()
    swap_ends(first, last, below, above, slabs)
    return np.concatenate([below, own, above])


def all_layers[A: np.ndarray[Any, Any]](own: A, slabs: Slabs) -> A:
    """The layers of all ranks in order. Collective.

    Args:
        own: layers of this rank, shape (n0, ...).
        slabs: who has what.
    """
    if slabs.comm is None:
        return own
    every: A = np.empty((slabs.total, *own.shape[1:]), own.dtype)  # type: ignore[assignment]  # A
    row = own.size // len(own)
    counts = (row * np.diff(slabs.first)).tolist()
    slabs.comm.Allgatherv(np.ascontiguousarray(own), (every, counts))
    return every


def dealt_anew(own: Any, slabs: Slabs, wanted: Slabs) -> Any:
    """The layers that this rank has by another deal. Collective.

    Args:
        own: layers of this rank, shape (n0, ...).
        slabs: who has what.
        wanted: who shall have what, of as many layers and ranks.
    """
    parts = []
    for begin, end in zip(wanted.first, wanted.first[1:], strict=False):
        low = max(begin, slabs.begin)
        parts.append(own[low - slabs.begin : max(min(end, slabs.end), low) - slabs.begin])
    return np.concatenate(to_all(parts, slabs))


def top_layer(own: Any, slabs: Slabs) -> Any:
    """The layer behind the last one of the volume, from the rank that has it. Collective.

    Args:
        own: that layer on the last rank, an array of the same shape on the others.
        slabs: who has what.
    """
    if slabs.comm is None:
        return own
    layer = np.ascontiguousarray(own)
    slabs.comm.Bcast(layer, root=slabs.comm.size - 1)
    return layer
