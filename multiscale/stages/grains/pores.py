"""Where there is room between the grains, at a given height."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from multiscale.records import FloatArray

_TRIALS = 60
_ENOUGH = -0.2  # clearance with which a place is taken


def places_in_pores(
    z: FloatArray, position: FloatArray, radius: FloatArray, edge: float, rng: np.random.Generator
) -> FloatArray:
    """Give places of unit spheres at given heights, at random where the solids leave most room.

    A place is taken that overlaps no solid by more than a fifth; after 60 trials the best one.

    Args:
        z: heights, shape (n,).
        position, radius: of the solids, shapes (m, 3) and (m,).
        edge: of the box, periodic in x and y.
        rng: source of chance.

    Returns:
        Centres, shape (n, 3).
    """
    if not len(z):
        return np.empty((0, 3))
    torus = np.array([edge, edge, 0.0])
    inside = position.copy()
    inside[:, :2] %= edge
    octave = np.floor(np.log2(radius / radius.max()) + 1e-9)
    trees = [
        (cKDTree(inside[octave == level], boxsize=torus), radius[octave == level])
        for level in np.unique(octave)
    ]
    best = np.column_stack([rng.random((len(z), 2)) * edge, z])
    room = _clearance(best, trees)
    for _ in range(_TRIALS):
        left = np.flatnonzero(room < _ENOUGH)
        if not len(left):
            break
        trial = np.column_stack([rng.random((len(left), 2)) * edge, z[left]])
        found = _clearance(trial, trees)
        better = found > room[left]
        best[left[better]], room[left[better]] = trial[better], found[better]
    return best


def _clearance(at: FloatArray, trees: list[tuple[cKDTree, FloatArray]]) -> FloatArray:
    """Give the distance of unit spheres from the nearest solids, negative: they overlap."""
    room = np.full(len(at), np.inf)
    for tree, radius in trees:
        near = cKDTree(at, boxsize=tree.boxsize).sparse_distance_matrix(
            tree, float(radius.max()) + 1.0, output_type="ndarray"
        )
        np.minimum.at(room, near["i"], near["v"] - radius[near["j"]] - 1.0)
    return room
