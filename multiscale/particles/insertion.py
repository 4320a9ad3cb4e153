"""Random sequential insertion: spheres at random places, each beside those that are there.

Uniform trial places, the largest spheres first; a place that overlaps a sphere already there is
tried anew. Up to a solid fraction of about 0.2 this takes a few rounds; equal spheres saturate at
0.38. [Widom1966]
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from multiscale.errors import CaseError

Floats = NDArray[np.float64]
_ROUNDS = 400


def insert(
    radius: Floats, lengths: Sequence[float], periodic: Sequence[bool], rng: np.random.Generator
) -> Floats:
    """Give places of spheres that do not overlap each other nor the open sides of the box.

    Args:
        radius: [m], shape (n,).
        lengths: of the box [m].
        periodic: along x, y, z.
        rng: source of chance.

    Returns:
        Centres [m], shape (n, 3).

    Raises:
        CaseError: no place was found for some of them.
    """
    edge = np.asarray(lengths, float)
    torus = np.where(periodic, edge, 0.0)  # 0: not periodic
    place = np.empty((len(radius), 3))
    octave = np.floor(np.log2(radius / radius.max()) + 1e-9)
    trees: list[tuple[cKDTree, Floats]] = []  # of the spheres there, by octave of their size
    for level in np.unique(octave)[::-1]:
        mine = np.flatnonzero(octave == level)
        there = np.zeros(0, np.int64)
        left = mine
        for _ in range(_ROUNDS):
            margin = np.where(periodic, 0.0, radius[left, None])
            trial = margin + rng.random((len(left), 3)) * (edge - 2 * margin)
            fits = np.ones(len(left), bool)
            around = [*trees]
            if len(there):
                around.append((cKDTree(place[there], boxsize=torus), radius[there]))
            for tree, r in around:
                fits[fits] = ~_touches(tree, r, trial[fits], radius[left[fits]], torus)
            new, at = left[fits], trial[fits]
            alone = _first_come(at, radius[new], torus)
            place[new[alone]] = at[alone]
            there = np.concatenate([there, new[alone]])
            left = np.setdiff1d(left, there)
            if not len(left):
                break
        else:
            raise CaseError(
                f"no place was found for {len(left)} of {len(radius)} particles; lower the solid "
                "fraction or the spread of the sizes"
            )
        trees.append((cKDTree(place[mine], boxsize=torus), radius[mine]))
    return place


def _touches(
    tree: cKDTree, r: Floats, trial: Floats, own: Floats, torus: Floats
) -> NDArray[np.bool_]:
    """Say which trial spheres overlap one of the tree's."""
    hit = np.zeros(len(trial), bool)
    if not len(trial):
        return hit
    near = cKDTree(trial, boxsize=torus).sparse_distance_matrix(
        tree, r.max() + own.max(), output_type="ndarray"
    )
    deep = near["v"] < own[near["i"]] + r[near["j"]]
    hit[near["i"][deep]] = True
    return hit


def _first_come(trial: Floats, own: Floats, torus: Floats) -> NDArray[np.bool_]:
    """Keep of each two trial spheres that overlap the first."""
    keep = np.ones(len(trial), bool)
    if len(trial) > 1:
        pairs = cKDTree(trial, boxsize=torus).query_pairs(2 * own.max(), output_type="ndarray")
        d = trial[pairs[:, 0]] - trial[pairs[:, 1]]
        d -= np.where(torus > 0, torus, 1.0) * np.rint(d / np.where(torus > 0, torus, np.inf))
        deep = np.linalg.norm(d, axis=1) < own[pairs].sum(axis=1)
        keep[pairs[deep].max(axis=1)] = False
    return keep
