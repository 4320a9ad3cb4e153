"""Second-order statistics of a phase on voxels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.slabs import Slabs, from_all, whole

Floats = NDArray[np.float64]


def two_point_probability(
    phase: NDArray[np.bool_], edge: Floats, periodic: tuple[bool, bool, bool], reach: float
) -> tuple[Floats, Floats]:
    """Compute S2(r), the probability that both ends of a segment of length r lie in the phase.

    By FFT; axes that are not periodic are padded, and each shift is divided by the number of pairs
    that it has. Averaged over the directions in bins of one voxel. S2(0) is the phase's volume
    fraction, S2(infinity) its square, and S2'(0) = -s_v/4 [Torquato2002].

    Args:
        phase: where the phase is, shape (x, y, z).
        edge: edge lengths of a voxel [m], shape (3,).
        periodic: which axes are periodic.
        reach: largest r [m].

    Returns:
        Mean r of each bin [m] and S2.
    """
    window = np.ones(phase.shape, np.float32)
    padded = [n if p else 2 * n for n, p in zip(phase.shape, periodic, strict=True)]

    def correlate(f: NDArray[np.float32]) -> NDArray[np.float32]:
        spectrum = np.fft.rfftn(f, padded, axes=(0, 1, 2))
        return np.asarray(np.fft.irfftn(np.abs(spectrum) ** 2, padded, axes=(0, 1, 2)), np.float32)

    axes = [np.fft.fftfreq(n, 1 / (n * e)) for n, e in zip(padded, edge, strict=True)]
    r = np.sqrt(sum(a**2 for a in np.meshgrid(*axes, indexing="ij", sparse=True)))
    near = r <= reach
    both = correlate(phase.astype(np.float32))[near]
    pairs = correlate(window)[near]
    bin_ = np.rint(r[near] / edge.min()).astype(np.int64)
    mean_r = np.bincount(bin_, r[near]) / np.bincount(bin_)
    return mean_r, np.bincount(bin_, both) / np.bincount(bin_, pairs)


def representative_error(
    phase: NDArray[np.bool_],
    periodic: tuple[bool, bool] = (True, True),
    slabs: Slabs | None = None,
) -> float:
    """Estimate the standard error of a phase's volume fraction in a box of this size [Kanit2003].
    Collective.

    In columns of volume V_b out of a box V of fixed content the fraction has the variance
    D^2 = c (1/V_b - 1/V), where c = phi (1 - phi) A_3 holds the integral range A_3. c is the mean
    over columns of a half, a third and a quarter of the lateral edge, at all positions inside; the
    box itself has the variance c/V. Columns span the thickness: a coating repeats laterally only.

    Args:
        phase: where the phase is in this rank's slices, shape (x, y, own slices).
        periodic: whether x and y wrap around.
        slabs: who has which slices along z; this rank all where left out.

    Returns:
        Standard error of the fraction.
    """
    from scipy.ndimage import uniform_filter

    slabs = slabs or whole(phase.shape[2], (False, False, False))
    column = sum(from_all(np.count_nonzero(phase, axis=2), slabs)) / slabs.total
    area = column.size
    c = []
    for parts in (2, 3, 4):
        size = [max(n // parts, 1) for n in column.shape]
        mean = uniform_filter(column, size, mode="wrap")
        inside = tuple(
            slice(None) if wraps else slice(m // 2, n - (m - 1) // 2)
            for m, n, wraps in zip(size, column.shape, periodic, strict=True)
        )
        # About the mean of the box, which positions away from an edge need not share.
        spread = np.mean((mean[inside] - column.mean()) ** 2)
        c.append(spread / (1 / np.prod(size) - 1 / area))
    return float(np.sqrt(np.mean(c) / area))


def error_by_columns(
    statistic: Callable[[NDArray[Any]], Floats | float], volume: NDArray[Any]
) -> Floats:
    """Estimate the standard error of a statistic in a box of this size from that of its columns.

        e^2 = mean over m = 2, 3 of s_m^2/m^2,   s_m^2 = variance of the m x m columns

    Variances fall like 1/volume where columns are longer than the structure is correlated. Cutting
    a column out may shift its value; as far as it shifts all alike, the variance does not notice.
    Columns span the thickness, as in `representative_error`.

    Args:
        statistic: what is measured of a column, itself cut off at x and y.
        volume: what it is measured on, shape (x, y, z), at least three voxels along x and y.

    Returns:
        Standard error, in the shape and unit of the statistic.
    """
    squares = []
    for m in (2, 3):
        columns = [c for part in np.array_split(volume, m, 0) for c in np.array_split(part, m, 1)]
        values = np.array([statistic(np.ascontiguousarray(column)) for column in columns])
        squares.append(values.var(axis=0, ddof=1) / m**2)
    return np.asarray(np.sqrt(np.mean(squares, axis=0)))
