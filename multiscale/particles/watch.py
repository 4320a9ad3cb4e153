"""When the engine looks for what must never reach a result: at the start, and in a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import CaseError
from multiscale.particles import guard, limits
from multiscale.particles.agree import Problem, refuse
from multiscale.particles.box import lattice
from multiscale.particles.bricks import heights
from multiscale.particles.law import PairLaw
from multiscale.particles.state import Particles
from multiscale.particles.sweep import Frame

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation


def check_particles(particles: Particles, comm: MPI.Intracomm) -> None:
    """Refuse particles without size, with places that are no numbers, or with ids given twice.

    Call it before a simulation is made of them. Collective.

    Args:
        particles: this rank's share.
        comm: the ranks.

    Raises:
        CaseError: on all ranks, with all problems.
    """
    total = comm.allreduce(len(particles))
    n, ids = len(particles), particles.id
    problems = [
        guard.bad_sizes(particles.radius, particles.mass, ids),
        guard.not_finite(n, particles.position, particles.velocity, ids),
        *guard.census(ids, total, comm),
    ]
    refuse(comm, problems, "the particles given", CaseError)


def check_start(
    simulation: Simulation,
    *,
    tolerance: float = 0.05,
    step_limits: Mapping[str, float] | None = None,
) -> None:
    """Refuse a start with deep overlaps, a time step too long or a box too small. Collective.

    Args:
        simulation: before its first step; its lists are built if they are not yet.
        tolerance: overlap over the smaller radius.
        step_limits: limits of the time step beside those of the pair laws [s]; see `limits`.

    Raises:
        CaseError: on all ranks, with all problems.
    """
    s, t = simulation.state, simulation.lists
    if not t.builds:
        simulation.rebuild()
    periodic = simulation.box.periodic
    allowed = law_limits(simulation) | dict(step_limits or {})
    common = [
        guard.narrow_box(heights(lattice(simulation.frame)), periodic, t.cut),
        guard.unstable_step(simulation.time_step, allowed),
    ]
    problems = [
        guard.overlapping(s.n, t.pairs, t.I, t.J, s.X, t.SH, s.G, tolerance),
        guard.behind_walls(s.n, s.X, simulation.walls, s.G, tolerance),
        _lost(simulation),
        *(common if simulation.comm.rank == 0 else []),
    ]
    refuse(simulation.comm, problems, "the start of the particles", CaseError)


def check(simulation: Simulation) -> None:
    """Refuse to go on where particles are lost or no longer numbers. Collective.

    Raises:
        StageFailed: on all ranks, with all problems.
    """
    s, comm, total = simulation.state, simulation.comm, simulation.total
    complete = comm.allreduce(s.n) == total
    problems = [
        guard.not_finite(s.n, s.X, s.V, s.G),
        guard.behind_walls(s.n, s.X, simulation.walls, s.G, 1.0),
        _lost(simulation),
        *([] if complete else guard.census(s.G[: s.n], total, comm)),
    ]
    refuse(simulation.comm, problems, f"step {simulation.step} of the particles")


def law_limits(simulation: Simulation) -> dict[str, float]:
    """Give what each pair law allows as time step [s]; see `limits.of_laws`. Collective."""
    types, s = len(simulation.types), simulation.state
    radius, mass = np.full(types, np.inf), np.full(types, np.inf)
    np.minimum.at(radius, s.A[: s.n], s.X[: s.n, 3])
    np.minimum.at(mass, s.A[: s.n], s.V[: s.n, 7])
    for least in (radius, mass):
        simulation.comm.Allreduce(MPI.IN_PLACE, least, MPI.MIN)
    as_walls(radius, mass)
    laws = [law.kind for law in simulation.laws if isinstance(law.kind, PairLaw)]
    if not laws:
        return {}
    step = simulation.time_step
    return limits.of_laws(simulation.kernel, laws, simulation.tables, radius, mass, step)


def as_walls(radius: NDArray[np.float64], mass: NDArray[np.float64]) -> None:
    """Let types that no particle has, marked by infinity, be nearly flat and hard to move."""
    for least, factor in ((radius, 1e3), (mass, 1e9)):
        none = np.isinf(least)
        least[none] = factor * least[~none].max(initial=0.0)


def _lost(simulation: Simulation) -> Problem | None:
    s, frame = simulation.state, simulation.frame
    low, high = frame[Frame.LOW], frame[Frame.HIGH]
    return guard.lost(s.n, s.X, s.G, low, high, simulation.box.periodic)
