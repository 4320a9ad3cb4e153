"""How a packing comes to rest: at mechanical balance, or under its weight.

Stages of a protocol like those of `protocols`, but they end by what the particles do, not by what
plates and box have done.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mpi4py import MPI

import numpy as np

from multiscale.particles.contacts import contacts, forces
from multiscale.particles.protocols import Memory, stop
from multiscale.particles.simulation import Simulation

_LOOKS = 5  # looks of `Relax` at the speeds for one at the forces
_KEPT = 0.97  # of the speeds from look to look, where they are not set to zero


@dataclass(frozen=True)
class Relax:
    """Let the particles come to rest, plates and box standing still.

    It ends where the largest unbalanced force is below `balance` times the mean contact force, or,
    in a loose packing that comes to lie without forces, a millionth of what it was.

    The laws' own damping takes out fast motion; near jamming the last one is slow, and a steady
    quench only creeps towards its balance. So, where `quench` is set, all particles are stopped
    each time their kinetic energy has passed a maximum, where slow motion passes its balance
    [Cundall1976]; a little steady damping beside it serves laws without any.
    """

    balance: float = 1e-3
    quench: bool = True
    every: int = 20
    most: int = 2_000_000

    def start(self, sim: Simulation, memory: Memory) -> None:
        stop(sim)

    def look(self, sim: Simulation, memory: Memory) -> float:
        memory["looks"] = memory.get("looks", 0) + 1
        if self.quench:
            now = kinetic_energy(sim)
            kept = 0.0 if now < memory.get("kinetic", 0.0) else _KEPT
            _slow_down(sim, kept)
            memory["kinetic"] = kept**2 * now
        if memory["looks"] % _LOOKS:
            return memory.get("done", 0.0)
        most, mean = unbalanced(sim)
        memory["highest"] = max(memory.get("highest", 0.0), most)
        if most <= max(self.balance * mean, 1e-6 * memory["highest"]):
            return 1.0
        ratio = most / mean if mean > 0 else 1.0
        memory.setdefault("first", max(ratio, 2 * self.balance))
        done = math.log(memory["first"] / ratio) / math.log(memory["first"] / self.balance)
        memory["done"] = min(max(done, 0.0), 0.999)
        return memory["done"]


@dataclass(frozen=True)
class Settle:
    """Let the particles come to rest under the body laws: until the kinetic energy has died down.

    It ends where the kinetic energy is below `calm` times its largest value seen in this stage, or
    where nothing has moved at all.
    """

    calm: float = 1e-6
    every: int = 200
    most: int = 50_000_000

    def start(self, sim: Simulation, memory: Memory) -> None:
        memory["highest"] = 0.0

    def look(self, sim: Simulation, memory: Memory) -> float:
        now = kinetic_energy(sim)
        memory["highest"] = max(memory["highest"], now)
        if now <= self.calm * memory["highest"]:
            return 1.0
        return min(0.999, math.log(memory["highest"] / now) / -math.log(self.calm))


def kinetic_energy(sim: Simulation) -> float:
    """Give the energy of translation, half a step back [J]. Collective."""
    V = sim.state.V[: sim.state.n]
    return float(sim.comm.allreduce(0.5 * float(V[:, 7] @ np.sum(V[:, :3] ** 2, axis=1))))


def _slow_down(sim: Simulation, kept: float) -> None:
    """Leave a share of all velocities and spins. Collective."""
    sim.state.V[: sim.state.n, :3] *= kept
    sim.state.V[: sim.state.n, 4:7] *= kept
    sim.forward()


def unbalanced(sim: Simulation) -> tuple[float, float]:
    """Give the largest force on a particle and the mean force of a contact [N]. Collective."""
    found = contacts(sim)
    size = np.linalg.norm(found.force(), axis=1)[found.overlap > 0]
    total, count = sim.comm.allreduce(np.array([size.sum(), len(size)]))
    most = np.linalg.norm(forces(sim, found)[:, :3], axis=1).max(initial=0.0)
    return float(sim.comm.allreduce(float(most), MPI.MAX)), float(total / max(count, 1))
