"""Drying solves on one rank while the others wait; loading DOLFINx must not strand them."""

import subprocess
from pathlib import Path

CASE = Path(__file__).resolve().parents[2] / "cases" / "nmc622_cathode"


def test_chain_until_drying_on_two_ranks(launch, tmp_path) -> None:
    """A fresh job: nothing but the stage itself has started PETSc."""
    command, environment = launch(2)
    run = ["-m", "multiscale", "run", str(CASE), "--probe", "--until", "drying"]
    done = subprocess.run(
        [*command, *run, "--out", str(tmp_path / "run")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "drying: done" in done.stdout + done.stderr
