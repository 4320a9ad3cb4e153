"""multiscale run: the chain, from the slurry to the cell. Running again resumes."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from multiscale.cli.arguments import CaseFile, Out, Probe, Settings, Until, run_folder
from multiscale.coupling.index import NAME, read_index
from multiscale.errors import CaseError, MultiscaleError

if TYPE_CHECKING:
    from mpi4py import MPI

    from multiscale.case.load import Case

HEADLINES = (
    "coating.loading",
    "drying.drying_time",
    "drying.binder_ratio",
    "calendering.thickness",
    "calendering.porosity",
    "transport.tortuosity",
    "cell.capacity",
    "factory.total_cost",
)


def run(
    case: CaseFile,
    probe: Probe = False,
    until: Until = None,
    settings: Settings = None,
    out: Out = None,
) -> None:
    """Run a case, or resume it: stored results are reused.

    Exit codes: 0 done; 64 case, 65 hand-over, 70 numerics; 75 out of time: run again.

    \b
    Examples:
      multiscale run my_electrode --probe
      multiscale run my_electrode --until drying
      multiscale run my_electrode --set calendering.line_load="800 N/mm"
      mpiexec -n 4 multiscale run my_electrode
    """
    from mpi4py import MPI

    from multiscale.jit_cache import place_cache

    comm = MPI.COMM_WORLD
    place_cache(comm.rank, comm.size)
    folder = run_folder(case, out, probe)
    loaded = _load_on_root(comm, case, settings or (), probe, folder)

    from multiscale.runner import run as run_case

    before = _keys(folder)
    try:
        run_case(loaded, folder, comm=comm, until=until)
    finally:  # a failed run has a page as well: it says how far the run came and why it stopped
        if comm.rank == 0 and (folder / NAME).exists():
            _report(folder, before)
    if comm.rank == 0:
        print(_summary(folder))


def _keys(folder: Path) -> dict[str, str] | None:
    """Names of the results that the folder shows now, by stage."""
    return read_index(folder).keys() if (folder / NAME).exists() else None


def _report(folder: Path, before: dict[str, str] | None) -> None:
    """Write report.html, unless it shows these very results already."""
    page = folder / "report.html"
    if page.exists() and _keys(folder) == before:
        return
    from multiscale.report import write_report

    write_report(folder)


def _load_on_root(
    comm: MPI.Intracomm, path: Path, settings: Sequence[str], probe: bool, folder: Path
) -> Case:
    """Read the case on rank 0 and give SI values, or the error, to every rank."""
    told: Case | MultiscaleError | None = None
    if comm.rank == 0:
        from multiscale.case.load import load_case

        try:
            if folder.exists() and not folder.is_dir():
                raise CaseError(f"--out {folder} is a file; name a folder. Nothing was run.")
            told = load_case(path, settings, probe=probe)
        except MultiscaleError as error:
            told = error
    told = comm.bcast(told)
    if isinstance(told, MultiscaleError):
        raise told
    assert told is not None
    return told


def _summary(folder: Path) -> str:
    from multiscale.cli.table import table
    from multiscale.results import open_run

    view = open_run(folder)
    keys = [key for key in HEADLINES if key.partition(".")[0] in view]
    rows = [(key, str(view.value(key)), view.value(key).doc) for key in keys]
    last = list(view.stages)[-1]
    return (
        f"{table(('result', 'value', 'meaning'), rows)}\n\nPage: {folder / 'report.html'}\n"
        f"More: multiscale show {shlex.quote(str(folder))} {last}"
    )
