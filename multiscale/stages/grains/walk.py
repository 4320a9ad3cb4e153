"""Binder in solution: parcels that the liquid carries up and that spread by their random walk.

    dz = [u(z) + dK/dz] dt + sqrt(2 K dt) g,   u = z [E/L + (dh/dt)/h],   K = K_b(t) + a (E/L) z

K_b is the diffusivity of the binder in the film, a the dispersivity of the flow between the grains,
g a normal number. In the mean over many parcels this is the film model's law [Font2018]

    dn/dt + d/dz [u n - K dn/dz] = 0,

for it is K' that makes of the walk the flux -K dn/dz, and not -(K n)'. Parcels are reflected at the
foil and at the surface. What the film model adds beyond this, the osmotic pressure of a dense skin,
they lack. Dissolved polymer passes between the grains and feels no contacts.

A sphere stands for many parcels: of all, sorted by their heights, each takes the mean of as many
neighbours. So the spheres have the profile of the parcels, with the scatter of the larger number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from multiscale.records import FloatArray
from multiscale.stages.grains.course import Course, rates

STRIDE = 0.02  # longest mean step over the film's height
PARCELS = 20_000  # at least, of all binders


def walk(
    course: Course,
    counts: NDArray[np.int64],
    height: Callable[[float], float],
    rng: np.random.Generator,
) -> FloatArray:
    """Let the parcels of each binder walk from the dryer's entry until it sets.

    Args:
        course: of the film.
        counts: spheres of each binder, shape (binder,).
        height: of the surface at a time of the dryer.
        rng: source of chance.

    Returns:
        Heights over that of the film, binder after binder, shape (spheres,).
    """
    each = parcels_each(counts)
    every = [
        np.sort(_walk_one(course, b, each * int(n), height, rng)).reshape(n, each).mean(axis=1)
        for b, n in enumerate(counts)
        if n
    ]
    return np.concatenate(every) if every else np.empty(0)


def parcels_each(counts: NDArray[np.int64]) -> int:
    """Give the parcels for which a sphere stands."""
    return math.ceil(PARCELS / max(int(counts.sum()), 1))


def _walk_one(
    course: Course,
    binder: int,
    count: int,
    height: Callable[[float], float],
    rng: np.random.Generator,
) -> FloatArray:
    """Follow one binder's parcels, which begin in strata: one in each equal slice of the film."""
    xi = (np.arange(count) + rng.random(count)) / count
    t = _times(course, binder)
    before = height(0.0), course.at(0.0)[1]
    for start, end in pairwise(t):
        after = height(float(end)), course.at(float(end))[1]
        _, _, loss = rates(before, after, 1.0)  # E/L dt; on xi the height's own change drops out
        spread = course.spread_at(0.5 * float(start + end))[binder] * float(end - start)
        h = 0.5 * (before[0] + after[0])
        slope = course.dispersion * max(loss, 0.0) / h
        K = spread / h**2 + slope * xi
        xi = xi * np.exp(loss) + slope + np.sqrt(2 * K) * rng.standard_normal(count)
        xi = np.abs(xi) % 2.0
        xi = np.where(xi > 1.0, 2.0 - xi, xi)
        before = after
    return xi


def _times(course: Course, binder: int) -> FloatArray:
    """Choose time steps in which a parcel neither walks nor is carried farther than a stride."""
    end = float(course.setting[binder])
    t = np.linspace(0.0, end, 2001)
    h, L = np.interp(t, course.time, course.height), np.interp(t, course.time, course.solution)
    loss = np.maximum(-np.gradient(np.log(L), t), 0.0)
    K = np.array([course.spread_at(float(ti))[binder] for ti in t]) / h**2
    K += course.dispersion * loss / h
    pace = 2 * K / STRIDE**2 + loss / STRIDE + 1e-9
    steps = np.concatenate([[0.0], np.cumsum(0.5 * (pace[1:] + pace[:-1]) * np.diff(t))])
    return np.interp(np.linspace(0.0, steps[-1], int(steps[-1]) + 2), steps, t)
