"""Drying on ranks: film-1d on one while the others wait, film-2d on all of them."""

import subprocess
from pathlib import Path

from mpi4py import MPI

import numpy as np
import pytest
from drying_case import cathode

from multiscale.coupling.context import Context
from multiscale.records import DryCoating
from multiscale.stages.drying import Film2D, dry

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


@pytest.mark.mpi(2)
def test_the_whole_stage_with_an_edge_is_the_same_on_two_ranks() -> None:
    """Every field and every stated error: balances, columns and binder, three solves of each."""
    options = Film2D().probe()
    edge = options.edge.model_copy(
        update={"columns": 24, "layers": 20, "steps": 20, "tolerance": 3e-4}
    )
    options = options.model_copy(update={"edge": edge})

    def coat(comm: MPI.Intracomm) -> DryCoating:
        made = dry.call(*cathode(), options, Context(comm, comm.Dup()))
        assert isinstance(made, DryCoating)
        return made

    together = coat(MPI.COMM_WORLD)
    if MPI.COMM_WORLD.rank:
        return
    alone = coat(MPI.COMM_SELF)
    assert alone.edge_position.size > 20
    for name, port in DryCoating.ports().items():
        if port.kind != "text":
            two, one = (np.asarray(getattr(made, name)) for made in (together, alone))
            assert np.abs(two - one).max(initial=0.0) <= 1e-8 * np.abs(one).max(initial=0.0), name
    for name, stated in alone.error.items():
        size = float(np.max(np.abs(getattr(alone, name)), initial=0.0))
        assert together.error[name] == pytest.approx(stated, rel=1e-3, abs=1e-7 * size), name
