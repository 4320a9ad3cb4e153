"""The pair lists of a rank and their upkeep."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from multiscale.particles import histories, neighbours
from multiscale.particles.bricks import heights
from multiscale.particles.live import find_rows
from multiscale.particles.migrate import Ragged
from multiscale.particles.state import State

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Index = NDArray[np.int32]
_SPARE = 1.15  # capacity over need


@dataclass
class Lists:
    """Outer and inner pair list, near walls and all histories of one rank.

    Attributes:
        history: floats of history per contact.
        odd: which of them change sign with the order of the pair, shape (history,).
        reach: how far beyond contact the laws act between two size classes [m], shape (classes,
            classes).
        wall_reach: how far beyond contact they act at walls [m].
        skin: how much farther the outer list sees [m].
        inner_skin: how much farther the inner list sees [m].
        radius: of the largest particle of each class and type at the start [m], 0 where there is
            none, shape (classes, types).
        class_radius: largest radius of each size class, 0 where it is empty [m].
    """

    history: int
    odd: NDArray[np.bool_]
    reach: Floats
    wall_reach: float
    skin: float
    inner_skin: float
    radius: Floats
    class_radius: Floats
    pairs: int = 0
    near: int = 0
    outer: int = 0
    builds: int = 0
    prunes: int = 0
    SH: Floats = field(default_factory=lambda: np.zeros((27, 3)))
    SV: Floats = field(default_factory=lambda: np.zeros((27, 3)))

    def __post_init__(self) -> None:
        self._carried: Ragged | None = None
        self.first = np.zeros(1, np.int64)
        self.neighbour, self.slot = np.empty(0, np.int32), np.empty(0, np.int32)
        self._allot(0)
        self.H = np.zeros((self.history, 0))
        self._allot_walls(0)

    def _allot(self, size: int) -> None:
        self.I, self.J = np.empty(size, np.int32), np.empty(size, np.int32)
        self.K, self._was = np.empty(size, np.uint8), np.empty(size, np.int32)

    def _allot_walls(self, size: int) -> None:
        self.WI, self.WJ = np.empty(size, np.int32), np.empty(size, np.int32)
        self.WH, self.WE = np.zeros((self.history, size)), np.empty((size, 6))

    @property
    def cuts(self) -> Floats:
        """Longest distance of a pair of two classes in the outer list [m], (classes, classes)."""
        radius = self.class_radius
        there = (radius > 0.0)[:, None] & (radius > 0.0)
        return np.where(there, radius[:, None] + radius + self.reach + self.skin, 0.0)

    @property
    def cut(self) -> float:
        """Longest distance of a pair in the outer list [m]."""
        return float(self.cuts.max())

    @property
    def bytes(self) -> int:
        """Memory of all lists [B]."""
        arrays = (self.first, self.neighbour, self.slot, self.I, self.J, self.K, self.H)
        walls = (self.WI, self.WJ, self.WH, self.WE)
        return sum(a.nbytes for a in (*arrays, self._was, *walls))

    def export(self, state: State) -> Ragged:
        """Give each owned particle's partners (id, or -1 - wall) and the histories with them."""
        if self._carried is not None:
            kept, self._carried = self._carried, None
            return kept
        count, none = np.zeros(state.n, np.int32), np.empty((0, self.history))
        self._export(state, count, np.empty(0, np.int64), none)  # counts only
        size = int(count.sum())
        partner, history = np.empty(size, np.int64), np.empty((size, self.history))
        if size:
            self._export(state, count, partner, history)
        return Ragged(count, (partner, history))

    def _export(self, state: State, count: Index, partner: Integers, history: Floats) -> None:
        histories.export_history(
            state.n, self.pairs, self.I, self.J, self.H, state.G, self.odd,
            self.near, self.WI, self.WJ, self.WH, count, partner, history,
        )  # fmt: skip

    def drop(self) -> None:
        """Give back the memory of the inner list, whose histories have been exported."""
        self.pairs = self.near = 0
        self._allot(0)
        self.H = np.zeros((self.history, 0))

    def carry(self, kept: Ragged) -> None:
        """Take histories from elsewhere: the next build gives them to its pairs."""
        self._carried = kept

    def sort(
        self, state: State, s: Floats, h: Floats, wrap: NDArray[np.bool_], pad: Floats
    ) -> Integers:
        """Lay the grids and give the order of the owned particles by class and cell.

        Args:
            s: lattice coordinates of the owned particles, shape (n, 3).
            h: lattice matrix [m].
            wrap: axes along which cells repeat.
            pad: width of the halo in lattice coordinates, 0 along axes without one.
        """
        classes = len(self.class_radius)
        self.lower, self.width = np.empty((classes, 3)), np.ones((classes, 3))
        self.cells, self.offset = np.ones((classes, 3), np.int64), np.zeros(classes + 1, np.int64)
        self.wrap, self.height = wrap, heights(h)
        edge = np.diag(self.cuts)
        count = np.bincount(state.class_[: state.n], minlength=classes)
        neighbours.set_grids(
            s, state.class_[: state.n], count, edge, self.height, wrap, pad,
            self.lower, self.width, self.cells, self.offset,
        )  # fmt: skip
        order, self.start = np.empty(state.n, np.int64), np.zeros(self.offset[-1] + 1, np.int64)
        self._sort(s, state.class_, 0, state.n, order, self.start)
        return order

    def _sort(
        self,
        s: Floats,
        cls: NDArray[np.int8],
        first: int,
        last: int,
        order: Integers,
        start: Integers,
    ) -> None:
        neighbours.sort_into(
            s, cls, first, last, self.lower, self.width, self.cells, self.offset, order, start
        )

    def build(self, state: State, s: Floats, kept: Ragged, walls: Floats) -> None:
        """Build the outer list of the sorted particles and give pairs and walls their history.

        Args:
            s: lattice coordinates of owned particles and ghosts, shape (n + g, 3).
            kept: partners and histories of the owned particles.
            walls: the kernel's table of walls.
        """
        ghost_order = np.empty(state.ghosts, np.int64)
        ghost_start = np.zeros_like(self.start)
        if state.ghosts:
            self._sort(s, state.class_, state.n, len(s), ghost_order, ghost_start)
        self.first = np.zeros(state.n + 1, np.int64)
        while True:
            self.outer = neighbours.build(
                state.n, state.X, s, state.class_, self.class_radius, self.reach + self.skin,
                self.height, self.wrap, self.lower, self.width, self.cells, self.offset,
                self.start, ghost_start, ghost_order, self.SH, self.first, self.neighbour,
            )  # fmt: skip
            if self.outer <= len(self.neighbour):
                break
            size = int(self.outer * _SPARE) + 64
            self.neighbour, self.slot = np.empty(size, np.int32), np.empty(size, np.int32)
        begin = np.concatenate([[0], np.cumsum(kept.counts)]).astype(np.int64)
        partner, history = kept.items
        if self.H.shape[1] < self.outer:  # as many as the inner list may ever have
            self.H = np.empty((self.history, self.outer))
        histories.restore_history(
            state.n, self.first, self.neighbour, self.slot, state.G, begin, partner, history, self.H
        )
        while True:
            self.near = histories.near_walls(
                state.n, state.X, walls, self.wall_reach + self.skin, begin, partner, history,
                self.WI, self.WJ, self.WH,
            )  # fmt: skip
            if self.near <= len(self.WI):
                break
            self._allot_walls(int(self.near * _SPARE) + 64)
        self.builds += 1

    def listed(self, state: State) -> NDArray[np.bool_]:
        """Tell which ghosts stand in the outer list, shape (ghosts,)."""
        found = np.zeros(state.ghosts, bool)
        neighbours.mark_ghosts(state.n, self.outer, self.neighbour, found)
        return found

    def renumber(self, state: State, stays: NDArray[np.bool_]) -> None:
        """Follow the ghosts into the rows that they have where only some stay."""
        row = state.n + np.cumsum(stays) - 1
        neighbours.renumber_ghosts(state.n, self.outer, self.neighbour, row)

    def prune(self, state: State, types: int, *, bonded: bool) -> None:
        """Renew the inner list from the outer one; histories move along.

        Args:
            state: the particles; they get as many rows for forces as a sweep needs.
            types: number of types of particle.
            bonded: whether there are bonds, which write forces on all particles at once.
        """
        if len(self.I) < self.outer:
            self._allot(self.outer)
        self.pairs = neighbours.prune(
            state.n, self.first, self.neighbour, self.slot, self.reach + self.inner_skin, types,
            state.X, state.A, state.class_, self.SH, self.I, self.J, self.K, self._was,
        )  # fmt: skip
        histories.shift(self.pairs, self._was, self.H)
        self.prunes += 1
        if bonded:
            state.hold_forces(len(state.X), state.n)
        else:
            state.hold_forces(*find_rows(state.n, self.pairs, self.I, self.J))
