"""Spheres driven apart on many ranks, to the same places, bit for bit, on any number of them.

The engine adds forces in the order of its lists, which is another one on other bricks, and a dense
crowd lets the round-off grow to the size of the spheres. Here the forces on each sphere are added
in the order of its neighbours' numbers, from the same places and velocities on any rank. The law
is `placing.soft`; mass and force are those of density and stiffness one:

    F_n = max(0, k delta - sqrt(k m) v_n),     k = R,     v += F/m dt,     x += v dt
"""

from __future__ import annotations

import math

from mpi4py import MPI

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from multiscale.particles.bricks import Bricks, bricks
from multiscale.particles.halo import Halo
from multiscale.particles.migrate import migrate
from multiscale.particles.radii import Radii

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_SKIN = 0.3  # of the smallest radius: how much farther than touching neighbours are looked for
_STEP = 0.35  # of the smallest radius: a fifth of what one contact allows
_PIECE = 1 << 17  # spheres whose neighbours are searched at a time


class Crowd:
    """Spheres of this rank's brick that push each other; lengths in the smallest radius.

    Args:
        x: centres, shape (n, 3).
        ids: numbers of the spheres, shape (n,).
        lengths: of the box.
        periodic: along x, y, z; the box is closed along the other axes.
        comm: the ranks.
    """

    def __init__(
        self,
        x: Floats,
        ids: Integers,
        lengths: tuple[float, float, float],
        periodic: tuple[bool, bool, bool],
        comm: MPI.Intracomm,
    ) -> None:
        self.x, self.ids, self.comm = x, ids, comm
        self.edge, self.open = np.array(lengths), np.array(periodic)
        self.periodic = periodic
        self._where: Bricks | None = None

    def drive_apart(self, radius: Radii, clearance: float, most: int) -> bool:
        """Let the spheres push each other until none overlap. Collective.

        Args:
            radius: of all spheres.
            clearance: radii that push, over those that must not overlap.
            most: steps.

        Returns:
            Whether that was reached.
        """
        wide = Radii(clearance * radius.value, radius.end)
        skin = _SKIN * float(wide.value.min())
        step = _STEP * float(wide.value.min())
        y = np.hstack([self.x, np.zeros_like(self.x)])
        moved = math.inf
        for _ in range(most):
            if moved > 0.5 * skin:
                y, halo, r, first, partner = self._meet(y, wide, skin)
                n, start = len(self.ids), y[: len(self.ids), :3].copy()
                force = np.zeros((n, 3))
            deepest = _push(n, y, r, first, partner, self.edge, self.open, clearance, force)
            if self.comm.allreduce(deepest, MPI.MAX) <= 0.0:
                break
            mine = _move(n, y, r, force, step, start)
            moved = math.sqrt(self.comm.allreduce(mine, MPI.MAX))
            halo.forward_rows(y)
        else:
            deepest = math.inf
        self.x = y[:n, :3].copy()
        halo.free()
        return deepest != math.inf

    def _meet(
        self, y: Floats, wide: Radii, skin: float
    ) -> tuple[Floats, Halo, Floats, Integers, NDArray[np.int32]]:
        """Bring the spheres to their owners, fetch ghosts and find neighbours. Collective."""
        x, edge = y[: len(self.ids), :3], self.edge
        turns = np.where(self.open, np.floor(x / edge), 0.0)
        x = np.clip(x - turns * edge, 0.0, np.nextafter(edge, 0.0))
        widest = 2 * float(wide.value.max()) + skin
        if self._where is None:
            self._where = bricks(self.comm, edge.tolist(), self.periodic, reach=widest)
        own = [self.ids, np.hstack([x, y[: len(x), 3:]])]
        (self.ids, y), _ = migrate(self._where, x / edge, own)
        order = np.argsort(self.ids)
        self.ids, y = self.ids[order], y[order]
        r = wide.of(self.ids)
        s, reach = y[:, :3] / edge, r + float(wide.value.max()) + skin
        halo, (ids, y, r) = Halo.build(self._where, s, reach, np.diag(edge), [self.ids, y, r])
        near = np.concatenate([y[: halo.owned, :3], halo.s * edge])
        cut = np.array([p > 1 for p in self._where.dims])
        torus = np.where(self.open & ~cut, edge, 0.0)
        first, partner = _neighbours(halo.owned, near, r, ids, skin, torus)
        return np.ascontiguousarray(y), halo, r, first, partner


def _neighbours(
    n: int, near: Floats, r: Floats, ids: Integers, skin: float, torus: Floats
) -> tuple[Integers, NDArray[np.int32]]:
    """Give the neighbours of each own sphere, in the order of their numbers.

    Returns:
        Where each sphere's neighbours begin, shape (n + 1,), and their rows.
    """
    octave = np.floor(np.log2(r / r.max() + 1e-12)) if len(r) else r
    groups = [np.flatnonzero(octave == level) for level in np.unique(octave)]
    trees = [(rows, cKDTree(near[rows], boxsize=torus), float(r[rows].max())) for rows in groups]
    counts, partners = np.zeros(n, np.int64), [np.empty(0, np.int32)]
    for begin in range(0, n, _PIECE):
        found = [np.empty((2, 0), np.int64)]
        here = slice(begin, min(begin + _PIECE, n))
        for level in np.unique(octave[here]):
            mine = begin + np.flatnonzero(octave[here] == level)
            tree, widest = cKDTree(near[mine], boxsize=torus), float(r[mine].max())
            for rows, others, reach in trees:
                pairs = tree.sparse_distance_matrix(
                    others, widest + reach + skin, output_type="ndarray"
                )
                i, j = mine[pairs["i"]], rows[pairs["j"]]
                close = (pairs["v"] < r[i] + r[j] + skin) & (ids[i] != ids[j])
                found.append(np.array([i[close], j[close]]))
        i, j = np.concatenate(found, axis=1)
        order = np.lexsort((ids[j], i))
        counts += np.bincount(i, minlength=n)
        partners.append(j[order].astype(np.int32))
    return np.concatenate([[0], np.cumsum(counts)]), np.concatenate(partners)


@njit(cache=True, error_model="numpy")
def _push(
    n: int,
    y: Floats,
    r: Floats,
    first: Integers,
    partner: NDArray[np.int32],
    edge: Floats,
    open_: NDArray[np.bool_],
    clearance: float,
    force: Floats,
) -> float:
    """Add up the forces on the own spheres; give the deepest overlap without the clearance."""
    deepest = -np.inf
    d, f = np.empty(3), np.empty(3)
    for i in range(n):
        f[:] = 0.0
        for q in range(first[i], first[i + 1]):
            j = partner[q]
            square = 0.0
            for a in range(3):
                d[a] = y[i, a] - y[j, a]
                if open_[a]:
                    d[a] -= edge[a] * np.rint(d[a] / edge[a])
                square += d[a] * d[a]
            both = r[i] + r[j]
            if square >= both * both:
                continue
            distance = math.sqrt(square)
            deepest = max(deepest, both / clearance - distance)
            vn = 0.0
            for a in range(3):
                d[a] /= distance
                vn += (y[i, 3 + a] - y[j, 3 + a]) * d[a]
            mi, mj = r[i] ** 3, r[j] ** 3
            k = r[i] * r[j] / both
            m = 4.0 / 3.0 * math.pi * (mi * mj / (mi + mj))
            fn = k * (both - distance) - math.sqrt(k * m) * vn
            if fn > 0.0:
                for a in range(3):
                    f[a] += fn * d[a]
        m = 4.0 / 3.0 * math.pi * r[i] ** 3
        for a in range(3):
            if not open_[a]:
                for side in (1.0, -1.0):
                    height = y[i, a] if side > 0 else edge[a] - y[i, a]
                    deepest = max(deepest, r[i] / clearance - height)
                    fn = r[i] * (r[i] - height) - math.sqrt(r[i] * m) * side * y[i, 3 + a]
                    if height < r[i] and fn > 0.0:
                        f[a] += side * fn
            force[i, a] = f[a]
    return deepest


@njit(cache=True, error_model="numpy")
def _move(n: int, y: Floats, r: Floats, force: Floats, step: float, start: Floats) -> float:
    """Take a time step; give the largest square of a way since the start."""
    most = 0.0
    for i in range(n):
        inverse = 1.0 / (4.0 / 3.0 * math.pi * r[i] ** 3)
        way = 0.0
        for a in range(3):
            y[i, 3 + a] += step * inverse * force[i, a]
            y[i, a] += step * y[i, 3 + a]
            way += (y[i, a] - start[i, a]) ** 2
        most = max(most, way)
    return most
