"""How the command ends: codes, messages, and no rank left waiting."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from multiscale.cli.leave import leaving
from multiscale.errors import CaseError, HandoverError, OutOfTime, StageFailed

PROGRAM = """
import sys
from mpi4py import MPI
from multiscale.cli.leave import leaving

def work():
    if MPI.COMM_WORLD.rank == 1:
        raise ZeroDivisionError("one rank only")
    MPI.COMM_WORLD.barrier()

sys.exit(leaving(work))
"""
STOPPED = """
import os, signal, sys
from multiscale.cli.leave import leaving
from multiscale.coupling.context import Context, stop_on_sigterm

def work():
    from mpi4py import MPI
    import h5py, numpy
    with stop_on_sigterm():
        from dolfinx import fem, mesh
        from dolfinx.fem.petsc import create_vector
        interval = mesh.create_unit_interval(MPI.COMM_SELF, 4)
        create_vector(fem.functionspace(interval, ("Lagrange", 1)))
        os.kill(os.getpid(), signal.SIGTERM)
        Context(MPI.COMM_WORLD, MPI.COMM_WORLD).report(0.5)

sys.exit(leaving(work))
"""
REFUSED = (
    "import sys; from multiscale.cli.main import main; sys.exit(main(['run', 'nowhere.toml']))"
)


def stopping(error: BaseException) -> int:
    def work() -> None:
        raise error

    return leaving(work)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CaseError("c"), 64),
        (HandoverError("h"), 65),
        (StageFailed("s"), 70),
        (OutOfTime("o"), 75),
        (PermissionError(13, "Permission denied", "runs"), 74),
        (SystemExit(2), 64),
        (SystemExit(0), 0),
        (SystemExit(None), 0),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_end_has_its_code(error: BaseException, code: int) -> None:
    assert stopping(error) == code


def test_a_known_error_says_its_sentence_only(capsys: pytest.CaptureFixture[str]) -> None:
    stopping(StageFailed("no convergence at 40 degC"))
    assert capsys.readouterr().err == "no convergence at 40 degC\n"


def test_an_interrupt_says_that_nothing_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    stopping(KeyboardInterrupt())
    assert "run the same command again" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert leaving(lambda: (tmp_path / "none" / "page.html").write_text("")) == 74
    said = capsys.readouterr().err
    assert said.startswith(f"'{tmp_path}/none/page.html': No such file or directory; check that")
    assert said.count("\n") == 1


def test_a_defect_leaves_its_traceback_in_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert stopping(ZeroDivisionError("division by zero")) == 70
    said = capsys.readouterr().err
    assert said.startswith("ZeroDivisionError: division by zero\n")
    assert "Traceback (most recent call last)" not in said
    (written,) = tmp_path.glob("*.traceback")
    assert str(written) in said
    assert "Traceback (most recent call last)" in written.read_text()


def test_a_lost_rank_ends_the_job(launch, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # fixture of conftest
    command, environment = launch(2)
    done = subprocess.run(
        [*command, "-c", PROGRAM],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "rank 1 of 2: ZeroDivisionError: one rank only" in done.stderr


def test_a_refused_case_is_said_once_on_two_ranks(launch, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # fixture of conftest
    command, environment = launch(2)
    done = subprocess.run(
        [*command, "-c", REFUSED],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 64
    assert done.stderr.count("no such file") == 1


def test_a_stop_is_asked_for_also_while_petsc_runs(tmp_path: Path) -> None:
    """PETSc's own handler would take SIGTERM for a crash and give its code instead of 75."""
    if importlib.util.find_spec("dolfinx") is None:
        pytest.skip("DOLFINx is not installed")
    command = [sys.executable, "-c", STOPPED]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == OutOfTime.exit_code, done.stderr
    assert "run the same command again" in done.stderr
