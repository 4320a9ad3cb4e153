"""Which particles of a segmented volume touch: coordination and fabric."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.voxels.slabs import Slabs, from_all, next_layers, whole
from multiscale.voxels.spheroid_contacts import spheroid_contacts

type Wraps = tuple[bool, bool, bool]
Floats = NDArray[np.float64]
Ids = NDArray[np.int32]


@dataclass(frozen=True)
class ContactNetwork:
    """Contacts between numbered particles.

    Attributes:
        pairs: particles in contact, numbered from 1, shape (contacts, 2).
        normal: unit vectors between their centroids, or across the contacts, shape (contacts, 3).
        coordination: contacts of each particle, shape (particles,).
        fabric: F_ij = <n_i n_j>, trace 1, shape (3, 3); a third of the identity if isotropic.
    """

    pairs: NDArray[np.int64]
    normal: Floats
    coordination: NDArray[np.int64]
    fabric: Floats


def contact_network(
    ids: Ids,
    edge: Floats,
    periodic: Wraps,
    slabs: Slabs | None = None,
    axes: tuple[int, int, int] = (0, 1, 2),
) -> ContactNetwork:
    """Find the particles with voxels next to each other, by face, edge or corner. Collective.

    That closes gaps of less than a voxel, as a dilation by half a voxel would. Normals join the
    centroids, the short way round where an axis repeats: for spheres those of the contacts, for
    other particles their branches (`spheroid_network` has the normals of spheroids).

    Args:
        ids: particle of each voxel from 1 on, 0 outside, layers of this rank, shape (n0, n1, n2).
        edge: edge lengths of a voxel along x, y, z [m], shape (3,).
        periodic: which of x, y, z wrap around.
        slabs: who has which layers of axis 0; this rank all where left out.
        axes: which of x, y, z the axes of `ids` are.
    """
    wraps = periodic[axes[0]], periodic[axes[1]], periodic[axes[2]]
    slabs = replace(slabs or whole(len(ids), wraps), periodic=wraps[0])
    count = max(from_all(int(ids.max(initial=0)), slabs))
    centre = _centroids(ids, count, wraps, slabs)[:, np.argsort(axes)] * edge
    around = ids
    if slabs.comm:
        _, above = next_layers(ids, slabs)
        around = ids if slabs.highest else np.concatenate([ids, above[None]])
    seam = wraps[0] and slabs.comm is None  # with other ranks it lies between two of them
    own = np.unique(_neighbours(around, len(ids), (seam, *wraps[1:])), axis=0)
    pairs = np.unique(np.concatenate(from_all(own, slabs)), axis=0)
    box = np.array([slabs.total, *ids.shape[1:]])[np.argsort(axes)] * edge
    across = centre[pairs[:, 1]] - centre[pairs[:, 0]]
    across -= np.where(periodic, np.rint(across / box), 0) * box
    normal = across / np.linalg.norm(across, axis=1, keepdims=True)
    return _network(pairs, normal, count)


def spheroid_network(
    centre: Floats, radius: Floats, aspect: float, pole: Floats, box: Floats, tolerance: float
) -> ContactNetwork:
    """Find the contacts of spheroids that are known, with the normals of their surfaces there.

        n ~ Y^-1 r,    in the unit sphere's space of either S Y^-1 r,    S = I + (e - 1) p p^T

    Plates that lie on each other have normals along their poles p, however far their centres are
    shifted: lines between centres (`contact_network`) say how particles are arranged, normals how
    they press and conduct.

    Args:
        centre: centres [m], periodic in x and y, shape (n, 3).
        radius: equatorial radii [m], shape (n,).
        aspect: polar over equatorial radius e.
        pole: axes p of length one, shape (n, 3).
        box: edge lengths [m], shape (3,).
        tolerance: gap over mean radius up to which two count as touching.
    """
    i, j, _, towards = spheroid_contacts(centre, radius, aspect, pole, box, tolerance)
    inner, axis = towards[:, 0], pole[i]
    normal = inner + (1 / aspect - 1) * np.sum(inner * axis, axis=1)[:, None] * axis  # S^-1
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return _network(np.stack([i, j], axis=1) + 1, normal, radius.size)


def _network(pairs: NDArray[np.int64], normal: Floats, particles: int) -> ContactNetwork:
    """Coordination and fabric of these contacts."""
    coordination = np.bincount(pairs.ravel(), minlength=particles + 1)[1:]
    fabric = normal.T @ normal / max(len(normal), 1)
    return ContactNetwork(pairs, normal, coordination, fabric)


def _centroids(ids: Ids, count: int, wraps: Wraps, slabs: Slabs) -> Floats:
    """Centroids of the particles in voxels, row 0 unused. Collective.

    Where an axis repeats it is the mean angle on a circle, so that a particle may cross a seam.
    Sines are whole multiples of 2^-32: sums do not depend on their order, nor on the ranks.
    """
    tables = []
    for n, repeats in zip((slabs.total, *ids.shape[1:]), wraps, strict=True):
        turn = 2 * np.pi * (np.arange(n) + 0.5) / n
        rows = (np.sin(turn), np.cos(turn)) if repeats else (np.arange(n), np.zeros(n))
        scale = 2.0**32 if repeats else 1.0
        tables.append(np.rint(scale * np.array(rows)).astype(np.int64))
    own = np.zeros((count + 1, 7), np.int64)
    tables[0] = tables[0][:, slabs.begin : slabs.end]
    _sums(ids, *tables, own)
    total = np.sum(from_all(own, slabs), axis=0)
    centre = np.zeros((count + 1, 3))
    for axis, n in enumerate((slabs.total, *ids.shape[1:])):
        first, second = total[:, 1 + 2 * axis], total[:, 2 + 2 * axis]
        if wraps[axis]:
            centre[:, axis] = np.arctan2(first, second) % (2 * np.pi) / (2 * np.pi) * n
        else:
            centre[:, axis] = first / np.maximum(total[:, 0], 1) + 0.5
    return centre


def fabric_error(network: ContactNetwork) -> Floats:
    """Estimate the standard error of the fabric by leaving out one particle after the other.

        e^2 = (P - 1)/P sum_p (F_p - <F>)^2,   F_p the fabric without particle p and its contacts

    The contacts of a particle are no independent sample. Where they are, this is sqrt(2) times too
    large, since each contact goes with both its ends; it errs upwards.

    Args:
        network: contacts between P particles.
    """
    particles = network.coordination.size
    dyad = network.normal[:, :, None] * network.normal[:, None, :]
    own = np.zeros((particles, 3, 3))
    np.add.at(own, network.pairs.ravel() - 1, np.repeat(dyad, 2, axis=0))
    left = len(dyad) - network.coordination
    if not (left > 0).any():
        return np.zeros((3, 3))
    without = (dyad.sum(axis=0) - own)[left > 0] / left[left > 0, None, None]
    square = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray(np.sqrt(square * (particles - 1) / particles))


@njit(cache=True, error_model="numpy")
def _sums(ids, first, second, third, sums):  # type: ignore[no-untyped-def]
    """Of each particle: voxels, and the sums of both rows of each axis' table."""
    for i in range(ids.shape[0]):
        for j in range(ids.shape[1]):
            for k in range(ids.shape[2]):
                p = ids[i, j, k]
                if p > 0:
                    sums[p, 0] += 1
                    for row in range(2):
                        sums[p, 1 + row] += first[row, i]
                        sums[p, 3 + row] += second[row, j]
                        sums[p, 5 + row] += third[row, k]


@njit(cache=True, error_model="numpy")
def _neighbours(ids, own, periodic):  # type: ignore[no-untyped-def]
    """Pairs of unlike particles among the 26 neighbours, smaller number first, with repeats.

    Those whose lower end is in the first `own` layers.
    """
    nx, ny, nz = ids.shape
    found = np.empty((1024, 2), np.int64)
    n = 0
    for i in range(own):
        for j in range(ny):
            for k in range(nz):
                here = ids[i, j, k]
                if here == 0:
                    continue
                for d in range(14, 27):  # one of each pair of opposite neighbours
                    a, b, c = i + d // 9 - 1, j + d // 3 % 3 - 1, k + d % 3 - 1
                    outside = False
                    if not 0 <= a < nx:
                        a, outside = a % nx, not periodic[0]
                    if not 0 <= b < ny:
                        b, outside = b % ny, outside or not periodic[1]
                    if not 0 <= c < nz:
                        c, outside = c % nz, outside or not periodic[2]
                    there = ids[a, b, c]
                    if outside or there == 0 or there == here:
                        continue
                    low, high = min(here, there), max(here, there)
                    if n > 0 and found[n - 1, 0] == low and found[n - 1, 1] == high:
                        continue
                    if n == found.shape[0]:
                        found = np.concatenate((found, np.empty_like(found)))
                    found[n, 0], found[n, 1] = low, high
                    n += 1
    return found[:n]
