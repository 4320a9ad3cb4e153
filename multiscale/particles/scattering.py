"""Random sequential insertion on many ranks: each holds the spheres of its own brick, and ghosts.

As `insertion`: uniform trial places, the largest octave of sizes first, all spheres that have no
place yet in one round; a trial that touches a sphere already there is given up, and of two that
touch each other the one with the higher number. The trial place of sphere k in round t comes from a
counter (Philox) of k and t, whoever draws it, and whether two spheres touch is computed from the
same numbers on any rank: so the places are the same, bit for bit, on any number of ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mpi4py import MPI

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from multiscale.errors import CaseError
from multiscale.particles.bricks import Bricks, bricks
from multiscale.particles.halo import Halo
from multiscale.particles.migrate import migrate
from multiscale.particles.radii import Radii
from multiscale.particles.random import philox

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_ROUNDS = 400
_STREAM = 0x706C6163  # of the counter; laws with noise have small numbers
_BITS = 42  # of a coordinate: three of them make 126 of the 128 bits of one draw
_SPARE = 1.0 + 1e-9  # over the distance at which two spheres touch, in the search for near ones
_PIECE = 1 << 18  # trials searched around at a time


@dataclass
class _Spheres:
    """Spheres of a brick and ghosts; places in the box, and beside the brick for the search."""

    ids: Integers
    x: Floats
    r: Floats
    near: Floats


def scatter(
    radius: Radii,
    lengths: Sequence[float],
    periodic: tuple[bool, bool, bool],
    seed: int,
    comm: MPI.Intracomm,
) -> tuple[Floats, Integers]:
    """Give places of spheres that touch neither each other nor the open sides of the box.

    Args:
        radius: of all spheres.
        lengths: of the box [m].
        periodic: along x, y, z.
        seed: of all chance.
        comm: the ranks.

    Returns:
        Centres [m], shape (m, 3), and numbers of the spheres in this rank's brick.

    Raises:
        CaseError: no place was found for some of them, or the box is too narrow for so many ranks
            (on all ranks).
    """
    largest = float(radius.value.max())
    where = bricks(comm, lengths, periodic, reach=_SPARE * 2 * largest)
    octave = np.floor(np.log2(radius.value / largest) + 1e-9)
    field = _Field(where, np.asarray(lengths, float), seed)
    for level in np.unique(octave)[::-1]:
        which = octave == level
        mine = radius.share(which, comm.rank, comm.size)
        left = field.fill(radius, mine, float(radius.value[which].max()))
        if left:
            error = CaseError(
                f"no place was found for {left} of {len(radius)} particles; lower the solid "
                "fraction or the spread of the sizes"
            )
            error.agreed = True
            raise error
    x = np.concatenate([np.empty((0, 3)), *field.x])
    return x, np.concatenate([np.empty(0, np.int64), *field.ids])


class _Field:
    """The spheres that have a place in and around this rank's brick, by octave of their size."""

    def __init__(self, where: Bricks, edge: Floats, seed: int) -> None:
        self.where, self.edge, self.seed = where, edge, seed
        cut = np.array([p > 1 for p in where.dims])
        self.torus = np.where(np.array(where.periodic) & ~cut, edge, 0.0)  # 0: not periodic
        self.x: list[Floats] = []
        self.ids: list[Integers] = []
        self.there: list[tuple[cKDTree, _Spheres]] = []

    def fill(self, radius: Radii, left: Integers, largest: float) -> int:
        """Find places for the spheres of one octave; give how many have none. Collective."""
        comm = self.where.comm
        new: list[_Spheres] = []
        open_side = ~np.array(self.where.periodic)
        for turn in range(_ROUNDS):
            margin = np.where(open_side, radius.of(left)[:, None], 0.0)
            x = margin + _uniform(left, turn, self.seed) * (self.edge - 2 * margin)
            (left, x), _ = migrate(self.where, x / self.edge, [left, x])
            trial = _Spheres(left, x, radius.of(left), x)
            around = [*self.there]
            if new:
                grown = _joined(new)
                around.append((cKDTree(grown.near, boxsize=self.torus), grown))
                new = [grown]
            free = np.ones(len(left), bool)
            for tree, others in around:
                free[free] = ~self._touched(_some(trial, free), tree, others)
            fitting = self._with_ghosts(_some(trial, free), largest)
            alone = free.copy()
            alone[free] = self._first_come(fitting, int(free.sum()))
            placed = _some(trial, alone)
            self.x.append(placed.x)
            self.ids.append(placed.ids)
            new.append(self._with_ghosts(placed, largest))
            left = left[~alone]
            if not comm.allreduce(len(left)):
                break
        grown = _joined(new)
        self.there.append((cKDTree(grown.near, boxsize=self.torus), grown))
        return int(comm.allreduce(len(left)))

    def _with_ghosts(self, own: _Spheres, largest: float) -> _Spheres:
        """Give own spheres and those of other bricks that one of this octave may touch."""
        if self.where.comm.size == 1:
            return own
        s, reach = own.x / self.edge, _SPARE * (own.r + largest)
        rows = [own.ids, own.x, own.r]
        halo, (ids, x, r) = Halo.build(self.where, s, reach, np.diag(self.edge), rows)
        halo.free()
        return _Spheres(ids, x, r, np.concatenate([own.x, halo.s * self.edge]))

    def _touched(self, trial: _Spheres, tree: cKDTree, others: _Spheres) -> NDArray[np.bool_]:
        """Say which trials touch one of the others."""
        hit = np.zeros(len(trial.ids), bool)
        if not len(others.ids):
            return hit
        for a in range(0, len(hit), _PIECE):
            part = _some(trial, slice(a, a + _PIECE))
            reach = _SPARE * (float(part.r.max()) + float(others.r.max()))
            mine = cKDTree(part.near, boxsize=self.torus)
            near = mine.sparse_distance_matrix(tree, reach, output_type="ndarray")
            i, j = near["i"], near["j"]
            deep = self._touch(part.x[i], others.x[j], part.r[i] + others.r[j])
            hit[a + i[deep]] = True
        return hit

    def _first_come(self, all_: _Spheres, own: int) -> NDArray[np.bool_]:
        """Keep of each two trials that touch the one with the lower number; of the own ones."""
        keep = np.ones(len(all_.ids), bool)
        if len(keep) > 1:
            tree = cKDTree(all_.near, boxsize=self.torus)
            pairs = tree.query_pairs(_SPARE * 2 * float(all_.r.max()), output_type="ndarray")
            i, j = pairs.T
            deep = self._touch(all_.x[i], all_.x[j], all_.r[i] + all_.r[j])
            i, j = i[deep], j[deep]
            keep[np.where(all_.ids[i] > all_.ids[j], i, j)] = False
        return keep[:own]

    def _touch(self, x: Floats, y: Floats, reach: Floats) -> NDArray[np.bool_]:
        """|x - y| < reach to the nearest image: the same both ways and on each rank."""
        square = np.zeros(len(x))
        for a in range(3):
            d = x[:, a] - y[:, a]
            if self.where.periodic[a]:
                d -= self.edge[a] * np.rint(d / self.edge[a])
            square += d * d
        return square < reach * reach


def _some(of: _Spheres, which: NDArray[np.bool_] | slice) -> _Spheres:
    return _Spheres(of.ids[which], of.x[which], of.r[which], of.near[which])


def _joined(parts: Sequence[_Spheres]) -> _Spheres:
    return _Spheres(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in ("ids", "x", "r", "near"))
    )


@njit(cache=True, error_model="numpy")
def _uniform(ids: Integers, turn: int, seed: int) -> Floats:
    """Give three numbers in (0, 1) for each sphere in a round, shape (m, 3)."""
    found = np.empty((len(ids), 3))
    word, ten, mask = np.uint64(0xFFFFFFFF), np.uint64(10), np.uint64(0x3FF)
    unit = 1.0 / 2.0**_BITS
    for m in range(len(ids)):
        k = np.uint64(ids[m])
        a, b, c, d = philox(
            k & word, k >> np.uint64(32), np.uint64(turn), np.uint64(0),
            np.uint64(seed) & word, np.uint64(_STREAM),
        )  # fmt: skip
        found[m, 0] = (np.float64((a << ten) | (d & mask)) + 0.5) * unit
        found[m, 1] = (np.float64((b << ten) | ((d >> ten) & mask)) + 0.5) * unit
        found[m, 2] = (np.float64((c << ten) | ((d >> np.uint64(20)) & mask)) + 0.5) * unit
    return found
