"""multiscale check: is this case right?"""

from __future__ import annotations

from multiscale.cli.arguments import CaseFile, Settings


def check(case: CaseFile, settings: Settings = None) -> None:
    """Check a case file without running anything.

    Units, ranges, unknown keys and sums are checked. All errors are shown at once, each with
    its line; the exit code is then 64.

    \b
    Examples:
      multiscale check my_electrode
      multiscale check case.toml --set drying.zones[1].air_temperature="120 degC"
    """
    from multiscale.case.load import load_case
    from multiscale.case.source import read_source
    from multiscale.ensemble.load import load_ensemble

    loaded = load_case(case, settings or ())
    kinds = ", ".join(f"{name} ({options.kind})" for name, options in loaded.options.items())  # type: ignore[attr-defined]  # every options model of a stage has a kind
    print(f"{loaded.title}: no errors\n  {kinds}")
    if "ensemble" in read_source(case, settings or ()).data:
        varied = load_ensemble(case, settings or ())
        print(f"  ensemble: {len(varied.samples)} samples over {', '.join(varied.factors)}")
