"""Two-point probability of a phase, by Fourier transforms that the ranks share."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.slabs import Slabs, from_all, to_all, whole

Floats = NDArray[np.float64]
type Waves = np.ndarray[Any, np.dtype[np.complex128]]

_PIECE = 4_000_000  # numbers that a rank transforms along z at once


def two_point_probability(
    phase: NDArray[np.bool_],
    edge: Floats,
    periodic: tuple[bool, bool, bool],
    reach: float,
    slabs: Slabs | None = None,
) -> tuple[Floats, Floats]:
    """Compute S2(r), the probability that both ends of a segment of length r lie in the phase.
    Collective.

    Pairs are counted for every shift, by FFT and to the last one, since the numbers are whole; axes
    that are not periodic are padded. Averaged over the directions in bins of one voxel. S2(0) is
    the phase's volume fraction, S2(infinity) its square, and S2'(0) = -s_v/4 [Torquato2002].

    Args:
        phase: where the phase is in this rank's slices, shape (x, y, own slices).
        edge: edge lengths of a voxel [m], shape (3,).
        periodic: which axes are periodic.
        reach: largest r [m].
        slabs: who has which slices along z; this rank all where left out.

    Returns:
        Mean r of each bin [m] and S2.
    """
    slabs = slabs or whole(phase.shape[2], (False, False, False))
    shape = phase.shape[0], phase.shape[1], slabs.total
    steps = [min(int(reach / e) + 1, n - 1) for e, n in zip(edge, shape, strict=True)]
    padded = [n if p else n + s for n, p, s in zip(shape, periodic, steps, strict=True)]
    lags = 1 + min(steps[2], shape[2] // 2 if periodic[2] else steps[2])
    ranks = len(slabs.first) - 1
    due = np.linspace(0, lags, ranks + 1).astype(int)
    own = range(due[slabs.rank], due[slabs.rank + 1])
    waves = _correlate(_slices(phase, padded), padded, due, slabs)
    bins = int(np.rint(reach / edge.min())) + 1
    found = np.zeros((len(own), 4, bins))
    for m, wave in zip(own, waves, strict=True):
        both = np.rint(np.fft.irfft2(wave, padded[:2]))
        # The opposite shift has the same pairs.
        times = 1 if m == 0 or (periodic[2] and 2 * m == shape[2]) else 2
        found[m - own.start] = times * _in_bins(both, m, shape, edge, periodic, reach, bins)
    total = np.concatenate(from_all(found, slabs)).sum(axis=0)
    shifts, distance, hits, pairs = total[:, total[0] > 0]
    return distance / shifts, hits / pairs


def _slices(phase: NDArray[np.bool_], padded: list[int]) -> Waves:
    """Transform each slice, shape (own slices, waves along x and y)."""
    found = np.empty((phase.shape[2], padded[0] * (padded[1] // 2 + 1)), np.complex128)
    for k, slice_ in enumerate(found):
        slice_[:] = np.fft.rfft2(phase[:, :, k].astype(np.float64), padded[:2]).ravel()
    return found


def _correlate(slices: Waves, padded: list[int], due: NDArray[np.intp], slabs: Slabs) -> Waves:
    """Correlate slices at each lag along z, wave by wave. Collective.

        C_m = sum_k conj(F_k) F_(k + m)

    The ranks take waves in turns, all slices of each, and hand on the lags to whom they are due.

    Returns:
        Shape (own lags, waves along x, waves along y).
    """
    waves, ranks = slices.shape[1], len(slabs.first) - 1
    lags = int(due[slabs.rank + 1] - due[slabs.rank])
    found = np.empty((lags, waves), np.complex128)
    step = max(1, min(_PIECE // padded[2], -(-waves // ranks)))
    for first in range(0, waves, step * ranks):
        bounds = [min(first + step * r, waves) for r in range(ranks + 1)]
        columns = np.concatenate(to_all([slices[:, a:b] for a, b in pairwise(bounds)], slabs))
        power = np.abs(np.fft.fft(columns, padded[2], axis=0)) ** 2
        lagged = np.fft.ifft(power, axis=0)
        parts = to_all([lagged[a:b] for a, b in pairwise(due)], slabs)
        for part, (a, b) in zip(parts, pairwise(bounds), strict=True):
            found[:, a:b] = part
    return found.reshape(lags, padded[0], -1)


def _in_bins(
    both: Floats,
    lag: int,
    shape: tuple[int, int, int],
    edge: Floats,
    periodic: tuple[bool, bool, bool],
    reach: float,
    bins: int,
) -> Floats:
    """Shifts, sum of their r, pairs in the phase and all pairs, of one lag; shape (4, bins)."""
    x, y = (np.rint(np.fft.fftfreq(p, 1 / p)) for p in both.shape)
    starts = [
        np.full(at.size, float(n)) if wraps else np.maximum(n - np.abs(at), 0.0)
        for at, n, wraps in zip((x, y), shape, periodic, strict=False)
    ]
    pairs = np.outer(*starts) * (shape[2] if periodic[2] else shape[2] - lag)
    r = np.sqrt((x[:, None] * edge[0]) ** 2 + (y * edge[1]) ** 2 + (lag * edge[2]) ** 2)
    near = (r <= reach) & (pairs > 0)
    bin_ = np.rint(r[near] / edge.min()).astype(np.int64)
    of_each = (np.ones(bin_.size), r[near], both[near], pairs[near])
    return np.array([np.bincount(bin_, each, bins) for each in of_each])
