"""Standard errors of what is measured in a box of finite size."""

from __future__ import annotations

import math
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

    The box has the variance c/A, with its lateral area A and c of `column_variance`.

    Args:
        phase: where the phase is in this rank's slices, shape (x, y, own slices).
        periodic: whether x and y wrap around.
        slabs: who has which slices along z; this rank all where left out.

    Returns:
        Standard error of the fraction.
    """
    c = column_variance(phase, periodic, slabs)
    return float(np.sqrt(c.mean() / (phase.shape[0] * phase.shape[1])))


def representative_edge(
    phase: NDArray[np.bool_],
    edge: Floats,
    error: float,
    periodic: tuple[bool, bool] = (True, True),
    slabs: Slabs | None = None,
) -> tuple[float, float]:
    """Estimate the lateral edge of a square box in which a fraction is known to `error`.
    Collective.

        L = sqrt(c h_x h_y)/error,    delta L = L/2 sqrt(2/15)

    A variance of 16 columns, the quarters of either edge, has 15 degrees of freedom.

    Args:
        phase, periodic, slabs: as for `representative_error`.
        edge: edge lengths of a voxel [m], shape (3,).
        error: standard error of the volume fraction that is wanted.

    Returns:
        The edge and its standard error [m].
    """
    c = column_variance(phase, periodic, slabs)
    size = float(np.sqrt(c.mean() * edge[0] * edge[1]) / error)
    return size, size / 2 * math.sqrt(2 / 15)


def column_variance(
    phase: NDArray[np.bool_],
    periodic: tuple[bool, bool] = (True, True),
    slabs: Slabs | None = None,
) -> Floats:
    """Estimate c, the variance of a phase's fraction in columns times their lateral area.
    Collective.

    In columns of area A_b out of a box A of fixed content the fraction has the variance
    D^2 = c (1/A_b - 1/A), where c holds the integral range. Columns span the thickness: a coating
    repeats laterally only.

    Args:
        phase, periodic, slabs: as for `representative_error`.

    Returns:
        c [voxels] from columns of a half, a third and a quarter of the lateral edge, at all
        positions inside, shape (3,).
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
    return np.array(c)


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
