"""The sheared slurry (shear.py) by both engines: rates, and stresses from the same start."""

import dataclasses
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.compaction_job import Engine, run
from tests.benchmarks.compaction_rounds import Contest, fastest, paired
from tests.benchmarks.shear import (
    RATE,
    SETTLED,
    SLURRY,
    TIME_STEP,
    TYPES,
    random_slurry,
)

Row = dict[str, Any]
SIZE = 20_000
BAR = 2.0
STEPS, CHOSEN_BY = 500, 100  # timed steps; those by which the peer's settings are chosen
COMPARED, EVERY = 1000, 20  # steps over which stresses are averaged, and between two samples
SAME_STRESS = 0.03


def ours() -> Engine:
    return Engine("multiscale", sys.executable, "shear_ours.py")


def lammps(python: str, newton: str, omp: bool, skin: float, lists: str) -> Engine:
    settings = {"newton": newton, "omp": omp, "skin": skin, "list": lists}
    return Engine("lammps", python, "shear_lammps.py", settings)


def job(start: Path, steps: int, **changes: Any) -> Row:
    """Give a job of steps under shear; one step goes ahead at least, see shear_lammps.py."""
    given = {"start": str(start), "law": SLURRY | {"types": TYPES}, "rate": RATE}
    given |= {"time_step": TIME_STEP, "warm": 20, "steps": steps, "laps": 1, "every": 0}
    return given | {"save": None} | changes


def settled(scratch: Path, particles: int) -> Path:
    """Shear a random slurry by our engine until it flows; what is there, stays."""
    path, loose = (scratch / f"{name}-{particles}.npz" for name in ("slurry", "random-slurry"))
    if not path.exists():
        random_slurry(particles).save(loose)
        run(ours(), 1, job(loose, round(SETTLED / (RATE * TIME_STEP)), warm=0, save=str(path)))
    return path


def peers(python: str, ranks: int, start: Path, particles: int, clock: str) -> list[Contest]:
    """Give the fastest three of the settings of LAMMPS."""
    short, full = job(start, CHOSEN_BY), job(start, STEPS)
    every = itertools.product(("on", "off"), (False, True), (0.6, 1.0, 1.5), ("bin", "multi"))
    contests = [Contest(lammps(python, *s), ranks, short, particles, clock) for s in every]
    return [dataclasses.replace(contest, job=full) for contest in fastest(contests, 3)]


def compared(python: str, ranks: int, start: Path) -> Row:
    """Run both from the same start and compare the means of shear stress and pressure."""
    sampled = job(start, COMPARED, every=EVERY)
    both = {"ours": ours(), "peer": lammps(python, "on", False, 1.0, "multi")}
    row: Row = {"strain": COMPARED * RATE * TIME_STEP}
    for name, engine in both.items():
        samples = run(engine, ranks, sampled)["samples"]
        for what in ("stress", "pressure"):
            row[f"{what}_{name}"] = float(np.mean([sample[what] for sample in samples]))
    off = [abs(row[f"{what}_ours"] / row[f"{what}_peer"] - 1) for what in ("stress", "pressure")]
    row |= {"stress_off": off[0], "pressure_off": off[1]}
    return row | {"same": max(off) <= SAME_STRESS}


def sheared(
    scratch: Path, python: str | None, ranks: int, rounds: int, clock: str, particles: int = SIZE
) -> Row:
    """Compare rates and stresses of a sheared slurry of two sizes with the peer's."""
    start = settled(scratch, particles)
    others: Sequence[Contest] = ()
    if python is not None:
        others = peers(python, ranks, start, particles, clock)
    mine = Contest(ours(), ranks, job(start, STEPS), particles, clock)
    row: Row = {"what": "shear", "size": particles, "ranks": ranks, "slurry": SLURRY, "bar": BAR}
    found = paired(mine, others, rounds, "peer")
    if found is None:
        return row | {"disturbed": "no round in which every rank had its core to itself"}
    if python is None:
        return row | found
    return row | found | {"met": found["ratio"] >= BAR} | compared(python, ranks, start)
