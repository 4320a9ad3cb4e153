"""A run read back by the names of the case file: `open_run(out).drying.binder`."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from multiscale.coupling.index import Index, Step, read_index, results
from multiscale.coupling.store import load, meta
from multiscale.errors import CaseError
from multiscale.records import Record
from multiscale.results.value import Value, number_text, unit_text

_WIDEST = 60  # characters of a text in a table


@dataclass(frozen=True)
class StageView:
    """One stored result. Its file is opened when a field is first asked for.

    Attributes:
        name: of the stage.
        path: of the result's file.
    """

    name: str
    path: Path

    @cached_property
    def record(self) -> Record:
        """The record itself; large fields stay in the file."""
        return load(self.path)

    @cached_property
    def meta(self) -> dict[str, Any]:
        """Where the result comes from (`provenance`), how its balances closed (`conservation`)."""
        return meta(self.path)

    def __getattr__(self, field: str) -> Any:
        if field.startswith("_"):
            raise AttributeError(field)
        return self.value(field).value

    def __dir__(self) -> list[str]:
        return ["name", "path", "record", "meta", "value", *self.record.ports()]

    def value(self, field: str) -> Value:
        """A field with its unit, meaning and numerical error.

        Raises:
            CaseError: the stage gives no such field; a near name is suggested.
        """
        ports = self.record.ports()
        if field not in ports:
            raise CaseError(f"'{self.name}' gives no '{field}'; {_near(field, ports)}")
        port, error = ports[field], self.record.error.get(field)
        return Value(
            getattr(self.record, field),
            port.unit,
            port.display or port.unit,
            error,
            port.doc,
            port.dims,
        )

    def values(self) -> Iterator[tuple[str, Value]]:
        """Every field in order, by name."""
        return ((field, self.value(field)) for field in self.record.ports())

    def _repr_html_(self) -> str:
        rows = "".join(_row(name, value) for name, value in self.values())
        return (
            f"<table><caption>{escape(self.name)}</caption><thead><tr><th>field</th><th>value</th><th>unit</th>"
            f"<th>numerical error</th><th>meaning</th></tr></thead><tbody>{rows}</tbody></table>"
        )


@dataclass(frozen=True)
class RunView:
    """A run as it lies in its directory, also one that is unfinished or failed.

    Attributes:
        out: directory of the run.
        index: title, seed, command and steps.
        stages: records that exist: `powder`, `formulation`, then the stages' in order.
    """

    out: Path
    index: Index
    stages: dict[str, StageView]

    def __getattr__(self, stage: str) -> StageView:
        if stage.startswith("_"):
            raise AttributeError(stage)
        return self[stage]

    def __getitem__(self, stage: str) -> StageView:
        if stage in self.stages:
            return self.stages[stage]
        for step in self.index.steps:
            if step.stage == stage:
                why = step.message or step.why
                raise CaseError(f"'{stage}' has no result ({step.status}: {why}); run again")
        raise CaseError(
            f"the run has no stage '{stage}'; {_near(stage, self.stages)} "
            "(a run with --until ends early)"
        )

    def __contains__(self, stage: object) -> bool:
        return stage in self.stages

    def __dir__(self) -> list[str]:
        return ["out", "index", "stages", "value", *self.stages]

    def value(self, key: str) -> Value:
        """Look up "drying.binder".

        Raises:
            CaseError: there is no such stage or field; a near name is suggested.
        """
        stage, dot, field = key.partition(".")
        if not dot:
            first = next(iter(self[stage].record.ports()))
            raise CaseError(f"'{key}' names a stage; write e.g. '{stage}.{first}'")
        return self[stage].value(field)

    def _repr_html_(self) -> str:
        rows = "".join(_step_row(step) for step in self.index.steps)
        return (
            f"<table><caption>{escape(self.index.title)}</caption><thead><tr><th>stage</th><th>status</th>"
            f"<th>why</th><th>seconds</th></tr></thead><tbody>{rows}</tbody></table>"
        )


def open_run(out: Path | str) -> RunView:
    """Open the run in directory `out` (or its run.h5); results are read when they are asked for.

    Raises:
        CaseError: `out` holds no run.
    """
    out = Path(out)
    index = read_index(out)
    home = out.parent if out.is_file() else out
    stages = {name: StageView(name, path) for name, path in results(home, index).items()}
    return RunView(home, index, stages)


def _near(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known) or 'none'}"


def _row(name: str, value: Value) -> str:
    shown = replace(value, error=None)  # its error has a column of its own
    text = shown.text if len(shown.text) <= _WIDEST else f"{shown.text[:_WIDEST]}..."
    error = "" if value.shown_error is None else number_text(value.shown_error, digits=2)
    cells = (name, text, unit_text(value.display), error, value.doc)
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _step_row(step: Step) -> str:
    seconds = "" if step.seconds is None else f"{step.seconds:.1f}"
    cells = (step.stage, step.status, step.message or step.why, seconds)
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
