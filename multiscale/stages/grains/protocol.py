"""What happens to the particles, part by part: the film falls, sets, is drawn together and binds.

Each part is a stage of the engine's `perform`. The fall follows the film's course in compressed
time: every few steps are so many seconds of the dryer, and the laws get what the film does in the
meantime.

A level surface pulls one layer of grains at most, with 2 pi a sigma each. A dense network bears
more before air enters: then the surface curves between the grains at the top and presses them
together like a plate, the lid. It stands PROUD above the level surface and yields where the solids
bear p_e, the pressure at which air enters between them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from multiscale.particles.law import one_number
from multiscale.particles.protocols import Memory, wall_stress
from multiscale.particles.simulation import Simulation
from multiscale.stages.grains.course import Course
from multiscale.stages.grains.forces import (
    BRIDGE,
    CARRIER,
    CONTACT,
    SURFACE,
    Forces,
    entry_pressure,
)

LOOK = 50  # steps between two looks
LID = 1  # the wall over the particles, behind that of the foil
PROUD = 1.0  # of the level surface the lid stands: so far grains poke through before it presses


@dataclass(frozen=True)
class Part:
    """What takes a given number of steps.

    Attributes:
        forces: laws of the suspension.
        steps: to take.
        every: steps between two looks.
    """

    forces: Forces
    steps: int
    every: int = field(default=LOOK, kw_only=True)

    @property
    def most(self) -> int:
        """Steps after which it has failed: two looks more than it takes."""
        return self.steps + 2 * self.every

    def start(self, sim: Simulation, memory: Memory) -> None:
        """Begin to count the looks."""
        memory["looks"] = 0.0

    def counted(self, memory: Memory) -> float:
        """Count a look; give the share of the steps taken."""
        memory["looks"] += 1
        return memory["looks"] * self.every / self.steps


@dataclass(frozen=True)
class Entry:
    """What tells that air enters.

    Attributes:
        suction: 6 sigma cos(theta)/d_32.
        solids: volume of all solids per area.
    """

    suction: float
    solids: float

    def share(self, pressure: float, height: float) -> float:
        """Give a pressure over p_e of a film of a height."""
        return pressure / entry_pressure(self.suction, self.solids / height)

    def warmed(self, slackening: float) -> Entry:
        """Give the same for a liquid of that share of its surface tension."""
        return replace(self, suction=slackening * self.suction)


@dataclass(frozen=True)
class Fall(Part):
    """Fall with the film until it stops shrinking, or until air enters; warm up with it.

    Attributes:
        course: of the film.
        entry: of air, at which the surface stops falling.
    """

    course: Course = field(repr=False)
    entry: Entry

    def start(self, sim: Simulation, memory: Memory) -> None:
        """Begin at the wet film's height."""
        super().start(sim, memory)
        memory["height"], memory["entered"] = self.course.at(0.0), 0.0
        self._carry(sim, memory)

    def look(self, sim: Simulation, memory: Memory) -> float:
        """Take what the film does in the next few steps."""
        share = self.counted(memory)
        self._carry(sim, memory)
        return share

    def _carry(self, sim: Simulation, memory: Memory) -> None:
        now, then = (self._time(memory["looks"] + k) for k in (0, 1))
        before, after = self.course.at(now), self.course.at(then)
        thinning, slackening = self.course.warmth(now)
        height, entry = memory["height"], self.entry.warmed(slackening)
        if memory["looks"] and entry.share(pressure(sim), height) >= 1:
            memory["entered"] = 1.0
        lower = height if memory["entered"] else height * after / before
        fall = math.log(lower / height) / self.every  # the product of all steps is exact
        speed = (lower - height) / self.every
        forces = self.forces.warmed(thinning, slackening)
        sim.set_law(CARRIER, drag=forces.drag, pull=fall)
        sim.set_law(SURFACE, **forces.surface(height - speed * sim.time, speed))
        sim.set_wall_velocity(LID, (0.0, 0.0, speed))
        memory["height"] = lower

    def _time(self, looks: float) -> float:
        return min(looks * self.every / self.steps, 1.0) * self.course.shrinkage_end


@dataclass(frozen=True)
class Harden(Part):
    """Let what was in solution become solid, under a lid where the surface stopped.

    Its contacts stiffen from nothing to the others' along a power law, so that what has set in a
    grain's way is pushed into the pores. The lid goes down to the surface, or stays where the
    solids bear p_e.

    Attributes:
        height: of the surface.
        entry: of air.
    """

    height: float
    entry: Entry
    softest: float = 1e-4
    pace: float = 2e-3

    def start(self, sim: Simulation, memory: Memory) -> None:
        """Soften what has set."""
        super().start(sim, memory)
        sim.set_law(CONTACT, **self.forces.contact(self.softest))

    def look(self, sim: Simulation, memory: Memory) -> float:
        """Stiffen, and move the lid; the last quarter is for coming to rest."""
        share = self.counted(memory)
        hard = self.softest ** max(1 - share / 0.75, 0.0)
        sim.set_law(CONTACT, **self.forces.contact(hard))
        top = float(sim.lengths[2])
        excess = self.entry.share(wall_stress(sim, LID), top) - 1
        lowest = (self.height - top) / self.every
        speed = max(self.pace * min(max(excess, -1.0), 1.0), lowest)
        sim.set_wall_velocity(LID, (0.0, 0.0, speed))
        return share


@dataclass(frozen=True)
class Bridged(Part):
    """Let bridges of liquid pull the particles together once air has entered.

    Their pull grows over the first half: nothing is jerked.
    """

    def look(self, sim: Simulation, memory: Memory) -> float:
        """Let the bridges pull harder."""
        share = self.counted(memory)
        _pull(sim, self.forces, min(2 * share, 1.0))
        return share


@dataclass(frozen=True)
class Rest(Part):
    """Let the liquid's bridges go, over the first half, and the bound particles come to rest.

    The lid stays: grains are hard, and what soft ones would spring back is none of the film's.
    """

    def look(self, sim: Simulation, memory: Memory) -> float:
        """Let the bridges pull less."""
        share = self.counted(memory)
        _pull(sim, self.forces, max(1.0 - 2 * share, 0.0))
        return share


def _pull(sim: Simulation, forces: Forces, share: float) -> None:
    sim.set_law(BRIDGE, surface_tension=forces.wetting(share * forces.tension))


def pressure(sim: Simulation) -> float:
    """Give the pressure of the film's surface on the particles: of menisci and lid. Collective."""
    return menisci_pressure(sim) + wall_stress(sim, LID)


def menisci_pressure(sim: Simulation) -> float:
    """Give the sum of the law `meniscus` over the box's area. Collective."""
    given, s = sim.laws[SURFACE].given, sim.state
    x, tension = s.X[: s.n], one_number(given["surface_tension"])
    cos = (x[:, 2] - surface_height(sim)) / x[:, 3]
    out = np.abs(cos) < 1.0
    sin, theta = np.sqrt(1 - cos[out] ** 2), one_number(given["contact_angle"])
    pull = x[out, 3] * sin * (sin * math.cos(theta) + cos[out] * math.sin(theta))
    force = 2 * math.pi * tension * float(sim.comm.allreduce(float(np.sum(pull))))
    return force / float(sim.lengths[0] * sim.lengths[1])


def surface_height(sim: Simulation) -> float:
    """Give the height of the surface."""
    given = sim.laws[SURFACE].given
    return one_number(given["height"]) + one_number(given["speed"]) * sim.time
