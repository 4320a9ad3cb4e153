"""No two living processes fill one cache of compiled code, and what one compiled another copies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PLACE = """
import sys
from multiscale import jit_cache
from multiscale.jit_cache import place_cache
jit_cache._fingerprint = lambda: "sources"  # they may be edited while the test runs
print(place_cache(int(sys.argv[1]), 2), flush=True)
sys.stdin.read()
"""

KERNEL = """
from numba import njit

@njit(cache=True)
def double(x):
    return 2.0 * x
"""

COMPILE = """
import sys
sys.path.insert(0, sys.argv[1])
from mpi4py import MPI
from multiscale import jit_cache
from multiscale.jit_cache import compile_first, place_cache
jit_cache._fingerprint = lambda: "sources"
comm = MPI.COMM_WORLD
place_cache(comm.rank, comm.size)
from kernel import double
told = []
for _ in range(2):
    compile_first(comm, "double", lambda: double(1.0), lambda: told.append("compiling"))
hits = sum(double.stats.cache_hits.values())
misses = sum(double.stats.cache_misses.values())
print(*comm.gather((comm.rank, hits, misses, *told)) or "", sep="|", end="", flush=True)
"""


def home(folder: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA")}
    return kept | {"XDG_CACHE_HOME": str(folder)} | more


class Process:
    """A process that holds its directory until it is killed."""

    def __init__(self, rank: int, environment: dict[str, str]) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", PLACE, str(rank)]
        self._run = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        assert self._run.stdout is not None
        self.place = Path(self._run.stdout.readline().strip())

    def kill(self) -> None:
        self._run.send_signal(signal.SIGKILL)
        self._run.communicate()


def test_processes_that_live_have_different_places(tmp_path: Path) -> None:
    first, second, other = (Process(rank, home(tmp_path)) for rank in (0, 0, 1))
    base = tmp_path / "multiscale" / "numba-sources"
    assert first.place == base / "rank-0"
    assert [p.place for p in (second, other)] == [base / "rank-0.2", base / "rank-1"]
    first.kill()
    again = Process(0, home(tmp_path))
    assert again.place == base / "rank-0"
    child = Process(0, home(tmp_path, NUMBA_CACHE_DIR=str(again.place)))
    assert child.place == base / "rank-0.3"  # not that of the process that started it
    mine = Process(0, home(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "mine")))
    assert mine.place == tmp_path / "mine"
    for process in (second, other, again, child, mine):
        process.kill()


@pytest.mark.parametrize("warm", [False, True])
def test_ranks_copy_what_one_compiled(tmp_path: Path, launch, warm: bool) -> None:
    (tmp_path / "kernel.py").write_text(KERNEL)

    def run(ranks: int) -> list[str]:
        command, environment = launch(ranks)
        environment = {k: v for k, v in environment.items() if not k.startswith("NUMBA")}
        done = subprocess.run(
            [*command, "-c", COMPILE, str(tmp_path)],
            env=environment | {"XDG_CACHE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split("|")

    if warm:
        assert run(1) == ["(0, 0, 1, 'compiling')"]
    else:
        assert run(2) == ["(0, 0, 1, 'compiling')", "(1, 1, 0)"]
    assert run(2) == ["(0, 1, 0)", "(1, 1, 0)"]
