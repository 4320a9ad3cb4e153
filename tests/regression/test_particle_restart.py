"""Killed at random moments and run again, particles move as if nothing had happened, to the bit."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from mpi4py import MPI

import numpy as np
import particle_job
import pytest
from conftest import mpi_environment, mpiexec

from multiscale.particles.checkpoint import Snapshot, checkpoints, read

JOB = [particle_job.__file__]
CASES = [("shear", 1, 3), ("press", 2, 3)]
CASES += [
    pytest.param(scenario, ranks, 20, marks=pytest.mark.slow)
    for scenario in ("shear", "press", "confine")
    for ranks in (1, 2)
]


def start(folder: Path, scenario: str, ranks: int) -> subprocess.Popen[str]:
    python = mpiexec(ranks) if ranks > 1 else [sys.executable]
    return subprocess.Popen(
        [*python, *JOB, str(folder), scenario],
        env=mpi_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(folder: Path, scenario: str, ranks: int) -> float:
    """Run to the end; give the seconds it took from where it was."""
    with start(folder, scenario, ranks) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        begin = time.monotonic()
        said += process.communicate(timeout=300)[0]
        assert process.returncode == 0, said
    return time.monotonic() - begin


def kill_at(moment: float, folder: Path, scenario: str, ranks: int, which: int) -> bool:
    """Kill one rank some seconds after the start; say whether it was still running."""
    with start(folder, scenario, ranks) as process:
        assert process.stdout is not None
        said = process.stdout.readline().split()
        assert said[:1] == ["running"], said + process.stdout.readlines()
        time.sleep(moment)
        running = process.poll() is None
        if running:
            os.kill(int(said[1 + which]), signal.SIGKILL)
        process.communicate(timeout=60)
        return running and process.returncode != 0


def last(folder: Path) -> Snapshot:
    found = read(folder, MPI.COMM_SELF)
    assert found is not None and found.step == particle_job.STEPS
    return found


def check_same(one: Snapshot, other: Snapshot) -> None:
    """Compare every array of two snapshots bit by bit, in the order of the ranks."""
    assert one.numbers == other.numbers and one.ranks == other.ranks
    pairs = [(one.particles, other.particles), (one.shared, other.shared)]
    pairs += [(one.tables[name], other.tables[name]) for name in one.tables]
    for mine, theirs in pairs:
        assert mine.keys() == theirs.keys()
        for name in mine:
            assert mine[name].tobytes() == theirs[name].tobytes(), name
    for name in one.ragged:
        for a, b in zip(one.ragged[name].items, other.ragged[name].items, strict=True):
            assert a.tobytes() == b.tobytes(), name


@pytest.mark.parametrize(("scenario", "ranks", "kills"), CASES)
def test_a_killed_run_goes_on_bit_for_bit(tmp_path, scenario, ranks, kills) -> None:
    took = finish(tmp_path / "whole", scenario, ranks)
    moments, done, through = random.Random(kills), 0, 0
    folder = tmp_path / "killed-0"
    while done < kills:
        if checkpoints(folder) and read(folder, MPI.COMM_SELF).step == particle_job.STEPS:
            check_same(last(folder), last(tmp_path / "whole"))
            through += 1  # it got through: begin anew
            folder = tmp_path / f"killed-{through}"
        moment = moments.uniform(0.0, took / 2)
        done += kill_at(moment, folder, scenario, ranks, moments.randrange(ranks))
    finish(folder, scenario, ranks)
    check_same(last(folder), last(tmp_path / "whole"))
    assert not list(folder.glob(".*"))
    assert len(checkpoints(folder)) in (2, 3)  # three if the last kill came before the tidying up


def test_another_number_of_ranks_goes_on_with_the_same_physics(tmp_path) -> None:
    """Begun on two ranks, ended on one: the same places to within the growth of round-off."""
    whole, moved = tmp_path / "whole", tmp_path / "moved"
    finish(whole, "shear", 1)
    while not (early := read(moved, MPI.COMM_SELF)) or early.step < 200:
        assert kill_at(0.2, moved, "shear", 2, 1)
    assert early.step < particle_job.STEPS and early.ranks == 2
    assert early.ragged["contacts"].counts.sum() > 20
    finish(moved, "shear", 1)
    one, other = (last(folder).particles for folder in (whole, moved))
    order = [np.argsort(p["id"]) for p in (one, other)]
    assert np.array_equal(one["id"][order[0]], other["id"][order[1]])
    assert np.abs(one["X"][order[0]] - other["X"][order[1]]).max() < 1e-9
