"""Conductances between particles and the domain around them.

The surface of each particle is covered by points, each with its area. A part of the particle and a
piece of the domain in one voxel both have the potential that their own field would have in the
middle of the voxel. Where the interface passes it, s from there, the current density j makes these
two differ by

    j (r + s (1/sigma_d - 1/sigma_p))

with s > 0 where the middle lies outside the particle. Half of these resistances are negative; they
are cut off at (almost) nothing, and what they would add is given apart.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.voxels.part_domain import GROUP, Domain
from multiscale.voxels.part_links import Links
from multiscale.voxels.parts import Parts, Planes, cut_off, part_at

type Floats = NDArray[np.float64]

# Points of a surface along the edge of an octant.
_ACROSS = 3.0
# The least way between two nodes, in edges in the better conductor.
_LEAST = 0.02


def links_around(
    parts: Parts,
    planes: Planes,
    centre: Floats,
    form: Floats,
    domain: Domain,
    conductivities: tuple[float, float],
    resistance: float,
    edge: Floats,
    periodic: tuple[bool, bool, bool],
) -> tuple[Links, Links]:
    """Give what joins particles and the domain in the same voxel.

    Between two particles in one voxel that conduct better than the domain, each has half of the
    gap between them in place of s, at every point of its surface.

    Args:
        parts, planes: the particles in the voxels.
        centre, form: of the particles.
        domain: what lies around them.
        conductivities: sigma_p and sigma_d of particles and domain [S/m].
        resistance: r, specific resistance of their surface [Ohm m^2].
        edge: of a voxel [m].
        periodic: which axes repeat.
    """
    most = (*domain.octants.shape, 2)
    nodes, whose = np.full(most, -1, np.int32), np.full(most, -1, np.int32)
    _neighbours(parts, centre, form, edge, np.full(most, np.inf, np.float32), nodes, whose)
    jump = 1 / conductivities[1] - 1 / conductivities[0]
    law = resistance, jump, _LEAST * float(edge.max()) / max(conductivities)
    root = np.linalg.cholesky(np.linalg.inv(form))
    args = (parts, planes, centre, form, root, (domain.octants, domain.first), (nodes, whose), law,
            edge, np.array(periodic))  # fmt: skip
    none = np.empty(0, np.int32)
    m = _around(*args, True, none, none, np.empty(0), np.empty(0))
    one, other, t = np.empty(m, np.int32), np.empty(m, np.int32), np.empty(m)
    cut = np.empty(m)
    _around(*args, False, one, other, t, cut)
    return Links(one, other, t), Links(one, other, cut)


@njit(cache=True, error_model="numpy")
def _neighbours(parts, centre, form, edge, least, nodes, whose):  # type: ignore[no-untyped-def]
    """The two parts of each voxel whose surfaces the middle is deepest in or next to, and whose."""
    w, n = np.empty(3), least.shape
    low, size, offset = parts.blocks
    for p in range(len(size)):
        n1, n2 = size[p, 1] + 1, size[p, 2] + 1
        for i in range(size[p, 0]):
            for j in range(size[p, 1]):
                for k in range(size[p, 2]):
                    node = parts.number[offset[p] + (i * n1 + j) * n2 + k]
                    if node < 0:
                        continue
                    place = low[p, 0] + i, low[p, 1] + j, low[p, 2] + k
                    for d in range(3):
                        w[d] = (place[d] + 0.5) * edge[d] - centre[p, d]
                    away = np.float32(_distance(form[p], w))
                    a, b, c = place[0] % n[0], place[1] % n[1], place[2] % n[2]
                    if away < least[a, b, c, 0]:
                        least[a, b, c, 1] = least[a, b, c, 0]
                        nodes[a, b, c, 1] = nodes[a, b, c, 0]
                        whose[a, b, c, 1] = whose[a, b, c, 0]
                        least[a, b, c, 0], nodes[a, b, c, 0], whose[a, b, c, 0] = away, node, p
                    elif away < least[a, b, c, 1]:
                        least[a, b, c, 1], nodes[a, b, c, 1], whose[a, b, c, 1] = away, node, p


@njit(cache=True, error_model="numpy")
def _around(  # type: ignore[no-untyped-def]
    parts, planes, centre, form, root, domain, there, law, edge, periodic, counting, one, other, t,
    cut
):  # fmt: skip
    (octants, first), (nodes, whose), (resistance, jump, least) = domain, there, law
    box = np.where(periodic, edge * np.array(octants.shape), np.inf)
    m, w, x, place = 0, np.empty(3), np.empty(3), np.empty(3, np.int64)
    for p in range(len(centre)):
        L, Q = root[p], form[p]
        volume = L[0, 0] * L[1, 1] * L[2, 2]
        widest = np.sqrt(max((L[0] ** 2).sum(), (L[1] ** 2).sum(), (L[2] ** 2).sum()))
        rings = int(np.ceil(np.pi * widest * 2 * _ACROSS / edge.min()))
        for r in range(rings):
            theta = np.pi * (r + 0.5) / rings
            count = max(int(np.ceil(2 * rings * np.sin(theta))), 4)
            own = np.cos(np.pi * r / rings) - np.cos(np.pi * (r + 1) / rings)
            for s in range(count):
                turn = 2 * np.pi * (s + 0.5) / count
                u, v = np.sin(theta) * np.cos(turn), np.sin(theta) * np.sin(turn)
                w[:] = u * L[:, 0] + v * L[:, 1] + np.cos(theta) * L[:, 2]
                x[:] = centre[p] + w
                bit = _octant(x, edge, periodic, octants.shape, place)
                if bit < 0:
                    continue
                i, j, k = place
                held = octants[i, j, k]
                if not held >> bit & 1 or cut_off(w, p, -1, planes):
                    continue
                node = part_at(x, p, edge, parts)
                if node < 0:
                    continue
                if not counting:
                    # The area of the unit sphere grows by det L |L^-T n|, and L^-T n = Q w.
                    qw = Q @ w
                    area = 2 * np.pi / count * own * volume * np.sqrt(np.dot(qw, qw))
                    beside = 1 if nodes[i, j, k, 0] == node else 0
                    q = whose[i, j, k, beside]
                    if q >= 0 and jump > 0:
                        gap = _distance(form[q], _shortest(x - centre[q], box))
                        way = resistance + jump * max(gap, 0.0) / 2
                    else:
                        w[:] = (np.floor(x / edge) + 0.5) * edge - centre[p]
                        way = resistance + jump * _distance(Q, w)
                    one[m], other[m] = node, first[i, j, k] + GROUP[held, bit]
                    t[m] = area / max(way, least)
                    cut[m] = t[m] ** 2 * max(least - way, 0.0) / area if q < 0 else 0.0
                m += 1
    return m


@njit(cache=True, error_model="numpy")
def _shortest(w, box):  # type: ignore[no-untyped-def]
    """The shortest of a vector and its images."""
    for d in range(3):
        if box[d] < np.inf:
            w[d] -= box[d] * np.round(w[d] / box[d])
    return w


@njit(cache=True, error_model="numpy")
def _octant(x, edge, periodic, shape, place):  # type: ignore[no-untyped-def]
    """Octant at x and, as `place`, its voxel; -1 outside of the volume."""
    bit = 0
    for d in range(3):
        halves = int(np.floor(2 * x[d] / edge[d]))
        bit = 2 * bit + halves % 2
        place[d] = halves // 2
        if periodic[d]:
            place[d] %= shape[d]
        elif place[d] < 0 or place[d] >= shape[d]:
            return -1
    return bit


@njit(cache=True, error_model="numpy")
def _distance(Q, w):  # type: ignore[no-untyped-def]
    """Signed distance to the surface w.Q w = 1, exact for spheres and next to it."""
    qw = Q @ w
    g, norm = np.sqrt(np.dot(w, qw)), np.sqrt(np.dot(qw, qw))
    return g * (g - 1.0) / norm if norm > 0 else -1.0 / np.sqrt(Q[0, 0])
