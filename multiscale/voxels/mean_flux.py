"""Mean flux along all axes under a drop along one: a column of the tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from multiscale.voxels.diffusion import Diffusion
from multiscale.voxels.laplace import strength
from multiscale.voxels.relaxation import wrap
from multiscale.voxels.slabs import Slabs, all_layers, whole
from multiscale.voxels.sweeps import lower_fluxes

type Array = np.ndarray[Any, np.dtype[np.float64]]


def mean_flux_by_colours(found: Diffusion, edges: tuple[float, float, float]) -> Array:
    """Compute D_a0 = -<d A_f (grad phi)_a> n_0 h_0 of a driven problem. Collective.

    Where axis a repeats, the mean gradient along it is zero, and D_a0 is an entry of the tensor up
    to what the driven planes do; between mirrors the flux cannot follow, and D_a0 is less.

    Args:
        found: as from `diffusion.diffuse`.
        edges: voxel edges [m], driven axis first.
    """
    lower = np.zeros((found.cells[0], 3))
    lower_fluxes(found.potential, found.faces, found.cells, lower)
    total = all_layers(lower, found.slabs).sum(axis=0)
    return -total * _spacing(edges) / (found.cells[1] * found.cells[2])


def mean_flux(
    potential: Array,
    faces: Array,
    edges: tuple[float, float, float],
    periodic: tuple[bool, bool],
    slabs: Slabs | None = None,
) -> Array:
    """Compute the same of a solution of `laplace.conduct`. Collective.

    Args:
        potential: with ghosts, shape (n0 + 2, n1 + 2, n2 + 2).
        faces: the conductances it was solved with.
        edges: voxel edges [m], driven axis first.
        periodic: whether axes 1 and 2 wrap around.
        slabs: who has which layers; this rank all where left out.
    """
    wrap(potential, *periodic)
    slabs = slabs or whole(potential.shape[0] - 2, (False, *periodic))
    inner = (slice(1, -1),) * 3
    total = np.empty(3)
    for axis in range(3):
        below = [*inner]
        below[axis] = slice(0, -2)
        step = potential[inner] - potential[tuple(below)]
        by_layer = np.einsum("ijk,ijk->i", faces[axis][inner], step)
        total[axis] = all_layers(by_layer, slabs).sum()
    n1, n2 = potential.shape[1] - 2, potential.shape[2] - 2
    return -total * _spacing(edges) / (n1 * n2)


def _spacing(edges: tuple[float, float, float]) -> Array:
    """What turns T times a difference into a flux: T holds (h_0/h_a)^2."""
    return edges[0] / np.array(edges) / np.array(strength(edges))
