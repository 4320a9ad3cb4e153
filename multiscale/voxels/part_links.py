"""Conductances within particles that are cut into voxels.

A part of a particle in a voxel is one node at the centre of the voxel, whether that lies in the
particle or not, as of voxels with open fractions; faces conduct with what of them lies in the
particle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.voxels.parts import Numbers, Parts

type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Links:
    """Nodes joined by conductances [S]; those of one pair add up.

    Attributes:
        one, other: nodes, shape (m,).
        conductance: shape (m,).
    """

    one: Numbers
    other: Numbers
    conductance: Floats


def links_within(parts: Parts, weight: Floats, shape: tuple[int, int, int], axis: int) -> Links:
    """Give what joins the parts of each particle.

    Args:
        parts: the particles in the voxels.
        weight: conductance of a whole face by axis [S], shape (3,).
        shape: voxels of the volume.
        axis: the driven one, across whose ends nothing passes.
    """
    bound = int((parts.face > 0).sum())
    one, other = np.empty(bound, np.int32), np.empty(bound, np.int32)
    t = np.empty(bound)
    m = _within(parts, weight, axis, shape[axis], one, other, t)
    return Links(one[:m], other[:m], t[:m])


@njit(cache=True, error_model="numpy")
def _within(parts, weight, axis, end, one, other, t):  # type: ignore[no-untyped-def]
    m, number, face = 0, parts.number, parts.face
    low, size, offset = parts.blocks
    for p in range(len(size)):
        n1, n2 = size[p, 1] + 1, size[p, 2] + 1
        for i in range(size[p, 0]):
            for j in range(size[p, 1]):
                for k in range(size[p, 2]):
                    at = offset[p] + (i * n1 + j) * n2 + k
                    if number[at] < 0:
                        continue
                    for a in range(3):
                        place = (i, j, k)[a]
                        below = at - (n1 * n2, n2, 1)[a]
                        ends = a == axis and (low[p, a] + place) % end == 0
                        if place == 0 or ends or face[a, at] <= 0 or number[below] < 0:
                            continue
                        one[m], other[m] = number[below], number[at]
                        t[m] = weight[a] * face[a, at]
                        m += 1
    return m


def part_ends(
    parts: Parts, shape: tuple[int, int, int], axis: int
) -> tuple[Numbers, Floats, Floats, Floats]:
    """Give voxels of the parts, and what of the driven planes lies in them.

    Returns:
        Voxel of each part, shape (3, total); shares of the lower and the upper driven plane, 0
        where a part is not at that end; mean share of its two faces across the axis.
    """
    place = np.zeros((3, parts.total), np.int32)
    lower, upper, share = (np.zeros(parts.total) for _ in range(3))
    _ends(parts, axis, np.array(shape), place, lower, upper, share)
    return place, lower, upper, share


@njit(cache=True, error_model="numpy")
def _ends(parts, axis, shape, cell, lower, upper, share):  # type: ignore[no-untyped-def]
    face = parts.face
    low, size, offset = parts.blocks
    for p in range(len(size)):
        n1, n2 = size[p, 1] + 1, size[p, 2] + 1
        for i in range(size[p, 0]):
            for j in range(size[p, 1]):
                for k in range(size[p, 2]):
                    at = offset[p] + (i * n1 + j) * n2 + k
                    node = parts.number[at]
                    if node < 0:
                        continue
                    for a in range(3):
                        cell[a, node] = (low[p, a] + (i, j, k)[a]) % shape[a]
                    above = at + (n1 * n2, n2, 1)[axis]
                    share[node] = 0.5 * (face[axis, at] + face[axis, above])
                    if cell[axis, node] == 0:
                        lower[node] = face[axis, at]
                    if cell[axis, node] == shape[axis] - 1:
                        upper[node] = face[axis, above]
