"""multiscale report: the run on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multiscale.cli.arguments import RunFolder


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
) -> None:
    """Write a run as one self-contained HTML page.

    Key numbers, figures, conservation, what was reused, provenance.

    \b
    Example:
      multiscale report runs/my_electrode
    """
    from multiscale.report import write_report

    print(write_report(run, to))
