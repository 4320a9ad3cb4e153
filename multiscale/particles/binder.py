"""Binder between particles: where bonds are, and how thick they are for a given binder volume.

A bond fills the neck between two spheres: a cylinder of radius R about the line of centres,
between their surfaces. Its length l is the mean of the gap over the cylinder, so that pi R^2 l is
the volume of binder in the neck and the bonds hold the binder that the composition has. A wall is
a sphere of infinite radius.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.spatial import cKDTree

from multiscale.particles.bonds import Bonds, make_bonds

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_TWO_IMAGES = "two particles meet through two images: make the periodic box larger"


def bind(
    position: Floats,
    radius: Floats,
    ids: Integers,
    H: Floats,
    periodic: Sequence[bool],
    *,
    gap: float,
    volume: float,
    profile: tuple[Floats, Floats] | None = None,
    branches: int = 1,
    material: int = 0,
    origin: Sequence[float] | Floats = (0.0, 0.0, 0.0),
    walls: Mapping[int, Floats] | None = None,
    owned: int | None = None,
    comm: MPI.Intracomm = MPI.COMM_SELF,
) -> Bonds:
    """Bind all pairs closer than `gap` with necks that hold `volume` together. Collective.

    All necks have one radius, or one for each slice of a profile, but none is wider than the
    smaller of its two spheres. An overlap counts as touching.

    Args:
        position: [m], shape (n, 3); of this rank's particles, then of those of others near them.
        radius: [m], shape (n,).
        ids: global ids, shape (n,).
        H: lattice matrix [[Lx, T, 0], [0, Ly, 0], [0, 0, Lz]] [m].
        periodic: whether the box repeats itself along each of its three vectors, but for those
            along which images come as particles of others.
        gap: largest distance between the surfaces of a bound pair [m].
        volume: of the binder (carbon-binder domain) on all ranks [m3].
        profile: edges in z of slices [m], shape (k + 1,), and their shares of the volume, shape
            (k,), in any unit; a bond belongs to the slice of its middle.
        branches: the largest number that a material needs, see `BondMaterial.branches`.
        material: index of the material.
        origin: lower corner of the box [m].
        walls: to which particles are bound too: normal and offset by the wall's index; None: the
            bonds have no place for anchors.
        owned: how many of the particles are this rank's; None: all.
        comm: the ranks that bind together.

    Returns:
        The bonds with an end among this rank's particles.

    Raises:
        ValueError: no pair is that close, the necks cannot hold the volume, or a slice has binder
            but no bond (on all ranks).
    """
    n = len(radius) if owned is None else owned
    i, j, axis = _pairs_of(n, position - np.asarray(origin), radius, ids, gap, H, periodic, comm)
    w, k, height = close_to_walls(position[:n], radius[:n], gap, walls or {})
    found, every = comm.allreduce(np.array([len(i) + len(k), n]))
    if not found:
        raise ValueError(
            f"no two of {every} particles are closer than {gap:.3g} m: give a larger gap"
        )
    normal = np.array([walls[wall][:3] for wall in w.tolist()] if walls else []).reshape(-1, 3)
    first, second = np.concatenate([ids[i], -1 - w]), np.concatenate([ids[j], ids[k]])
    counted = np.concatenate([i < n, np.ones(len(k), bool)])  # by the owner of the first particle
    ri, rj = np.concatenate([radius[i], np.full(len(k), np.inf)]), radius[np.concatenate([j, k])]
    axis = np.concatenate([axis, height[:, None] * normal])
    distance = np.linalg.norm(axis, axis=1)
    surface = np.where(np.isinf(ri), 0.0, ri)  # from where the axis begins
    open_gap = np.maximum(distance - surface - rj, 0.0)
    anchor = np.concatenate([np.zeros((len(i), 3)), position[k] - height[:, None] * normal])
    begin = np.concatenate([position[i, 2], anchor[len(i) :, 2]])
    middle = begin + axis[:, 2] * (surface + 0.5 * (distance - surface - rj)) / distance
    necks = np.empty(len(first))
    for which, quota, name in _slices(middle, volume, profile):
        necks[which] = neck_radius(
            quota, ri[which], rj[which], open_gap[which], name, counted[which], comm
        )
    kept = necks > 0
    content = neck_volume(necks[kept], ri[kept], rj[kept], open_gap[kept])
    return make_bonds(
        np.column_stack([first, second])[kept],
        axis[kept],
        necks[kept],
        content / (np.pi * necks[kept] ** 2),
        branches=branches,
        material=material,
        anchor=None if walls is None else anchor[kept],
    )


def _pairs_of(
    n: int,
    position: Floats,
    radius: Floats,
    ids: Integers,
    gap: float,
    H: Floats,
    periodic: Sequence[bool],
    comm: MPI.Intracomm,
) -> tuple[Integers, Integers, Floats]:
    """Give the close pairs with one of the first n, the smaller identity first, as `close_pairs`.

    Raises:
        ValueError: as `close_pairs` does, or a pair meets through two images (on all ranks).
    """
    problem, i, j, axis = None, np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, 3))
    try:
        if n:
            i, j, axis = close_pairs(position, radius, gap, H, periodic)
    except ValueError as error:
        problem = str(error)
    mine = i < n  # i < j
    i, j, axis = i[mine], j[mine], axis[mine]
    swap = ids[i] > ids[j]
    i, j, axis = np.where(swap, j, i), np.where(swap, i, j), np.where(swap[:, None], -axis, axis)
    if n < len(ids) and len(np.unique(np.column_stack([ids[i], ids[j]]), axis=0)) < len(i):
        problem = _TWO_IMAGES  # through images that came as particles of others
    told = [text for text in comm.allgather(problem) if text is not None]
    if told:
        raise ValueError(told[0])
    return i, j, axis


def close_to_walls(
    position: Floats, radius: Floats, gap: float, walls: Mapping[int, Floats]
) -> tuple[Integers, Integers, Floats]:
    """Give wall, particle and height of the centre for all nearer to a wall than `gap` [m]."""
    found = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    for index, wall in walls.items():
        height = position @ wall[:3] - wall[3]
        k = np.flatnonzero(height < radius + gap)
        found.append((np.full(len(k), index), k, height[k]))
    w, k, height = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return w, k, height


def neck_volume(neck: Floats, ri: Floats, rj: Floats, gap: Floats) -> Floats:
    """Give the volume of a cylinder between two spheres, pi R^2 g + V(r_i) + V(r_j) [m3].

    V(r) = pi s^2 (r - 2 s/3), s = r - sqrt(r^2 - R^2), lies between a sphere and its tangent plane.
    """
    return np.pi * neck**2 * gap + _beside(neck, ri) + _beside(neck, rj)


def _beside(neck: Floats, r: Floats) -> Floats:
    wall = np.isinf(r)
    r = np.where(wall, 2 * np.asarray(neck) + 1.0, r)  # any radius that is not too small
    s = neck**2 / (r + np.sqrt(r**2 - neck**2))  # without the cancellation of r - sqrt(...)
    return np.where(wall, 0.0, np.pi * s**2 * (r - 2 * s / 3))


def neck_radius(
    volume: float,
    ri: Floats,
    rj: Floats,
    gap: Floats,
    where: str = "",
    counted: NDArray[np.bool_] | None = None,
    comm: MPI.Intracomm = MPI.COMM_SELF,
) -> Floats:
    """Give each neck's radius min(R, r_i, r_j) [m], with the R that makes them hold `volume` [m3].

    Collective: `volume` is held by the necks of all ranks, those `counted` there.

    Raises:
        ValueError: necks as wide as the smaller particles hold less (on all ranks).
    """
    widest = np.minimum(ri, rj)
    mine = slice(None) if counted is None else counted

    def held(neck: float) -> float:
        radius = np.minimum(neck, widest[mine])
        return float(comm.allreduce(neck_volume(radius, ri[mine], rj[mine], gap[mine]).sum()))

    if volume == 0:
        return np.zeros_like(widest)
    largest = comm.allreduce(float(widest.max(initial=0.0)), MPI.MAX)
    most = held(largest)
    if most < volume:
        raise ValueError(
            f"{comm.allreduce(len(widest[mine]))} necks{where} are to hold {volume:.4g} m3 of "
            f"binder, but hold at most {most:.4g} m3: give a larger gap, coarser slices, or add "
            "binder particles"
        )

    def excess(neck: float) -> float:
        return held(neck) / volume - 1

    neck = brentq(excess, 0.0, largest, xtol=1e-18 * largest, rtol=4 * np.finfo(float).eps)
    return np.minimum(neck, widest)


def _slices(
    middle: Floats, volume: float, profile: tuple[Floats, Floats] | None
) -> list[tuple[Integers, float, str]]:
    if profile is None:
        return [(np.arange(len(middle)), volume, "")]
    edges, share = (np.asarray(a, float) for a in profile)
    if len(share) != len(edges) - 1 or (np.diff(edges) <= 0).any() or (share < 0).any():
        raise ValueError(
            f"a binder profile has {len(edges)} edges and {len(share)} shares: give rising edges "
            "and between each two a share of zero or more"
        )
    width = edges[-1] - edges[0]  # two ranks that hold a bond find it in one slice
    middle = edges[0] + width * np.round((middle - edges[0]) / width, 11)
    k = np.searchsorted(edges, middle, side="right") - 1
    k = np.clip(k, 0, len(share) - 1)  # round-off at the ends, and necks that reach beyond them
    quota = volume * share / share.sum()
    return [
        (np.flatnonzero(k == s), quota[s], f" in z from {edges[s]:.4g} to {edges[s + 1]:.4g} m")
        for s in range(len(share))
    ]


def close_pairs(
    position: Floats, radius: Floats, gap: float, H: Floats, periodic: Sequence[bool]
) -> tuple[Integers, Integers, Floats]:
    """Give the pairs closer than `gap`, i < j, with x_j - x_i to the nearest image, shape (m, 3).

    Raises:
        ValueError: the box is so small that a pair may meet through two images.
    """
    s = position @ np.linalg.inv(H).T
    s -= np.floor(s) * np.asarray(periodic, bool)
    found = []
    lower = 0.0
    # Pairs by the octave of the larger one: 1 um beside 10 um costs its own neighbours, no more.
    for upper in radius.max() * 0.5 ** np.arange(np.log2(radius.max() / radius.min()) // 1, -1, -1):
        large = np.flatnonzero((radius > lower) & (radius <= upper))
        small = np.flatnonzero(radius <= upper)
        reach = 2 * upper + gap
        source, images = _images(s[small], H, periodic, reach)
        near, far = cKDTree(s[large] @ H.T), cKDTree(images @ H.T)
        pairs = near.sparse_distance_matrix(far, reach, output_type="ndarray")
        i, j = large[pairs["i"]], small[source[pairs["j"]]]
        close = pairs["v"] < radius[i] + radius[j] + gap
        close &= (radius[j] <= lower) | (i < j)  # two of one octave find each other twice
        axis = far.data[pairs["j"][close]] - near.data[pairs["i"][close]]
        found.append((i[close], j[close], axis))
        lower = upper
    i, j, axis = (np.concatenate(parts) for parts in zip(*found, strict=True))
    swap = i > j
    i, j = np.where(swap, j, i), np.where(swap, i, j)
    if len(np.unique(i * len(radius) + j)) < len(i):
        raise ValueError(_TWO_IMAGES)
    return i, j, np.where(swap[:, None], -axis, axis)


def _images(
    s: Floats, H: Floats, periodic: Sequence[bool], reach: float
) -> tuple[Integers, Floats]:
    """Give the particles in and around the box within `reach`: source, lattice coordinates."""
    height = 1 / np.linalg.norm(np.linalg.inv(H), axis=1)
    source = np.arange(len(s))
    for a in np.flatnonzero(periodic):
        margin = reach / height[a]
        if margin > 1:
            raise ValueError(
                f"the periodic box is {height[a]:.3g} m wide, less than two particles and the gap "
                f"({reach:.3g} m): make it larger"
            )
        low, high = np.flatnonzero(s[:, a] <= margin), np.flatnonzero(s[:, a] >= 1 - margin)
        step = np.eye(3)[a]
        source = np.concatenate([source, source[low], source[high]])
        s = np.concatenate([s, s[low] + step, s[high] - step])
    return source, s
