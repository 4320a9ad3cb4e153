"""Local flux density of a driven problem, at the centres of its cells."""

from __future__ import annotations

import numpy as np
from numba import prange

from multiscale.voxels.checkerboard import Singles, layer, parallel
from multiscale.voxels.diffusion import Diffusion


def current_density(found: Diffusion, edges: tuple[float, float, float]) -> Singles:
    """Compute j = -d A_f grad phi n_0 h_0 from both faces of each cell along each axis.

        j_a = (n_0 h_a / 2 h_0) [T_a- (phi_a- - phi) + T_a+ (phi - phi_a+)]

    The mean of j_0 over any layer is that of the fluxes through its two planes, which the solver
    makes equal to within its tolerance: the conductivity along axis 0.

    Args:
        found: as from `diffusion.diffuse`.
        edges: voxel edges [m], driven axis first.

    Returns:
        j in the unit of d, shape (3, n0, n1, n2), the driven axis first.
    """
    density = np.empty((3, *found.cells), np.float32)
    scale = found.slabs.total * np.array(edges) / (2 * edges[0])  # T holds (h_0 / h_a)^2
    _both_faces(found.potential, found.faces, found.cells, scale, density)
    return density


@parallel
def _both_faces(x, f, cells, scale, density):  # type: ignore[no-untyped-def]
    for i in prange(cells[0]):
        _layer(x, f, i, cells, scale, density)


@layer
def _layer(x, f, i, cells, scale, density):  # type: ignore[no-untyped-def]
    for j in range(cells[1]):
        for k in range(cells[2]):
            c, p, q, m = (i + j + k) & 1, i + 1, j + 1, k // 2 + 1
            o, below, above = 1 - c, (k + 1) // 2, (k + 1) // 2 + 1
            here = x[c, p, q, m]
            density[0, i, j, k] = scale[0] * (
                f[0, c, p, q, m] * (x[o, p - 1, q, m] - here)
                + f[0, o, p + 1, q, m] * (here - x[o, p + 1, q, m])
            )
            density[1, i, j, k] = scale[1] * (
                f[1, c, p, q, m] * (x[o, p, q - 1, m] - here)
                + f[1, o, p, q + 1, m] * (here - x[o, p, q + 1, m])
            )
            density[2, i, j, k] = scale[2] * (
                f[2, c, p, q, m] * (x[o, p, q, below] - here)
                + f[2, o, p, q, above] * (here - x[o, p, q, above])
            )
