"""What a simulation will take, said before it starts: particle-steps, time and memory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mpi4py import MPI

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation

# Bytes of the arrays that `state` and `lists` hold, for each float 8.
_PARTICLE = 8 * (4 + 8 + 3) + 10 + 8  # X, V, X0; type, class, identity; first neighbour
_FORCES = 8 * 8  # F, which has a row for each particle only where bonds write to all of them
_OUTER = 4 + 4 + 4 + 4 + 1 + 4  # per pair: neighbour, slot; I, J, K, where it was
_SPARE = 1.15  # capacity of the lists over their need
# While the lists are built: sorted copies of X, V and the rest, lattice coordinates.
_BUILDING = 8 * (4 + 8 + 3 + 3) + 10


@dataclass(frozen=True)
class Cost:
    """What a simulation takes. As text: "about 12 min on 2 ranks, 0.4 GB per rank".

    Attributes:
        particle_steps: particles times steps.
        ranks: it runs on.
        seconds: of wall time; None where no rate was given.
        bytes_per_rank: of arrays and of the interpreter, without ghosts.
    """

    particle_steps: float
    ranks: int
    seconds: float | None
    bytes_per_rank: float

    def __str__(self) -> str:
        time = "unknown time" if self.seconds is None else f"about {duration(self.seconds)}"
        if self.seconds is not None and self.seconds < 1:
            time = "less than 1 s"
        ranks, each = ("1 rank", "") if self.ranks == 1 else (f"{self.ranks} ranks", " per rank")
        return f"{time} on {ranks}, {self.bytes_per_rank / 1e9:.1f} GB{each}"


def estimate(
    n: int,
    contacts_per_particle: float,
    steps: int,
    ranks: int,
    rate: float | None = None,
    *,
    history: int = 3,
    bonded: bool = False,
) -> Cost:
    """Estimate the cost of a simulation.

    Args:
        n: particles on all ranks.
        contacts_per_particle: pairs of the outer list per particle: half the neighbours within
            reach and skin, 4 to 5 in a dense packing of like spheres.
        steps: time steps.
        ranks: to run on.
        rate: particle-steps per second and rank, see `calibrate`; None: the time is left open.
        history: floats of history per contact.
        bonded: whether there are bonds.
    """
    pair = _SPARE * (_OUTER + 8 * history)
    moved = 2 * (8 + 8 * history)  # partner and history, on either side, while lists are built
    held = _PARTICLE + _FORCES * bonded + _BUILDING + contacts_per_particle * (pair + moved)
    seconds = None if rate is None else float(n) * steps / (rate * ranks)
    return Cost(float(n) * steps, ranks, seconds, n / ranks * held + resident_bytes())


def calibrate(
    run: Callable[[int], object], n: int, comm: MPI.Intracomm, least: float = 0.5
) -> float:
    """Measure particle-steps per second and rank by taking steps. Collective.

    The first step, which may compile and builds the lists, does not count.

    Args:
        run: takes this many steps, such as `Simulation.run`.
        n: particles on all ranks.
        comm: the ranks.
        least: time to measure for [s].
    """
    run(1)
    steps = 4
    while True:
        comm.Barrier()
        start = time.perf_counter()
        run(steps)
        comm.Barrier()
        took = float(comm.bcast(time.perf_counter() - start))
        if took > least:
            return n * steps / took / comm.size
        steps *= 4


def held_bytes(simulation: Simulation) -> int:
    """Count the bytes of this rank's arrays."""
    s = simulation.state
    rows = (s.X, s.V, s.F, s.X0, s.A, s.G, s.class_)
    return sum(array.nbytes for array in rows) + simulation.lists.bytes


def resident_bytes() -> float:
    """Give the memory that this process takes now, its libraries included."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


def duration(seconds: float) -> str:
    """Say a duration in the unit people would use."""
    for size, unit in ((86400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{_two_digits(seconds / size)} {unit}"
    return f"{_two_digits(seconds)} s"


def _two_digits(value: float) -> str:
    return f"{value:.2g}" if value < 9.95 else f"{value:.0f}"
