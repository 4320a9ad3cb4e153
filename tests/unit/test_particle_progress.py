"""What is said before and during a run of particles, and how all ranks stop together."""

from __future__ import annotations

from pathlib import Path

from mpi4py import MPI

import numpy as np
import pytest

from multiscale import jit_cache
from multiscale.errors import CaseError, OutOfTime
from multiscale.particles import cost, progress
from multiscale.particles.box import Box, Wall
from multiscale.particles.laws.hertz_mindlin import hertz_mindlin
from multiscale.particles.measure import Measure
from multiscale.particles.perform import perform
from multiscale.particles.progress import Meter
from multiscale.particles.protocols import Compress, Hold
from multiscale.particles.simulation import Simulation
from multiscale.particles.state import spheres
from multiscale.particles.warm import warm_up

COMM, SELF = MPI.COMM_WORLD, MPI.COMM_SELF
LAWS = [hertz_mindlin(young=1e7, poisson=0.25, restitution=0.5, friction=0.5)]


def packing(side: int) -> Simulation:
    """Spheres on a cubic lattice that just touch."""
    place = np.stack(np.meshgrid(*[np.arange(side) + 0.5] * 3), axis=-1).reshape(-1, 3)
    box = Box((float(side),) * 3)
    return Simulation(spheres(place, 0.5), box=box, laws=LAWS, time_step=1e-6)


def test_the_memory_of_an_estimate_is_that_of_the_arrays() -> None:
    built = packing(16)
    built.rebuild()
    built.lists.prune(built.state, 1, bonded=False)
    n, lists = built.total, built.lists
    told = cost.estimate(n, lists.outer / n, 10, 1, history=lists.history)
    arrays = told.bytes_per_rank - cost.resident_bytes()
    moving = n * (cost._BUILDING + lists.outer / n * 2 * (8 + 8 * lists.history))
    assert arrays - moving == pytest.approx(cost.held_bytes(built), rel=0.1)


def test_an_estimate_is_one_line() -> None:
    told = cost.Cost(1e9, 2, 720.0, 0.4e9)
    assert str(told) == "about 12 min on 2 ranks, 0.4 GB per rank"
    assert str(cost.Cost(1e9, 1, None, 1.26e9)) == "unknown time on 1 rank, 1.3 GB"
    both = [cost.estimate(1_000_000, 4.0, 1000, ranks, rate=5e6) for ranks in (1, 4)]
    assert [c.seconds for c in both] == [200.0, 50.0]
    assert [cost.duration(s) for s in (0.5, 119, 125, 7300, 2e5)] == [
        "0.5 s",
        "119 s",
        "2.1 min",
        "2 h",
        "2.3 days",
    ]


def test_the_rate_is_measured_without_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(cost.time, "perf_counter", lambda: clock[0])

    def run(steps: int) -> None:
        clock[0] += 20.0 if clock[0] == 0 else 0.01 * steps

    assert cost.calibrate(run, 1000, SELF) == pytest.approx(1e5)


def test_the_numbers_of_a_flow() -> None:
    assert progress.inertial_number(-2.0, 3.0, 8.0, 2.0) == pytest.approx(12.0)
    assert progress.stiffness_number(1e8, 1e3) == pytest.approx(1e5)
    assert progress.stokes_number(4750, 1.0, 5e-6, 0.1) == pytest.approx(1.1875e-6)
    assert progress.kinetic_share(3.0, 4.0, 0.5) == pytest.approx(1.0)


def test_a_meter_tells_the_rate_and_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, told = [0.0], []
    monkeypatch.setattr(progress.time, "perf_counter", lambda: clock[0])
    meter = Meter(50_000, SELF, lambda fraction, note: told.append((fraction, note)), 200)
    clock[0] = 2.0
    meter.tick(300, 0.3, I=1.234e-4)
    clock[0] = 3.0
    meter.tick(500, 0.5)
    assert told == [
        (0.3, "step 300, 2.5 M particle-steps/s, I = 0.000123"),
        (0.5, "step 500, 10 M particle-steps/s"),
    ]


@pytest.mark.mpi(2)
def test_all_ranks_stop_where_one_is_asked_to() -> None:
    def report(fraction: float, note: str) -> None:
        if COMM.rank == 1 and fraction >= 0.5:
            raise OutOfTime("asked to stop")

    meter = Meter(1, COMM, report)
    steps = []
    with pytest.raises(OutOfTime, match="asked to stop at step 5: run again") as stopped:
        for step in range(10):
            meter.tick(step, step / 10)
            steps.append(step)
    assert stopped.value.agreed and steps == [0, 1, 2, 3, 4]


def test_kernels_are_compiled_once_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("multiscale.particles.progress.logger.info", told.append)
    types = ("AM", "CBD")
    for mark in jit_cache.place_cache(0, 1).glob("kernel-*.compiled"):
        mark.unlink()
    for _ in range(2):
        warm_up(LAWS, types, SELF)
    assert told == ["compiling kernels, once per machine and version, about 7 s"]
    both = spheres([[1, 1, 1], [3, 3, 3]], 0.4, type=types)
    built = Simulation(both, box=Box((5.0,) * 3), laws=LAWS, time_step=1e-6)
    compiled = len(built.kernel.advance.signatures)
    built.run(1)
    assert len(built.kernel.advance.signatures) == compiled == 1


class Killed(Exception):
    pass


def pressed(folder: Path, *, kill: int = 0, report=None, speed: float = 0.5) -> list[Measure]:
    """Press a packing, then keep its pressure; die when the sample number `kill` is taken."""
    taken: list[int] = []

    def on_sample(_: Measure, stage: int) -> None:
        taken.append(stage)
        if len(taken) == kill:
            raise Killed

    place = np.stack(np.meshgrid(*[np.arange(4) + 0.5] * 3), axis=-1).reshape(-1, 3)
    place = place + np.random.default_rng(3).uniform(-0.02, 0.02, place.shape)
    sim = Simulation(
        spheres(place, 0.48),
        box=Box((4.0,) * 3, (True, True, False)),
        laws=[hertz_mindlin(young=1e3, poisson=0.25, restitution=0.5, friction=0.5)],
        walls=[Wall("z", 0.0), Wall("z", 4.0)],
        time_step=2e-3,
        overlap=0.1,
    )
    stages = [Compress(speed=speed, gap=3.8), Hold(pressure=1.0, duration=0.2, pace=0.1)]
    clocks = dict(sample=20, on_sample=on_sample, checkpoint=40)
    return perform(sim, stages, report=report, folder=folder, **clocks)


def test_a_protocol_goes_on_in_the_stage_where_it_was_killed(tmp_path: Path) -> None:
    whole = pressed(tmp_path / "whole")
    for kill in (5, 7):
        with pytest.raises(Killed):
            pressed(tmp_path / "killed", kill=kill)
    end = pressed(tmp_path / "killed")
    assert 0 < len(end) < len(whole)
    for one, other in zip(whole[-len(end) :], end, strict=True):
        assert one.energy == other.energy and one.pressure == other.pressure
    with pytest.raises(
        CaseError, match=r"stages\[0\]: .*speed=0.5.* in the checkpoint, .*speed=0.4"
    ):
        pressed(tmp_path / "killed", speed=0.4)


def test_a_protocol_that_is_asked_to_stop_writes_a_checkpoint_first(tmp_path: Path) -> None:
    def report(fraction: float, note: str) -> None:
        if fraction > 0.3:
            raise OutOfTime("asked to stop")

    whole = pressed(tmp_path / "whole")
    with pytest.raises(OutOfTime, match=r"asked to stop at step \d+: run again"):
        pressed(tmp_path / "stopped", report=report)
    end = pressed(tmp_path / "stopped")
    assert end[-1].pressure == pytest.approx(whole[-1].pressure, rel=1e-6)
