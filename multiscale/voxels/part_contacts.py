"""Conductances between particles that touch.

The plane of a contact is covered by points. Each joins the parts of both particles half a voxel off
the plane with its share of

    T = S/(r + S R),    S R = max(d/sigma S/S', S/(2 sigma a) - 2 C S/(h sigma))

where S = pi a^2 is the area of the contact, r what resists there, and d how far the middles of the
two voxels are apart along the normal. On voxels of edge h the rim of a contact lies further inwards
than it should: S' = pi (a + e h)^2 mends that, with e known to a third. Of contacts much smaller
than a voxel the voxels show the spreading from one node next to a wall, C/(h sigma) on either side;
the rest of the constriction of a small contact between large bodies, 1/(2 sigma a) [Holm1967], is
put between.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.voxels.contact_planes import ContactPlanes
from multiscale.voxels.part_links import Links
from multiscale.voxels.parts import Parts, Planes, cut_off, part_at

type Floats = NDArray[np.float64]

# G(0,0,0) + G(1,0,0) of the simple cubic lattice: the wall mirrors the source.
SPREADING = 0.252731 + 0.086064
# By simple cubic lattices of spheres with a/h from 0.4 to 14, contacts anywhere in the voxels,
# against their limit for h = 0 on voxels that have the contacts in their faces.
RIM = 0.3
RIM_DOUBT = 0.1

# Points of a contact for each face of a voxel, and the fewest.
_POINTS, _FEWEST = 25.0, 32
_GOLDEN = np.pi * (3 - np.sqrt(5.0))
# Voxels are looked for half an edge off the plane, then further inwards, last at the plane. Where
# that lies in the middle of voxels the plane is moved a little: one of the two is then next to it.
_SEEK, _STEP, _STEPS, _ASIDE = 0.5, 0.4, 3, 1e-3
# Least distance of the two middles, in edges.
_LEAST = 0.3


def links_across(
    parts: Parts,
    planes: Planes,
    contacts: ContactPlanes,
    centre: Floats,
    form: Floats,
    conductivity: float,
    resistance: float,
    shape: tuple[int, int, int],
    edge: Floats,
    axis: int,
) -> tuple[Links, Links]:
    """Give what joins particles at their contacts, and by how much that may be off.

    Args:
        parts, planes, contacts: the particles in the voxels.
        centre, form: of the particles.
        conductivity: of the particles [S/m].
        resistance: r, specific resistance of the contacts [Ohm m^2].
        shape, edge: voxels, and their edges [m].
        axis: the driven one, across whose ends nothing passes.
    """
    h, area = float(np.prod(edge) ** (1 / 3)), contacts.area
    a = np.sqrt(area / np.pi)
    points = np.maximum(np.ceil(_POINTS * area / h**2), _FEWEST).astype(np.int64)
    way = area / (np.pi * (a + RIM * h) ** 2) / conductivity
    small = area * (1 / (2 * a) - 2 * SPREADING / h) / conductivity if a.size else a
    total = int(points.sum())
    one, other, t = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total)
    doubt, off = 2 * RIM_DOUBT * h / (a + RIM * h), np.empty(total)
    law = resistance, way, small, _LEAST * h, doubt
    count = _across(parts, planes, contacts, points, law, centre, form, edge, axis, shape[axis],
                    one, other, t, off)  # fmt: skip
    one, other = one[:count], other[:count]
    return Links(one, other, t[:count]), Links(one, other, off[:count])


@njit(cache=True, error_model="numpy")
def _across(  # type: ignore[no-untyped-def]
    parts, planes, contacts, points, law, centre, form, edge, axis, end, one, other, t, off
):
    resistance, way, small, least, doubt = law
    m = 0
    w, x, y = np.empty(3), np.empty(3), np.empty(3)
    for c in range(points.size):
        p, q, n, shift = (
            contacts.first[c],
            contacts.second[c],
            contacts.normal[c],
            contacts.shift[c],
        )
        middle, u, v = _section(form[p], n, contacts.height[c])
        for s in range(points[c]):
            radius, turn = np.sqrt((s + 0.5) / points[c]), s * _GOLDEN
            w[:] = middle + radius * (np.cos(turn) * u + np.sin(turn) * v)
            x[:] = centre[p] + w
            if cut_off(w, p, c, planes):
                continue
            w[:] = x - shift - centre[q]
            if cut_off(w, q, c, planes):
                continue
            x += _ASIDE * edge * n
            y[:] = x - shift
            here, there = _seek(x, -n, p, edge, parts), _seek(y, n, q, edge, parts)
            y += shift
            length = end * edge[axis]
            if here < 0 or there < 0 or np.floor(x[axis] / length) != np.floor(y[axis] / length):
                continue
            apart = 0.0
            for d in range(3):
                apart += n[d] * edge[d] * (np.floor(y[d] / edge[d]) - np.floor(x[d] / edge[d]))
            one[m], other[m] = here, there
            across = max(max(apart, least) * way[c], small[c])
            t[m] = contacts.area[c] / points[c] / (resistance + across)
            off[m] = t[m] * doubt[c] * across / (resistance + across)
            m += 1
    return m


@njit(cache=True, error_model="numpy")
def _section(Q, n, height):  # type: ignore[no-untyped-def]
    """Where a plane cuts an ellipsoid: w = middle + cos(t) u + sin(t) v, from its centre."""
    e = np.zeros(3)
    e[np.argmin(np.abs(n))] = 1.0
    first = np.cross(n, e)
    first /= np.sqrt(np.dot(first, first))
    second = np.cross(n, first)
    uu, uv, vv = np.dot(first, Q @ first), np.dot(first, Q @ second), np.dot(second, Q @ second)
    along = Q @ (height * n)
    bu, bv = -np.dot(first, along), -np.dot(second, along)
    det = uu * vv - uv * uv
    a, b = (vv * bu - uv * bv) / det, (uu * bv - uv * bu) / det
    level = max(1.0 - height * np.dot(n, along) + a * bu + b * bv, 0.0)
    # The inverse of Cholesky's factor of the form in the plane over the level.
    l11 = np.sqrt(uu)
    l21 = uv / l11
    l22 = np.sqrt(vv - l21 * l21)
    reach = np.sqrt(level)
    u = reach / l11 * first
    v = reach / l22 * (second - l21 / l11 * first)
    return height * n + a * first + b * second, u, v


@njit(cache=True, error_model="numpy")
def _seek(x, towards, p, edge, parts):  # type: ignore[no-untyped-def]
    """The part half a voxel off the plane, or else the next one; x is moved there."""
    x += _SEEK * edge * towards
    for _ in range(_STEPS):
        node = part_at(x, p, edge, parts)
        if node >= 0:
            return node
        x += _STEP * edge * towards
    x -= (_SEEK + _STEPS * _STEP) * edge * towards
    return part_at(x, p, edge, parts)
