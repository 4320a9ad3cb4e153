"""Where the ends of bonds are: local indices and periodic images, at each new neighbour list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mpi4py import MPI

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.errors import StageFailed
from multiscale.particles.bond_block import INTACT
from multiscale.particles.bonds import Bonds, mark_broken, take
from multiscale.particles.layout import HOME

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Index = NDArray[np.int32]
_JIT: dict[str, Any] = dict(cache=True, error_model="numpy")


class Ends(NamedTuple):
    """The ends of bonds that `locate` has put in order.

    Attributes:
        i, j: local indices of both particles, shape (intact bonds,); i of a wall is -1 - wall.
        code: image of j: (kx + 1) + 3 (ky + 1) + 9 (kz + 1), the partner is at x_j + H k.
        ranges: the bonds of material m are ranges[m]:ranges[m + 1]; broken ones come last.
    """

    i: Index
    j: Index
    code: Index
    ranges: Integers


def locate(
    bonds: Bonds,
    gid: Integers,
    X: Floats,
    n: int,
    H: Floats,
    wrap: Sequence[bool],
    reach: float,
    materials: int = 1,
) -> tuple[Bonds, Ends]:
    """Find the ends of all intact bonds on this rank and sort the bonds by material and first end.

    Of several images of a particle the one is taken that continues the bond's axis. The anchor of a
    bond to a wall goes along where its particle was brought back into the box.

    Args:
        gid: global ids, shape (n + ghosts,).
        X: positions [m] in columns 0 to 2, shape (n + ghosts, 3 or more).
        n: number of owned particles; they come first. A bond needs one owned end at least.
        H: lattice matrix [[Lx, T, 0], [0, Ly, 0], [0, 0, Lz]] [m].
        wrap: directions in which the images of owned particles are meant, not ghosts.
        reach: longest bond [m] whose far end is sure to be among the ghosts.
        materials: number of materials.

    Raises:
        StageFailed: an end is not here, or a bond is longer than `reach` or than half the box.
    """
    wrapped = np.asarray(wrap, bool)
    _check_lengths(bonds, H, wrapped, reach)
    order = np.argsort(gid, kind="stable")
    intact = bonds.between
    i, j, code = np.zeros((3, len(bonds)), np.int32)
    first = np.searchsorted(gid, bonds.ids, sorter=order)
    fault = _match(
        bonds.ids,
        bonds.axis,
        intact,
        first,
        gid,
        order,
        X,
        n,
        np.asarray(H, float),
        wrapped,
        i,
        j,
        code,
    )
    fault = max(fault, _match_walls(bonds, i, j, X, n, np.asarray(H, float)))
    if fault >= 0:
        _refuse_lost(bonds, fault)
    group = np.where(intact, bonds.material, materials)
    sorting, ranges = _count_sort(group, np.where(i < 0, j, i), materials + 1, len(gid))
    held = sorting[: ranges[materials]]
    return take(bonds, sorting), Ends(i[held], j[held], code[held], ranges[: materials + 1])


def agree_on_broken(bonds: Bonds, ends: Ends, comm: MPI.Intracomm, n: int = 0) -> None:
    """Break on all ranks what broke on one since `locate`. Collective; call before each rebuild.

    Two ranks that hold a bond across a periodic side differ in the last digit, so that one may
    break it when the other does not yet, and its force would act on one end only.

    Args:
        n: number of owned particles; bonds between two of them are on no other rank.
    """
    held = len(ends.i)
    shared = np.flatnonzero(~bonds.intact[:held] & (np.maximum(ends.i, ends.j) >= n))
    every = comm.allgather((bonds.ids[shared], bonds.values[INTACT, shared]))
    if sum(len(ids) for ids, _ in every) > len(shared):
        mark_broken(bonds, *(np.concatenate(part) for part in zip(*every, strict=True)))


def _match_walls(bonds: Bonds, i: Index, j: Index, X: Floats, n: int, H: Floats) -> int:
    """Shift the anchors to the image of their particles; give the first bond without one, or -1."""
    e = np.flatnonzero((i < 0) & bonds.between)
    if not len(e):
        return -1
    miss = bonds.axis[:, e].T - (X[j[e], :3] - bonds.anchor[:, e].T)
    turns = np.rint(miss @ np.linalg.inv(H).T)
    bonds.anchor[:, e] -= (turns @ H.T).T
    miss -= turns @ H.T
    length = np.linalg.norm(bonds.axis[:, e], axis=0)
    lost = (np.linalg.norm(miss, axis=1) > 0.5 * length) | (j[e] >= n)
    return int(e[lost][0]) if lost.any() else -1


def _joined(bonds: Bonds, bond: int) -> str:
    a, b = bonds.ids[bond]
    ends = f"between the particles {a} and {b}" if a >= 0 else f"of particle {b} to wall {-1 - a}"
    return f"the bond {ends}"


def _refuse_lost(bonds: Bonds, bond: int) -> None:
    raise StageFailed(
        f"{_joined(bonds, bond)} has lost an end: no image of it is where the "
        f"bond was last seen, {np.linalg.norm(bonds.axis[:, bond]):.3g} m long; widen the ghost "
        "layer beyond the longest bond, or lower the strength so that it breaks before"
    )


def _check_lengths(bonds: Bonds, H: Floats, wrap: NDArray[np.bool_], reach: float) -> None:
    """Refuse bonds longer than is seen; broken necks, open where they are so long, are gone."""
    length = np.linalg.norm(bonds.axis, axis=0)
    half = 0.5 * min(np.diag(H)[wrap], default=np.inf)
    limit = min(reach, half)
    bonds.values[INTACT, ~bonds.intact & (length > limit)] = 0.0
    length *= bonds.intact
    if len(bonds) and length.max() > limit:
        bond = int(length.argmax())
        what = "the ghost layer is wide" if reach <= half else "half the box is long"
        raise StageFailed(
            f"{_joined(bonds, bond)} is {length[bond]:.3g} m long, {what} "
            f"{limit:.3g} m: widen it, or lower the strength so that the bond breaks before"
        )


@njit(**_JIT)
def _match(ids, axis, intact, first, gid, order, X, n, H, wrap, i, j, code):  # type: ignore[no-untyped-def]
    """Fill i, j and code; give the first bond that has no ends here, or -1.

    Particles of one id stand in `order` with the owned one first.
    """
    for e in range(ids.shape[0]):
        if not intact[e]:
            continue
        if ids[e, 0] < 0:  # a wall: its one particle is owned, and stands first
            p = first[e, 1]
            if p == gid.size or gid[order[p]] != ids[e, 1] or order[p] >= n:
                return e
            i[e] = ids[e, 0]
            j[e] = order[p]
            code[e] = HOME
            continue
        best = np.inf
        for p in range(first[e, 0], gid.size):
            a = order[p]
            if gid[a] != ids[e, 0]:
                break
            for q in range(first[e, 1], gid.size):
                b = order[q]
                if gid[b] != ids[e, 1]:
                    break
                if a >= n and b >= n:
                    continue
                dx = axis[0, e] - (X[b, 0] - X[a, 0])
                dy = axis[1, e] - (X[b, 1] - X[a, 1])
                dz = axis[2, e] - (X[b, 2] - X[a, 2])
                kz = np.round(dz / H[2, 2]) if wrap[2] else 0.0
                ky = np.round(dy / H[1, 1]) if wrap[1] else 0.0
                kx = np.round((dx - H[0, 1] * ky) / H[0, 0]) if wrap[0] else 0.0
                if max(abs(kx), abs(ky), abs(kz)) > 1.0:
                    continue
                dx -= H[0, 0] * kx + H[0, 1] * ky
                dy -= H[1, 1] * ky
                dz -= H[2, 2] * kz
                miss = dx * dx + dy * dy + dz * dz
                if miss < best:
                    best = miss
                    i[e] = a
                    j[e] = b
                    code[e] = int(kx + 1) + 3 * int(ky + 1) + 9 * int(kz + 1)
                if b < n:  # two owned ends meet through an image, not through a ghost of one
                    break
            if best < np.inf and max(i[e], j[e]) < n:
                break
        square = axis[0, e] ** 2 + axis[1, e] ** 2 + axis[2, e] ** 2
        if best > 0.25 * square:
            return e
    return -1


@njit(**_JIT)
def _count_sort(group, index, groups, size):  # type: ignore[no-untyped-def]
    """Sort stably by group, then index; give the order and where each group begins."""
    order = np.empty(group.size, np.int64)
    by_index = np.empty(group.size, np.int64)
    start = np.zeros(size + 1, np.int64)
    for e in range(group.size):
        start[index[e] + 1] += 1
    for k in range(size):
        start[k + 1] += start[k]
    for e in range(group.size):
        by_index[start[index[e]]] = e
        start[index[e]] += 1
    begin = np.zeros(groups + 1, np.int64)
    for e in range(group.size):
        begin[group[e] + 1] += 1
    for k in range(groups):
        begin[k + 1] += begin[k]
    at = begin.copy()
    for e in by_index:
        order[at[group[e]]] = e
        at[group[e]] += 1
    return order, begin
