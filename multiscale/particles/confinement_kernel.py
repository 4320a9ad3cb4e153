"""The passes over contacts and particles of `confinement`, compiled.

H, WH are the histories of pairs and of near walls, in which the law `mdr` begins at row `at`; see
`mdr.Shared` and `mdr.Side`. X, V, G, I, J, WI, W as in `layout`. P (n+g, Grain.SIZE) holds what a
particle keeps, S (n+g, Sum.SIZE) its sums of one pass. A contact is complete on each rank that has
one of its particles; the sums are so for the particles that a rank owns.
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
TIE = 1e-9  # sides of a triangle that differ by less are equal: none of them is the longest


class Grain(IntEnum):
    """Columns of P: what belongs to a particle and moves along with it."""

    ORIGINAL = 0  # R_0 [m]
    VOLUME = 1  # V of the apparent sphere less its caps, at most V_0 [m3]
    ELASTIC = 2  # V_e [m3]
    FREE = 3  # psi
    AREA = 4  # A_con [m2]
    SIZE = 5


class Sum(IntEnum):
    """Columns of S: sums over the contacts of a particle."""

    AREA = 0  # sum A_c [m2]
    SURFACE = 1  # sum of A_c less the surface of the caps [m2]
    CAPS = 2  # their volume [m3]
    STRAIN = 3
    DISPLACED = 4  # V_0 d eps + sum pi (2 R delta - delta^2) d delta_0 [m3]
    SWEPT = 5  # sum 2 pi R delta of the yielding contacts [m2]
    SIZE = 6


ORIGINAL, VOLUME, ELASTIC, FREE, TOUCHED = (int(Grain(k)) for k in range(5))
ALL_AREA, SURFACE, CAPS, ALL_STRAIN, DISPLACED, SWEPT = (int(Sum(k)) for k in range(6))


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
def _add(h, side, solid, R, kappa, own, sums):  # type: ignore[no-untyped-def]
    """Add one side of a contact to its particle's sums; note its depth and strain for the next."""
    delta, area = h[side + DELTA], h[side + AREA]
    R0 = own[ORIGINAL]
    whole = 4.0 / 3.0 * math.pi * R0**3
    outward = delta - R + R0
    strain = -solid * h[side + FORCE] * (R0 - outward) / (3.0 * kappa * own[ELASTIC])
    sums[ALL_AREA] += solid * area
    sums[SURFACE] += solid * (area - 2.0 * math.pi * R * (h[side + LOADED] + h[side + BULK]))
    sums[CAPS] += math.pi / 3.0 * delta * delta * (3.0 * R - delta)
    sums[ALL_STRAIN] += strain
    if h[side + CONTACT] == h[side + LOADED] and h[side + INTERCEPT] < 0.0:
        cut = math.pi * delta * (2.0 * R - delta)
        sums[DISPLACED] += solid * cut * (outward - h[side + OUTWARD])
        sums[DISPLACED] += whole * (strain - h[side + STRAIN])
        sums[SWEPT] += solid * 2.0 * math.pi * R * delta
    h[side + OUTWARD] = outward
    h[side + STRAIN] = strain


@njit(**_JIT)
def sum_contacts(pairs, I, J, H, near, WI, WH, at, X, G, kappa, P, S):  # type: ignore[no-untyped-def]
    """Sum areas, caps, strains and displaced volumes of the last step's contacts."""
    S[:] = 0.0
    first = at + FIRST
    for e in range(pairs):
        h = H[:, e]
        if h[at + DEEPEST] > 0.0:
            i, j = I[e], J[e] & MASK
            if G[i] < G[j]:
                i, j = j, i
            solid = max(1.0 - h[at + SCREENED], 0.0)
            _add(h, first, solid, X[i, 3], kappa, P[i], S[i])
            _add(h, first + SIZE, solid, X[j, 3], kappa, P[j], S[j])
    for q in range(near):
        h, i = WH[:, q], WI[q]
        if h[at + DEEPEST] > 0.0:
            _add(h, first, 1.0, X[i, 3], kappa, P[i], S[i])


@njit(**_JIT)
def grow(n, X, V, free_area, P, S):  # type: ignore[no-untyped-def]
    """Let the own apparent radii grow, renew volumes and free area; give the largest growth [m]."""
    most = 0.0
    for i in range(n):
        own, sums, R = P[i], S[i], X[i, 3]
        sphere = 4.0 * math.pi * R * R
        whole = 4.0 / 3.0 * math.pi * own[ORIGINAL] ** 3
        own[VOLUME] = min(sphere * R / 3.0 - sums[CAPS], whole)
        own[ELASTIC] = whole * (1.0 + sums[ALL_STRAIN])
        own[TOUCHED] = sums[ALL_AREA]
        own[FREE] = 1.0 - own[TOUCHED] / (sphere + sums[SURFACE])
        growth = sums[DISPLACED] / (sphere - sums[SWEPT])
        if own[FREE] > free_area and growth > 0.0 and R + growth < MOST_GROWTH * own[ORIGINAL]:
            _set_radius(X[i], V[i], R + growth)
            most = max(most, growth)
    return most


@njit(**_JIT)
def _set_radius(x, v, R):  # type: ignore[no-untyped-def]
    """Change a radius; omega stays, V holds r omega."""
    for a in range(4, 7):
        v[a] *= R / x[3]
    x[3] = R


@njit(**_JIT)
def set_ghost_radii(n, radius, X, V):  # type: ignore[no-untyped-def]
    """Give the ghosts the radii to which they have grown on the ranks that own them."""
    for i in range(n, len(radius)):
        _set_radius(X[i], V[i], radius[i])


@njit(**_JIT)
def screen(n, pairs, I, J, branch, X, H, at):  # type: ignore[no-untyped-def]
    """Find the share of each contact that passes through a third particle.

    The contacts of the pair's first particle, which is an own one, are enough: where k stands to j
    follows from where both stand to i.
    """
    first = np.zeros(n + 1, np.int64)
    for e in range(pairs):
        if branch[e, 3] < X[I[e], 3] + X[J[e] & MASK, 3]:
            for i in (np.int64(I[e]), np.int64(J[e] & MASK)):
                if i < n:
                    first[i + 1] += 1
    first = np.cumsum(first)
    fill, pair = first[:-1].copy(), np.empty(first[n], np.int64)
    for e in range(pairs):
        H[at + SCREENED, e] = 0.0
        if branch[e, 3] < X[I[e], 3] + X[J[e] & MASK, 3]:
            for i in (np.int64(I[e]), np.int64(J[e] & MASK)):
                if i < n:
                    pair[fill[i]] = e
                    fill[i] += 1
    for e in range(pairs):
        i, j = np.int64(I[e]), np.int64(J[e] & MASK)
        if branch[e, 3] < X[i, 3] + X[j, 3]:
            for p in range(first[i], first[i + 1]):
                H[at + SCREENED, e] += _screened_by(pair[p], e, i, j, I, J, branch, X)


@njit(**_JIT)
def _screened_by(other, e, i, j, I, J, branch, X):  # type: ignore[no-untyped-def]
    """Give the share of ij that the other particle k of one of i's contacts takes."""
    longest = (1.0 - TIE) * branch[e, 3]
    if branch[other, 3] >= longest:
        return 0.0
    k = np.int64(J[other] & MASK) if I[other] == i else np.int64(I[other])
    sign = 1.0 if I[other] == i else -1.0
    cosine, squared = 0.0, 0.0
    for a in range(3):
        ki = sign * branch[other, a]
        kj = ki - branch[e, a]
        cosine += ki * kj
        squared += kj * kj
    to_j = math.sqrt(squared)
    if to_j >= longest or to_j >= X[j, 3] + X[k, 3]:
        return 0.0
    cosine /= branch[other, 3] * to_j
    turn = math.acos(min(max(cosine, -1.0), 1.0)) / math.pi
    return 1.0 / (1.0 + math.exp(-STEEPNESS * (turn - 0.5)))


@njit(**_JIT)
def _share(h, side, solid, delta, own):  # type: ignore[no-untyped-def]
    """Give what the flat of a side adds to the mean step of its particle."""
    if own[TOUCHED] > 0.0:
        return solid * h[side + AREA] / own[TOUCHED] * (delta - h[side + DELTA])
    return 0.0


@njit(**_JIT)
def mean_steps(pairs, I, J, branch, H, near, WI, gap, WH, at, X, G, P, mean):  # type: ignore[no-untyped-def]
    """Find by how much the flats of each particle move inwards in the step to come, on average."""
    mean[:] = 0.0
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
            mean[i] += _share(h, first, solid, delta, P[i])
            delta = depth_of_flat(overlap, deepest, X[j, 3], X[i, 3], other, rest)
            mean[j] += _share(h, second, solid, delta, P[j])
    for q in range(near):
        i = WI[q]
        overlap = X[i, 3] - gap[q]
        if overlap > 0.0 and WH[at + DEEPEST, q] > 0.0:
            mean[i] += _share(WH[:, q], first, 1.0, overlap, P[i])


@njit(**_JIT)
def _hand(h, side, kappa, free_area, own, mean):  # type: ignore[no-untyped-def]
    h[side + MEAN_STEP] = mean if own[FREE] < free_area else 0.0
    h[side + STIFFNESS] = kappa * own[TOUCHED] / own[VOLUME]


@njit(**_JIT)
def hand_out(pairs, I, J, H, near, WI, WH, at, G, kappa, free_area, P, mean):  # type: ignore[no-untyped-def]
    """Give each side of each contact what it must know of its particle."""
    first = at + FIRST
    for e in range(pairs):
        if H[at + DEEPEST, e] > 0.0:
            i, j = I[e], J[e] & MASK
            if G[i] < G[j]:
                i, j = j, i
            _hand(H[:, e], first, kappa, free_area, P[i], mean[i])
            _hand(H[:, e], first + SIZE, kappa, free_area, P[j], mean[j])
    for q in range(near):
        i = WI[q]
        if WH[at + DEEPEST, q] > 0.0:
            _hand(WH[:, q], first, kappa, free_area, P[i], mean[i])
