"""Where the carbon-binder domain sits: slice quotas, capillary bridges and the energy rule.

Ranks may share the grid by slabs of slices along z; the result is that of one rank.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.errors import StageFailed
from multiscale.voxels.placing import own_draws, place_grains
from multiscale.voxels.slabs import Slabs, from_all, next_layers
from multiscale.voxels.voxelise import bounded

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Labels = NDArray[np.uint8]

PORE, ACTIVE, CBD = 0, 1, 2


def slice_counts(weight: Floats, total: int, room: Integers) -> Integers:
    """Share `total` voxels among the slices in proportion to `weight`, none beyond its room.

    What a full slice cannot take goes to the nearest slices that can.

    Args:
        weight: relative amount of each slice, shape (slices,).
        total: voxels to place.
        room: pore voxels of each slice.

    Returns:
        Voxels of each slice; they sum to `total`.

    Raises:
        StageFailed: there is not enough pore.
    """
    if total > room.sum():
        raise StageFailed(
            f"{total} voxels of carbon-binder domain asked for, {room.sum()} pore voxels left"
        )
    count = np.diff(np.rint(np.concatenate(([0.0], np.cumsum(weight))) / weight.sum() * total))
    count = count.astype(np.int64)
    surplus = np.maximum(count - room, 0)
    count -= surplus
    for k in np.flatnonzero(surplus):
        for other in np.argsort(np.abs(np.arange(room.size) - k), kind="stable"):
            moved = min(surplus[k], room[other] - count[other])
            count[other] += moved
            surplus[k] -= moved
            if surplus[k] == 0:
                break
    return count


def fill_bridges(label: Labels, spread: NDArray[np.float32], count: Integers) -> None:
    """Turn into CBD, slice by slice, the pore voxels closest to two particles at once.

    In order of s = d_1 + d_2, the sum of the distances to the two nearest particles: s = const is
    a spheroid with its foci in a pair of equal spheres' centres, so that the fill grows from the
    contacts like a pendular ring.

    Args:
        label: phases of any slices, changed in place, shape (x, y, slices).
        spread: s at each voxel [m].
        count: voxels to fill in each of these slices.
    """
    for k in np.flatnonzero(count):
        pore = np.flatnonzero(label[:, :, k] == PORE)
        nearest = np.argsort(spread[:, :, k].ravel()[pore], kind="stable")[: count[k]]
        x, y = np.unravel_index(pore[nearest], label.shape[:2])
        label[x, y, k] = CBD


def grain_offsets(diameter: float, edge: Floats) -> Integers:
    """List the voxels of a grain: those with their centres in a ball around its own voxel's centre.

    Args:
        diameter: of the ball [m].
        edge: edge lengths of a voxel [m], shape (3,).

    Returns:
        Offsets along x, y, z, shape (n, 3); the voxel itself alone if the ball is smaller than it.
    """
    reach = np.floor(diameter / (2 * edge) + 1e-6).astype(np.int64)
    offset = np.indices([2 * n + 1 for n in reach]).reshape(3, -1).T - reach
    # A per cent of slack, since the voxel is stretched a little along z.
    near = np.linalg.norm(offset * edge, axis=1) <= 0.505 * diameter
    return np.asarray(offset[near | (offset == 0).all(axis=1)])


def fill_by_energy(
    label: Labels,
    count: Integers,
    clustering: float,
    grain: Integers,
    rng: np.random.Generator,
    sweeps: int,
    report: Callable[[float], None],
    slabs: Slabs | None = None,
) -> None:
    """Grow CBD grain by grain on solid surfaces by an energy rule after [Mistry2018]. Collective.

    A pore voxel with n_CBD and n_AM solid face neighbours becomes the centre of a grain with
    probability proportional to E = w n_CBD/6 + (1 - w) n_AM/6: w -> 0 spreads a film on the active
    material, w -> 1 grows on what is CBD already. The grain fills the pore in its ball; its size
    makes the morphology a matter of lengths, not of voxels. Each sweep draws an equal share of each
    slice's voxels without replacement.

    Args:
        label: phases of this rank's slices, changed in place, shape (x, y, own slices).
        count: voxels to fill in each slice.
        clustering: w, 0 to 1.
        grain: offsets of a grain's voxels, shape (n, 3).
        rng: source of the draws.
        sweeps: number of sweeps; the more, the closer to placing one grain at a time.
        report: called after each sweep with the share of the voxels placed.
        slabs: who has which slices; this rank all where left out.

    Raises:
        StageFailed: voxels are due, but no pore in their slices touches any solid.
    """
    due, total = count.copy(), max(int(count.sum()), 1)
    shape = label.shape[0], label.shape[1], count.size
    slabs = slabs or bounded(shape)
    own = slice(slabs.begin, slabs.end)
    for left in range(sweeps, -10 * sweeps, -1):
        before = int(due.sum())
        if before == 0:
            return
        below, above = next_layers(label.transpose(2, 0, 1), slabs)  # pore beyond the planes
        index, energy = _candidates(label, below, above, slabs.begin, count.size, clustering)
        # The m smallest of exponential variates with rate E are a draw of m without replacement.
        key = own_draws(rng, index, shape, slabs) / energy
        place_grains(label, index, key, grain, -(-due // max(left, 1)), due, slabs)
        due = np.concatenate(from_all(due[own], slabs))
        if due.sum() == before:
            break
        report(1 - due.sum() / total)
    raise StageFailed(f"{due.sum()} voxels of carbon-binder domain found no pore next to a solid")


@njit(cache=True, error_model="numpy")
def _candidates(label, below, above, begin, slices, w):  # type: ignore[no-untyped-def]
    """Pore voxels with a solid face neighbour: place in the whole grid and E.

    `below` and `above` are the slices next to these, which begin at `begin`.
    """
    nx, ny, nz = label.shape
    capacity, n = 1024, 0
    index, energy = np.empty(capacity, np.int64), np.empty(capacity)
    near = np.empty(6, np.uint8)
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                if label[i, j, k] != PORE:
                    continue
                near[0] = label[i - 1 if i > 0 else nx - 1, j, k]
                near[1] = label[i + 1 if i < nx - 1 else 0, j, k]
                near[2] = label[i, j - 1 if j > 0 else ny - 1, k]
                near[3] = label[i, j + 1 if j < ny - 1 else 0, k]
                near[4] = label[i, j, k - 1] if k > 0 else below[i, j]
                near[5] = label[i, j, k + 1] if k < nz - 1 else above[i, j]
                active, cbd = np.sum(near == ACTIVE), np.sum(near == CBD)
                if active + cbd == 0:
                    continue
                if n == capacity:
                    index = np.append(index, np.empty(n, np.int64))
                    energy = np.append(energy, np.empty(n))
                    capacity *= 2
                index[n] = (i * ny + j) * slices + begin + k
                # The floor keeps what has weight zero as a last resort.
                energy[n] = max(w * cbd / 6 + (1 - w) * active / 6, 1e-9)
                n += 1
    return index[:n], energy[:n]
