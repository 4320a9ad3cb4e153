"""Results as CSV: numbers in the units people read, each header "name [unit]"."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from multiscale.records import Closure, Record
from multiscale.results.value import Value
from multiscale.results.view import StageView, open_run
from multiscale.units import from_si

# Where the coordinate of an axis is not the field of the axis' own name.
_COORDINATE = {"rate": "c_rate", "size": "diameter"}
_LONGEST_TEXT = 200  # a BPX document is no table cell


def export_csv(out: Path, folder: Path | None = None) -> list[Path]:
    """Write the tables of each stage of the run in `out` to `folder` (default: `out/csv`).

    `drying.csv` holds the single numbers with their numerical errors, `drying_by_time.csv` all
    profiles over time, `drying_by_binder_z.csv` those over binder and z, one row for each pair.

    Raises:
        CaseError: `out` holds no run.
    """
    run = open_run(out)
    folder = folder or run.out / "csv"
    folder.mkdir(parents=True, exist_ok=True)
    return [path for stage in run.stages.values() for path in _stage_tables(stage, folder)]


def _stage_tables(stage: StageView, folder: Path) -> list[Path]:
    single: dict[str, Any] = {}
    by_axes: dict[tuple[str, ...], dict[str, Value]] = defaultdict(dict)
    written = []
    for name, value in stage.values():
        if isinstance(value.value, Closure):
            written.append(
                write_table(
                    folder / f"{stage.name}_{name}.csv", *_closure_table(stage.record, name, value)
                )
            )
        elif isinstance(value.value, np.ndarray):
            by_axes[value.dims][name] = value
        elif isinstance(value.value, float):
            single[_header(name, value.display)] = number(value.shown)
            if value.shown_error is not None:
                single[_header(f"error({name})", value.display)] = number(value.shown_error)
        elif isinstance(value.value, str) and len(value.value) <= _LONGEST_TEXT:
            single[name] = value.value
    written.insert(
        0, write_table(folder / f"{stage.name}.csv", list(single), [list(single.values())])
    )
    for axes, fields in by_axes.items():
        if len(axes) == 1 and list(fields) == [_COORDINATE.get(axes[0], axes[0])]:
            continue  # a coordinate alone
        written.append(
            write_table(
                folder / f"{stage.name}_by_{'_'.join(axes)}.csv",
                *_profile_table(stage, axes, fields),
            )
        )
    return written


def _profile_table(
    stage: StageView, axes: tuple[str, ...], fields: dict[str, Value]
) -> tuple[list[str], list[list[Any]]]:
    """One row for each point of the axes, slowest first."""
    shape = next(iter(fields.values())).value.shape
    headers, points = zip(
        *(_coordinate(stage, axis, n) for axis, n in zip(axes, shape, strict=True)), strict=True
    )
    columns = {_header(name, v.display): np.asarray(v.shown).ravel() for name, v in fields.items()}
    own = {name: column for name, column in columns.items() if name not in headers}
    rows = [
        [*point, *(number(column[i]) for column in own.values())]
        for i, point in enumerate(product(*points))
    ]
    return [*headers, *own], rows


def _coordinate(stage: StageView, axis: str, length: int) -> tuple[str, Sequence[str]]:
    """Header and entries of an axis: its own field, its names, or a count from 0."""
    field = _COORDINATE.get(axis, axis)
    port = stage.record.ports().get(field)
    if port and port.dims == (axis,):  # DryCoating.binder lies over (binder, z): no coordinate
        value = stage.value(field)
        return _header(field, value.display), [number(x) for x in value.shown]
    if axis == "axis" and length == 3:
        return axis, ["x", "y", "z"]
    if axis == "step" and "steps" in stage.record.ports():
        return axis, [name.strip() for name in stage.steps.split(",")]
    return f"{axis}_index", [str(i) for i in range(length)]


def _closure_table(record: Record, name: str, value: Value) -> tuple[list[str], list[list[str]]]:
    x_unit = record.ports()[name].x_unit
    y = from_si(value.value.y, value.unit, value.display)
    rows = [[number(a), number(b)] for a, b in zip(value.value.x, y, strict=True)]
    return [_header("x", x_unit), _header(name, value.display)], rows


def _header(name: str, unit: str) -> str:
    return name if unit in ("", "1") else f"{name} [{unit}]"


def number(value: Any) -> str:
    """Write a number for a table cell, to nine digits."""
    return f"{float(value):.9g}"


def write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    """Write a CSV file and give its path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path
