"""What became of one sample, and the numbers that are kept of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from multiscale.ensemble.load import MOST_ENTRIES, Ensemble
from multiscale.errors import CaseError
from multiscale.results import Value, open_run


@dataclass(frozen=True)
class Number:
    """One number of a sample.

    Attributes:
        value, error: in SI; the error is the numerical one, NaN where none is stated.
        unit, display: SI unit, and the one people read it in.
        doc: meaning.
    """

    value: float
    error: float
    unit: str
    display: str
    doc: str


@dataclass(frozen=True)
class Outcome:
    """What became of one sample.

    Attributes:
        index: of the sample.
        status: ok or failed.
        reason: of a failure, one line.
        warnings: what the stages warned of, one line each; none where results were reused.
        numbers: by key, "drying.binder_ratio[0]".
        digest: of the last record; equal digests are equal results.
        seconds: wall time.
    """

    index: int
    status: Literal["ok", "failed"]
    reason: str = ""
    warnings: tuple[str, ...] = ()
    numbers: dict[str, Number] = field(default_factory=dict)
    digest: str = ""
    seconds: float = 0.0


def failed(index: int, error: Exception, warnings: tuple[str, ...] = ()) -> Outcome:
    """Record a failure with its reason in one line."""
    return Outcome(index, "failed", " ".join(str(error).split()), warnings)


def numbers_of(ensemble: Ensemble, folder: Path) -> dict[str, Number]:
    """Read the kept results of the sample whose run lies in `folder`.

    Raises:
        CaseError: an index is out of range, or an array has too many entries for a table.
    """
    run = open_run(folder)
    return {
        key: number
        for stage, field_, index in ensemble.results
        for key, number in _entries(f"{stage}.{field_}", run[stage].value(field_), index)
    }


def _entries(name: str, value: Value, index: tuple[int, ...]) -> Iterator[tuple[str, Number]]:
    """Every number of a field by its key; all entries where no index is given."""
    array, told = np.asarray(value.value, float), _error(value)
    given = "".join(f"[{i}]" for i in index)
    try:
        chosen = array[index]
    except IndexError:
        raise CaseError(f"{name}{given}: the result has the shape {array.shape}") from None
    if chosen.size > MOST_ENTRIES:
        raise CaseError(
            f"{name}{given} has {chosen.size} entries, a table takes {MOST_ENTRIES}; add an index"
        )
    for at in np.ndindex(chosen.shape):
        key = name + given + "".join(f"[{i}]" for i in at)
        yield key, Number(float(chosen[at]), told, value.unit, value.display, value.doc)


def _error(value: Any) -> float:
    return float("nan") if value.error is None else float(value.error)
