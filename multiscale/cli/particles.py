"""multiscale particles: a case of discrete elements. Running again goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multiscale.cli.arguments import CaseFile, Out, Settings, run_folder
from multiscale.errors import CaseError, MultiscaleError

if TYPE_CHECKING:
    from mpi4py import MPI

    from multiscale.particle_case.load import ParticleCase


def particles(
    case: CaseFile,
    settings: Settings = None,
    out: Out = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Check the case and say what would run; at once.")
    ] = False,
    estimate: Annotated[
        bool,
        typer.Option(
            "--estimate",
            help="The same with time step and run time: compiles, places, tries steps.",
        ),
    ] = False,
) -> None:
    """Run a case of particles, or go on from a checkpoint.

    The case file names species, laws, walls, binder and a protocol: compress, hold, nip, pack,
    shear, relax, settle, bind. Laws add; a law of your own comes from a Python file. The folder
    of the run receives summary.json, samples.csv, samples.png, checkpoints and frames.

    Exit codes: 0 done; 64 case, 70 numerics; 75 out of time: run again.

    \b
    Examples:
      multiscale particles cases/particle_compaction --plan
      multiscale particles cases/particle_compaction --set laws[0].friction=0.5
      mpiexec -n 4 multiscale particles cases/slurry_shear --out runs/shear
    """
    from mpi4py import MPI

    from multiscale.jit_cache import place_cache

    comm = MPI.COMM_WORLD
    place_cache(comm.rank, comm.size)
    folder = run_folder(case, out, probe=False)
    loaded = _load_on_root(comm, case, settings or (), folder)
    if plan or estimate:
        from multiscale.particle_case.run import estimate_particles, plan_text

        text = estimate_particles(loaded, comm) if estimate else plan_text(loaded)
        if comm.rank == 0:
            print(f"{text}\n\nno errors; results go to {folder}")
        return
    from multiscale.particle_case.run import run_particles

    summary = run_particles(loaded, folder, comm=comm)
    if comm.rank == 0:
        print(_text(json.loads(summary.read_text("utf-8")), folder))


def _load_on_root(
    comm: MPI.Intracomm, path: Path, settings: Sequence[str], folder: Path
) -> ParticleCase:
    """Read the case on rank 0 and give it, or the error, to every rank."""
    told: ParticleCase | MultiscaleError | None = None
    if comm.rank == 0:
        from multiscale.particle_case.load import load_particle_case

        try:
            if folder.exists() and not folder.is_dir():
                raise CaseError(f"--out {folder} is a file; name a folder. Nothing was run.")
            told = load_particle_case(path, settings)
        except MultiscaleError as error:
            told = error
    told = comm.bcast(told)
    if isinstance(told, MultiscaleError):
        raise told
    assert told is not None
    return told


def _text(found: dict[str, Any], folder: Path) -> str:
    """Write the numbers of the last stage, and where the rest is."""
    from multiscale.cli.table import table
    from multiscale.results import number_text

    last = found["stages"][-1]
    rows = [(name, _amount(n, number_text), n["meaning"]) for name, n in last["numbers"].items()]
    head = f"{found['title']}: {found['steps']} steps, stage {last['stage']} ({last['do']})"
    return f"{head}\n\n{table(('result', 'value', 'meaning'), rows)}\n\nMore: {folder}"


def _amount(number: dict[str, Any], number_text: Any) -> str:
    if number["value"] is None:
        return "-"
    unit = "" if number["unit"] == "1" else f" {number['unit']}"
    error = "" if number["error"] is None else f" ± {number['error']:.2g}"
    return f"{number_text(number['value'])}{error}{unit}"
