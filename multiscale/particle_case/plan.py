"""What a run will do, said before it starts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from multiscale.particle_case.check_laws import remarks
from multiscale.particle_case.extent import Extent
from multiscale.particle_case.load import ParticleCase
from multiscale.particle_case.population import Population
from multiscale.particle_case.protocol import StageInput
from multiscale.particle_case.room import inner_ends
from multiscale.particles.cost import Cost, estimate

_PAIRS = 5.0  # of the outer list per particle, in a dense packing
_MOVE = 0.5  # what it costs to move a particle, over what a pair costs, as measured


@dataclass(frozen=True)
class PlannedStage:
    """A stage and what is known of it before.

    Attributes:
        stage: of the case.
        rate: rate of strain [1/s].
        steps: it will take; None where that is not known before.
        solid_fraction: at its end.
    """

    stage: StageInput
    rate: float
    steps: int | None
    solid_fraction: float


def plan_stages(
    case: ParticleCase, solid_fraction: float, step: float | None
) -> list[PlannedStage]:
    """Follow the lengths of the room and the solid fraction through the protocol.

    Args:
        case: the case.
        solid_fraction: volume of the particles over that of the box.
        step: time step [s]; None where it is not known yet.
    """
    lengths, planned = tuple(np.diff(inner_ends(case), axis=0)[0].tolist()), []
    phi = solid_fraction * case.volume / math.prod(lengths)
    room = Extent(lengths, tuple(case.box.periodic), phi)
    for stage in case.stages:
        seconds, rate = stage.seconds(room), stage.rate(room)
        steps = None if seconds is None or step is None else max(1, round(seconds / step))
        room = stage.after(room)
        planned.append(PlannedStage(stage, rate, steps, room.solid_fraction))
    return planned


def weights(planned: list[PlannedStage]) -> list[float]:
    """Give each stage's share of the work, for the progress; unknown ones count as the mean."""
    known = [p.steps for p in planned if p.steps is not None]
    usual = max(1.0, sum(known) / len(known) if known else 1.0)
    return [usual if p.steps is None else float(p.steps) for p in planned]


def near_pairs(solid_fraction: float) -> float:
    """Give about how many pairs per particle stand in the inner list.

    Counted in packings of equal spheres of 0.1 to 0.62; good for a run time, and for nothing else.
    """
    return 3.3 * solid_fraction + 3.5 * solid_fraction**2


def cost_of(
    everyone: Population,
    planned: list[PlannedStage],
    ranks: int,
    rate: float | None,
    pairs: float,
    history: int = 3,
    *,
    bonded: bool = False,
) -> Cost:
    """Estimate the cost of the stages whose length is known.

    Args:
        everyone: all particles.
        planned: the stages.
        ranks: to run on.
        rate: measured at the start, particle-steps per second and rank; no time is told where it is
            None, or no stage's length is known.
        pairs: per particle when it was measured. A stage is reckoned with those that are expected
            at its end, where there are more.
        history: floats of history per contact.
        bonded: whether there are bonds.
    """
    known = [(p.steps, near_pairs(p.solid_fraction)) for p in planned if p.steps is not None]
    steps = sum(n for n, _ in known)
    slowed = sum(n * max(1.0, (_MOVE + z) / (_MOVE + pairs)) for n, z in known) / max(steps, 1)
    rate = None if rate is None or not steps else rate / max(slowed, 1.0)
    return estimate(len(everyone), _PAIRS, steps, ranks, rate, history=history, bonded=bonded)


def describe(
    case: ParticleCase,
    everyone: Population,
    planned: list[PlannedStage],
    step: float | None,
    allowed: dict[str, float] | None,
) -> str:
    """Write what will run, for people."""
    size = " x ".join(f"{1e6 * length:.4g}" for length in case.box.lengths)
    lines = [
        f"{case.title}",
        f"  box         {size} um, periodic along "
        + (", ".join(a for a, p in zip("xyz", case.box.periodic, strict=True) if p) or "none"),
    ]
    for k, species in enumerate(case.species):
        mine = everyone.of_species(k)
        lines.append(
            f"  {species.name:<11} {len(mine)} particles of {2e6 * mine.value.min():.3g} to "
            f"{2e6 * mine.value.max():.3g} um, solid fraction {mine.volume / case.volume:.4f}"
        )
    lines.append(f"  laws        {', '.join(choice.name for choice in case.laws)}")
    if step is None:
        lines.append('  time step   "auto": found when the laws are compiled (--estimate)')
    else:
        allows = (
            ""
            if allowed is None
            else "; the laws allow "
            + ", ".join(f"{name} {limit:.3g} s" for name, limit in allowed.items())
        )
        lines.append(f"  time step   {step:.3g} s{allows}")
    lines += [f"  note        {remark}" for remark in remarks(case)]
    for k, p in enumerate(planned):
        rate = f", rate {p.rate:.3g} 1/s" if p.rate else ""
        steps = "until it is done" if p.steps is None else f"about {p.steps} steps"
        if p.steps is None and step is None and p.stage.do not in ("relax", "settle"):
            steps = "as many steps as the time step makes"
        lines.append(f"  stage {k + 1:<5} {p.stage.do}: {steps}{rate}")
    return "\n".join(lines)
