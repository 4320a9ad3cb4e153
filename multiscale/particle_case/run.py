"""A particle case is run, or goes on: placed, estimated, carried out, and written."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from pathlib import Path
from typing import Any

from mpi4py import MPI

import numpy as np

from multiscale.coupling.context import Context, stop_on_sigterm
from multiscale.coupling.provenance import environment
from multiscale.errors import CaseError
from multiscale.files import replacing
from multiscale.log import configure, logger, progress
from multiscale.particle_case import plan, summary
from multiscale.particle_case.load import ParticleCase
from multiscale.particle_case.picture import draw
from multiscale.particle_case.population import populate
from multiscale.particle_case.recorder import Recorder
from multiscale.particle_case.room import wall_name
from multiscale.particle_case.setup import (
    anywhere,
    laws_of,
    place_all,
    prepare,
    simulate,
    step_limits,
    time_step_of,
)
from multiscale.particles.checkpoint import checkpoints, differences
from multiscale.particles.confinement import Compaction
from multiscale.particles.cost import calibrate
from multiscale.particles.frames import write_frame
from multiscale.particles.measure import Measure
from multiscale.particles.perform import perform
from multiscale.particles.progress import Report
from multiscale.particles.simulation import Simulation
from multiscale.particles.state import Particles

CHECKPOINTS, FRAMES = "checkpoints", "frames"
SETTINGS, SUMMARY, SAMPLES, PICTURE = "settings.json", "summary.json", "samples.csv", "samples.png"


def run_particles(case: ParticleCase, out: Path, *, comm: MPI.Intracomm | None = None) -> Path:
    """Run a particle case, or go on from its checkpoint. Collective.

    Args:
        case: the same on every rank.
        out: folder of the run.
        comm: ranks to work on; all by default.

    Returns:
        The summary that was written: summary.json.

    Raises:
        CaseError: the particles do not fit, the time step is too long, or the folder holds a run
            of another case (on all ranks).
        OutOfTime: asked to stop; run again to go on.
        StageFailed: see `particles.perform`.
    """
    comm = comm or MPI.COMM_WORLD
    configure(comm.rank, comm.size)
    ctx = Context(comm, comm.Dup(), seed=case.seed)
    if ctx.on_root(lambda: _claim(case, out)):
        return out / SUMMARY
    with stop_on_sigterm():
        return _Run(case, out, ctx).carry_out()


def _claim(case: ParticleCase, out: Path) -> bool:
    """Make the folder, or see that it holds this case; say whether it is done. On rank 0."""
    (out / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
    path, now = out / SETTINGS, case.settings()
    if path.exists():
        found = differences(json.loads(path.read_text("utf-8")), now)
        if found:
            raise CaseError(
                f"{out} holds a run of another case:\n  "
                + "\n  ".join(found[:12])
                + "\nname another folder with --out, or remove this one"
            )
        return (out / SUMMARY).exists()
    _write_json(path, now)
    return False


class _Run:
    """The parts of one run, made in this order: laws, time step, particles, estimate, work."""

    def __init__(self, case: ParticleCase, out: Path, ctx: Context) -> None:
        self.case, self.out, self.ctx, self.comm = case, out, ctx, ctx.comm
        self.everyone = populate(case)
        self.laws = laws_of(case, float(self.everyone.radius.max()))
        self.begun = time.monotonic()

    def prepare(self) -> None:
        """Compile the laws and find the time step. Collective."""
        case = self.case
        prepare(case, self.laws, self.comm)
        self.allowed = step_limits(case, self.laws, self.everyone)
        self.step = time_step_of(case, self.allowed)
        self.planned = plan.plan_stages(case, self.everyone.volume / case.volume, self.step)

    def estimate(self, particles: Particles) -> str:
        """Say what it will take, measured on a simulation that is then thrown away. Collective."""
        case, comm, everyone = self.case, self.comm, self.everyone
        trial = simulate(case, self.laws, particles, self.step, comm)
        rate = calibrate(trial.run, len(everyone), comm)
        said = plan.describe(case, everyone, self.planned, self.step, self.allowed)
        pairs = comm.allreduce(trial.lists.pairs) / len(everyone)
        cost = plan.cost_of(
            everyone, self.planned, comm.size, rate, pairs, trial.kernel.history,
            bonded=case.binder is not None,
        )  # fmt: skip
        unknown = sum(p.steps is None for p in self.planned)
        left = f", without {unknown} of the stages" if 0 < unknown < len(self.planned) else ""
        return (
            f"{said}\n  takes       {cost}{left}; now {rate / 1e6:.3g} M particle-steps/s per rank"
        )

    def carry_out(self) -> Path:
        """Run, or go on. Collective."""
        case, comm = self.case, self.comm
        self.prepare()
        if self.ctx.on_root(lambda: bool(checkpoints(self.out / CHECKPOINTS))):
            logger.info("going on from the last checkpoint in %s", self.out)
            particles = anywhere(case, self.everyone, comm)
        else:
            particles = place_all(case, self.everyone, comm)
            logger.info("%s", self.estimate(particles))
        self._work(simulate(case, self.laws, particles, self.step, comm))
        return self.out / SUMMARY

    def _work(self, sim: Simulation) -> None:
        case, output, comm = self.case, self.case.output, self.comm
        sample = output.sample.in_steps(self.step)
        frames = output.frames and max(1, round(output.frames.in_steps(self.step) / sample))
        recorder = Recorder(case, sim, self.everyone, self.out / SAMPLES)

        def on_sample(found: Measure, stage: int) -> None:
            recorder.take(found, stage)
            if frames and sim.step % (frames * sample) == 0:
                self._write_frames(sim)

        with progress("particles", show=comm.rank == 0) as shown:
            ctx = dataclasses.replace(self.ctx, progress=shown)
            perform(
                sim,
                [stage.engine(case.glue) for stage in case.stages],
                sample=sample,
                on_sample=on_sample,
                report=self._teller(recorder, ctx),
                folder=self.out / CHECKPOINTS,
                checkpoint=output.checkpoint.in_steps(self.step),
            )
        if frames:
            self._write_frames(sim)
        self.ctx.on_root(lambda: self._finish(sim, recorder))

    def _write_frames(self, sim: Simulation) -> None:
        output = self.case.output
        folder = self.out / FRAMES
        write_frame(sim, folder, particles=output.particles, with_contacts=output.contacts)

    def _teller(self, recorder: Recorder, ctx: Context) -> Report:
        """Make the report of the whole run from the engine's, which counts stages alike."""
        share = np.array(plan.weights(self.planned))
        until = np.concatenate([[0.0], np.cumsum(share)]) / share.sum()

        def tell(done: float, note: str) -> None:
            fraction = float(np.interp(done * len(share), np.arange(len(until)), until))
            ctx.report(fraction, ", ".join(filter(None, (note, recorder.note()))))

        return tell

    def _finish(self, sim: Simulation, recorder: Recorder) -> None:
        """Write the summary and the picture. On rank 0."""
        case, rows = self.case, recorder.rows
        names, steady = [s.do for s in case.stages], [s.steady for s in case.stages]
        stages = summary.numbers(rows, names, steady, [wall_name(w) for w in case.walls])
        doubts = summary.doubts(stages, deep=isinstance(sim, Compaction))
        for doubt in doubts:
            logger.warning("%s", doubt)
        counts = [len(self.everyone.of_species(k)) for k in range(len(case.species))]
        found = {
            "title": case.title,
            "case": str(case.path),
            "seed": case.seed,
            "particles": {s.name: n for s, n in zip(case.species, counts, strict=True)},
            "time_step": {"value": self.step, "unit": "s"},
            "time_step_limits": {"value": self.allowed, "unit": "s"},
            "steps": sim.step,
            "time": {"value": sim.time, "unit": "s"},
            "ranks": self.comm.size,
            "wall_time": {"value": time.monotonic() - self.begun, "unit": "s"},
            "stages": stages,
            "doubts": doubts,
            "environment": environment(),
        }
        if case.output.picture:
            draw(rows, self.out / PICTURE, case.title)
        _write_json(self.out / SUMMARY, found)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    with replacing(path) as scratch:
        scratch.write_text(json.dumps(_finite(value), indent=1) + "\n", encoding="utf-8")


def _finite(value: Any) -> Any:
    """Replace what JSON has no word for: NaN and infinities by null."""
    match value:
        case dict():
            return {k: _finite(v) for k, v in value.items()}
        case list() | tuple():
            return [_finite(v) for v in value]
        case float() if not math.isfinite(value):
            return None
        case _:
            return value


def plan_text(case: ParticleCase) -> str:
    """Say what a run would do, without compiling or placing anything."""
    everyone = populate(case)
    planned = plan.plan_stages(case, everyone.volume / case.volume, case.time_step)
    return plan.describe(case, everyone, planned, case.time_step, None)


def estimate_particles(case: ParticleCase, comm: MPI.Intracomm) -> str:
    """Say what a run would do and take. Collective.

    Raises:
        CaseError: the particles do not fit, or the time step is too long (on all ranks).
    """
    configure(comm.rank, comm.size)
    trial = _Run(case, Path(), Context(comm, comm, seed=case.seed))
    trial.prepare()
    return trial.estimate(place_all(case, trial.everyone, comm))
