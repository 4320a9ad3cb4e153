"""Fibrils of binder, as shear draws them from PTFE in a dry mix."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.errors import StageFailed
from multiscale.voxels.cbd import CBD, PORE, Floats, Integers, Labels
from multiscale.voxels.slabs import Slabs, from_all
from multiscale.voxels.voxelise import bounded

_BATCH, _DRAWS = 64, 4000


def fill_fibrils(
    label: Labels,
    count: Integers,
    diameter: float,
    length: float,
    edge: Floats,
    rng: np.random.Generator,
    slabs: Slabs | None = None,
) -> None:
    """Lay straight fibrils of random direction through the pores until each slice has its voxels.
    Collective.

    A fibril is the union of balls along its axis; where it meets a particle it is covered. Middles
    are drawn where voxels are due, directions evenly over the sphere.

    Args:
        label: phases of this rank's slices, changed in place, shape (x, y, own slices), periodic
            in x and y.
        count: voxels to fill in each slice.
        diameter, length: of a fibril [m].
        edge: edge lengths of a voxel [m], shape (3,).
        rng: source of the draws, in the same state on all ranks.
        slabs: who has which slices; this rank all where left out.

    Raises:
        StageFailed: the pores do not take that much.
    """
    due = count.astype(np.int64)
    slabs = slabs or bounded((*label.shape[:2], count.size))
    for _ in range(_DRAWS):
        if not due.any():
            return
        middle = rng.random((_BATCH, 3)) * (np.array([*label.shape[:2], due.size]) * edge)
        slices = rng.choice(due.size, _BATCH, p=due / due.sum())
        middle[:, 2] = (slices + rng.random(_BATCH)) * edge[2]
        towards = directions(_BATCH, rng)
        _lay(label, middle, towards, length, diameter / 2, edge, due, slabs.begin)
        due = np.concatenate(from_all(due[slabs.begin : slabs.end], slabs))
    raise StageFailed(
        f"{due.sum()} voxels of fibrils found no pore; lower microstructure.fibril_fraction"
    )


def directions(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw n unit vectors evenly over the sphere, shape (n, 3)."""
    across = rng.standard_normal((n, 3))
    return np.asarray(across / np.linalg.norm(across, axis=1, keepdims=True))


@njit(cache=True, error_model="numpy")
def _lay(  # type: ignore[no-untyped-def]
    label, middle, direction, length, radius, edge, due, begin
):
    """Fill balls along each axis, and stop filling slices that have all of theirs.

    A ball holds the voxels with their centres in it, and always the one that its middle lies in.
    """
    nx, ny, own = label.shape
    half = int(np.ceil(length / edge.min()))  # steps of half a voxel
    reach = np.ceil(radius / edge).astype(np.int64)
    for f in range(middle.shape[0]):
        for s in range(-half, half + 1):
            x = middle[f] + (0.5 * s * length / half) * direction[f]
            at = np.floor(x / edge).astype(np.int64)
            bottom, top = at[2] - reach[2], at[2] + reach[2]
            for d in range(max(bottom, begin), min(top, begin + own - 1) + 1):
                if due[d] == 0:
                    continue
                for a in range(at[0] - reach[0], at[0] + reach[0] + 1):
                    for b in range(at[1] - reach[1], at[1] + reach[1] + 1):
                        square = (
                            ((a + 0.5) * edge[0] - x[0]) ** 2
                            + ((b + 0.5) * edge[1] - x[1]) ** 2
                            + ((d + 0.5) * edge[2] - x[2]) ** 2
                        )
                        middle_in = a == at[0] and b == at[1] and d == at[2]
                        if square > radius * radius and not middle_in:
                            continue
                        if due[d] > 0 and label[a % nx, b % ny, d - begin] == PORE:
                            label[a % nx, b % ny, d - begin] = CBD
                            due[d] -= 1
