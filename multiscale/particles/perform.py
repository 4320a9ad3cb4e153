"""Carrying out a protocol: looks, samples and checkpoints, and going on after a restart."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from multiscale.errors import OutOfTime, StageFailed
from multiscale.particles.measure import Measure, measure
from multiscale.particles.progress import Meter, Report
from multiscale.particles.protocols import Stage, stop
from multiscale.particles.restart import resume, save
from multiscale.particles.simulation import Simulation


def perform(
    sim: Simulation,
    stages: Sequence[Stage],
    *,
    sample: int = 1000,
    on_sample: Callable[[Measure, int], None] | None = None,
    report: Report | None = None,
    folder: Path | None = None,
    checkpoint: int = 20_000,
) -> list[Measure]:
    """Carry out stages one after the other. Collective.

    Args:
        sim: the simulation.
        stages: see the classes of this module.
        sample: steps between two measurements; there is one at the end of each stage too.
        on_sample: called on all ranks with each of them and the index of its stage.
        report: told of the progress; may ask to stop, and then a checkpoint is written first.
        folder: of the checkpoints; where it holds one, the run goes on from there. None: no
            checkpoints.
        checkpoint: steps between two of them.

    Returns:
        The measurements of this call, the last one at the end.

    Raises:
        StageFailed: a stage has not ended after its `most` steps.
        OutOfTime: asked to stop; a checkpoint is written if there is a folder for it.
    """
    at: dict[str, Any] = {"stage": 0, "begun": False, "first_step": 0, "memory": {}}
    if folder is not None and (kept := resume(sim, folder, settings=_settings(stages))) is not None:
        at = dict(kept.numbers["more"])
    course = _Course(sim, stages, at, sample, on_sample, report, folder, checkpoint)
    while course.stage < len(stages):
        course.step()
    course.samples.append(measure(sim))
    return course.samples


class _Course:
    """Where a performance is, and the clockwork of its looks, samples and checkpoints."""

    def __init__(
        self,
        sim: Simulation,
        stages: Sequence[Stage],
        at: dict[str, Any],
        sample: int,
        on_sample: Callable[[Measure, int], None] | None,
        report: Report | None,
        folder: Path | None,
        checkpoint: int,
    ) -> None:
        self.sim, self.stages, self.at = sim, stages, at
        self.sample, self.on_sample, self.folder, self.checkpoint = (
            sample, on_sample, folder, checkpoint,
        )  # fmt: skip
        self.samples: list[Measure] = []
        self.meter = Meter(sim.total, sim.comm, report, sim.step)

    @property
    def stage(self) -> int:
        return int(self.at["stage"])

    def step(self) -> None:
        """Take the steps up to the next look, sample or checkpoint, whichever comes first."""
        sim, at, stage = self.sim, self.at, self.stages[self.stage]
        if not at["begun"]:
            at.update(begun=True, first_step=sim.step, memory={})
            stage.start(sim, at["memory"])
        periods = [stage.every, self.sample, *([self.checkpoint] if self.folder else [])]
        origin = at["first_step"]
        sim.run(min(p - (sim.step - o) % p for p, o in zip(periods, (origin, 0, 0), strict=False)))
        share = 0.0
        if (sim.step - origin) % stage.every == 0:
            share = stage.look(sim, at["memory"])
            self._tell(share)
        if sim.step % self.sample == 0 or share >= 1.0:
            self.samples.append(measure(sim))
            if self.on_sample is not None:
                self.on_sample(self.samples[-1], self.stage)
        if share >= 1.0:
            stop(sim)
            at.update(stage=self.stage + 1, begun=False)
        elif sim.step - origin >= stage.most:
            self.save()
            raise StageFailed(
                f"the stage {self.stage + 1} ({type(stage).__name__.lower()}) has not ended after "
                f"{stage.most} steps, {100 * share:.0f} % of the way: check what it is to "
                "reach, or allow more steps: it goes on from here"
            )
        if sim.step % self.checkpoint == 0:
            self.save()

    def save(self) -> None:
        """Write a checkpoint if there is a folder for it."""
        if self.folder is not None:
            save(self.sim, self.folder, numbers=self.at, settings=_settings(self.stages))

    def _tell(self, share: float) -> None:
        try:
            self.meter.tick(self.sim.step, (self.stage + min(share, 1.0)) / len(self.stages))
        except OutOfTime:
            self.save()
            raise


def _settings(stages: Sequence[Stage]) -> dict[str, list[str]]:
    """Give what must be the same at a restart besides the simulation."""
    return {"stages": [str(_with_usual_most(stage)) for stage in stages]}


def _with_usual_most(stage: Stage) -> Stage:
    """Leave out how many steps a stage may take: one that has failed may be allowed more."""
    if not dataclasses.is_dataclass(stage) or isinstance(stage, type):
        return stage
    usual = {f.name: f.default for f in dataclasses.fields(stage) if f.name == "most"}
    return dataclasses.replace(stage, **usual)
