"""Lineal path and chord lengths of a phase: what a straight line through it meets."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.voxels.slabs import Slabs, from_all, to_all, whole
from multiscale.voxels.tiles import PARTS, error_of_ratio, tile_of

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


def lineal_path(phase: Mask, axis: int, periodic: bool, slabs: Slabs | None = None) -> Floats:
    """Compute L(n), as `lineal_path_with_error` does, without its error. Collective."""
    return lineal_path_with_error(phase, axis, periodic, slabs)[0]


def lineal_path_with_error(
    phase: Mask, axis: int, periodic: bool, slabs: Slabs | None = None
) -> tuple[Floats, Floats]:
    """Compute L(n), the probability that n steps along an axis start, stay and end in the phase.
    Collective.

        L(n) = sum_runs max(length - n, 0) / (lines x start positions)

    Each start counts alike, so that a window without repeats makes no bias [Torquato2002].

    Args:
        phase: where the phase is in this rank's slices, shape (x, y, own slices).
        axis: direction of the lines.
        periodic: whether the lines wrap around.
        slabs: who has which slices along z; this rank all where left out.

    Returns:
        L for n = 0 to N - 1 voxels; L(0) is the volume fraction. And its standard error, from the
        scatter of nine bundles of lines.
    """
    lines, inside, inner, cut = _histograms(phase, axis, periodic, slabs)
    size = inner.shape[1] - 1
    length, n = np.arange(size + 1), np.arange(size)
    steps = np.maximum(length[None, :] - n[:, None], 0)
    starts = np.full(size, size) if periodic else size - n
    # A line that lies wholly in the phase has no end when it repeats.
    endless = inside[:, None] * (np.full(size, size) if periodic else size - n)
    held = (inner + cut) @ steps.T + endless
    tried = lines[:, None] * starts.astype(np.float64)
    path = held.sum(axis=0) / tried.sum(axis=0)
    return path, error_of_ratio(held, tried)


def chord_lengths(phase: Mask, axis: int, periodic: bool, slabs: Slabs | None = None) -> Floats:
    """Estimate the density of chord lengths, as `chord_lengths_with_error` does, without its
    error. Collective."""
    return chord_lengths_with_error(phase, axis, periodic, slabs)[0]


def chord_lengths_with_error(
    phase: Mask, axis: int, periodic: bool, slabs: Slabs | None = None
) -> tuple[Floats, Floats]:
    """Estimate the density of chord lengths along an axis, in voxels. Collective.

    A chord is seen whole where both ends lie in the window, which long ones do more rarely: each
    counts with the reciprocal of its number of positions, N - length - 1 (Horvitz-Thompson).

    Args:
        phase: where the phase is in this rank's slices, shape (x, y, own slices).
        axis: direction of the lines.
        periodic: whether the lines wrap around.
        slabs: who has which slices along z; this rank all where left out.

    Returns:
        Share of chords of 0, 1, ..., N voxels; it sums to 1, or is 0 where no chord is whole. And
        its standard error, from the scatter of nine bundles of lines.
    """
    _, _, inner, _ = _histograms(phase, axis, periodic, slabs)
    size = inner.shape[1] - 1
    positions = (
        np.full(size + 1, 1.0) if periodic else np.maximum(size - np.arange(size + 1) - 1, 1)
    )
    weighted, total = inner / positions, inner.sum(axis=0) / positions
    share = total / max(total.sum(), np.finfo(float).tiny)
    return np.asarray(share), error_of_ratio(weighted, weighted.sum(axis=1, keepdims=True))


def mean_chord(phase: Mask, axis: int, periodic: bool, slabs: Slabs | None = None) -> float:
    """Mean chord length along an axis, in voxels: 4 phi / s_v where the phase is isotropic.
    Collective."""
    density = chord_lengths(phase, axis, periodic, slabs)
    return float(density @ np.arange(density.size))


def _histograms(
    phase: Mask, axis: int, periodic: bool, slabs: Slabs | None
) -> tuple[Counts, Counts, Counts, Counts]:
    """By tile of the plane across: number of lines, of those wholly inside, and runs by length,
    whole and cut ones. Collective.

    Lines along z cross the slabs: the ranks share them out.
    """
    slabs = slabs or whole(phase.shape[2], (False, False, False))
    lines = np.ascontiguousarray(np.moveaxis(phase, axis, -1)).reshape(-1, phase.shape[axis])
    number = np.arange(len(lines))
    if axis == 2:
        across, (first, second) = phase.shape[:2], divmod(number, phase.shape[1])
    else:
        own = phase.shape[2]
        across = phase.shape[1 - axis], slabs.total
        first, second = number // own, slabs.begin + number % own
    tile = tile_of(first, second, *across)
    if axis == 2 and slabs.comm:
        bounds = np.linspace(0, len(lines), slabs.comm.size + 1).astype(int)
        parts = to_all([lines[a:b] for a, b in pairwise(bounds)], slabs)
        lines = np.concatenate(parts, axis=1)
        tile = tile[bounds[slabs.rank] : bounds[slabs.rank + 1]]
    found = from_all(_runs(lines, tile, PARTS**2, periodic), slabs)
    count, inside, inner, cut = (sum(each) for each in zip(*found, strict=True))
    return count, inside, inner, cut


@njit(cache=True, error_model="numpy")
def _runs(lines, tile, tiles, periodic):  # type: ignore[no-untyped-def]
    """By tile: lines, those wholly inside, and runs by length, whole and cut by the window."""
    count, n = lines.shape
    each, whole = np.zeros(tiles, np.int64), np.zeros(tiles, np.int64)
    all_inner, all_cut = np.zeros((tiles, n + 1), np.int64), np.zeros((tiles, n + 1), np.int64)
    for row in range(count):
        line, t = lines[row], tile[row]
        inner, cut = all_inner[t], all_cut[t]
        each[t] += 1
        start = 0
        while start < n and line[start]:
            start += 1
        if start == n:
            whole[t] += 1
            continue
        # A line that repeats is read from a voxel outside on; any other from its first voxel.
        offset = start if periodic else 0
        length, touches = 0, not periodic
        for k in range(n):
            if line[(offset + k) % n]:
                length += 1
                continue
            if length > 0:
                if touches:
                    cut[length] += 1
                else:
                    inner[length] += 1
            length, touches = 0, False
        if length > 0:
            if periodic:
                inner[length] += 1
            else:
                cut[length] += 1
    return each, whole, all_inner, all_cut
