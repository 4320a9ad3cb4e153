"""Designs of experiments: which settings each sample of an ensemble takes."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from multiscale.ensemble.options import EnsembleInput, FactorInput
from multiscale.errors import CaseError
from multiscale.records import FloatArray
from multiscale.units import UnitError, split_quantity

_HEADER = re.compile(r"\s*(.*?)\s*(?:\[([^\[\]]*[^\d\[\]][^\[\]]*)\])?\s*")  # "a.b[0] [m/min]"
Settings = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Sample:
    """One sample of an ensemble.

    Attributes:
        index: from 0; its place in the design, the same for any number of ranks.
        settings: keys of the case with the values that they take, in the order they are applied.
        shown: value of each factor, for tables.
    """

    index: int
    settings: Settings
    shown: tuple[Any, ...]

    @property
    def overrides(self) -> list[str]:
        """The settings as `--set` takes them."""
        return [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in self.settings]


def draw(chosen: EnsembleInput, seed: int, folder: Path) -> tuple[tuple[str, ...], list[Sample]]:
    """Give names of the factors and samples of a design.

    Args:
        chosen: the design.
        seed: of a Latin hypercube and of a Sobol sequence's scrambling.
        folder: what the path of a table starts from.

    Raises:
        CaseError: a range cannot be read, or a table.
    """
    if chosen.table is not None:
        return from_table(folder / chosen.table)
    factors = chosen.factor
    names = tuple(factor.name for factor in factors)
    if chosen.design == "grid":
        rows = full_grid([factor.count for factor in factors])
        taken = [[_entry(f, i) for f, i in zip(factors, row, strict=True)] for row in rows]
    else:
        of = latin_hypercube if chosen.design == "latin-hypercube" else sobol
        unit = of(len(factors), chosen.samples, seed)
        taken = [[_at(f, u) for f, u in zip(factors, row, strict=True)] for row in unit]
    return names, [
        Sample(i, tuple(s for settings, _ in row for s in settings), tuple(v for _, v in row))
        for i, row in enumerate(taken)
    ]


def full_grid(counts: Sequence[int]) -> list[tuple[int, ...]]:
    """Give every combination of levels, the last factor fastest."""
    return list(product(*map(range, counts)))


def latin_hypercube(factors: int, samples: int, seed: int) -> FloatArray:
    """Give points in the unit cube, one in each of `samples` strata of every axis [McKay1979]."""
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(factors, rng=seed).random(samples))


def sobol(factors: int, samples: int, seed: int) -> FloatArray:
    """Give the first points of a scrambled Sobol sequence [Sobol1967, Owen1998].

    A power of two has the best balance; any other number is a part of the next one.
    """
    from scipy.stats import qmc

    power = math.ceil(math.log2(samples))
    return np.asarray(qmc.Sobol(factors, rng=seed).random_base2(power)[:samples])


def from_table(path: Path) -> tuple[tuple[str, ...], list[Sample]]:
    """Read samples from a CSV file: keys of the case as header, one sample in each row.

    A unit in the header, `coating.web_speed [m/min]`, holds for the column; an empty cell leaves
    the case's own value.

    Raises:
        CaseError: the file cannot be read or a row has another number of cells.
    """
    try:
        rows = [row for row in csv.reader(path.read_text("utf-8-sig").splitlines()) if any(row)]
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"the table {path} cannot be read: {error}") from None
    if len(rows) < 2:
        raise CaseError(f"the table {path} needs a header and a row for each sample")
    columns = [match.groups() for cell in rows[0] if (match := _HEADER.fullmatch(cell))]
    samples = []
    for i, row in enumerate(rows[1:]):
        if len(row) != len(columns):
            raise CaseError(f"{path}, sample {i}: {len(row)} cells, the header has {len(columns)}")
        cells = [cell.strip() for cell in row]
        settings = tuple(
            (key, f"{cell} {unit}" if unit else _plain(cell))
            for (key, unit), cell in zip(columns, cells, strict=True)
            if cell
        )
        samples.append(Sample(i, settings, tuple(map(_plain, cells))))
    return tuple(rows[0]), samples


def _entry(factor: FactorInput, i: int) -> tuple[Settings, Any]:
    """The i-th value of a factor: its settings, and how it is shown."""
    if factor.level:
        level = factor.level[i]
        return tuple(level.set.items()), level.name
    if factor.values:
        value: Any = factor.values[i]
    else:
        value = _in_range(factor, i / max(factor.points - 1, 1))
    return tuple((key, value) for key in factor.keys), value


def _at(factor: FactorInput, u: float) -> tuple[Settings, Any]:
    """The value at u in [0, 1): of a range, or of the levels in equal shares."""
    if factor.low is None:
        return _entry(factor, min(int(u * factor.count), factor.count - 1))
    value = _in_range(factor, u)
    return tuple((key, value) for key in factor.keys), value


def _in_range(factor: FactorInput, u: float) -> Any:
    try:
        (low, unit), (high, other) = map(split_quantity, (factor.low, factor.high))
    except UnitError as error:
        raise CaseError(f"factor '{factor.name}': {error}") from None
    if unit != other or not low < high:
        raise CaseError(
            f"factor '{factor.name}': low = {factor.low!r}, high = {factor.high!r} are no range; "
            "write both in one unit, low below high"
        )
    if factor.scale == "log" and low <= 0:
        raise CaseError(f"factor '{factor.name}': a log scale needs low above 0, got {low:g}")
    x = low * (high / low) ** u if factor.scale == "log" else low + (high - low) * u
    x = float(f"{x:.9g}")
    return f"{x:.9g} {unit}" if unit else x


def _plain(cell: str) -> Any:
    """A cell as number where it is one, else as text."""
    try:
        return json.loads(cell)
    except ValueError:
        return cell
