"""multiscale ensemble: many samples of a case. Running again resumes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multiscale.cli.arguments import CaseFile, Out, Probe, Settings, Until, run_folder
from multiscale.errors import CaseError, MultiscaleError

if TYPE_CHECKING:
    from mpi4py import MPI

    from multiscale.ensemble import Ensemble, Outcome


def ensemble(
    case: CaseFile,
    probe: Probe = False,
    until: Until = None,
    settings: Settings = None,
    out: Out = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Check the settings of all samples; runs nothing.")
    ] = False,
) -> None:
    """Run many samples of a case, dealt over the ranks, or resume.

    The table [ensemble] of the case says what is varied: a grid, a Latin hypercube, a Sobol
    sequence or the rows of a CSV file. Each sample is a run of its own in samples/NUMBER, to be
    read with `multiscale show`; all share one store. Samples that fail are listed with their
    reason. The folder receives samples.csv, summary.csv and ensemble.h5.

    Exit codes: 0 done; 64 case; 70 too many samples failed; 75 out of time: run again.

    \b
    Examples:
      multiscale ensemble cases/drying_rate_study --plan
      mpiexec -n 2 multiscale ensemble cases/drying_rate_study --probe
      multiscale ensemble my_study --set ensemble.samples=256
      multiscale show runs/drying_rate_study/samples/000007 drying
    """
    from mpi4py import MPI

    from multiscale.jit_cache import place_cache

    comm = MPI.COMM_WORLD
    place_cache(comm.rank, comm.size)
    folder = run_folder(case, out, probe)
    loaded = _load_on_root(comm, case, settings or (), probe, until, folder)
    if plan:
        if comm.rank == 0:
            print(_plan(loaded, folder))
        return
    from multiscale.ensemble import run_ensemble

    outcomes = run_ensemble(loaded, folder, comm=comm)
    if comm.rank == 0:
        print(_summary(outcomes, folder))


def _load_on_root(
    comm: MPI.Intracomm,
    path: Path,
    settings: Sequence[str],
    probe: bool,
    until: str | None,
    folder: Path,
) -> Ensemble:
    """Read the ensemble on rank 0 and give it, or the error, to every rank."""
    told: Ensemble | MultiscaleError | None = None
    if comm.rank == 0:
        from multiscale.ensemble import load_ensemble

        try:
            if folder.exists() and not folder.is_dir():
                raise CaseError(f"--out {folder} is a file; name a folder. Nothing was run.")
            told = load_ensemble(path, settings, probe=probe, until=until)
        except MultiscaleError as error:
            told = error
    told = comm.bcast(told)
    if isinstance(told, MultiscaleError):
        raise told
    assert told is not None
    return told


def _plan(loaded: Ensemble, folder: Path) -> str:
    """Every sample with its factors, and what the case says to it."""
    from multiscale.cli.table import table

    rows, refused = [], 0
    for sample in loaded.samples:
        try:
            loaded.case(sample)
            said = "ok"
        except CaseError as error:
            said, refused = " ".join(str(error).split()), refused + 1
        rows.append((str(sample.index), *map(str, sample.shown), said))
    head = table(("sample", *loaded.factors, "settings"), rows)
    until = loaded.chosen.until or "the end of the chain"
    return (
        f"{head}\n\n{len(rows)} samples until {until}, {refused} of them refused; results go to "
        f"{folder}"
    )


def _summary(outcomes: Sequence[Outcome], folder: Path) -> str:
    """The spread of each result, and what failed."""
    from multiscale.cli.table import table
    from multiscale.ensemble.summary import spreads
    from multiscale.results import number_text, unit_text

    rows = []
    for s in spreads(outcomes):
        low, median, high = (number_text(s.quantiles[i]) for i in (0, 3, 6))
        error = "-" if s.error != s.error else number_text(s.error, digits=2)
        rows.append((s.key, low, median, high, error, unit_text(s.display)))
    header = ("result", "minimum", "median", "maximum", "numerical error", "unit")
    lost = [o for o in outcomes if o.status == "failed"]
    warned = sum(bool(o.warnings) for o in outcomes)
    lines = [
        table(header, rows),
        "",
        f"{len(outcomes) - len(lost)} of {len(outcomes)} samples done",
    ]
    if warned:
        lines.append(f"{warned} of those computed now with warnings; ensemble.h5 has the words")
    lines += [f"sample {o.index} failed: {o.reason}" for o in lost]
    return "\n".join([*lines, f"Tables: {folder / 'samples.csv'}"])
