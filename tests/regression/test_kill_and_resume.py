"""Killed at random moments and run again, a run ends with the digests of an undisturbed one.

Also: SIGTERM stops within seconds with exit code 75 and loses nothing.
"""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
from case_runs import CASES, digests
from conftest import mpi_environment

from multiscale.coupling.store import load

CASE = CASES / "nmc622_cathode"


def start(out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "multiscale", "run", CASE, "--probe", "--out", out]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, env=mpi_environment(), stdout=quiet, stderr=quiet)


def every_file_is_whole(out: Path) -> None:
    for path in (out / "store").glob("[0-9a-f]*.h5"):
        load(path)
    if (out / "run.h5").exists():
        with h5py.File(out / "run.h5") as file:
            assert "run" in file


def run_with_kills(out: Path, kills: int, seed: int, whole: dict[str, str]) -> None:
    """Kill at random moments, run again each time; start anew when a run gets through."""
    moments, done = random.Random(seed), 0
    while done < kills:
        with start(out) as process:
            try:
                assert process.wait(timeout=moments.uniform(0.2, 8.0)) == 0
                assert digests(out) == whole
                shutil.rmtree(out)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                done += 1
        every_file_is_whole(out)
    with start(out) as process:
        assert process.wait(timeout=300) == 0


def test_run_killed_many_times_ends_with_the_same_digests(tmp_path, request):
    """Twelve kills, thirty with --slow."""
    kills = 30 if request.config.getoption("--slow") else 12
    with start(tmp_path / "undisturbed") as process:
        assert process.wait(timeout=300) == 0
    whole = digests(tmp_path / "undisturbed")
    run_with_kills(tmp_path / "killed", kills, 7, whole)
    assert digests(tmp_path / "killed") == whole
    assert not list((tmp_path / "killed").rglob(".*.tmp"))


def test_sigterm_stops_within_seconds_with_75(tmp_path):
    with start(tmp_path) as process:
        while not list((tmp_path / "store").glob("[0-9a-f]*.h5")):
            time.sleep(0.05)
            assert process.poll() is None
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 75
        assert time.monotonic() - begin < 10
    every_file_is_whole(tmp_path)
    assert (tmp_path / "run.h5").exists()
