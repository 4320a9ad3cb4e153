"""The tables of an ensemble: samples.csv and summary.csv for people, ensemble.h5 for programs.

Both CSV files depend on the samples only, not on ranks, times or what was stored already.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multiscale.coupling.provenance import environment, now
from multiscale.ensemble.load import Ensemble
from multiscale.ensemble.outcome import Number, Outcome
from multiscale.ensemble.summary import Spread, spreads
from multiscale.files import replacing
from multiscale.records import FloatArray
from multiscale.results.study import ARRAYS, FORMAT, dataset_name
from multiscale.results.value import error_in
from multiscale.units import UnitError, from_si, split_quantity

SAMPLES, SUMMARY = "samples.csv", "summary.csv"


def write_tables(
    out: Path, ensemble: Ensemble, outcomes: Sequence[Outcome], ranks: int, seconds: float
) -> None:
    """Write all three tables into `out`. Call on one rank only."""
    out.mkdir(parents=True, exist_ok=True)
    _write_csv(out / SAMPLES, *sample_table(ensemble, outcomes))
    _write_csv(out / SUMMARY, *summary_table(spreads(outcomes)))
    _write_arrays(out / ARRAYS, ensemble, outcomes, {"ranks": ranks, "wall_s": seconds})


def columns(outcomes: Sequence[Outcome]) -> dict[str, Number]:
    """Give the results that any sample has, by key, with unit and meaning."""
    found: dict[str, Number] = {}
    for outcome in outcomes:
        for key, number in outcome.numbers.items():
            found.setdefault(key, number)
    return found


def sample_table(
    ensemble: Ensemble, outcomes: Sequence[Outcome]
) -> tuple[list[str], list[list[str]]]:
    """Give header and rows of samples.csv, in the units people read."""
    kept, header = columns(outcomes), ["sample"]
    factors = [_factor_column(ensemble, i) for i in range(len(ensemble.factors))]
    header += [name for name, _ in factors]
    for key, number in kept.items():
        header += [_header(key, number.display), _header(f"error({key})", number.display)]
    rows = []
    for outcome in outcomes:
        row = [str(outcome.index), *(cells[outcome.index] for _, cells in factors)]
        for key in kept:
            row += _shown(outcome.numbers.get(key))
        rows.append([*row, outcome.status, outcome.reason])
    return [*header, "status", "reason"], rows


def summary_table(found: Sequence[Spread]) -> tuple[list[str], list[list[str]]]:
    """Give header and rows of summary.csv."""
    header = ["result", "unit", "samples", "mean", "standard deviation"]
    header += ["minimum", "5 %", "25 %", "50 %", "75 %", "95 %", "maximum", "numerical error"]
    rows = [
        [s.key, s.display, str(s.count), *(f"{v:.9g}" for v in (s.mean, s.deviation))]
        + [f"{v:.9g}" for v in s.quantiles]
        + [f"{s.error:.3g}" if np.isfinite(s.error) else ""]
        for s in found
    ]
    return header, rows


def _factor_column(ensemble: Ensemble, i: int) -> tuple[str, list[str]]:
    """Header and cells of a factor; numbers of one unit lose it to the header."""
    cells = [sample.shown[i] for sample in ensemble.samples]
    name = ensemble.factors[i]
    try:
        parts = [split_quantity(cell) for cell in cells]
    except UnitError:
        return name, [str(cell) for cell in cells]
    units = {unit for _, unit in parts}
    if len(units) > 1:
        return name, [str(cell) for cell in cells]
    return _header(name, units.pop()), [f"{value:.9g}" for value, _ in parts]


def _header(name: str, unit: str) -> str:
    return name if unit in ("", "1") else f"{name} [{unit}]"


def _shown(number: Number | None) -> list[str]:
    if number is None:
        return ["", ""]
    value = float(from_si(number.value, number.unit, number.display))
    if not np.isfinite(number.error):
        return [f"{value:.9g}", ""]
    return [f"{value:.9g}", f"{error_in(number.error, number.unit, number.display):.3g}"]


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    with replacing(path) as scratch:
        scratch.write_text(text.getvalue(), encoding="utf-8")


def _write_arrays(
    path: Path, ensemble: Ensemble, outcomes: Sequence[Outcome], about: dict[str, Any]
) -> None:
    """Write ensemble.h5: one array over the samples for each factor and result, in SI."""
    import h5py

    text = h5py.string_dtype()
    with replacing(path) as scratch, h5py.File(scratch, "w") as file:
        file.attrs.update(format=FORMAT, title=ensemble.title)
        told = {**environment(), **about, "written": now()}
        file["provenance"] = json.dumps(told, sort_keys=True)
        file["design"] = ensemble.chosen.model_dump_json()
        for name in ("status", "reason", "digest"):
            file.create_dataset(name, data=[getattr(o, name) for o in outcomes], dtype=text)
        warnings = ["; ".join(o.warnings) for o in outcomes]
        file.create_dataset("warnings", data=warnings, dtype=text)
        file["seconds"] = np.array([o.seconds for o in outcomes])
        for i, name in enumerate(ensemble.factors):
            shown = [str(sample.shown[i]) for sample in ensemble.samples]
            file.create_dataset(f"factors/{dataset_name(name)}", data=shown, dtype=text)
        for key, number in columns(outcomes).items():
            group = file.create_group(f"results/{key}")
            group["value"], group["numerical_error"] = arrays(outcomes, key)
            group.attrs.update(units=number.unit, display=number.display, long_name=number.doc)


def arrays(outcomes: Sequence[Outcome], key: str) -> tuple[FloatArray, FloatArray]:
    """Give a result's values and numerical errors over the samples in SI; NaN where none."""
    found = [o.numbers.get(key) for o in outcomes]
    nan = float("nan")
    return (
        np.array([nan if n is None else n.value for n in found]),
        np.array([nan if n is None else n.error for n in found]),
    )
