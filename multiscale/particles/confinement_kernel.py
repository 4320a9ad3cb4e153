"""The passes over contacts and particles of `confinement`, compiled.

H, WH are the histories of pairs and of near walls, in which the law `mdr` begins at row `at`; see
`mdr.Shared` and `mdr.Side`. X, V, G, I, J, WI, W as in `layout`. P holds a row for each identity.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any

import numpy as np
from numba import njit

from multiscale.particles.laws.mdr import FIRST, Shared, Side, depth_of_flat
from multiscale.particles.layout import IMAGE_SHIFT, INDEX_MASK

_JIT: dict[str, Any] = dict(cache=True, error_model="numpy")
MASK, SHIFT = INDEX_MASK, IMAGE_SHIFT
SIZE, SLIP = int(Side.SIZE), 3
DEEPEST, SCREENED = SLIP + int(Shared.DEEPEST), SLIP + int(Shared.SCREENED)
DELTA, CONTACT, LOADED, BULK = (int(k) for k in (Side.DELTA, Side.CONTACT, Side.DEEPEST, Side.BULK))
INTERCEPT, REST, AREA, FORCE = (int(k) for k in (Side.INTERCEPT, Side.REST, Side.AREA, Side.FORCE))
MEAN_STEP, STIFFNESS, OUTWARD, STRAIN = (
    int(k) for k in (Side.MEAN_STEP, Side.STIFFNESS, Side.OUTWARD, Side.STRAIN)
)
STEEPNESS = 50.0  # of the screening, over the half turn [Zunker2025]
MOST_GROWTH = 1.5  # of the original radius: beyond, the law has no meaning


class Grain(IntEnum):
    """Columns of P: what belongs to a particle, then the sums of a pass."""

    ORIGINAL = 0  # R_0 [m]
    VOLUME = 1  # V of the apparent sphere less its caps, at most V_0 [m3]
    ELASTIC = 2  # V_e [m3]
    FREE = 3  # psi
    AREA = 4  # A_con [m2]
    MEAN_STEP = 5  # of the flats [m]
    SUM_AREA = 6  # sum A_c [m2]
    SUM_SURFACE = 7  # sum of A_c less the surface of the caps [m2]
    SUM_CAPS = 8  # their volume [m3]
    SUM_STRAIN = 9
    DISPLACED = 10  # V_0 d eps + sum pi (2 R delta - delta^2) d delta_0 [m3]
    SWEPT = 11  # sum 2 pi R delta of the yielding contacts [m2]
    SIZE = 12


ORIGINAL, VOLUME, ELASTIC, FREE, TOUCHED, MEAN = range(6)
SUMS = int(Grain.SUM_AREA)


@njit(**_JIT)
def branches(pairs, I, J, X, SH):  # type: ignore[no-untyped-def]
    """Give x_i - x_j of each pair and its length, shape (pairs, 4)."""
    out = np.empty((pairs, 4))
    for e in range(pairs):
        i, j, c = I[e], J[e] & MASK, (J[e] >> SHIFT) & 31
        total = 0.0
        for a in range(3):
            out[e, a] = X[i, a] - X[j, a] - SH[c, a]
            total += out[e, a] ** 2
        out[e, 3] = math.sqrt(total)
    return out


@njit(**_JIT)
def wall_distances(near, WI, WJ, X, W):  # type: ignore[no-untyped-def]
    """Give the distance of each near particle's centre from its wall [m]."""
    out = np.empty(near)
    for q in range(near):
        x, w = X[WI[q]], W[WJ[q]]
        out[q] = x[0] * w[0] + x[1] * w[1] + x[2] * w[2] - w[3]
    return out


@njit(**_JIT)
def _add(h, side, solid, R, kappa, own):  # type: ignore[no-untyped-def]
    """Add one side of a contact to its particle's sums; note its depth and strain for the next."""
    delta, area = h[side + DELTA], h[side + AREA]
    R0 = own[ORIGINAL]
    whole = 4.0 / 3.0 * math.pi * R0**3
    outward = delta - R + R0
    strain = -solid * h[side + FORCE] * (R0 - outward) / (3.0 * kappa * own[ELASTIC])
    own[SUMS] += solid * area
    own[SUMS + 1] += solid * (area - 2.0 * math.pi * R * (h[side + LOADED] + h[side + BULK]))
    own[SUMS + 2] += math.pi / 3.0 * delta * delta * (3.0 * R - delta)
    own[SUMS + 3] += strain
    if h[side + CONTACT] == h[side + LOADED] and h[side + INTERCEPT] < 0.0:
        cut = math.pi * delta * (2.0 * R - delta)
        own[SUMS + 4] += solid * cut * (outward - h[side + OUTWARD])
        own[SUMS + 4] += whole * (strain - h[side + STRAIN])
        own[SUMS + 5] += solid * 2.0 * math.pi * R * delta
    h[side + OUTWARD] = outward
    h[side + STRAIN] = strain


@njit(**_JIT)
def sum_contacts(pairs, I, J, H, near, WI, WH, at, X, G, kappa, P):  # type: ignore[no-untyped-def]
    """Sum areas, caps, strains and displaced volumes of the last step's contacts."""
    P[:, SUMS:] = 0.0
    first = at + FIRST
    for e in range(pairs):
        h = H[:, e]
        if h[at + DEEPEST] > 0.0:
            i, j = I[e], J[e] & MASK
            if G[i] < G[j]:
                i, j = j, i
            solid = max(1.0 - h[at + SCREENED], 0.0)
            _add(h, first, solid, X[i, 3], kappa, P[G[i]])
            _add(h, first + SIZE, solid, X[j, 3], kappa, P[G[j]])
    for q in range(near):
        h, i = WH[:, q], WI[q]
        if h[at + DEEPEST] > 0.0:
            _add(h, first, 1.0, X[i, 3], kappa, P[G[i]])


@njit(**_JIT)
def grow(n, X, V, G, free_area, P):  # type: ignore[no-untyped-def]
    """Let the apparent radii grow, renew volumes and free area; give the largest growth [m]."""
    most = 0.0
    for i in range(n):
        own, R = P[G[i]], X[i, 3]
        sphere = 4.0 * math.pi * R * R
        whole = 4.0 / 3.0 * math.pi * own[ORIGINAL] ** 3
        own[VOLUME] = min(sphere * R / 3.0 - own[SUMS + 2], whole)
        own[ELASTIC] = whole * (1.0 + own[SUMS + 3])
        own[TOUCHED] = own[SUMS]
        own[FREE] = 1.0 - own[TOUCHED] / (sphere + own[SUMS + 1])
        growth = own[SUMS + 4] / (sphere - own[SUMS + 5])
        if own[FREE] > free_area and growth > 0.0 and R + growth < MOST_GROWTH * own[ORIGINAL]:
            X[i, 3] = R + growth
            for a in range(4, 7):  # omega stays, V holds r omega
                V[i, a] *= X[i, 3] / R
            most = max(most, growth)
    return most


@njit(**_JIT)
def screen(n, pairs, I, J, branch, X, H, at):  # type: ignore[no-untyped-def]
    """Find the share of each contact that passes through a third particle."""
    first = np.zeros(n + 1, np.int64)
    for e in range(pairs):
        if branch[e, 3] < X[I[e], 3] + X[J[e] & MASK, 3]:
            first[I[e] + 1] += 1
            first[(J[e] & MASK) + 1] += 1
    first = np.cumsum(first)
    fill, pair = first[:-1].copy(), np.empty(first[n], np.int64)
    for e in range(pairs):
        H[at + SCREENED, e] = 0.0
        if branch[e, 3] < X[I[e], 3] + X[J[e] & MASK, 3]:
            for i in (np.int64(I[e]), np.int64(J[e] & MASK)):
                pair[fill[i]] = e
                fill[i] += 1
    for e in range(pairs):
        i, j = I[e], J[e] & MASK
        longest = branch[e, 3]
        if longest >= X[i, 3] + X[j, 3]:
            continue
        for p in range(first[i], first[i + 1]):
            for q in range(first[j], first[j + 1]):
                to_i, to_j = pair[p], pair[q]
                if branch[to_i, 3] >= longest or branch[to_j, 3] >= longest:
                    continue
                k, same = _other(to_i, i, I, J), _other(to_j, j, I, J)
                if k != same:
                    continue
                # From k to i and to j; in a small periodic box both must see one image of k.
                si = 1.0 if I[to_i] == i else -1.0
                sj = 1.0 if I[to_j] == j else -1.0
                cosine, miss = 0.0, 0.0
                for a in range(3):
                    ki, kj = si * branch[to_i, a], sj * branch[to_j, a]
                    cosine += ki * kj
                    miss = max(miss, abs(ki - kj - branch[e, a]))
                if miss < 1e-6 * longest:
                    cosine /= branch[to_i, 3] * branch[to_j, 3]
                    turn = math.acos(min(max(cosine, -1.0), 1.0)) / math.pi
                    H[at + SCREENED, e] += 1.0 / (1.0 + math.exp(-STEEPNESS * (turn - 0.5)))


@njit(**_JIT)
def _other(e, i, I, J):  # type: ignore[no-untyped-def]
    return J[e] & MASK if I[e] == i else I[e]


@njit(**_JIT)
def _weigh(h, side, solid, delta, own):  # type: ignore[no-untyped-def]
    if own[TOUCHED] > 0.0:
        own[MEAN] += solid * h[side + AREA] / own[TOUCHED] * (delta - h[side + DELTA])


@njit(**_JIT)
def mean_steps(pairs, I, J, branch, H, near, WI, gap, WH, at, X, G, P):  # type: ignore[no-untyped-def]
    """Find by how much the flats of each particle move inwards in the step to come, on average."""
    P[:, MEAN] = 0.0
    first = at + FIRST
    second = first + SIZE
    for e in range(pairs):
        h = H[:, e]
        i, j = I[e], J[e] & MASK
        if G[i] < G[j]:
            i, j = j, i
        overlap = X[i, 3] + X[j, 3] - branch[e, 3]
        if overlap > 0.0 and h[at + DEEPEST] > 0.0:
            deepest = max(overlap, h[at + DEEPEST])
            rest, other = h[first + REST], h[second + REST]
            solid = max(1.0 - h[at + SCREENED], 0.0)
            delta = depth_of_flat(overlap, deepest, X[i, 3], X[j, 3], rest, other)
            _weigh(h, first, solid, delta, P[G[i]])
            delta = depth_of_flat(overlap, deepest, X[j, 3], X[i, 3], other, rest)
            _weigh(h, second, solid, delta, P[G[j]])
    for q in range(near):
        overlap = X[WI[q], 3] - gap[q]
        if overlap > 0.0 and WH[at + DEEPEST, q] > 0.0:
            _weigh(WH[:, q], first, 1.0, overlap, P[G[WI[q]]])


@njit(**_JIT)
def _hand(h, side, kappa, free_area, own):  # type: ignore[no-untyped-def]
    h[side + MEAN_STEP] = own[MEAN] if own[FREE] < free_area else 0.0
    h[side + STIFFNESS] = kappa * own[TOUCHED] / own[VOLUME]


@njit(**_JIT)
def hand_out(pairs, I, J, H, near, WI, WH, at, G, kappa, free_area, P):  # type: ignore[no-untyped-def]
    """Give each side of each contact what it must know of its particle."""
    first = at + FIRST
    for e in range(pairs):
        if H[at + DEEPEST, e] > 0.0:
            i, j = I[e], J[e] & MASK
            if G[i] < G[j]:
                i, j = j, i
            _hand(H[:, e], first, kappa, free_area, P[G[i]])
            _hand(H[:, e], first + SIZE, kappa, free_area, P[G[j]])
    for q in range(near):
        if WH[at + DEEPEST, q] > 0.0:
            _hand(WH[:, q], first, kappa, free_area, P[G[WI[q]]])
