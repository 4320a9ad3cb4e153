"""The command `multiscale`: its verbs, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper

import typer

from multiscale.cli import (
    check,
    dryer,
    ensemble,
    export,
    info,
    init,
    network,
    particles,
    plan,
    report,
    run,
    show,
    status,
    tortuosity,
)
from multiscale.cli.leave import leaving

EPILOG = """\b
A first run:
  multiscale init my_electrode
  multiscale check my_electrode
  multiscale run my_electrode --probe
  multiscale report runs/my_electrode-probe
"""

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="From the settings of an electrode line to its microstructure and its cell.",
    epilog=EPILOG,
)
for verb in (
    init.init,
    check.check,
    plan.plan,
    run.run,
    ensemble.ensemble,
    dryer.dryer,
    particles.particles,
    network.network,
    tortuosity.tortuosity,
    status.status,
    show.show,
    report.report,
    export.export,
    info.info,
):
    app.command()(verb)


def main(arguments: Sequence[str]) -> int:
    """Run the command and give its exit code; messages go to stderr."""
    return leaving(
        lambda: typer.main.get_command(app).main(list(arguments), prog_name="multiscale")
    )


def entry() -> None:
    """Start from the shell; a letter that it cannot show, as µ in the C locale, becomes '?'."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(main(sys.argv[1:]))
