"""multiscale status: how far did a run come?"""

from __future__ import annotations

from multiscale.cli.arguments import RunFolder
from multiscale.cli.table import duration, table


def status(run: RunFolder) -> None:
    """Show how far a run came: what ran, was reused or failed.

    \b
    Example:
      multiscale status runs/my_electrode
    """
    from multiscale.results import open_run

    view = open_run(run)
    index = view.index
    print(f"{index.title}  (case {index.case}, seed {index.seed}, started {index.started})\n")
    print(
        table(
            ("stage", "status", "action", "took", "result", "why"),
            [
                (
                    s.stage,
                    s.status,
                    s.action,
                    duration(s.seconds),
                    s.key[:12] or "-",
                    s.message or s.why,
                )
                for s in index.steps
            ],
        )
    )
