"""multiscale show: one result, as number, profile, picture or JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multiscale.cli.arguments import RunFolder
from multiscale.cli.lineplot import lineplot
from multiscale.cli.table import table

if TYPE_CHECKING:
    from multiscale.cli.curves import Curves
    from multiscale.results import StageView

_WIDEST = 60  # characters of a text in a table
_MARGIN = 14  # columns that a plot leaves to the numbers on its left


def show(
    run: RunFolder,
    key: Annotated[
        str,
        typer.Argument(
            metavar="KEY",
            show_default=False,
            help="A stage, e.g. drying, or one result, e.g. drying.binder.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, in SI units.")] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot", metavar="FILE.png", show_default=False, help="Draw a profile into a file."
        ),
    ] = None,
) -> None:
    """Show a result with its unit, error and meaning.

    The error is the numerical one. Profiles are drawn on a terminal and written as CSV into a pipe.

    \b
    Examples:
      multiscale show runs/my_electrode drying
      multiscale show runs/my_electrode drying.binder
      multiscale show runs/my_electrode cell.voltage --plot voltage.png
      multiscale show runs/my_electrode cell.capacity --json
    """
    from multiscale.errors import CaseError
    from multiscale.results import open_run

    view = open_run(run)
    name, _, field = key.partition(".")
    stage = view[name]
    if plot is not None:
        if as_json:
            raise CaseError("--plot and --json exclude each other; leave one out")
        if not field:
            raise CaseError(
                f"--plot draws one result; write e.g. {name}.{next(iter(stage.record.ports()))}"
            )
        print(_draw(stage, field, plot))
    elif as_json:
        told = (
            _as_json(stage, field)
            if field
            else {f: _as_json(stage, f) for f in stage.record.ports()}
        )
        print(json.dumps(told, ensure_ascii=False))
    elif field:
        print(_field(stage, field))
    else:
        print(_stage(stage))


def _stage(stage: StageView) -> str:
    rows = [
        (name, text if len(text := str(v)) <= _WIDEST else f"{text[:_WIDEST]}...", v.doc)
        for name, v in stage.values()
    ]
    return table(("result", "value", "meaning"), rows)


def _field(stage: StageView, field: str) -> str:
    from multiscale.cli.curves import curves
    from multiscale.results import unit_text

    value = stage.value(field)
    lines = [f"{stage.name}.{field}: {value.doc}", str(value)]
    if value.error and value.dims:
        lines.append(
            f"numerical error up to {value.shown_error:.2g} {unit_text(value.display)}".rstrip()
        )
    found = curves(stage, field)
    if found is None:
        return "\n".join(lines)
    if not sys.stdout.isatty():
        return "\n".join([f"# {line}" for line in lines] + _rows(found))
    if found.x.size > 1 and not found.is_count:
        width = min(60, get_terminal_size().columns - _MARGIN)
        lines += ["", lineplot(found.x, found.y, max(width, 20)), found.x_title]
    if found.names != [""]:
        lines.append("curves: " + ", ".join(found.names))
    if found.is_count or found.x.size <= 12:
        lines += ["", *_rows(found)]
    return "\n".join(lines)


def _rows(found: Curves) -> list[str]:
    """A profile as CSV: its axis, then one column per curve."""
    header = [found.x_title, *(f"{found.y_title} {name}".strip() for name in found.names)]
    cells = [[x, *(f"{y[i]:.6g}" for y in found.y)] for i, x in enumerate(found.x_labels)]
    return [",".join(row) for row in [header, *cells]]


def _draw(stage: StageView, field: str, path: Path) -> Path:
    from multiscale.cli.curves import curves
    from multiscale.errors import CaseError

    found = curves(stage, field)
    if found is None:
        raise CaseError(f"{stage.name}.{field} is no profile; show it without --plot")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.5), layout="constrained")
    formats = figure.canvas.get_supported_filetypes()
    if path.suffix.lower().lstrip(".") not in formats:
        raise CaseError(f"cannot draw into {path}; end its name in .png, .svg or .pdf")
    axes = figure.add_subplot()
    for name, y in zip(found.names, found.y, strict=True):
        axes.plot(found.x, y, "-" if found.x.size > 12 else "o-", label=name or None)
    axes.set(xlabel=found.x_title, ylabel=found.y_title, title=stage.value(field).doc)
    axes.title.set_fontsize("small")
    if found.is_count:
        axes.set_xticks(found.x, found.x_labels)
    if found.names != [""]:
        axes.legend(fontsize="small")
    figure.savefig(path, dpi=150)
    return path


def _as_json(stage: StageView, field: str) -> dict[str, Any]:
    """Value, unit, numerical error, meaning and axes of one field, in SI."""
    from multiscale.cli.curves import axis_of
    from multiscale.records import Closure, FieldRef

    value = stage.value(field)
    content: Any = value.value
    if isinstance(content, Closure):
        content = {
            "x": content.x.tolist(),
            "y": content.y.tolist(),
            "x_unit": stage.record.ports()[field].x_unit,
        }
    elif isinstance(content, FieldRef):
        content = {
            "file": str(content.path),
            "dataset": content.dataset,
            "shape": list(content.shape),
        }
    elif not isinstance(content, str | float):
        content = content.tolist()
    shape = value.value.shape if value.dims else ()
    axes = [axis_of(stage, name, n).as_json() for name, n in zip(value.dims, shape, strict=True)]
    return {
        "key": f"{stage.name}.{field}",
        "value": content,
        "unit": value.unit,
        "numerical_error": value.error,
        "doc": value.doc,
        "axes": axes,
    }
