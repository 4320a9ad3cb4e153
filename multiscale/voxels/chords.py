"""Lineal path and chord lengths of a phase: what a straight line through it meets."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.voxels.slabs import Slabs, from_all, to_all, whole

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


def lineal_path(phase: Mask, axis: int, periodic: bool, slabs: Slabs | None = None) -> Floats:
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
        L for n = 0 to N - 1 voxels; L(0) is the volume fraction.
    """
    lines, inside, inner, cut = _histograms(phase, axis, periodic, slabs)
    size = inner.size - 1
    length, n = np.arange(size + 1), np.arange(size)
    runs = (inner + cut)[None, :] * np.maximum(length[None, :] - n[:, None], 0)
    starts = np.full(size, size) if periodic else size - n
    # A line that lies wholly in the phase has no end when it repeats.
    endless = inside * (size if periodic else size - n)
    return np.asarray((runs.sum(axis=1) + endless) / (lines * starts))


def chord_lengths(phase: Mask, axis: int, periodic: bool, slabs: Slabs | None = None) -> Floats:
    """Estimate the density of chord lengths along an axis, in voxels. Collective.

    A chord is seen whole where both ends lie in the window, which long ones do more rarely: each
    counts with the reciprocal of its number of positions, N - length - 1 (Horvitz-Thompson).

    Args:
        phase: where the phase is in this rank's slices, shape (x, y, own slices).
        axis: direction of the lines.
        periodic: whether the lines wrap around.
        slabs: who has which slices along z; this rank all where left out.

    Returns:
        Share of chords of 0, 1, ..., N voxels; it sums to 1, or is 0 where no chord is whole.
    """
    _, _, inner, _ = _histograms(phase, axis, periodic, slabs)
    size = inner.size - 1
    positions = (
        np.full(size + 1, 1.0) if periodic else np.maximum(size - np.arange(size + 1) - 1, 1)
    )
    weighted = inner / positions
    return np.asarray(weighted / max(weighted.sum(), np.finfo(float).tiny))


def mean_chord(phase: Mask, axis: int, periodic: bool, slabs: Slabs | None = None) -> float:
    """Mean chord length along an axis, in voxels: 4 phi / s_v where the phase is isotropic.
    Collective."""
    density = chord_lengths(phase, axis, periodic, slabs)
    return float(density @ np.arange(density.size))


def _histograms(
    phase: Mask, axis: int, periodic: bool, slabs: Slabs | None
) -> tuple[int, int, Counts, Counts]:
    """Number of lines, of those wholly inside, and runs by length: whole and cut ones. Collective.

    Lines along z cross the slabs: the ranks share them out.
    """
    slabs = slabs or whole(phase.shape[2], (False, False, False))
    lines = np.ascontiguousarray(np.moveaxis(phase, axis, -1)).reshape(-1, phase.shape[axis])
    if axis == 2 and slabs.comm:
        bounds = np.linspace(0, len(lines), slabs.comm.size + 1).astype(int)
        parts = to_all([lines[a:b] for a, b in pairwise(bounds)], slabs)
        lines = np.concatenate(parts, axis=1)
    found = from_all((len(lines), *_runs(lines, periodic)), slabs)
    count, inside, inner, cut = (sum(each) for each in zip(*found, strict=True))
    return count, inside, inner, cut


@njit(cache=True, error_model="numpy")
def _runs(lines, periodic):  # type: ignore[no-untyped-def]
    """Lines wholly inside, and the runs by length: whole ones, and those cut by the window."""
    count, n = lines.shape
    whole, inner, cut = 0, np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    for row in range(count):
        line = lines[row]
        start = 0
        while start < n and line[start]:
            start += 1
        if start == n:
            whole += 1
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
    return whole, inner, cut
