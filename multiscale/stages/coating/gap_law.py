"""Wet thickness under a comma bar: a law calibrated at one speed, carried to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from multiscale.stages.coating.knife import KnifeFilm

Array = NDArray[np.float64]


def wet_thickness(
    gap: float, slope: float, offset: float, here: KnifeFilm, at_law: KnifeFilm
) -> tuple[float, float]:
    """Give t = (slope H + offset) r(U)/r(U_law) and its numerical error, m.

    The law calibrates the coater at the speed at which it was measured; the lubrication solution
    r = t/H of the slurry in the true gap carries it to the set speed. What bar and dam of the real
    coater have besides the solution is taken as a factor that does not depend on the speed.

    Args:
        gap: as set on the gauge H, m.
        slope, offset: of the law, 1 and m.
        here, at_law: lubrication films of this slurry at the set speed and at that of the law.
    """
    t = (slope * gap + offset) * here.ratio / at_law.ratio
    return t, t * (here.error / here.ratio + at_law.error / at_law.ratio)


def true_gap(gap: float, slope: float, offset: float) -> float:
    """Give the gap at which the law has no offset, H + offset/slope, m.

    The offset is read as a zero error of the gauge.
    """
    return gap + offset / slope


def fit_gap_law(gap: Array, thickness: Array) -> tuple[float, float]:
    """Fit slope and offset (m) by least squares of the relative error.

    Coat weights scatter by a constant share of themselves, so that absolute squares would let
    the thickest films decide.
    """
    rows = np.column_stack([gap, np.ones_like(gap)]) / thickness[:, None]
    (slope, offset), *_ = np.linalg.lstsq(rows, np.ones_like(gap))
    return float(slope), float(offset)
