"""Cost of drying: one coating, an ensemble on two ranks, and the edge on one rank and on two.

    python tests/benchmarks/drying.py --json drying.json [--full] [--edge] [--rounds 3]

Each row of the file is one JSON object.

- `coating`: CPU and wall seconds of the drying stage for the NMC622 cathode at its default
  resolution after start-up, its two coarser solves for the numerical error included; the least of
  the rounds.
- `ensemble`: wall seconds of a Sobol sample of air temperatures, web speed and binder until drying,
  on two ranks, start-up and stored inputs included. Without --full 64 samples are run and
  `seconds_per_1000` is extrapolated: start-up once, the rest in proportion.
- `edge` (with --edge): wall seconds of film-2d's drying stage on one rank and on two, with
  `unknowns` of the binder transport, and `scaling`, the ratio of the two.

On a shared machine only CPU seconds and ratios of runs side by side mean anything. Run from the
repository's root with PYTHONPATH=tests set; it needs mpiexec.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mpi4py import MPI

from conftest import mpi_environment, mpiexec
from drying_case import cathode

from multiscale.coupling.context import Context
from multiscale.fem import forms
from multiscale.results import open_run
from multiscale.stages.drying import Film1D, dry

CASE = Path(__file__).resolve().parents[2] / "cases" / "nmc622_cathode"
TABLE = """
extends = "{case}"
[ensemble]
design = "sobol"
until = "drying"
samples = {samples}
results = ["drying.drying_time", "drying.binder_ratio"]
[[ensemble.factor]]
name = "first air"
keys = ["drying.zones[0].air_temperature"]
low = "70 degC"
high = "110 degC"
[[ensemble.factor]]
name = "last air"
keys = ["drying.zones[2].air_temperature"]
low = "100 degC"
high = "140 degC"
[[ensemble.factor]]
name = "gap"
keys = ["coating.gap"]
low = "120 um"
high = "180 um"
[[ensemble.factor]]
name = "diffusivity"
keys = ["drying.diffusivity_factor"]
low = 0.3
high = 3.0
scale = "log"
"""


def coating(rounds: int) -> dict[str, Any]:
    """One coating after start-up."""
    forms.start()
    ctx = Context(MPI.COMM_SELF, MPI.COMM_SELF)
    powder, formulation, film = cathode()
    options = Film1D()
    dry.call(powder, formulation, film, options, ctx)  # imports and caches
    best = {"cpu_seconds": float("inf"), "seconds": float("inf")}
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        dry.call(powder, formulation, film, options, ctx)
        took = {"cpu_seconds": time.process_time() - cpu, "seconds": time.perf_counter() - wall}
        best = {name: min(best[name], took[name]) for name in best}
    return {"what": "coating", "cells": options.cells, "steps": options.steps, **best}


def ensemble(samples: int, folder: Path) -> dict[str, Any]:
    """An ensemble on two ranks, in processes of its own."""
    wall = {n: _ensemble_seconds(n, folder / str(n)) for n in (2, samples)}
    each = (wall[samples] - wall[2]) / (samples - 2)
    return {
        "what": "ensemble",
        "ranks": 2,
        "samples": samples,
        "seconds": wall[samples],
        "seconds_per_sample": each,
        "seconds_per_1000": wall[2] + 998 * each,
        "extrapolated": samples < 1000,
    }


def _ensemble_seconds(samples: int, folder: Path) -> float:
    folder.mkdir()
    (folder / "case.toml").write_text(TABLE.format(case=CASE, samples=samples), "utf-8")
    return _timed(2, "ensemble", folder, "--out", folder / "run")


def edge(folder: Path, columns: int, layers: int) -> dict[str, Any]:
    """The strip beside the edge on one rank and on two."""
    seconds = {}
    for ranks in (1, 2):
        out = folder / f"edge{ranks}"
        grid = [f"--set=drying.edge.columns={columns}", f"--set=drying.edge.layers={layers}"]
        _timed(ranks, "run", CASE, "--until", "drying", "--set=drying.kind=film-2d", *grid,
               "--out", out)  # fmt: skip
        seconds[ranks] = open_run(out)["drying"].meta["provenance"]["wall_s"]
    return {
        "what": "edge",
        "unknowns": (columns + 1) * (layers + 1),
        "seconds": seconds,
        "scaling": seconds[1] / seconds[2],
    }


def _timed(ranks: int, *arguments: object) -> float:
    command = mpiexec(ranks) if ranks > 1 else [sys.executable]
    start = time.perf_counter()
    subprocess.run(
        [*command, "-m", "multiscale", *map(str, arguments)],
        env=mpi_environment(),
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="run all 1,000 samples")
    parser.add_argument("--edge", action="store_true", help="film-2d as well: minutes")
    parser.add_argument("--columns", type=int, default=400)
    parser.add_argument("--layers", type=int, default=250)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        rows = [coating(options.rounds), ensemble(1000 if options.full else 64, Path(scratch))]
        if options.edge:
            rows.append(edge(Path(scratch), options.columns, options.layers))
    options.json.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    print(options.json.read_text("utf-8"), end="")


if __name__ == "__main__":
    main()
