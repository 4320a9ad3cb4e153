"""Breakable visco-elastic bonds between particles: the binder as short beams.

A bond is a cylinder of radius R and length l in the gap between two particles, which it joins at
the middle of the gap [Potyondy2004]. A bond may also join a particle to a wall, whose identity is
-1 - wall. See docs/explanation/bonds.md for the equations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.particles.bond_block import (
    ANCHOR,
    AXIS,
    INTACT,
    LENGTH,
    RADIUS,
    STATE,
    TANGENT,
)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Bonds:
    """Bonds as struct of arrays; a pair of particles, or a particle and a wall, has one at most.

    Attributes:
        ids: global ids of both particles, the smaller first; a wall's is -1 - wall, shape (m, 2).
        material: index of the material, shape (m,).
        values: rows radius R [m]; length l [m]; 1 intact, 0 gone, -a: broken, and a share a of the
            neck is left to be squeezed; axis x_j - x_i [m] (3); tangent t of the frame
            (n, t, n x t) (3); for each branch the strain of its spring in that frame: elongation,
            two slips [m], twist, two bendings [rad] (of broken ones see `bond_squeeze`, of porous
            ones `bond_compaction`); and, if there are bonds to walls, the anchor of each of them
            [m] (3); shape (9 + 6 b [+ 3], m).
    """

    ids: Integers
    material: Integers
    values: Floats

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def radius(self) -> Floats:
        """R [m], shape (m,)."""
        return self.values[RADIUS]

    @property
    def length(self) -> Floats:
        """l [m], shape (m,)."""
        return self.values[LENGTH]

    @property
    def intact(self) -> Mask:
        """Whether a bond holds, shape (m,)."""
        return self.values[INTACT] > 0

    @property
    def between(self) -> Mask:
        """Whether a neck is between its ends, whole or broken, shape (m,)."""
        return self.values[INTACT] != 0

    @property
    def axis(self) -> Floats:
        """x_j - x_i when the bonds were last stepped [m], shape (3, m)."""
        return self.values[AXIS : AXIS + 3]

    @property
    def strain(self) -> Floats:
        """Strain of each branch's spring, shape (branches, 6, m)."""
        branches = (len(self.values) - STATE) // 6
        return self.values[STATE : STATE + 6 * branches].reshape(branches, 6, len(self))

    @property
    def on_wall(self) -> Mask:
        """Whether a bond ends at a wall, shape (m,)."""
        return self.ids[:, 0] < 0

    @property
    def anchor(self) -> Floats:
        """Where the bonds to walls end [m], shape (3, m); rows without meaning for the others."""
        return self.values[-ANCHOR:]

    @property
    def volume(self) -> Floats:
        """pi R^2 l [m3], shape (m,)."""
        return np.pi * self.radius**2 * self.length


def make_bonds(
    ids: Integers,
    axis: Floats,
    radius: Floats,
    length: Floats,
    *,
    branches: int = 1,
    material: int | Integers = 0,
    anchor: Floats | None = None,
) -> Bonds:
    """Make stress-free bonds.

    Args:
        ids: global ids of i and j, or -1 - wall, shape (m, 2).
        axis: x_j - x_i [m], shape (m, 3); x of a wall is the anchor.
        radius, length: R and l [m], shape (m,).
        branches: the largest number that a material needs, see `BondMaterial.branches`.
        material: index of the material.
        anchor: of the bonds to walls [m], shape (m, 3); whatever for the others. None: there are
            none to walls.

    Raises:
        ValueError: a particle is bound to itself, a pair twice, two walls, a wall without an
            anchor, or a size is not above zero.
    """
    ids, axis = np.asarray(ids, np.int64).reshape(-1, 2), np.asarray(axis, float)
    if (ids < 0).all(axis=1).any() or (anchor is None and (ids < 0).any()):
        raise ValueError("a bond to a wall needs one particle, and an anchor on the wall")
    swap = ids[:, 0] > ids[:, 1]
    ids = np.sort(ids, axis=1)
    if (ids[:, 0] == ids[:, 1]).any() or len(np.unique(ids, axis=0)) < len(ids):
        raise ValueError("a particle is bound to itself, or a pair twice: give each pair once")
    values = np.zeros((STATE + 6 * branches + (0 if anchor is None else ANCHOR), len(ids)))
    values[RADIUS], values[LENGTH], values[INTACT] = radius, length, 1.0
    if not (values[RADIUS : LENGTH + 1] > 0).all():
        raise ValueError("a bond has a radius or a length that is not above zero")
    values[AXIS : AXIS + 3] = np.where(swap[:, None], -axis, axis).T
    values[TANGENT : TANGENT + 3] = _perpendicular(values[AXIS : AXIS + 3])
    if anchor is not None:
        values[-ANCHOR:] = np.asarray(anchor, float).T
    return Bonds(ids, np.broadcast_to(material, len(ids)).astype(np.int64), values)


def _perpendicular(axis: Floats) -> Floats:
    # To the coordinate axis that it is least along, so that the cross product is never small.
    other = np.zeros_like(axis)
    other[np.abs(axis).argmin(axis=0), np.arange(axis.shape[1])] = 1.0
    tangent = np.cross(axis, other, axis=0)
    return tangent / np.linalg.norm(tangent, axis=0)


def take(bonds: Bonds, which: Mask | Integers) -> Bonds:
    """Give the chosen bonds, by mask or index."""
    return Bonds(bonds.ids[which], bonds.material[which], bonds.values[:, which])


def merge(bonds: Bonds, more: Bonds) -> Bonds:
    """Join two sets. Of a pair that is in both one copy stays, broken if one of them is."""
    return without_doubles(
        Bonds(
            np.concatenate([bonds.ids, more.ids]),
            np.concatenate([bonds.material, more.material]),
            np.concatenate([bonds.values, more.values], axis=1),
        )
    )


def without_doubles(bonds: Bonds) -> Bonds:
    """Keep one copy of each pair, broken if one of them is; sorted by the ids."""
    order = np.argsort(_key(bonds.ids) * 2 + bonds.intact, kind="stable")  # a broken copy first
    first = np.ones(len(order), bool)
    first[1:] = (np.diff(bonds.ids[order], axis=0) != 0).any(axis=1)
    return take(bonds, order[first])


def _key(ids: Integers) -> Integers:
    """One number per pair: exact up to 2^31 particles."""
    return (ids[:, 0] << 31) + ids[:, 1]


def mark_broken(bonds: Bonds, ids: Integers, left: float | Floats = 0.0) -> None:
    """Break the bonds of these pairs, shape (k, 2), where they are here and hold.

    Args:
        left: row `INTACT` of what is left of them, shape (k,) or one for all.
    """
    told = _key(np.sort(np.asarray(ids, np.int64), axis=1))
    _, here, which = np.intersect1d(_key(bonds.ids), told, return_indices=True)
    hit = bonds.intact[here]
    bonds.values[INTACT, here[hit]] = np.broadcast_to(left, len(told))[which[hit]]
    bonds.values[STATE + 3 : STATE + 6, here[hit]] = 0.0  # opening and slide, see `bond_squeeze`


def with_ends(bonds: Bonds, ids: Integers) -> Mask:
    """Whether each end is among these ids, shape (m, 2)."""
    return np.isin(bonds.ids, ids)


def rows(bonds: Bonds) -> tuple[Integers, Floats]:
    """Give the bonds as rows to send or store: shapes (m, 3) and (m, rows of `values`)."""
    whole = np.column_stack([bonds.ids, bonds.material])
    return whole, np.ascontiguousarray(bonds.values.T)


def from_rows(whole: Integers, values: Floats) -> Bonds:
    """Make bonds of what `rows` gave."""
    return Bonds(whole[:, :2].copy(), whole[:, 2].copy(), np.ascontiguousarray(values.T))
