"""The corridor on several ranks: same records, nobody left behind."""

import os
import signal
import subprocess
import time

import pytest

SAME = """
import sys, pathlib
sys.path.insert(0, {tests!r})
from mpi4py import MPI
from toy_chain import CHAIN, Paste, options
from multiscale.coupling.chain import run_chain
from multiscale.coupling.context import Context
from multiscale.coupling.store import Store
comm = MPI.COMM_WORLD
made, steps = run_chain(CHAIN, {{Paste: Paste(solid=0.2)}}, options({options}),
                        Store(pathlib.Path({out!r})), Context(comm, comm.Dup(), seed=1,
                        patience=3.0))
told = comm.gather([r.digest() for r in made.values()])
if comm.rank == 0:
    assert all(t == told[0] for t in told)
    print(*[s.action for s in steps], *told[0], flush=True)
"""

DIES = """
import os, sys, time
from mpi4py import MPI
if MPI.COMM_WORLD.rank == 1:
    os.kill(os.getpid(), 9)
MPI.COMM_WORLD.Barrier()
"""


def start(launch, ranks, code):
    command, environment = launch(ranks)
    return subprocess.run(
        [*command, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )


def chain_on(launch, tmp_path, ranks, options="", out="store"):
    code = SAME.format(
        tests=os.path.dirname(os.path.dirname(__file__)), options=options, out=str(tmp_path / out)
    )
    return start(launch, ranks, code)


@pytest.mark.parametrize("ranks", [2, 3])
def test_same_records_as_serial_from_the_same_store(launch, tmp_path, ranks):
    serial = chain_on(launch, tmp_path, 1)
    again = chain_on(launch, tmp_path, ranks)
    fresh = chain_on(launch, tmp_path, ranks, out="other")
    assert serial.stdout.split()[:2] == ["run", "run"], serial.stderr
    assert again.stdout.split()[:2] == ["reuse", "reuse"], again.stderr
    assert fresh.stdout.split()[:2] == ["run", "run"], fresh.stderr
    assert serial.stdout.split()[2:] == again.stdout.split()[2:] == fresh.stdout.split()[2:]


def test_exception_on_one_rank_of_three_ends_all_with_its_message(launch, tmp_path):
    begin = time.monotonic()
    done = chain_on(launch, tmp_path, 3, "fail_on=1")
    assert time.monotonic() - begin < 30
    assert done.returncode != 0
    assert "rank 1 of 3: FloatingPointError: no convergence" in done.stderr


def test_exception_while_others_wait_in_a_collective_aborts(launch, tmp_path):
    begin = time.monotonic()
    done = chain_on(launch, tmp_path, 3, "stuck_on=2")
    assert time.monotonic() - begin < 30
    assert done.returncode != 0
    assert "NaN before the sum" in done.stderr and "other ranks are stuck" in done.stderr


def test_rank_killed_inside_a_collective_ends_the_job(launch):
    begin = time.monotonic()
    done = start(launch, 3, DIES)
    assert time.monotonic() - begin < 30
    assert done.returncode not in (0, -signal.SIGALRM)


BUSY = """
import sys, time
from mpi4py import MPI
from multiscale.coupling.context import Context
from multiscale.errors import StageFailed
comm = MPI.COMM_WORLD
def work(item):
    if item == 1:
        raise FloatingPointError("no convergence")
    time.sleep(1.5)
try:
    Context(comm, comm.Dup(), patience=0.2).map(work, [0, 1])
except StageFailed as error:
    print(error, flush=True)
    sys.exit(error.exit_code)
"""


def test_failed_rank_waits_for_busy_ones(launch):
    done = start(launch, 2, BUSY)
    assert done.stdout.count("rank 1 of 2: FloatingPointError: no convergence") == 2, done.stderr
    assert done.returncode == 70
