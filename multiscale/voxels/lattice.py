"""The links of a D3Q19 lattice through the pores: neighbours, walls and mirrors.

A link that meets no other pore cell is listed apart: a wall sends the population back into its own
cell, the face of an axis that is not periodic takes it from the mirrored volume.

Ranks may share the volume by slabs along axis 0. Rows of an array over the lattice are the pore
cells of this rank, then those of the layers next to its slab, and one more for what is no pore.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.slabs import Slabs, swap_ends, whole, widened

type Mask = np.ndarray[Any, np.dtype[np.bool_]]
type Field = np.ndarray[Any, np.dtype[np.float32]]
type Index = np.ndarray[Any, np.dtype[np.int32]]
type Array = np.ndarray[Any, np.dtype[np.float64]]

# Direction i and i + 9 are opposite.
_HALF = [
    (1, 0, 0), (0, 1, 0), (0, 0, 1),
    (1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1),
]  # fmt: skip
DIRECTION: NDArray[np.int64] = np.array(_HALF + [(-a, -b, -c) for a, b, c in _HALF])
WEIGHT: Array = np.where(np.abs(DIRECTION).sum(axis=1) == 1, 1 / 18, 1 / 36)
REST = 1 / 3
VISCOSITY = 1 / 6  # (tau - 1/2) / 3

# A wall closer than this to a cell centre acts as if it were here: its friction grows like 1/q.
NEAREST_WALL = 0.02


@dataclass(frozen=True)
class Lattice:
    """The pore cells in C order and where the 18 populations that reach each of them come from.

    Attributes:
        cell: flat index of each of this rank's n pore cells among its cells, shape (n,).
        start: row of the first pore cell of each layer, and behind the last one n, shape (n0 + 1,).
        ghosts: pore cells of other ranks in the layers below and above.
        layer: layer of each row along axis 0, from this rank's first one, shape (rows,).
        neighbour: row that direction i comes from, `rows` where from no pore, shape (n, 18).
        first: where the special links of each cell begin, shape (n + 1,).
        into: direction in which a special link reaches the cell.
        source, outof: the row and the direction in which it left that.
        sign: -1 where the mirrored volume is also driven backwards.
        slip: factor of the antisymmetric part in the momentum that a wall returns: 1/q - 1 with
            the wall q links away, 1 for a mirror.
        wall: whether it ends on a wall.
        slabs: who has which layers.
    """

    cell: NDArray[np.int64]
    start: NDArray[np.int64]
    ghosts: tuple[int, int]
    layer: Index
    neighbour: Index
    first: NDArray[np.int64]
    into: NDArray[np.int8]
    source: Index
    outof: NDArray[np.int8]
    sign: Array
    slip: Array
    wall: NDArray[np.bool_]
    slabs: Slabs

    @property
    def rows(self) -> int:
        """Pore cells of this rank and of the layers next to it."""
        return self.cell.size + sum(self.ghosts)


def fill_ghosts(y: Any, lattice: Lattice) -> None:
    """Fill the rows that other ranks own. Collective.

    A layer's pore cells follow each other, and so do those that are sent and taken.

    Args:
        y: over the rows, shape (rows, ...) or more.
        lattice: pore cells of this rank.
    """
    n, (below, above) = lattice.cell.size, lattice.ghosts
    first, last = y[: lattice.start[1]], y[lattice.start[-2] : n]
    swap_ends(first, last, y[n : n + below], y[n + below : n + below + above], lattice.slabs)


def link_pores(
    pore: Mask, level: Field | None, periodic: tuple[bool, bool, bool], slabs: Slabs | None = None
) -> Lattice:
    """Find the links between pore cells. Collective.

    A diagonal link is closed where both cells beside it are solid, so that cells connect by faces
    only, as they do in conduction.

    Args:
        pore: cells of this rank with fluid, driven axis first.
        level: any function of the position with pore > 0, solid <= 0 and its zero on the wall, by
            which linear interpolation places the wall between two cells; where there is none, or
            where its sign contradicts `pore`, walls lie half way.
        periodic: axes that wrap around; the others are mirrored at the outer face planes, and the
            mirror at the driven faces turns the force around: pressure is constant on them.
        slabs: who has which layers; this rank all where left out.
    """
    slabs = slabs or whole(len(pore), periodic)
    wide = widened(pore, slabs, 1)
    number, ghosts = _number(pore, wide, slabs)
    n = int(np.count_nonzero(pore))
    rows = n + sum(ghosts)
    wide_level = None if level is None else widened(level, slabs, 1)
    neighbour = np.empty((n, 18), np.int32)
    special: list[tuple[Any, ...]] = []
    for i, c in enumerate(DIRECTION):
        come = _shift(number, c, periodic)
        if np.abs(c).sum() == 2:
            beside = [_shift(wide, np.where(np.arange(3) == a, c, 0), periodic)
                      for a in np.flatnonzero(c)]  # fmt: skip
            come[~(beside[0] | beside[1])] = rows
        come_here = come[pore]
        wall = np.flatnonzero(come_here == rows)
        q = np.full(wall.size, 0.5)
        if wide_level is not None:
            here = wide_level[1:-1][pore][wall].astype(float)
            there = _shift(wide_level, c, periodic)[pore][wall].astype(float)
            between = (here > 0) & (there <= 0)
            q[between] = here[between] / (here[between] - there[between])
        slip = 1 / np.maximum(q, NEAREST_WALL) - 1
        special.append((wall, i, wall, (i + 9) % 18, 1.0, slip, True))
        for face, outof, sign in _mirrors(c, pore.shape, periodic, slabs):
            across = np.flatnonzero(face[pore] & (come_here < rows))
            special.append((across, i, come_here[across], outof, sign, 1.0, False))
            come_here[across] = rows
        neighbour[:, i] = come_here
    by_layer = np.count_nonzero(pore, axis=(1, 2))
    layer = np.repeat(np.arange(-1, len(pore) + 1), (ghosts[0], *by_layer, ghosts[1]))
    return Lattice(
        np.flatnonzero(pore),
        np.concatenate(([0], np.cumsum(by_layer))),
        ghosts,
        np.roll(layer, -ghosts[0]).astype(np.int32),  # the ghosts of both sides come last
        neighbour,
        *_gather(n, special),
        slabs,
    )


def _number(pore: Mask, wide: Mask, slabs: Slabs) -> tuple[Index, tuple[int, int]]:
    """Row of each cell of the layers `wide`, and how many belong to the ranks below and above."""
    n = int(np.count_nonzero(pore))
    own = np.zeros(pore.shape, np.int32)
    own[pore] = np.arange(n, dtype=np.int32)
    # Where no other rank is next to this one, these layers are its own ones, wrapped or mirrored.
    number = widened(own, slabs, 1)
    ghosts = [0, 0]
    for side, (at, ends) in enumerate(((0, slabs.lowest), (-1, slabs.highest))):
        if slabs.comm is not None and not ends:
            ghosts[side] = int(np.count_nonzero(wide[at]))
            number[at][wide[at]] = n + sum(ghosts[:side]) + np.arange(ghosts[side])
    number[~wide] = n + sum(ghosts)
    return number, (ghosts[0], ghosts[1])


def _gather(n: int, special: list[tuple[Any, ...]]) -> tuple[Any, Any, Any, Any, Any, Any, Any]:
    """Sort the special links by cell: where each cell's begin, and their six columns."""
    count = [len(s[0]) for s in special]
    to = np.concatenate([s[0] for s in special])
    order = np.argsort(to, kind="stable")

    def column(k: int, dtype: type) -> Any:
        parts = [np.broadcast_to(s[k], m) for s, m in zip(special, count, strict=True)]
        return np.concatenate(parts).astype(dtype)[order]

    first = np.concatenate(([0], np.cumsum(np.bincount(to, minlength=n))))
    types = (np.int8, np.int32, np.int8, np.float64, np.float64, np.bool_)
    into, source, outof, sign, slip, wall = (column(k, t) for k, t in enumerate(types, start=1))
    return first, into, source, outof, sign, slip, wall


def _shift(wide: Any, c: Any, periodic: tuple[bool, bool, bool]) -> Any:
    """The value at x - c of every cell x; beyond a mirror that of the mirrored cell.

    Args:
        wide: values in this rank's layers and in one on either side.
        c: steps along the axes.
        periodic: whether axes 1 and 2 wrap around.
    """
    values = wide[1 - c[0] : len(wide) - 1 - c[0]]
    for axis in (1, 2):
        if c[axis]:
            at = np.arange(values.shape[axis]) - c[axis]
            at = at % at.size if periodic[axis] else np.clip(at, 0, at.size - 1)
            values = values.take(at, axis)
    return values.copy()


def _mirrors(
    c: Any, shape: tuple[int, ...], periodic: tuple[bool, bool, bool], slabs: Slabs
) -> list[tuple[Mask, int, float]]:
    """Cells that direction c reaches through mirrors, the direction it left in, and its sign."""
    axes = [a for a in range(3) if c[a] and not periodic[a]]
    begin, length = (slabs.begin, 0, 0), (slabs.total, *shape[1:])
    found = []
    for crossed in product((False, True), repeat=len(axes)):
        if not any(crossed):
            continue
        where, left, sign = np.ones(shape, bool), np.array(c), 1.0
        for axis, crosses in zip(axes, crossed, strict=True):
            place = begin[axis] + np.arange(shape[axis])
            outer = place == (0 if c[axis] > 0 else length[axis] - 1)
            on = outer if crosses else ~outer
            where &= on.reshape([-1 if a == axis else 1 for a in range(3)])
            if crosses:
                left[axis] *= -1
                sign *= -1.0 if axis == 0 else 1.0
        outof = int(np.flatnonzero((left == DIRECTION).all(axis=1))[0])
        found.append((where, outof, sign))
    return found
