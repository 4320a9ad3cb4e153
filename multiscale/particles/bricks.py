"""Domain decomposition: the box is cut into bricks, one per rank, in lattice coordinates.

The lattice coordinate of a point is s = H^-1 (x - origin); the columns of H are the edges a, b, c
of the box. Bricks deform with the box, so that shear needs no sliding neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mpi4py import MPI

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.errors import CaseError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Triple = tuple[int, int, int]

AXES = "xyz"
_BINS = 4096  # of the histograms: a cut is interpolated within a bin


@dataclass(frozen=True)
class Bricks:
    """Who owns which part of the box. Cuts go through the whole box; all ranks know all cuts.

    Attributes:
        comm: the ranks; rank (i p_y + j) p_z + k owns the brick (i, j, k).
        dims: bricks along each axis, (p_x, p_y, p_z).
        cuts: ascending lattice coordinates from 0 to 1 along each axis, shape (p_a + 1,) each.
        periodic: whether the box repeats along each axis.
        axes: the axes that may be cut, such as "xy".
    """

    comm: MPI.Intracomm
    dims: Triple
    cuts: tuple[Floats, Floats, Floats]
    periodic: tuple[bool, bool, bool]
    axes: str = "xy"

    @property
    def place(self) -> Triple:
        """(i, j, k) of this rank's brick."""
        i, j, k = np.unravel_index(self.comm.rank, self.dims)
        return int(i), int(j), int(k)

    @property
    def left(self) -> Triple:
        """Rank of the neighbour below along each axis; MPI.PROC_NULL where the box ends."""
        return self._beside(-1)

    @property
    def right(self) -> Triple:
        """Rank of the neighbour above along each axis; MPI.PROC_NULL where the box ends."""
        return self._beside(+1)

    @property
    def lower(self) -> Floats:
        """Lattice coordinates of the lower corner of this rank's brick, shape (3,)."""
        return np.array([cut[i] for cut, i in zip(self.cuts, self.place, strict=True)])

    @property
    def upper(self) -> Floats:
        """Lattice coordinates of the upper corner of this rank's brick, shape (3,)."""
        return np.array([cut[i + 1] for cut, i in zip(self.cuts, self.place, strict=True)])

    @property
    def cut_axes(self) -> list[int]:
        """The axes with more than one brick."""
        return [a for a in range(3) if self.dims[a] > 1]

    def owner(self, s: Floats) -> Integers:
        """Give the rank that owns each particle; what lies beyond an end belongs to the last brick.

        Args:
            s: lattice coordinates, in [0, 1) along periodic axes, shape (n, 3).
        """
        rank = np.zeros(len(s), np.int64)
        for a, cut in enumerate(self.cuts):
            rank *= self.dims[a]
            if self.dims[a] > 1:
                rank += np.searchsorted(cut[1:-1], s[:, a], side="right")
        return rank

    def _beside(self, step: int) -> Triple:
        ranks = []
        for a, p in enumerate(self.dims):
            there = list(self.place)
            there[a] += step
            inside = self.periodic[a] or 0 <= there[a] < p
            there[a] %= p
            ranks.append(int(np.ravel_multi_index(there, self.dims)) if inside else MPI.PROC_NULL)
        return ranks[0], ranks[1], ranks[2]


def bricks(
    comm: MPI.Intracomm,
    lengths: Sequence[float],
    periodic: tuple[bool, bool, bool],
    axes: str = "xy",
    reach: float = 0.0,
) -> Bricks:
    """Cut the box into as many equal bricks as there are ranks, with the least surface between.

    A brick's surface over its volume is 2 sum_a p_a / L_a over the axes a that are cut. Among equal
    ones the fewest cut axes win, since each costs two messages per step.

    Args:
        comm: the ranks.
        lengths: distances between opposite faces of the box [m], see `heights`.
        periodic: whether the box repeats along each axis.
        axes: the axes that may be cut. Leave z out where the density jumps in z.
        reach: the widest halo [m], the same on all ranks; no brick is narrower.

    Raises:
        CaseError: no division into this many bricks leaves them that wide (on all ranks).
    """

    def cost(dims: Triple) -> tuple[float, int, Triple]:
        cut = [a for a in range(3) if dims[a] > 1]
        surface = sum(dims[a] / lengths[a] for a in cut) * max(lengths)
        return round(surface, 9), len(cut), (-dims[0], -dims[1], -dims[2])

    fitting = [
        dims
        for dims in _divisions(comm.size, axes)
        if all(p == 1 or length >= p * reach for p, length in zip(dims, lengths, strict=True))
    ]
    if not fitting:
        raise _too_many_ranks(comm.size, lengths, axes, reach)
    dims = min(fitting, key=cost)
    cuts = tuple(np.linspace(0.0, 1.0, p + 1) for p in dims)
    return Bricks(comm, dims, (cuts[0], cuts[1], cuts[2]), periodic, axes)


def balanced(old: Bricks, s: Floats, weight: Floats, H: Floats, reach: float) -> Bricks:
    """Move the cuts so that the slabs along each axis bear equal weight, each as wide as the halo.

    The weights are summed into histograms over all ranks; the k-th of p cuts is where their running
    sum is k/p of the whole. Cuts closer than the reach are then pushed apart. Collective.

    Args:
        old: the bricks so far.
        s: lattice coordinates of the owned particles, shape (n, 3).
        weight: what each costs, for instance its number of pairs, shape (n,).
        H: edges of the box as columns [m], shape (3, 3).
        reach: the widest halo [m], the same on all ranks.

    Raises:
        CaseError: the box is too small for so many bricks (on all ranks).
    """
    least = reach / heights(H)
    if any(old.dims[a] * least[a] > 1.0 for a in old.cut_axes):
        raise _too_many_ranks(math.prod(old.dims), heights(H).tolist(), old.axes, reach)
    local = np.array(
        [np.histogram(s[:, a].clip(0, 1), _BINS, (0.0, 1.0), weights=weight)[0] for a in range(3)]
    )
    total = np.zeros_like(local)
    old.comm.Reduce(local, total, MPI.SUM)
    cuts = list(old.cuts)
    if old.comm.rank == 0:  # one rank decides: sums may differ in the last bit between ranks
        for a in old.cut_axes:
            cuts[a] = _even_cuts(total[a], old.dims[a], least[a]) if total.any() else cuts[a]
    for a in old.cut_axes:
        cuts[a] = old.comm.bcast(cuts[a])
    return replace(old, cuts=(cuts[0], cuts[1], cuts[2]))


def imbalance(comm: MPI.Intracomm, load: float) -> float:
    """Give the largest load of a rank over the mean load; 1 is perfect. Collective."""
    loads = np.empty(comm.size)
    comm.Allgather(np.array([load]), loads)
    mean = loads.mean()
    return float(loads.max() / mean) if mean > 0 else 1.0


def heights(H: Floats) -> Floats:
    """Give the distance between opposite faces of the box, h_a = det H / |b x c|.

    Args:
        H: edges of the box as columns [m], shape (3, 3).

    Returns:
        Distances [m], shape (3,). A layer of width w is w / h_a wide in lattice coordinates.
    """
    return _heights(H)


@njit(cache=True, error_model="numpy")
def _heights(H: Floats) -> Floats:
    h = np.empty(3)
    for a in range(3):
        b, c = H[:, (a + 1) % 3], H[:, (a + 2) % 3]
        x = b[1] * c[2] - b[2] * c[1]
        y = b[2] * c[0] - b[0] * c[2]
        z = b[0] * c[1] - b[1] * c[0]
        volume = H[0, a] * x + H[1, a] * y + H[2, a] * z
        h[a] = abs(volume) / np.sqrt(x * x + y * y + z * z)
    return h


def check_width(over: Bricks, H: Floats, reach: float) -> None:
    """Refuse bricks that are narrower than the halo: it is filled from the next brick only.

    All ranks know all cuts, so that all raise if they agree on `reach`.

    Args:
        over: the bricks.
        H: edges of the box as columns [m], shape (3, 3).
        reach: the widest halo [m], the same on all ranks.

    Raises:
        CaseError: a brick is too narrow (on all ranks).
    """
    h = heights(H)
    for a in over.cut_axes:
        if min(right - left for left, right in pairwise(over.cuts[a])) * h[a] < reach * (1 - 1e-9):
            raise _too_many_ranks(math.prod(over.dims), h.tolist(), over.axes, reach)


def _even_cuts(weight: Floats, slabs: int, least: float) -> Floats:
    """Place the cuts of one axis from the histogram of the weight along it."""
    running = np.concatenate([[0.0], np.cumsum(weight)])
    share = np.linspace(0.0, running[-1], slabs + 1)
    cuts = np.interp(share, running, np.linspace(0.0, 1.0, len(running)))
    cuts[0], cuts[-1] = 0.0, 1.0
    for k in range(1, slabs):
        cuts[k] = max(cuts[k], cuts[k - 1] + least)
    for k in range(slabs - 1, 0, -1):
        cuts[k] = min(cuts[k], cuts[k + 1] - least)
    return cuts


def _divisions(size: int, axes: str) -> Iterator[Triple]:
    """Give all (p_x, p_y, p_z) with p_x p_y p_z = size that cut the named axes only."""
    for px in range(1, size + 1):
        if size % px or (px > 1 and "x" not in axes):
            continue
        for py in range(1, size // px + 1):
            pz = size // px // py
            allowed = (py == 1 or "y" in axes) and (pz == 1 or "z" in axes)
            if px * py * pz == size and allowed:
                yield px, py, pz


def _too_many_ranks(size: int, lengths: Sequence[float], axes: str, reach: float) -> CaseError:
    """Say how many ranks the box can carry. Every rank raises this at the same place."""
    most = [
        max(1, math.floor(lengths[a] / reach)) if name in axes else 1 for a, name in enumerate(AXES)
    ]
    edges = " x ".join(f"{length:.3g}" for length in lengths)
    error = CaseError(
        f"{size} ranks cut the particle box of {edges} m into bricks narrower than {reach:.3g} m, "
        f"the distance at which particles may still touch; cut along {', '.join(axes)} it carries "
        f"{math.prod(most)} ranks at most ({' x '.join(map(str, most))}): use fewer ranks or a "
        "larger box"
    )
    error.agreed = True
    return error
