"""The links of a D3Q19 lattice through the pores: neighbours, walls and mirrors.

A link that meets no other pore cell is listed apart: a wall sends the population back into its own
cell, the face of an axis that is not periodic takes it from the mirrored volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

# A wall closer than this to a cell centre acts as if it were here: its friction grows like 1/q.
NEAREST_WALL = 0.02


@dataclass(frozen=True)
class Lattice:
    """The pore cells in C order and where the 18 populations that reach each of them come from.

    Attributes:
        cell: flat index of each pore cell in the volume, shape (n,).
        layer: its layer along axis 0, shape (n,).
        neighbour: pore cell that direction i comes from, n where none does, shape (n, 18).
        first: where the special links of each cell begin, shape (n + 1,).
        into: direction in which a special link reaches the cell.
        source, outof: the pore cell and the direction in which it left that.
        sign: -1 where the mirrored volume is also driven backwards.
        slip: factor of the antisymmetric part in the momentum that a wall returns: 1/q - 1 with
            the wall q links away, 1 for a mirror.
    """

    cell: NDArray[np.int64]
    layer: Index
    neighbour: Index
    first: NDArray[np.int64]
    into: NDArray[np.int8]
    source: Index
    outof: NDArray[np.int8]
    sign: Array
    slip: Array


def link_pores(pore: Mask, level: Field | None, periodic: tuple[bool, bool, bool]) -> Lattice:
    """Find the links between pore cells.

    A diagonal link is closed where both cells beside it are solid, so that cells connect by faces
    only, as they do in conduction.

    Args:
        pore: cells with fluid, driven axis first.
        level: any function of the position with pore > 0, solid <= 0 and its zero on the wall, by
            which linear interpolation places the wall between two cells; where there is none, or
            where its sign contradicts `pore`, walls lie half way.
        periodic: axes that wrap around; the others are mirrored at the outer face planes, and the
            mirror at the driven faces turns the force around: pressure is constant on them.
    """
    n = int(np.count_nonzero(pore))
    number = np.full(pore.shape, n, np.int32)
    number[pore] = np.arange(n, dtype=np.int32)
    neighbour = np.empty((n, 18), np.int32)
    layer = np.nonzero(pore)[0].astype(np.int32)
    special: list[tuple[Any, ...]] = []
    for i, c in enumerate(DIRECTION):
        come, level_there = _shift(number, c, periodic), None
        if level is not None:
            level_there = _shift(level, c, periodic)[pore]
        if np.abs(c).sum() == 2:
            beside = [_shift(pore, np.where(np.arange(3) == a, c, 0), periodic)
                      for a in np.flatnonzero(c)]  # fmt: skip
            come[~(beside[0] | beside[1])] = n
        come_here = come[pore]
        wall = np.flatnonzero(come_here == n)
        q = np.full(wall.size, 0.5)
        if level is not None and level_there is not None:
            here, there = level[pore][wall].astype(float), level_there[wall].astype(float)
            between = (here > 0) & (there <= 0)
            q[between] = here[between] / (here[between] - there[between])
        slip = 1 / np.maximum(q, NEAREST_WALL) - 1
        special.append((wall, i, wall, (i + 9) % 18, 1.0, slip))
        for face, outof, sign in _mirrors(c, pore.shape, periodic):
            across = np.flatnonzero(face[pore] & (come_here < n))
            special.append((across, i, come_here[across], outof, sign, 1.0))
            come_here[across] = n
        neighbour[:, i] = come_here
    return _gather(n, np.flatnonzero(pore), layer, neighbour, special)


def _gather(
    n: int,
    cell: NDArray[np.int64],
    layer: Index,
    neighbour: Index,
    special: list[tuple[Any, ...]],
) -> Lattice:
    """Sort the special links by cell."""
    count = [len(s[0]) for s in special]
    to = np.concatenate([s[0] for s in special])
    order = np.argsort(to, kind="stable")

    def column(k: int, dtype: type) -> Any:
        parts = [np.broadcast_to(s[k], m) for s, m in zip(special, count, strict=True)]
        return np.concatenate(parts).astype(dtype)[order]

    first = np.concatenate(([0], np.cumsum(np.bincount(to, minlength=n))))
    return Lattice(
        cell, layer, neighbour, first,
        column(1, np.int8), column(2, np.int32), column(3, np.int8),
        column(4, np.float64), column(5, np.float64),
    )  # fmt: skip


def _shift(values: Any, c: Any, periodic: tuple[bool, bool, bool]) -> Any:
    """The value at x - c of every cell x; beyond a mirror that of the mirrored cell."""
    for axis, step in enumerate(c):
        if step:
            at = np.arange(values.shape[axis]) - step
            at = at % at.size if periodic[axis] else np.clip(at, 0, at.size - 1)
            values = values.take(at, axis)
    return values.copy()


def _mirrors(
    c: Any, shape: tuple[int, ...], periodic: tuple[bool, bool, bool]
) -> list[tuple[Mask, int, float]]:
    """Cells that direction c reaches through mirrors, the direction it left in, and its sign."""
    axes = [a for a in range(3) if c[a] and not periodic[a]]
    found = []
    for crossed in product((False, True), repeat=len(axes)):
        if not any(crossed):
            continue
        where, left, sign = np.ones(shape, bool), np.array(c), 1.0
        for axis, crosses in zip(axes, crossed, strict=True):
            outer = np.arange(shape[axis]) == (0 if c[axis] > 0 else shape[axis] - 1)
            on = outer if crosses else ~outer
            where &= on.reshape([-1 if a == axis else 1 for a in range(3)])
            if crosses:
                left[axis] *= -1
                sign *= -1.0 if axis == 0 else 1.0
        outof = int(np.flatnonzero((left == DIRECTION).all(axis=1))[0])
        found.append((where, outof, sign))
    return found
