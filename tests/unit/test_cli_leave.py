"""How the command ends: codes, messages, and no rank left waiting."""

from __future__ import annotations

import subprocess
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
