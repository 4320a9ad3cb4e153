"""Arguments that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multiscale.case.source import CASE_FILE

CaseFile = Annotated[
    Path,
    typer.Argument(
        metavar="CASE", help="Case file, or a folder with a case.toml.", show_default=False
    ),
]
RunFolder = Annotated[
    Path, typer.Argument(metavar="RUN", help="Folder of a run, or its run.h5.", show_default=False)
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        show_default=False,
        help="Change one value of the case; repeatable. An empty value takes the key out.",
    ),
]
Probe = Annotated[
    bool,
    typer.Option(
        "--probe", help="Small box, coarse grids: the whole chain in about a minute, same models."
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="STAGE", help="Last stage to run, e.g. drying.", show_default=False
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        show_default=False,
        help="Folder of the run; by default runs/ and the case's name (and -probe).",
    ),
]


def run_folder(case: Path, out: Path | None, probe: bool) -> Path:
    """Where a run of this case goes: `out`, or runs/NAME in the current folder."""
    if out is not None:
        return out
    file = case / CASE_FILE if case.is_dir() else case
    name = file.resolve().parent.name if file.name == CASE_FILE else file.stem
    return Path("runs") / (name + ("-probe" if probe else ""))
