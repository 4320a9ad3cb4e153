"""Random packing of spheres between two planes by energy minimisation, periodic in x and y."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# FIRE constants [Bitzek2006]; the unit of time is that of a unit mass on a unit spring.
_DT, _DT_MAX, _GROW, _SHRINK, _MIX, _MIX_DECAY, _DELAY = 0.1, 0.4, 1.1, 0.5, 0.1, 0.99, 5
_SKIN = 0.2  # of the mean radius
TOLERANCE = 1e-4  # over the mean radius
# Cohesion c and its range l over the mean radius. c makes overlaps of some tenths of a per cent,
# l draws in the nearest neighbours, but leaves the density where the growth has put it.
_COHESION, _RANGE = 0.005, 0.25


class Bodies(Protocol):
    """What is packed: bodies of one shape, each with a radius."""

    def half_heights(self, radius: Floats) -> Floats:
        """How far they reach from their centres along z [m]."""

    def relax(
        self, centre: Floats, radius: Floats, box: Floats, steps: int, c: float, l: float
    ) -> bool:
        """Move centres towards equilibrium; whether they are there. See `minimise`."""

    def mean_overlap(self, centre: Floats, radius: Floats, box: Floats) -> float:
        """Mean overlap over the contact distance of the touching pairs."""


@dataclass(frozen=True)
class Spheres:
    """Spheres."""

    def half_heights(self, radius: Floats) -> Floats:
        """Give their radii [m]."""
        return radius

    def relax(
        self, centre: Floats, radius: Floats, box: Floats, steps: int, c: float, l: float
    ) -> bool:
        """Move centres towards equilibrium; whether they are there."""
        return bool(minimise(centre, radius, box, steps, TOLERANCE, c, l))

    def mean_overlap(self, centre: Floats, radius: Floats, box: Floats) -> float:
        """Mean overlap over the contact distance of the touching pairs."""
        return mean_overlap(centre, radius, box)


def pack(
    radius: Floats,
    box: Floats,
    rng: np.random.Generator,
    report: Callable[[float, float], None],
    *,
    stages: int = 12,
    steps: int = 400,
    bodies: Bodies | None = None,
) -> Floats:
    """Grow spheres from random points to their size, then let a weak cohesion close the gaps.

    Two spheres at the gap g = |x_i - x_j| - r_i - r_j push with -g where they overlap (g < 0) and
    pull with min(g, c (l - g)/(l - c)) up to the range l [Lois2008]; the planes z = 0 and z = h act
    alike. While the spheres grow, c = 0: the overlaps relax after each increment of the volume,
    which keeps the packing homogeneous. Below random close packing they vanish and the spheres
    float; the cohesion then ties them into a network that carries its own forces. Above it the
    least overlap remains, as in plastic contacts, and the cohesion changes little.

    Args:
        radius: sphere radii [m], shape (n,).
        box: edge lengths along x, y (periodic) and z (planes) [m], shape (3,).
        rng: source of the start positions.
        report: called after each increment with the share of the work done and the mean overlap.
        stages: growth increments.
        steps: minimiser steps per increment; the last one and the cohesion take up to ten times
            as many each.
        bodies: what has these radii; spheres where left out.

    Returns:
        Centres [m], shape (n, 3), inside the box.
    """
    bodies = bodies or Spheres()
    half = bodies.half_heights(radius)
    lowest = np.where(box[2] > 2 * half, half, box[2] / 2)
    centre = rng.random((radius.size, 3)) * box
    centre[:, 2] = lowest + rng.random(radius.size) * (box[2] - 2 * lowest)
    for k, volume in enumerate(np.linspace(0.5, 1.0, stages), start=1):
        r = radius * np.cbrt(volume)
        for _ in range(10 if k == stages else 1):
            relaxed = bodies.relax(centre, r, box, steps, 0.0, 0.0)
            report(k / (stages + 1), bodies.mean_overlap(centre, r, box))
            if relaxed:
                break
    cohesion, reach = _COHESION * radius.mean(), _RANGE * radius.mean()
    for _ in range(10):
        settled = bodies.relax(centre, radius, box, steps, cohesion, reach)
        report(1.0, bodies.mean_overlap(centre, radius, box))
        if settled:
            break
    centre[:, :2] %= box[:2]
    return centre


def mean_overlap(centre: Floats, radius: Floats, box: Floats) -> float:
    """Mean of (r_i + r_j - |x_ij|) / (r_i + r_j) over the touching pairs; 0 without any."""
    i, j, distance, _ = contacts(centre, radius, box)
    if i.size == 0:
        return 0.0
    return float(np.mean(1 - distance / (radius[i] + radius[j])))


def contacts(
    centre: Floats, radius: Floats, box: Floats, tolerance: float = 0.0
) -> tuple[Integers, Integers, Floats, Floats]:
    """Find the touching pairs, periodic in x and y.

    Args:
        centre: sphere centres [m], shape (n, 3).
        radius: sphere radii [m], shape (n,).
        box: edge lengths [m], shape (3,).
        tolerance: gap over mean radius up to which two spheres count as touching.

    Returns:
        Indices i and j, distance of the centres [m], and unit normals from i to j, shape (m, 3).
    """
    gap = tolerance * float(radius.mean())
    i, j, shift = close_pairs(centre, radius, box, gap)
    across = centre[j] + shift * np.array([box[0], box[1], 0.0]) - centre[i]
    distance = np.linalg.norm(across, axis=1)
    touch = distance <= radius[i] + radius[j] + gap
    normal = across[touch] / np.maximum(distance[touch], 1e-300)[:, None]
    return i[touch], j[touch], distance[touch], normal


@njit(cache=True, error_model="numpy")
def close_pairs(x, r, box, skin):  # type: ignore[no-untyped-def]
    """Pairs closer than r_i + r_j + skin, each once, with the periodic shift of the second.

    Each sphere looks for spheres not larger than itself, so that the search stays local however
    wide the size distribution is.
    """
    n = r.size
    edge = max(2 * r.mean() + skin, box.max() / 200)
    m = np.maximum((box / edge).astype(np.int64), 1)
    cell = box / m
    at = np.empty((n, 3), np.int64)
    head = np.full(m[0] * m[1] * m[2], -1)
    following = np.empty(n, np.int64)
    place = np.empty((n, 3))
    for i in range(n):
        for a in range(3):
            place[i, a] = x[i, a] - (np.floor(x[i, a] / box[a]) * box[a] if a < 2 else 0.0)
            at[i, a] = min(max(int(place[i, a] / cell[a]), 0), m[a] - 1)
        c = (at[i, 0] * m[1] + at[i, 1]) * m[2] + at[i, 2]
        following[i] = head[c]
        head[c] = i
    size, capacity = 0, 16 * n
    first, second = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    shift = np.zeros((capacity, 3))
    for i in range(n):
        reach = 2 * r[i] + skin
        low = np.floor((place[i] - reach) / cell).astype(np.int64)
        high = np.floor((place[i] + reach) / cell).astype(np.int64)
        for cx in range(low[0], high[0] + 1):
            for cy in range(low[1], high[1] + 1):
                wx, wy = cx // m[0], cy // m[1]
                for cz in range(max(low[2], 0), min(high[2], m[2] - 1) + 1):
                    j = head[((cx - wx * m[0]) * m[1] + cy - wy * m[1]) * m[2] + cz]
                    while j >= 0:
                        if r[j] < r[i] or (r[j] == r[i] and j < i):
                            dx = place[j, 0] + wx * box[0] - place[i, 0]
                            dy = place[j, 1] + wy * box[1] - place[i, 1]
                            dz = place[j, 2] - place[i, 2]
                            cut = r[i] + r[j] + skin
                            if dx * dx + dy * dy + dz * dz < cut * cut:
                                if size == capacity:
                                    capacity *= 2
                                    first = np.append(first, np.empty(size, np.int64))
                                    second = np.append(second, np.empty(size, np.int64))
                                    shift = np.concatenate((shift, np.zeros((size, 3))))
                                first[size], second[size] = i, j
                                # Shift between the positions given, which may lie outside.
                                for a in range(2):
                                    w = wx if a == 0 else wy
                                    moved = (place[j, a] - x[j, a]) - (place[i, a] - x[i, a])
                                    shift[size, a] = w + np.round(moved / box[a])
                                size += 1
                        j = following[j]
    return first[:size], second[:size], shift[:size]


@njit(cache=True, error_model="numpy")
def push(overlap, c, l):  # type: ignore[no-untyped-def]
    """Force of a contact: its overlap, or across a gap g = -overlap minus min(g, c (l-g)/(l-c))."""
    if overlap >= 0 or overlap <= -l:
        return max(overlap, 0.0)
    return max(overlap, -c * (l + overlap) / (l - c))


@njit(cache=True, error_model="numpy")
def _forces(x, r, box, first, second, shift, c, l, f):  # type: ignore[no-untyped-def]
    """Add the forces of pairs and planes into f; return the largest overlap."""
    f[:] = 0.0
    largest = 0.0
    for p in range(first.size):
        i, j = first[p], second[p]
        dx = x[j, 0] + shift[p, 0] * box[0] - x[i, 0]
        dy = x[j, 1] + shift[p, 1] * box[1] - x[i, 1]
        dz = x[j, 2] - x[i, 2]
        reach = r[i] + r[j] + l
        square = dx * dx + dy * dy + dz * dz
        if square < reach * reach and square > 0.0:
            distance = np.sqrt(square)
            overlap = r[i] + r[j] - distance
            largest = max(largest, overlap)
            s = push(overlap, c, l) / distance
            f[i, 0] -= s * dx
            f[i, 1] -= s * dy
            f[i, 2] -= s * dz
            f[j, 0] += s * dx
            f[j, 1] += s * dy
            f[j, 2] += s * dz
    for i in range(r.size):
        below, above = r[i] - x[i, 2], x[i, 2] + r[i] - box[2]
        f[i, 2] += push(below, c, l) - push(above, c, l)
        largest = max(largest, below, above)
    return largest


@njit(cache=True, error_model="numpy")
def fire_parameters():  # type: ignore[no-untyped-def]
    """Time step, share of the force's direction in the velocity, steps downhill, at the start."""
    return np.array([_DT, _MIX, 0.0])


@njit(cache=True, error_model="numpy")
def fire_step(v, f, state):  # type: ignore[no-untyped-def]
    """Turn velocities towards the forces, or stop them where they go uphill; the next velocities.

    Args:
        v, f: velocities and forces, shape (n, 3).
        state: as from `fire_parameters`, changed in place.
    """
    dt, mix = state[0], state[1]
    ff, vv, fv = np.sum(f * f), np.sum(v * v), np.sum(f * v)
    if fv > 0:
        state[2] += 1
        v = (1 - mix) * v + mix * np.sqrt(vv / ff) * f
        if state[2] > _DELAY:
            dt, mix = min(_GROW * dt, _DT_MAX), mix * _MIX_DECAY
    else:
        v = np.zeros_like(v)
        dt, mix, state[2] = _SHRINK * dt, _MIX, 0.0
    state[0], state[1] = dt, mix
    v += dt * f
    return v


@njit(cache=True, error_model="numpy")
def minimise(x, r, box, steps, tolerance, c, l):  # type: ignore[no-untyped-def]
    """FIRE: follow the force with inertia, stop when the motion turns against it [Bitzek2006].

    Args:
        x: centres, moved in place, shape (n, 3).
        r: radii, shape (n,).
        box: edge lengths, shape (3,).
        steps: largest number of steps.
        tolerance: over the mean radius, largest overlap at which spheres without cohesion are
            apart; a packing is in equilibrium at an rms force of a hundredth of it.
        c: cohesion, as a length like the overlaps; 0 for none.
        l: its range; 0 without cohesion.

    Returns:
        Whether the spheres are apart or in equilibrium.
    """
    n, mean = r.size, r.mean()
    v, f, old = np.zeros((n, 3)), np.zeros((n, 3)), x.copy()
    first, second, shift = close_pairs(x, r, box, l + _SKIN * mean)
    state = fire_parameters()
    for _ in range(steps):
        largest = _forces(x, r, box, first, second, shift, c, l, f)
        apart = c == 0 and largest < tolerance * mean
        if apart or np.sqrt(np.sum(f * f) / n) < 0.01 * tolerance * mean:
            return True
        v = fire_step(v, f, state)
        x += state[0] * v
        if np.max(np.abs(x - old)) > 0.25 * _SKIN * mean:
            old = x.copy()
            first, second, shift = close_pairs(x, r, box, l + _SKIN * mean)
    return False
