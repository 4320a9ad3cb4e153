"""Particles that overlap, and the planes that part them.

Spheres are parted by the plane through the circle in which they meet. Two ellipsoids are scaled by
one factor mu until they touch [Perram1985],

    mu^2 = max over s of s (1 - s) r.Y^-1 r,    Y = (1 - s) A + s B,    A = Q^-1

where the common normal n is along Y^-1 r; they overlap where mu < 1. The plane normal to n lies
where both have sections of one area,

    S(h) = pi sqrt(det A) (1 - h^2/H^2)/H,    H = sqrt(n.A n)

at the height h over the centre. Of spheres this is the plane above, and S the area of the contact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

_TURNS = 60  # of the search for s, which halves its range at worst


class ContactPlanes(NamedTuple):
    """Overlapping pairs, each once.

    Attributes:
        first, second: particles, shape (m,).
        shift: from the second to its image that is met [m], shape (m, 3).
        normal: unit vectors from the first to the second, shape (m, 3).
        height: of the plane over the centre of the first, along the normal [m], shape (m,).
        beyond: of the plane over the centre of the second, against the normal [m], shape (m,).
        area: of the contact [m^2], shape (m,).
    """

    first: Integers
    second: Integers
    shift: Floats
    normal: Floats
    height: Floats
    beyond: Floats
    area: Floats


def contact_planes(
    centre: Floats, form: Floats, box: Floats, periodic: tuple[bool, bool, bool]
) -> ContactPlanes:
    """Find the pairs that overlap, with their own images too.

    Args:
        centre: centres [m], shape (n, 3).
        form: Q of the ellipsoids (x - c).Q (x - c) <= 1 [1/m^2], shape (n, 3, 3).
        box: edge lengths [m], shape (3,).
        periodic: which axes repeat.
    """
    matrix = np.linalg.inv(form)
    reach = np.sqrt(np.linalg.eigvalsh(matrix)[:, -1]) if len(form) else np.zeros(0)
    first, second, shift = _near(centre, reach, box, periodic)
    across = centre[second] + shift - centre[first]
    normal, height, beyond = np.empty_like(across), np.empty(first.size), np.empty(first.size)
    area = np.empty(first.size)
    _part(across, first, second, matrix, normal, height, beyond, area)
    met = area > 0
    pairs, along = (first[met], second[met], shift[met]), (height[met], beyond[met], area[met])
    return ContactPlanes(*pairs, normal[met], *along)


def _near(
    centre: Floats, reach: Floats, box: Floats, periodic: tuple[bool, bool, bool]
) -> tuple[Integers, Integers, Floats]:
    """Pairs of spheres around them that meet, each once, and the shift of the second."""
    from scipy.spatial import KDTree

    if len(centre) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3))
    far = 2 * float(reach.max())
    turns = [int(np.ceil(far / l)) if wraps else 0 for l, wraps in zip(box, periodic, strict=True)]
    steps = np.stack(
        np.meshgrid(*(np.arange(-t, t + 1) for t in turns), indexing="ij"), axis=-1
    ).reshape(-1, 3)
    low, high = centre.min(axis=0) - far, centre.max(axis=0) + far
    image, of, by = [], [], []
    for step in steps:
        moved = centre + step * box
        close = np.flatnonzero(((moved >= low) & (moved <= high)).all(axis=1))
        image.append(moved[close])
        of.append(close)
        by.append(np.broadcast_to(step, (close.size, 3)))
    images, whose, steps = np.concatenate(image), np.concatenate(of), np.concatenate(by)
    meets = KDTree(images).query_ball_point(centre, reach + reach.max())
    first = np.repeat(np.arange(len(centre)), [len(m) for m in meets])
    found = np.concatenate([np.asarray(m, np.int64) for m in meets])
    second, turned = whose[found], steps[found]
    # Of a particle and its own images one of each two opposite ones is taken.
    ahead = turned @ np.array([9 * 9, 9, 1])
    once = (second > first) | ((second == first) & (ahead > 0))
    apart = np.linalg.norm(images[found] - centre[first], axis=1)
    once &= apart < reach[first] + reach[second]
    return first[once], second[once], turned[once] * box


@njit(cache=True, error_model="numpy")
def _part(across, first, second, matrix, normal, height, beyond, area):  # type: ignore[no-untyped-def]
    """Normal, heights and area of each pair; the area is 0 where they do not overlap."""
    for k in range(first.size):
        A, B, r = matrix[first[k]], matrix[second[k]], across[k]
        s, low, high = 0.5, 0.0, 1.0
        y = r.copy()
        square = 0.0
        for _ in range(_TURNS):
            y = np.linalg.solve((1 - s) * A + s * B, r)
            square = s * (1 - s) * np.dot(r, y)
            a, b = np.dot(y, A @ y), np.dot(y, B @ y)
            if (1 - s) ** 2 * a > s * s * b:
                low = s
            else:
                high = s
            after = np.sqrt(a) / (np.sqrt(a) + np.sqrt(b))
            if not low <= after <= high:
                after = 0.5 * (low + high)
            step = after - s
            if abs(step) < 1e-12:
                break
            s = after
        area[k] = 0.0
        if square >= 1.0:
            continue
        n = y / np.sqrt(np.dot(y, y))
        H, K, far = np.sqrt(np.dot(n, A @ n)), np.sqrt(np.dot(n, B @ n)), np.dot(n, r)
        widest = np.pi * np.sqrt(np.linalg.det(A)) / H
        other = np.pi * np.sqrt(np.linalg.det(B)) / K
        h = _height(widest, H, other, K, far)
        normal[k], height[k], beyond[k] = n, h, far - h
        area[k] = max(widest * (1 - (h / H) ** 2), 0.0)


@njit(cache=True, error_model="numpy")
def _height(S, H, T, K, far):  # type: ignore[no-untyped-def]
    """Where S (1 - h^2/H^2) = T (1 - (far - h)^2/K^2), between the two surfaces."""
    low, high = far - K, H
    for _ in range(_TURNS):
        h = 0.5 * (low + high)
        if S * (1 - (h / H) ** 2) > T * (1 - ((far - h) / K) ** 2):
            low = h
        else:
            high = h
    return 0.5 * (low + high)
