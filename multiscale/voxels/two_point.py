"""Two-point probability of a phase, by Fourier transforms that the ranks share."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.slabs import Slabs, from_all, to_all, whole
from multiscale.voxels.tiles import error_of_ratio, tile_bounds

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Wraps = tuple[bool, bool, bool]
type Tile = tuple[tuple[int, int], tuple[int, int]]
_EVERYWHERE: Tile | None = None
type Waves = np.ndarray[Any, np.dtype[np.complex128]]

_PIECE = 4_000_000  # numbers that a rank transforms along z at once


def two_point_probability(
    phase: Mask,
    edge: Floats,
    periodic: Wraps,
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
    shifts, distance, hits, pairs = _counted(phase, edge, periodic, reach, slabs, [_EVERYWHERE])[0]
    some = shifts > 0
    return distance[some] / shifts[some], hits[some] / pairs[some]


def two_point_with_error(
    phase: Mask,
    edge: Floats,
    periodic: Wraps,
    reach: float,
    slabs: Slabs | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Compute S2(r) as `two_point_probability` does, and its standard error for a box of this size,
    from the scatter of nine columns in which the lower ends lie. Collective.

    It takes nine correlations in the place of one; their pairs add up to those of the box.

    Returns:
        Mean r of each bin [m], S2 and its error.
    """
    slabs = slabs or whole(phase.shape[2], (False, False, False))
    x, y = (list(pairwise(tile_bounds(n))) for n in phase.shape[:2])
    found = _counted(phase, edge, periodic, reach, slabs, [(u, v) for u in x for v in y])
    shifts, distance = found[0, 0], found[0, 1]
    some = shifts > 0
    hits, pairs = found[:, 2, some], found[:, 3, some]
    s2 = hits.sum(axis=0) / pairs.sum(axis=0)
    return distance[some] / shifts[some], s2, error_of_ratio(hits, pairs)


def _counted(
    phase: Mask, edge: Floats, periodic: Wraps, reach: float, slabs: Slabs, tiles: list[Tile | None]
) -> Floats:
    """By tile in which the lower ends lie: shifts, their r, pairs in the phase and all pairs, of
    each bin; shape (tiles, 4, bins). Collective."""
    shape = phase.shape[0], phase.shape[1], slabs.total
    steps = [min(int(reach / e) + 1, n - 1) for e, n in zip(edge, shape, strict=True)]
    padded = [n if p else n + s for n, p, s in zip(shape, periodic, steps, strict=True)]
    lags = 1 + min(steps[2], shape[2] // 2 if periodic[2] else steps[2])
    due = np.linspace(0, lags, len(slabs.first)).astype(int)
    own = range(due[slabs.rank], due[slabs.rank + 1])
    bins = int(np.rint(reach / edge.min())) + 1
    ends = _slices(phase, padded)
    found = np.zeros((len(own), len(tiles), 4, bins))
    for t, tile in enumerate(tiles):
        lower = None if tile is None else _slices(_within(phase, tile), padded)
        for m, wave in zip(own, _correlate(lower, ends, padded, due, slabs), strict=True):
            both = np.rint(np.fft.irfft2(wave, padded[:2]))
            # The opposite shift has the same pairs.
            times = 1 if m == 0 or (periodic[2] and 2 * m == shape[2]) else 2
            binned = _in_bins(both, m, shape, edge, periodic, reach, bins, tile)
            found[m - own.start, t] = times * binned
    total: Floats = np.concatenate(from_all(found, slabs)).sum(axis=0)
    return total


def _within(phase: Mask, tile: Tile) -> Mask:
    """The phase inside a tile, nothing elsewhere."""
    found = np.zeros_like(phase)
    part = slice(*tile[0]), slice(*tile[1])
    found[part] = phase[part]
    return found


def _slices(phase: Mask, padded: list[int]) -> Waves:
    """Transform each slice, shape (own slices, waves along x and y)."""
    found = np.empty((phase.shape[2], padded[0] * (padded[1] // 2 + 1)), np.complex128)
    for k, slice_ in enumerate(found):
        slice_[:] = np.fft.rfft2(phase[:, :, k].astype(np.float64), padded[:2]).ravel()
    return found


def _correlate(
    lower: Waves | None, slices: Waves, padded: list[int], due: NDArray[np.intp], slabs: Slabs
) -> Waves:
    """Correlate slices at each lag along z, wave by wave. Collective.

        C_m = sum_k conj(G_k) F_(k + m),    G = F where there is no `lower`

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
        power = _columns(slices, bounds, padded[2], slabs)
        if lower is None:
            power = np.abs(power) ** 2
        else:
            power *= _columns(lower, bounds, padded[2], slabs).conj()
        lagged = np.fft.ifft(power, axis=0)
        parts = to_all([lagged[a:b] for a, b in pairwise(due)], slabs)
        for part, (a, b) in zip(parts, pairwise(bounds), strict=True):
            found[:, a:b] = part
    return found.reshape(lags, padded[0], -1)


def _columns(slices: Waves, bounds: list[int], padded: int, slabs: Slabs) -> Any:
    """This rank's waves of all slices, transformed along z. Collective."""
    columns = np.concatenate(to_all([slices[:, a:b] for a, b in pairwise(bounds)], slabs))
    return np.fft.fft(columns, padded, axis=0)


def _in_bins(
    both: Floats,
    lag: int,
    shape: tuple[int, int, int],
    edge: Floats,
    periodic: Wraps,
    reach: float,
    bins: int,
    tile: Tile | None,
) -> Floats:
    """Shifts, sum of their r, pairs in the phase and all pairs, of one lag; shape (4, bins)."""
    x, y = (np.rint(np.fft.fftfreq(p, 1 / p)) for p in both.shape)
    spans = tile or ((0, shape[0]), (0, shape[1]))
    starts = [
        np.full(at.size, float(end - begin))
        if wraps
        else np.maximum(np.minimum(end, n - at) - np.maximum(begin, -at), 0.0)
        for at, n, wraps, (begin, end) in zip((x, y), shape, periodic, spans, strict=False)
    ]
    pairs = np.outer(*starts) * (shape[2] if periodic[2] else shape[2] - lag)
    r = np.sqrt((x[:, None] * edge[0]) ** 2 + (y * edge[1]) ** 2 + (lag * edge[2]) ** 2)
    held = [
        np.full(at.size, wraps) | (np.abs(at) < n)
        for at, n, wraps in zip((x, y), shape, periodic, strict=False)
    ]
    near = (r <= reach) & np.outer(*held)
    bin_ = np.rint(r[near] / edge.min()).astype(np.int64)
    of_each = (np.ones(bin_.size), r[near], both[near], pairs[near])
    return np.array([np.bincount(bin_, each, bins) for each in of_each])
