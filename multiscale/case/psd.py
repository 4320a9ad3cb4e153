"""Size classes of the powder, from three percentiles or from a measured table."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from statistics import NormalDist

import numpy as np

from multiscale.records import FloatArray
from multiscale.units import UnitError, to_si

CLASSES = 12
TAIL = 0.01  # volume cut off at either end, where three percentiles say nothing
_SUM_TOLERANCE = 0.01  # instruments print rounded percentages


def classes_from_percentiles(d10: float, d50: float, d90: float) -> tuple[FloatArray, FloatArray]:
    """Cut a two-sided log-normal distribution into classes, as many below the median as above it.

    Q(d) = Φ(z) with z = ln(d/d50) / σ, where σ = ln(d50/d10) / 1.2816 below the median and
    ln(d90/d50) / 1.2816 above it, so that Q meets all three percentiles exactly. The class limits
    are equidistant in z.

    Args:
        d10, d50, d90: diameters (m) below which 10, 50 and 90 % of the volume lie.

    Returns:
        Geometric mean diameter (m) and volume fraction (sums to 1) of each class.
    """
    normal = NormalDist()
    z90, end = normal.inv_cdf(0.9), normal.inv_cdf(1 - TAIL)
    z = np.linspace(-end, end, CLASSES + 1)
    x = z / z90 * np.where(z < 0, math.log(d50 / d10), math.log(d90 / d50))  # ln(d/d50)
    q = np.array([normal.cdf(limit) for limit in z])
    return d50 * np.exp((x[1:] + x[:-1]) / 2), np.diff(q) / (q[-1] - q[0])


def read_classes(path: Path) -> tuple[FloatArray, FloatArray]:
    """Read a measured distribution: columns `diameter [um]` and `volume fraction [1]`.

    Returns:
        Diameter (m) and volume fraction of each class, normalised to a sum of 1.

    Raises:
        ValueError: naming the line and what is wrong with it.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [
                (n, row) for n, row in enumerate(csv.reader(file), 1) if row and row[0][:1] != "#"
            ]
    except OSError as error:
        raise ValueError(f"cannot read '{path}': {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise ValueError(f"'{path}' is not a CSV file in UTF-8") from None
    if len(lines) < 2:
        raise ValueError(f"'{path}' holds no rows below its header")
    columns = [_column(path, lines, name) for name in ("diameter", "volume fraction")]
    diameter, fraction = np.array(columns)
    total = float(fraction.sum())
    if not ((np.diff(diameter) > 0).all() and diameter[0] > 0):
        raise ValueError(f"'{path}': diameters must be positive and increase from row to row")
    if (fraction < 0).any() or abs(total - 1) > _SUM_TOLERANCE:
        raise ValueError(
            f"'{path}': volume fractions must be positive and sum to 1; they sum to {total:.6g}"
        )
    return diameter, fraction / total


def _column(path: Path, lines: list[tuple[int, list[str]]], name: str) -> list[float]:
    """One column in SI; its header is `name [unit]`."""
    si_unit, example = {"diameter": ("m", "um"), "volume fraction": ("1", "1")}[name]
    first, header = lines[0]
    titles = [title.strip() for title in header]
    place = next((i for i, title in enumerate(titles) if title.split("[")[0].strip() == name), None)
    if place is None or not titles[place].endswith("]"):
        raise ValueError(
            f"{path}:{first}: the header needs a column '{name} [{example}]'; "
            f"it reads '{', '.join(titles)}'"
        )
    unit = titles[place].split("[")[1][:-1].strip()
    values = []
    for number, row in lines[1:]:
        cell = row[place].strip() if place < len(row) else ""
        try:
            values.append(to_si(f"{cell} {'' if unit == '1' else unit}", si_unit))
        except UnitError as error:
            raise ValueError(f"{path}:{number}: {name}: {error}") from None
        if not math.isfinite(values[-1]):
            raise ValueError(f"{path}:{number}: {name} is not finite")
    return values
