"""Which particles of a segmented volume touch: coordination and fabric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ids = NDArray[np.int32]


@dataclass(frozen=True)
class ContactNetwork:
    """Contacts between numbered particles.

    Attributes:
        pairs: particles in contact, numbered from 1, shape (contacts, 2).
        normal: unit vectors between their centroids, shape (contacts, 3).
        coordination: contacts of each particle, shape (particles,).
        fabric: F_ij = <n_i n_j>, trace 1, shape (3, 3); a third of the identity if isotropic.
    """

    pairs: NDArray[np.int64]
    normal: Floats
    coordination: NDArray[np.int64]
    fabric: Floats


def contact_network(ids: Ids, edge: Floats, periodic: tuple[bool, bool, bool]) -> ContactNetwork:
    """Find the particles with voxels next to each other, by face, edge or corner.

    That closes gaps of less than a voxel, as a dilation by half a voxel would. Normals join the
    centroids, the short way round where an axis repeats: for spheres those of the contacts.

    Args:
        ids: particle of each voxel from 1 on, 0 outside.
        edge: edge lengths of a voxel [m], shape (3,).
        periodic: axes that wrap around.
    """
    from scipy.ndimage import find_objects

    count = int(ids.max())
    touching = _neighbours(ids, np.array(periodic))
    pairs = np.unique(touching, axis=0) if len(touching) else np.empty((0, 2), np.int64)
    centre = np.zeros((count + 1, 3))
    box = np.array(ids.shape) * edge
    for number, place in enumerate(find_objects(ids), start=1):
        if place is not None:
            at = np.argwhere(ids[place] == number) + [s.start for s in place]
            # The mean angle is the centroid on a circle, so that a particle may cross a seam.
            turn = 2 * np.pi * (at + 0.5) / ids.shape
            around = np.arctan2(np.sin(turn).mean(axis=0), np.cos(turn).mean(axis=0)) % (2 * np.pi)
            plain = (at.mean(axis=0) + 0.5) * edge
            centre[number] = np.where(periodic, around / (2 * np.pi) * box, plain)
    across = centre[pairs[:, 1]] - centre[pairs[:, 0]]
    across -= np.where(periodic, np.rint(across / box), 0) * box
    normal = across / np.linalg.norm(across, axis=1, keepdims=True)
    coordination = np.bincount(pairs.ravel(), minlength=count + 1)[1:]
    fabric = normal.T @ normal / max(len(normal), 1)
    return ContactNetwork(pairs, normal, coordination, fabric)


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
def _neighbours(ids, periodic):  # type: ignore[no-untyped-def]
    """Pairs of unlike particles among the 26 neighbours, smaller number first, with repeats."""
    nx, ny, nz = ids.shape
    found = np.empty((1024, 2), np.int64)
    n = 0
    for i in range(nx):
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
