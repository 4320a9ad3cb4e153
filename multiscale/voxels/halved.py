"""Face conductances of voxels from an image on half their edge: the open area of every phase.

A film or bridge thinner than a voxel has no shape of its own there. On half the edge it has, and
each face is shared by four columns, two small cells long, that join the centres of its two voxels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange

from multiscale.voxels.laplace import Array, strength
from multiscale.voxels.relaxation import kernel

type Labels = np.ndarray[Any, np.dtype[np.uint8]]


def faces_of_halved(
    label: Labels,
    d: Array,
    edges: tuple[float, float, float],
    periodic: tuple[bool, bool],
) -> Array:
    """Compute the face conductances of voxels that hold 2 x 2 x 2 cells of an image each.

        T = w_a/4 sum_c 2 d_c d'_c / (d_c + d'_c),    w_a = (h_0 / h_a)^2

    over the four columns c of the face: d_c and d'_c are the conductivities of the two cells on
    either side of it. Each phase thus conducts through the share of the face that it holds on both
    sides, with the other phases in series where it ends. Without flux between the columns this
    is a lower bound of what joins two planes of uniform potential at the voxels' centres. On the
    driven planes T = w_0/4 sum_c 2 d_c.

    Where islands of the image conduct nothing (`percolation.percolating`), so do those of the
    voxels: every open voxel is connected to both driven planes.

    Args:
        label: phase of each cell, shape (2 n0, 2 n1, 2 n2), driven axis first.
        d: conductivity of each phase, 0 where it insulates.
        edges: edges of the voxels, twice those of the cells [m].
        periodic: whether axes 1 and 2 wrap around; otherwise their faces are closed (mirror).

    Returns:
        Lower-face conductance of every voxel by axis, shape (3, n0 + 2, n1 + 2, n2 + 2), as
        `laplace.conduct` takes them.

    Raises:
        ValueError: an axis has an odd number of cells.
    """
    if any(n % 2 for n in label.shape):
        raise ValueError(f"an image of {label.shape} cells cannot be halved; give it even sides")
    n0, n1, n2 = (n // 2 for n in label.shape)
    faces = np.zeros((3, n0 + 2, n1 + 2, n2 + 2))
    pair = np.zeros((d.size, d.size))
    both = d[:, None] + d
    np.divide(2 * d[:, None] * d, both, out=pair, where=both > 0)
    _add_columns(label, pair, np.array(strength(edges)) / 4, np.array((False, *periodic)), faces)
    w0 = strength(edges)[0]
    for plane, cells in ((1, label[0]), (n0 + 1, label[-1])):
        ends = 2 * w0 * d[cells]
        faces[0, plane, 1:-1, 1:-1] = ends.reshape(n1, 2, n2, 2).mean(axis=(1, 3))
    return faces


@kernel
def _add_columns(  # type: ignore[no-untyped-def]
    label, pair, weight, wraps, faces
):
    n0, n1, n2 = label.shape
    for i in prange(1, n0 // 2 + 1):  # the two layers of each voxel belong to one thread
        for x in (2 * i - 2, 2 * i - 1):
            for y in range(n1):
                j = y // 2 + 1
                for z in range(n2):
                    k, p = z // 2 + 1, label[x, y, z]
                    if x % 2 == 0 and x > 0:
                        faces[0, i, j, k] += weight[0] * pair[p, label[x - 1, y, z]]
                    if y % 2 == 0 and (y > 0 or wraps[1]):
                        faces[1, i, j, k] += weight[1] * pair[p, label[x, y - 1, z]]
                    if z % 2 == 0 and (z > 0 or wraps[2]):
                        faces[2, i, j, k] += weight[2] * pair[p, label[x, y, z - 1]]
        if wraps[1]:
            faces[1, i, n1 // 2 + 1] = faces[1, i, 1]
        if wraps[2]:
            faces[2, i, :, n2 // 2 + 1] = faces[2, i, :, 1]
