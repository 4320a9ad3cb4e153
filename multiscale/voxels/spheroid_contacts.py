"""Overlaps and forces of spheroids of one shape whose axes stand still.

Two spheroids A and B, r apart, are scaled about their centres by one factor mu until they touch
[Perram1985]:

    mu^2 = F = max over s in [0, 1] of s (1 - s) r.Y^-1 r,    Y = (1 - s) A + s B,
    A = b^2 (I + (e^2 - 1) n n^T)

with the equatorial radius b, polar over equatorial e and the axis n: mu < 1 where they overlap, and
of spheres mu = d/(r_1 + r_2). The gap of a pair is taken as g = (mu - 1)(b_1 + b_2): to spheroids
with one axis this is the gap of the spheres that they are in the space stretched by 1/e.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.voxels.packing import TOLERANCE, close_pairs, fire_parameters, fire_step, push

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_TURNS = 60  # of the search for s; a few are taken


@dataclass(frozen=True)
class Spheroids:
    """Spheroids of one shape, to be packed by `packing.pack` with equatorial radii.

    Attributes:
        aspect: polar over equatorial radius.
        pole: axes of length one, which stand still, shape (n, 3).
    """

    aspect: float
    pole: Floats

    def half_heights(self, radius: Floats) -> Floats:
        """Give how far they reach along z, b sqrt(1 + (e^2 - 1) n_z^2) [m]."""
        return np.asarray(radius * np.sqrt(1 + (self.aspect**2 - 1) * self.pole[:, 2] ** 2))

    def relax(
        self, centre: Floats, radius: Floats, box: Floats, steps: int, c: float, l: float
    ) -> bool:
        """Move centres towards equilibrium; whether they are there."""
        of = radius, self.aspect, self.pole
        return bool(minimise_spheroids(centre, *of, box, steps, TOLERANCE, c, l))

    def mean_overlap(self, centre: Floats, radius: Floats, box: Floats) -> float:
        """Mean of 1 - mu over the touching pairs; 0 without any."""
        _, _, mu, _ = spheroid_contacts(centre, radius, self.aspect, self.pole, box)
        return float(np.mean(1 - mu)) if mu.size else 0.0


def contact_scale(r: Floats, radius: Floats, aspect: float, pole: Floats) -> float:
    """Give mu, by which two spheroids are scaled until they touch.

    Args:
        r: from the centre of the first to that of the second [m], shape (3,).
        radius: equatorial radii [m], shape (2,).
        aspect: polar over equatorial radius e.
        pole: axes of length one, shape (2, 3).
    """
    e2 = aspect**2 - 1
    mu, *_ = _touch(r[0], r[1], r[2], radius[0], radius[1], e2, pole[0], pole[1])
    return float(mu)


def spheroid_contacts(
    centre: Floats, radius: Floats, aspect: float, pole: Floats, box: Floats, tolerance: float = 0.0
) -> tuple[Integers, Integers, Floats, Floats]:
    """Find the touching pairs, periodic in x and y.

    Args:
        centre: centres [m], shape (n, 3).
        radius: equatorial radii [m], shape (n,).
        aspect: polar over equatorial radius.
        pole: axes of length one, shape (n, 3).
        box: edge lengths [m], shape (3,).
        tolerance: gap over mean radius up to which two count as touching.

    Returns:
        Indices i and j, mu, and towards the point of contact, in the space that makes each
        the unit sphere, the directions from i and from j, shape (m, 2, 3).
    """
    gap = tolerance * float(radius.mean())
    widest = max(1.0, aspect)
    i, j, shift = close_pairs(centre, widest * radius, box, widest * gap)
    across = centre[j] + shift * np.array([box[0], box[1], 0.0]) - centre[i]
    mu, towards = np.empty(i.size), np.empty((i.size, 2, 3))
    _touch_all(across, i, j, radius, aspect, pole, mu, towards)
    touch = (mu - 1) * (radius[i] + radius[j]) <= gap
    return i[touch], j[touch], mu[touch], towards[touch]


@njit(cache=True, error_model="numpy")
def _touch(dx, dy, dz, b1, b2, e2, n, m):  # type: ignore[no-untyped-def]
    """mu, s (1 - s) and Y^-1 r of two spheroids.

    Y = p I + q n n^T + w m m^T, so that Y^-1 r follows from n.y and m.y. F is concave, and F' = 0
    where (1 - s)^2 y.A y = s^2 y.B y; spheroids with one axis meet it at once.
    """
    sn = n[0] * dx + n[1] * dy + n[2] * dz
    sm = m[0] * dx + m[1] * dy + m[2] * dz
    c = n[0] * m[0] + n[1] * m[1] + n[2] * m[2]
    s, low, high = b1 / (b1 + b2), 0.0, 1.0
    yx, yy, yz, F = 0.0, 0.0, 0.0, 0.0
    for _ in range(_TURNS):
        p = (1 - s) * b1 * b1 + s * b2 * b2
        q, w = (1 - s) * b1 * b1 * e2, s * b2 * b2 * e2
        det = (p + q) * (p + w) - q * w * c * c
        yn = ((p + w) * sn - w * c * sm) / det
        ym = ((p + q) * sm - q * c * sn) / det
        yx = (dx - q * yn * n[0] - w * ym * m[0]) / p
        yy = (dy - q * yn * n[1] - w * ym * m[1]) / p
        yz = (dz - q * yn * n[2] - w * ym * m[2]) / p
        F = s * (1 - s) * (dx * yx + dy * yy + dz * yz)
        square = yx * yx + yy * yy + yz * yz
        yAy, yBy = b1 * b1 * (square + e2 * yn * yn), b2 * b2 * (square + e2 * ym * ym)
        if (1 - s) ** 2 * yAy > s * s * yBy:
            low = s
        else:
            high = s
        root = np.sqrt(yAy)
        after = root / (root + np.sqrt(yBy))
        if not low <= after <= high:
            after = 0.5 * (low + high)
        step = after - s
        if abs(step) < 1e-9:
            break
        s = after
    return np.sqrt(F), s, s * (1 - s), yx, yy, yz


@njit(cache=True, error_model="numpy")
def _touch_all(across, i, j, radius, aspect, pole, mu, towards):  # type: ignore[no-untyped-def]
    e2 = aspect * aspect - 1.0
    for p in range(i.size):
        d, n, m = across[p], pole[i[p]], pole[j[p]]
        scale, _, _, yx, yy, yz = _touch(d[0], d[1], d[2], radius[i[p]], radius[j[p]], e2, n, m)
        mu[p] = scale
        # The normal is along y; the point of the unit sphere with it lies along S y,
        # S = I + (e - 1) n n^T.
        for side, axis, sign in ((0, n, 1.0), (1, m, -1.0)):
            along = (aspect - 1.0) * (axis[0] * yx + axis[1] * yy + axis[2] * yz)
            x, y, z = yx + along * axis[0], yy + along * axis[1], yz + along * axis[2]
            length = sign * np.sqrt(x * x + y * y + z * z)
            towards[p, side, 0] = x / length
            towards[p, side, 1] = y / length
            towards[p, side, 2] = z / length


@njit(cache=True, error_model="numpy")
def _forces(x, r, e, pole, half, box, first, second, shift, c, l, f):  # type: ignore[no-untyped-def]
    """Add S times the forces of pairs and planes into f; return the largest overlap.

    S = I + (e - 1) n n^T makes the stiffness of flat spheroids the same in all directions.
    """
    f[:] = 0.0
    largest, e2, widest = 0.0, e * e - 1.0, max(1.0, e)
    for p in range(first.size):
        i, j = first[p], second[p]
        dx = x[j, 0] + shift[p, 0] * box[0] - x[i, 0]
        dy = x[j, 1] + shift[p, 1] * box[1] - x[i, 1]
        dz = x[j, 2] - x[i, 2]
        both = r[i] + r[j]
        reach = widest * (both + l)
        square = dx * dx + dy * dy + dz * dz
        if square >= reach * reach or square == 0.0:
            continue
        mu, _, ss, yx, yy, yz = _touch(dx, dy, dz, r[i], r[j], e2, pole[i], pole[j])
        overlap = (1.0 - mu) * both
        if overlap <= -l:
            continue
        largest = max(largest, overlap)
        s = push(overlap, c, l) * both * ss / mu
        f[i, 0] -= s * yx
        f[i, 1] -= s * yy
        f[i, 2] -= s * yz
        f[j, 0] += s * yx
        f[j, 1] += s * yy
        f[j, 2] += s * yz
    for i in range(r.size):
        steep = r[i] / half[i]
        below, above = steep * (half[i] - x[i, 2]), steep * (x[i, 2] + half[i] - box[2])
        f[i, 2] += steep * (push(below, c, l) - push(above, c, l))
        largest = max(largest, below, above)
    _turn(f, e, pole)
    return largest


@njit(cache=True, error_model="numpy")
def _turn(f, e, pole):  # type: ignore[no-untyped-def]
    """f = S f."""
    for i in range(len(f)):
        n = pole[i]
        along = (e - 1.0) * (n[0] * f[i, 0] + n[1] * f[i, 1] + n[2] * f[i, 2])
        for a in range(3):
            f[i, a] += along * n[a]


@njit(cache=True, error_model="numpy")
def minimise_spheroids(x, r, e, pole, box, steps, tolerance, c, l):  # type: ignore[no-untyped-def]
    """As `packing.minimise` of spheres: FIRE in the coordinates S^-1 x, with axes that stand still.

    Args:
        x: centres, moved in place, shape (n, 3).
        r: equatorial radii, shape (n,).
        e: polar over equatorial radius.
        pole: axes, shape (n, 3).
        box, steps, tolerance, c, l: as for spheres; lengths are compared with equatorial radii.

    Returns:
        Whether the spheroids are apart or in equilibrium.
    """
    n, mean, widest = r.size, r.mean(), max(1.0, e)
    half = r * np.sqrt(1.0 + (e * e - 1.0) * pole[:, 2] ** 2)
    v, f, move, old = np.zeros((n, 3)), np.zeros((n, 3)), np.zeros((n, 3)), x.copy()
    skin = 0.2 * mean
    first, second, shift = close_pairs(x, widest * r, box, widest * l + skin)
    state = fire_parameters()
    for _ in range(steps):
        largest = _forces(x, r, e, pole, half, box, first, second, shift, c, l, f)
        apart = c == 0 and largest < tolerance * mean
        if apart or np.sqrt(np.sum(f * f) / n) < 0.01 * tolerance * mean:
            return True
        v = fire_step(v, f, state)
        move[:] = state[0] * v
        _turn(move, e, pole)
        x += move
        if np.max(np.abs(x - old)) > 0.25 * skin:
            old = x.copy()
            first, second, shift = close_pairs(x, widest * r, box, widest * l + skin)
    return False
