"""Conductance of voxel faces where one of two conductors is known on halves of the voxel's edge.

Between the centres of two cells lie four tubes, one for each quarter of their face. Each holds half
of an octant of either cell in series; the face's open fraction is known quarter by quarter. The
halves cost a byte for each voxel, and the solver sees no more cells than before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numba import njit, prange

from multiscale.voxels.apertures import OPEN, Apertures
from multiscale.voxels.checkerboard import Singles, Wraps, padded, parallel
from multiscale.voxels.octants import CORNERS, Bytes
from multiscale.voxels.slabs import Slabs, next_layers
from multiscale.voxels.transmissibility import strength

type Table = np.ndarray[Any, np.dtype[np.float64]]

# Sums in the order written: two slabs reckon the faces between them, and must agree on every bit.
strict = njit(cache=True, error_model="numpy")

_ALL = np.uint8(255)
# Octants below the middle of each axis, those above are beside them: by axis and quarter.
_BELOW = np.array(
    [[bit for bit, corner in enumerate(CORNERS) if corner[axis] == 0] for axis in range(3)]
)
_BESIDE = np.array([4, 2, 1])  # from an octant below to the one above it


def fill_octants(octants: Bytes, closed: Bytes, wraps: Wraps, slabs: Slabs) -> None:
    """Give octants with their centres in a grain what most of those next to them hold. Collective.

    Their open part lies beside these. Twice, because thin gaps may hold two side by side; what is
    left, deeper in such gaps, stays as it is.

    Args:
        octants: bits of the octants that hold the domain, of this rank, shape (n0, n1, n2); changed
            in place.
        closed: bits of those in grains.
        wraps: periodic axes.
        slabs: who has which layers of axis 0, and whether it repeats.
    """
    known = ~closed | octants
    for _ in range(2):
        held, before = octants.copy(), known.copy()
        around = (*next_layers(held, slabs), *next_layers(before, slabs))
        # Nothing lies beyond an end that does not repeat: zeros there are not known.
        _fill(held, before, *around, wraps, octants, known)


def octant_conductances(
    octants: Bytes,
    pair: Table,
    half: Table,
    quarters: Apertures,
    edges: tuple[float, float, float],
    wraps: Wraps,
    slabs: Slabs,
) -> Singles:
    """Compute the face conductances from what the octants hold, by colours. Collective.

        T = w_a (1/4) sum_q A_q t(d_iq, d_jq),    w_a = (h_0/h_a)^2

    Args:
        octants: bits of the octants that hold the second conductor, of this rank.
        pair: t of two halves in series, by what the lower and the upper one hold, shape (2, 2).
        half: t of one half, for the driven planes at the ends of axis 0, shape (2,).
        quarters: open fractions A_q of the quarters, as from `face_apertures` with two parts.
        edges: voxel edges [m], driven axis first.
        wraps: periodic axes; axis 0 is not.
        slabs: who has which layers.

    Returns:
        Lower-face conductances, as from `transmissibilities`.
    """
    n0, n1, n2 = octants.shape
    faces = np.zeros((3, *padded((n0, n1, n2))), np.float32)
    weight = np.array(strength(edges)) / (4 * OPEN)
    below, above = next_layers(octants, replace(slabs, periodic=False))
    _conduct(
        octants, below, above, quarters.x, quarters.y, quarters.z,
        (weight[:, None, None] * pair).astype(np.float32), (weight[0] * half).astype(np.float32),
        wraps, (slabs.lowest, slabs.highest), faces,
    )  # fmt: skip
    return faces


def half_conductivity(octants: Bytes, d: Table, side: int) -> Singles:
    """Mean conductivity of the lower or the upper half of each cell along axis 0.

    Args:
        octants: bits of the octants that hold the second conductor.
        d: of the two conductors.
        side: 0 for the lower half, 1 for the upper one.
    """
    share = np.bitwise_count(np.arange(256) >> 4 * side & 15) / 4
    return (d[0] + (d[1] - d[0]) * share).astype(np.float32)[octants]


def series(d: Table) -> tuple[Table, Table]:
    """Two half cells in series, t = 2 d_i d_j/(d_i + d_j), and one of them, t = 2 d."""
    product, total = np.outer(d, d), np.add.outer(d, d)
    pair = np.divide(2 * product, total, out=np.zeros((2, 2)), where=total > 0)
    return pair, 2 * d


def excess(d: Table) -> tuple[Table, Table]:
    """What two half cells side by side, (d_i + d_j)/2, conduct more than in series."""
    return np.add.outer(d, d) / 2 - series(d)[0], np.zeros(2)


@parallel
def _conduct(  # type: ignore[no-untyped-def]
    octants, below, above, ax, ay, az, pair, half, wraps, driven, faces
):
    for i in prange(1, octants.shape[0] + 2):  # from 0 Numba would count unsigned
        _conduct_layer(i - 1, octants, below, above, ax, ay, az, pair, half, wraps, driven, faces)


@strict
def _conduct_layer(  # type: ignore[no-untyped-def]
    i, octants, below, above, ax, ay, az, pair, half, wraps, driven, faces
):
    n0, n1, n2 = octants.shape
    for j in range(n1):
        for k in range(n2):
            c, m, t = (i + j + k) & 1, k // 2 + 1, np.float32(0)
            lower = below[j, k] if i == 0 else octants[i - 1, j, k]
            upper = above[j, k] if i == n0 else octants[min(i, n0 - 1), j, k]
            for q in range(4):
                bit, share = _BELOW[0, q], ax[i, 2 * j + q // 2, 2 * k + q % 2]
                one, other = lower >> (bit + _BESIDE[0]) & 1, upper >> bit & 1
                if i == 0 and driven[0]:
                    t += share * half[other]
                elif i == n0 and driven[1]:
                    t += share * half[one]
                else:
                    t += share * pair[0, one, other]
            faces[0, c, i + 1, j + 1, m] = t
    if i == n0:
        return
    for j in range(n1 + 1):
        if not (wraps[1] or 0 < j < n1):
            continue
        for k in range(n2):
            lower, upper, t = octants[i, (j - 1) % n1, k], octants[i, j % n1, k], np.float32(0)
            for q in range(4):
                bit, share = _BELOW[1, q], ay[2 * i + q // 2, j, 2 * k + q % 2]
                t += share * pair[1, lower >> (bit + _BESIDE[1]) & 1, upper >> bit & 1]
            faces[1, (i + j + k) & 1, i + 1, j + 1, k // 2 + 1] = t
    for j in range(n1):
        for k in range(n2 + 1):
            if not (wraps[2] or 0 < k < n2):
                continue
            lower, upper, t = octants[i, j, (k - 1) % n2], octants[i, j, k % n2], np.float32(0)
            for q in range(4):
                bit, share = _BELOW[2, q], az[2 * i + q // 2, 2 * j + q % 2, k]
                t += share * pair[2, lower >> (bit + _BESIDE[2]) & 1, upper >> bit & 1]
            faces[2, (i + j + k) & 1, i + 1, j + 1, k // 2 + 1] = t


@strict
def _fill(  # type: ignore[no-untyped-def]
    held, known, held_below, held_above, known_below, known_above, wraps, octants, found
):
    n = held.shape
    for i in range(n[0]):
        for j in range(n[1]):
            for k in range(n[2]):
                if known[i, j, k] == _ALL:
                    continue
                for bit in range(8):
                    if known[i, j, k] >> bit & 1:
                        continue
                    domain, heard = 0, 0
                    for axis in range(3):
                        beside = bit ^ _BESIDE[axis]
                        outward = 1 if bit & _BESIDE[axis] else -1
                        for step in (0, outward):
                            a = i + step if axis == 0 else i
                            b = j + step if axis == 1 else j
                            c = k + step if axis == 2 else k
                            if not (wraps[1] or 0 <= b < n[1]) or not (wraps[2] or 0 <= c < n[2]):
                                continue
                            b, c = b % n[1], c % n[2]
                            if a < 0:
                                holds, says = held_below[b, c], known_below[b, c]
                            elif a == n[0]:
                                holds, says = held_above[b, c], known_above[b, c]
                            else:
                                holds, says = held[a, b, c], known[a, b, c]
                            heard += says >> beside & 1
                            domain += (says & holds) >> beside & 1
                    if heard > 0:
                        found[i, j, k] |= np.uint8(1 << bit)
                        if 2 * domain > heard:
                            octants[i, j, k] |= np.uint8(1 << bit)
