"""multiscale plan: what would run, and why?"""

from __future__ import annotations

from multiscale.cli.arguments import CaseFile, Out, Probe, Settings, Until, run_folder
from multiscale.cli.table import duration, table


def plan(
    case: CaseFile,
    probe: Probe = False,
    until: Until = None,
    settings: Settings = None,
    out: Out = None,
) -> None:
    """Show what would run and what would be reused, and why.

    \b
    Examples:
      multiscale plan my_electrode
      multiscale plan my_electrode --set calendering.line_load="800 N/mm"
    """
    from multiscale.case.load import load_case
    from multiscale.runner import plan as plan_case

    folder = run_folder(case, out, probe)
    steps = plan_case(load_case(case, settings or (), probe=probe), folder, until=until)
    print(
        table(
            ("stage", "action", "last took", "why"),
            [(s.stage, s.action, duration(s.seconds), s.why) for s in steps],
        )
    )
    count = sum(step.action == "run" for step in steps)
    print(f"\n{count} of {len(steps)} stages would run; results go to {folder}")
