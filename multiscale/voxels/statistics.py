"""Standard errors of what is measured in a box of finite size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.slabs import Slabs, from_all, whole

Floats = NDArray[np.float64]


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
        statistic: what is measured of a column, itself cut off at x and y. It is collective where
            ranks share the volume by slabs along z.
        volume: what it is measured on, shape (x, y, own slices), at least three voxels along x and
            y.

    Returns:
        Standard error, in the shape and unit of the statistic.
    """
    squares = []
    for m in (2, 3):
        columns = [c for part in np.array_split(volume, m, 0) for c in np.array_split(part, m, 1)]
        values = np.array([statistic(np.ascontiguousarray(column)) for column in columns])
        squares.append(values.var(axis=0, ddof=1) / m**2)
    return np.asarray(np.sqrt(np.mean(squares, axis=0)))
