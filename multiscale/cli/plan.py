"""multiscale plan: what would run, and why?"""

from __future__ import annotations

from typing import Annotated

import typer

from multiscale.cli.arguments import CaseFile, Out, Probe, Settings, Until, run_folder
from multiscale.cli.table import duration, table


def plan(
    case: CaseFile,
    probe: Probe = False,
    until: Until = None,
    settings: Settings = None,
    out: Out = None,
    graph: Annotated[
        bool, typer.Option("--graph", help="Write the chain as a Mermaid graph instead.")
    ] = False,
) -> None:
    """Show what would run and what would be reused, and why.

    \b
    Examples:
      multiscale plan my_electrode
      multiscale plan my_electrode --set calendering.line_load="800 N/mm"
      multiscale plan my_electrode --graph > chain.mmd
    """
    from multiscale.case.load import load_case
    from multiscale.cli.graph import mermaid
    from multiscale.runner import plan as plan_case
    from multiscale.runner import stages_of

    folder = run_folder(case, out, probe)
    loaded = load_case(case, settings or (), probe=probe)
    steps = plan_case(loaded, folder, until=until)
    if graph:
        print(mermaid(stages_of(loaded, until), steps, loaded.options))
        return
    print(
        table(
            ("stage", "action", "last took", "why"),
            [(s.stage, s.action, duration(s.seconds), s.why) for s in steps],
        )
    )
    count = sum(step.action == "run" for step in steps)
    print(f"\n{count} of {len(steps)} stages would run; results go to {folder}")
