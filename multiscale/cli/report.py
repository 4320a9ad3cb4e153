"""multiscale report: a run or an ensemble on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multiscale.cli.arguments import RunFolder
from multiscale.errors import CaseError


def report(
    run: RunFolder,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FILE.html",
            show_default=False,
            help="File to write; by default report.html in the run's folder.",
        ),
    ] = None,
    study: Annotated[
        Path | None,
        typer.Option(
            "--study",
            metavar="ENSEMBLE",
            show_default=False,
            help="Folder of an ensemble: adds a section with its bands and this run among them.",
        ),
    ] = None,
) -> None:
    """Write a run, or an ensemble, as one self-contained HTML page.

    Of a run: key numbers, figures, conservation, what was reused, provenance. Of an ensemble: what
    was varied, each result against it with bands over the samples, what each result follows.

    \b
    Examples:
      multiscale report runs/my_electrode
      multiscale report runs/drying_sensitivity
      multiscale report runs/nmc622_cathode --study runs/drying_sensitivity
    """
    from multiscale.report import write_report, write_study_report
    from multiscale.results import is_study

    if not is_study(run):
        print(write_report(run, to, study))
    elif study is None:
        print(write_study_report(run, to))
    else:
        raise CaseError(f"{run} is an ensemble itself; --study goes with a run")
