"""What is done to a packing: compress, hold, nip, pack, shear, one after the other.

A stage is a frozen description; `perform` carries a list of them out. Stages act on the simulation
every few steps only, with forces summed over all ranks, so that all ranks take the same decisions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import StageFailed
from multiscale.particles.box import AXES
from multiscale.particles.layout import Frame
from multiscale.particles.measure import measure
from multiscale.particles.simulation import Simulation

Floats = NDArray[np.float64]
Memory = dict[str, float]


class Stage(Protocol):
    """A stage of a protocol.

    Attributes:
        every: steps between two looks at the simulation.
        most: steps after which the stage has failed, or simply ends if `strict` is not set.
    """

    @property
    def every(self) -> int: ...

    @property
    def most(self) -> int: ...

    def start(self, sim: Simulation, memory: Memory) -> None:
        """Set the simulation going; `memory` lasts as long as the stage, over restarts too."""

    def look(self, sim: Simulation, memory: Memory) -> float:
        """Act on the simulation; give the share that is done, 1 at the end. Collective."""


def upper_wall(sim: Simulation, axis: str) -> int:
    """Give the index of the wall that bounds the box from above along an axis.

    Raises:
        ValueError: there is none.
    """
    found = np.flatnonzero(sim.walls[:, AXES.index(axis)] == -1.0)
    if not len(found):
        raise ValueError(f"there is no wall that bounds the particles from above along {axis}")
    return int(found[0])


def wall_stress(sim: Simulation, wall: int) -> float:
    """Give the pressure on a wall at the last step [Pa], over the box's area. Collective."""
    axis = int(np.argmax(np.abs(sim.walls[wall, :3])))
    force = sim.comm.allreduce(float(sim.wall_force[wall, :3] @ -sim.walls[wall, :3]))
    return force / (sim.volume / float(sim.lengths[axis]))


def stop(sim: Simulation) -> None:
    """Stop plates and box where they are, and the liquid with the box."""
    for wall in range(len(sim.walls)):
        sim.set_wall_velocity(wall, (0.0, 0.0, 0.0))
    if sim.flow:
        deform(sim, stretching=(0.0, 0.0, 0.0), shear_rate=0.0)


def deform(
    sim: Simulation, *, stretching: Sequence[float] | None = None, shear_rate: float | None = None
) -> None:
    """Change the rates of a box and of the liquid in it; see `Simulation.deform`. Collective.

    A liquid that moved otherwise than its periodic box would drag the particles along: laws with
    parameters `shear_rate` and `stretch_x`, `stretch_y`, `stretch_z` [1/s] take on the box's.
    """
    sim.deform(stretching=stretching, shear_rate=shear_rate)
    frame, length, periodic = sim.frame, sim.lengths, sim.box.periodic
    rate = (frame[Frame.HIGH_RATE] - frame[Frame.LOW_RATE]) / length
    gradient = {f"stretch_{a}": float(rate[k]) for k, a in enumerate(AXES) if periodic[k]}
    if periodic[0] and periodic[1]:
        tilt, tilt_rate = frame[Frame.TILT, :2]
        gradient["shear_rate"] = float((tilt_rate - rate[0] * tilt) / length[1])
    for index, law in enumerate(sim.laws):
        changed = {k: v for k, v in gradient.items() if law.given.get(k, v) != v}
        if changed:
            sim.set_law(index, **changed)


@dataclass(frozen=True)
class Compress:
    """Move the upper plate along an axis until a gap, a solid fraction or a pressure is reached.

    Attributes:
        speed: of the plate [m/s]; negative: it is lifted.
        gap: distance of the plates at which to end [m]: reached from above, or, where the plate is
            lifted, from below. A stage that begins beyond its end is over at its first look.
        solid_fraction: at which to end, likewise.
        pressure: on the moving plate at which to end [Pa]: reached from below, or, where the plate
            is lifted, from above.
        axis: "x", "y" or "z".
    """

    speed: float
    gap: float | None = None
    solid_fraction: float | None = None
    pressure: float | None = None
    axis: str = "z"
    every: int = 50
    most: int = 100_000_000

    def __post_init__(self) -> None:
        if sum(v is not None for v in (self.gap, self.solid_fraction, self.pressure)) != 1:
            raise ValueError("compress ends at a gap, a solid fraction or a pressure: give one")

    def start(self, sim: Simulation, memory: Memory) -> None:
        wall = upper_wall(sim, self.axis)
        velocity = np.zeros(3)
        velocity[AXES.index(self.axis)] = -self.speed
        sim.set_wall_velocity(wall, velocity.tolist())
        memory["gap"] = float(sim.lengths[AXES.index(self.axis)])

    def look(self, sim: Simulation, memory: Memory) -> float:
        gap, wanted = float(sim.lengths[AXES.index(self.axis)]), self.gap
        if self.pressure is not None:
            now = wall_stress(sim, upper_wall(sim, self.axis))
            if self.speed < 0:
                return 1.0 if now <= self.pressure else 0.0
            return now / self.pressure
        if self.solid_fraction is not None:
            wanted = solid_volume(sim) / self.solid_fraction / (sim.volume / gap)
        assert wanted is not None
        return _share(memory["gap"], gap, wanted, rising=self.speed < 0)


@dataclass(frozen=True)
class Hold:
    """Let the upper plate follow a pressure for a time: its speed answers what is missing.

    v = pace (p_now - p) / (|p_now| + p), so that the plate never moves faster than `pace`.
    """

    pressure: float
    duration: float
    pace: float
    axis: str = "z"
    every: int = 10
    most: int = 100_000_000

    def start(self, sim: Simulation, memory: Memory) -> None:
        memory["since"] = sim.time

    def look(self, sim: Simulation, memory: Memory) -> float:
        wall = upper_wall(sim, self.axis)
        now = wall_stress(sim, wall)
        velocity = np.zeros(3)
        velocity[AXES.index(self.axis)] = (
            self.pace * (now - self.pressure) / (abs(now) + self.pressure)
        )
        sim.set_wall_velocity(wall, velocity.tolist())
        return (sim.time - memory["since"]) / self.duration


@dataclass(frozen=True)
class Nip:
    """Carry the packing through the gap of two rolls: H(t) = H_g + x^2/R', x = -a + v t.

    The half circle of a roll is flat over the packing; what counts is the gap's course in time. It
    ends where the upper roll has left the packing. A packing lower than the gap fails.

    Attributes:
        gap: smallest gap H_g [m].
        roll_radius: R', flattened [m].
        web_speed: v [m/s].
    """

    gap: float
    roll_radius: float
    web_speed: float
    every: int = 10
    most: int = 100_000_000

    def start(self, sim: Simulation, memory: Memory) -> None:
        height = float(sim.lengths[2])
        if height <= self.gap:
            raise StageFailed(
                f"nip: the packing is {height:g} m high: give a gap below that, not {self.gap:g} m"
            )
        memory["since"] = sim.time
        memory["entry"] = math.sqrt(self.roll_radius * (height - self.gap))
        self._follow(sim, -memory["entry"])

    def look(self, sim: Simulation, memory: Memory) -> float:
        x = -memory["entry"] + self.web_speed * (sim.time - memory["since"])
        self._follow(sim, x)
        if x > 0 and wall_stress(sim, upper_wall(sim, "z")) <= 0:
            return 1.0
        return min(0.999, 0.5 * (1 + x / memory["entry"]))

    def _follow(self, sim: Simulation, x: float) -> None:
        """Move the roll's surface so that it is where it must be at the next look."""
        ahead = self.every * sim.time_step
        target = self.gap + (x + self.web_speed * ahead) ** 2 / self.roll_radius
        speed = (target - float(sim.lengths[2])) / ahead
        sim.set_wall_velocity(upper_wall(sim, "z"), (0.0, 0.0, speed))


@dataclass(frozen=True)
class Pack:
    """Shrink a periodic box and its liquid alike along its axes until a fraction or a pressure.

    Attributes:
        rate: of each length over its present value [1/s]; negative: the box swells.
        solid_fraction: at which to end, reached from below, or, where the box swells, from above.
        pressure: -tr(sigma)/3 at which to end [Pa]: reached from below, or, where the box swells,
            from above.
    """

    rate: float
    solid_fraction: float | None = None
    pressure: float | None = None
    every: int = 50
    most: int = 100_000_000

    def __post_init__(self) -> None:
        if (self.solid_fraction is None) == (self.pressure is None):
            raise ValueError("pack ends at a solid fraction or at a pressure: give one of them")

    def start(self, sim: Simulation, memory: Memory) -> None:
        memory["fraction"] = solid_volume(sim) / sim.volume
        self._shrink(sim)

    def look(self, sim: Simulation, memory: Memory) -> float:
        self._shrink(sim)
        if self.solid_fraction is not None:
            now = solid_volume(sim) / sim.volume
            return _share(memory["fraction"], now, self.solid_fraction, rising=self.rate > 0)
        assert self.pressure is not None
        pressure = measure(sim).pressure
        if self.rate < 0:
            return 1.0 if pressure <= self.pressure else 0.0
        return pressure / self.pressure

    def _shrink(self, sim: Simulation) -> None:
        deform(sim, stretching=(-self.rate * sim.lengths).tolist())


@dataclass(frozen=True)
class Shear:
    """Shear a periodic box and its liquid, u = rate y e_x, up to a strain; see `deform`.

    Attributes:
        rate: d u_x / dy at the end [1/s].
        strain: to reach in this stage.
        rate_before: at the begin [1/s], from which the rate goes linearly with the strain; None:
            the rate at once, a start-up.
    """

    rate: float
    strain: float
    rate_before: float | None = None
    every: int = 20
    most: int = 100_000_000

    def start(self, sim: Simulation, memory: Memory) -> None:
        memory["strain"], memory["time"] = 0.0, sim.time
        deform(sim, shear_rate=self.rate if self.rate_before is None else self.rate_before)

    def look(self, sim: Simulation, memory: Memory) -> float:
        rate = float(sim.frame[Frame.TILT, 1]) / float(sim.lengths[1])
        memory["strain"] += abs(rate) * (sim.time - memory["time"])
        memory["time"] = sim.time
        share = memory["strain"] / self.strain
        if self.rate_before is not None and share < 1:
            rate = self.rate_before + share * (self.rate - self.rate_before)
            deform(sim, shear_rate=rate)
        return share


def solid_volume(sim: Simulation) -> float:
    """Give the volume of all spheres, as they were made [m3]. Collective."""
    return float(sim.comm.allreduce(sim.state.solid_volume))


def _share(start: float, now: float, end: float, *, rising: bool) -> float:
    """Give the share of the way that is done; 1 where what rises, or falls, is past its end."""
    past = now >= end if rising else now <= end
    return 1.0 if past else (now - start) / (end - start)
