"""What of each voxel face lies in each particle, where particles may overlap.

A particle is an ellipsoid up to the planes that part it from those that it overlaps. Every plane of
faces is cut into lines, several per voxel; the part of a line in the particle is an interval known
exactly. Each particle has a block of voxels around it, numbered on beyond the volume where that
repeats: its pieces at either end of the volume are pieces of the same particle.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from multiscale.voxels.contact_planes import ContactPlanes

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Singles = np.ndarray[Any, np.dtype[np.float32]]
type Numbers = np.ndarray[Any, np.dtype[np.int32]]

LINES = 8
# A voxel of which less of every face lies in a particle is no part of it.
LEAST = 1e-3


class Blocks(NamedTuple):
    """The block of voxels around each particle.

    Attributes:
        low: first voxel, which may lie before the volume where that repeats, shape (n, 3).
        size: voxels, shape (n, 3).
        offset: where its values begin, those of (size + 1) corners each, shape (n + 1,).
    """

    low: Integers
    size: Integers
    offset: Integers


class Parts(NamedTuple):
    """Parts of particles in voxels.

    Attributes:
        blocks: the voxels around each particle.
        face: share of the lower faces of each voxel that lies in the particle, by axis, shape
            (3, values); upper faces are those of the next voxel.
        number: of each part, -1 where a voxel holds none, shape (values,).
        total: number of parts.
    """

    blocks: Blocks
    face: Singles
    number: Numbers
    total: int


class Planes(NamedTuple):
    """The planes that bound each particle: n.(x - c) <= h.

    Attributes:
        start: the first plane of each particle, shape (n + 1,).
        normal: shape (m, 3).
        height: [m], shape (m,).
        contact: whose plane it is, shape (m,).
    """

    start: Integers
    normal: Floats
    height: Floats
    contact: Integers


def planes_of(contacts: ContactPlanes, particles: int) -> Planes:
    """Sort the planes of contacts by particle."""
    m = contacts.first.size
    owner = np.concatenate((contacts.first, contacts.second))
    order = np.argsort(owner, kind="stable")
    start = np.zeros(particles + 1, np.int64)
    np.cumsum(np.bincount(owner, minlength=particles), out=start[1:])
    return Planes(
        start,
        np.concatenate((contacts.normal, -contacts.normal))[order].reshape(-1, 3),
        np.concatenate((contacts.height, contacts.beyond))[order],
        (order % m).astype(np.int64) if m else order,
    )


def find_parts(
    centre: Floats,
    form: Floats,
    planes: Planes,
    shape: tuple[int, int, int],
    edge: Floats,
    periodic: tuple[bool, bool, bool],
    lines: int = LINES,
) -> Parts:
    """Compute the share of every face that lies in each particle, and number the parts.

    Args:
        centre: centres [m], shape (n, 3).
        form: Q of the ellipsoids [1/m^2], shape (n, 3, 3).
        planes: what bounds the particles besides.
        shape: voxels along x, y, z.
        edge: of a voxel [m], shape (3,).
        periodic: which axes repeat; particles are cut off at the others.
        lines: across each face.
    """
    reach = np.sqrt(np.linalg.inv(form).diagonal(axis1=1, axis2=2))
    low = np.floor((centre - reach) / edge).astype(np.int64)
    high = np.floor((centre + reach) / edge).astype(np.int64) + 1
    for axis in range(3):
        if not periodic[axis]:
            low[:, axis] = low[:, axis].clip(0, shape[axis])
            high[:, axis] = high[:, axis].clip(0, shape[axis])
    size = np.maximum(high - low, 0)
    offset = np.zeros(len(centre) + 1, np.int64)
    np.cumsum((size + 1).prod(axis=1), out=offset[1:])
    face = np.zeros((3, int(offset[-1])), np.float32)
    blocks = Blocks(low, size, offset)
    _cover(centre, form, planes, blocks, edge, lines, face)
    number = np.full(face.shape[1], -1, np.int32)
    count = _number(face, size, offset, number)
    return Parts(blocks, face, number, int(count))


@njit(parallel=True, cache=True, error_model="numpy")
def _cover(centre, form, planes, blocks, edge, lines, face):  # type: ignore[no-untyped-def]
    low, size, offset = blocks
    for p in prange(len(centre)):
        own = slice(planes.start[p], planes.start[p + 1])
        for a in range(3):
            _cover_faces(
                a, centre[p], form[p], planes.normal[own], planes.height[own], low[p], size[p],
                edge, lines, face[a, offset[p] : offset[p + 1]],
            )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _cover_faces(a, centre, form, normal, bound, low, size, edge, lines, face):  # type: ignore[no-untyped-def]
    """Add the shares of the faces normal to axis a, by lines along the axis after the next."""
    b, c = (a + 1) % 3, (a + 2) % 3
    step = (size[1] + 1) * (size[2] + 1), size[2] + 1, 1
    for i in range(size[a] + 1):
        g = (low[a] + i) * edge[a] - centre[a]
        for line in range(lines * size[b]):
            u = (low[b] + (line + 0.5) / lines) * edge[b] - centre[b]
            half = form[a, c] * g + form[b, c] * u
            rest = form[a, a] * g * g + 2 * form[a, b] * g * u + form[b, b] * u * u - 1.0
            square = half * half - form[c, c] * rest
            if square <= 0:
                continue
            root = np.sqrt(square)
            one, other = (-half - root) / form[c, c], (-half + root) / form[c, c]
            for k in range(bound.size):
                left = bound[k] - normal[k, a] * g - normal[k, b] * u
                if normal[k, c] > 0:
                    other = min(other, left / normal[k, c])
                elif normal[k, c] < 0:
                    one = max(one, left / normal[k, c])
                elif left < 0:
                    other = one
            x = max((one + centre[c]) / edge[c] - low[c], 0.0)
            end = min((other + centre[c]) / edge[c] - low[c], float(size[c]))
            if end <= x:
                continue
            at = i * step[a] + (line // lines) * step[b]
            for m in range(int(x), min(int(end), size[c] - 1) + 1):
                share = min(end, m + 1.0) - max(x, float(m))
                if share > 0:
                    face[at + m * step[c]] += share / lines


@njit(cache=True, error_model="numpy")
def cut_off(w, p, but, planes):  # type: ignore[no-untyped-def]
    """Whether a place w from the centre of particle p lies beyond any plane but one's."""
    for k in range(planes.start[p], planes.start[p + 1]):
        n = planes.normal[k]
        if planes.contact[k] != but and n[0] * w[0] + n[1] * w[1] + n[2] * w[2] > planes.height[k]:
            return True
    return False


@njit(cache=True, error_model="numpy")
def part_at(x, p, edge, parts):  # type: ignore[no-untyped-def]
    """Number of the part of particle p at x, -1 without any."""
    low, size, offset = parts.blocks
    i = int(np.floor(x[0] / edge[0])) - low[p, 0]
    j = int(np.floor(x[1] / edge[1])) - low[p, 1]
    k = int(np.floor(x[2] / edge[2])) - low[p, 2]
    if i < 0 or j < 0 or k < 0 or i >= size[p, 0] or j >= size[p, 1] or k >= size[p, 2]:
        return -1
    return parts.number[offset[p] + (i * (size[p, 1] + 1) + j) * (size[p, 2] + 1) + k]


@njit(cache=True, error_model="numpy")
def _number(face, size, offset, number):  # type: ignore[no-untyped-def]
    """Number the voxels of each block of which a face lies in the particle."""
    count = 0
    for p in range(len(size)):
        _, n1, n2 = size[p] + 1
        for i in range(size[p, 0]):
            for j in range(size[p, 1]):
                for k in range(size[p, 2]):
                    at = offset[p] + (i * n1 + j) * n2 + k
                    most = max(face[0, at], face[0, at + n1 * n2], face[1, at], face[1, at + n2],
                               face[2, at], face[2, at + 1])  # fmt: skip
                    if most > LEAST:
                        number[at] = count
                        count += 1
    return count
