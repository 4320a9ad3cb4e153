"""When the engine looks for what must never reach a result: at the start, and in a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import CaseError
from multiscale.particles import guard
from multiscale.particles.agree import Problem, refuse
from multiscale.particles.bond_rates import rates as bond_rates
from multiscale.particles.box import lattice
from multiscale.particles.bricks import heights
from multiscale.particles.kernel import Kernel
from multiscale.particles.law import BodyLaw, Law, PairLaw
from multiscale.particles.layout import Frame
from multiscale.particles.limits import Rates, of_rates
from multiscale.particles.state import Particles
from multiscale.particles.stiffness import of_body_laws, of_pair_laws

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation

Floats = NDArray[np.float64]


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
    step: float = 1.0,
) -> None:
    """Refuse a start with deep overlaps, a time step too long or a box too small. Collective.

    Args:
        simulation: before its first step; its lists are built if they are not yet.
        tolerance: overlap over the smaller radius.
        step: time step over its limit.

    Raises:
        CaseError: on all ranks, with all problems.
    """
    s, t = simulation.state, simulation.lists
    if not t.builds:
        simulation.rebuild()
    periodic = simulation.box.periodic
    allowed = {name: step * limit for name, limit in step_limits(simulation).items()}
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


def step_limits(simulation: Simulation) -> dict[str, float]:
    """Give what laws and bonds allow as time step, alone and together [s]. Collective."""
    types, s, comm = len(simulation.types), simulation.state, simulation.comm
    radius, mass = np.full(types, np.inf), np.full(types, np.inf)
    np.minimum.at(radius, s.A[: s.n], s.X[: s.n, 3])
    np.minimum.at(mass, s.A[: s.n], s.V[: s.n, 7])
    for least in (radius, mass):
        comm.Allreduce(MPI.IN_PLACE, least, MPI.MIN)
    found = law_rates(
        simulation.kernel, simulation.laws, simulation.tables, simulation.body_tables, radius, mass,
        simulation.frame[Frame.LOW], simulation.frame[Frame.HIGH], simulation.time_step,
    )  # fmt: skip
    if simulation.bonds is not None and simulation.ends is not None:
        mine = bond_rates(
            simulation.bonds, simulation.ends, s.X, s.V, s.n, simulation.bond_materials
        )
        k, c = (comm.allreduce(float(each[0]), MPI.MAX) for each in (mine.k, mine.c))
        found["bonds"] = Rates(np.array([k]), np.array([c]))
    return of_rates(found)


def law_rates(
    kernel: Kernel,
    laws: Sequence[Law],
    tables: tuple[Floats, ...],
    body_tables: tuple[Floats, ...],
    radius: Floats,
    mass: Floats,
    low: Floats,
    high: Floats,
    time_step: float,
) -> dict[str, Rates]:
    """Give the rates of each pair law, and of the body laws together.

    Args:
        kernel: compiled laws.
        laws: all of them.
        tables, body_tables: of the pair laws and of the body laws.
        radius: of the smallest particle of each type [m], inf: there is none, shape (types,).
        mass: of the lightest particle of each type [kg], the same.
        low, high: corners of the box [m], shape (3,).
        time_step: at which the laws are asked [s].
    """
    if not np.isfinite(radius).any():
        return {}
    radius, mass = radius.copy(), mass.copy()
    as_walls(radius, mass)
    kinds = [law.kind for law in laws if isinstance(law.kind, PairLaw)]
    bodies = [law.name for law in laws if isinstance(law.kind, BodyLaw)]
    found: dict[str, Rates] = {}
    for kind, rates in zip(
        kinds, of_pair_laws(kernel, kinds, tables, radius, mass, time_step), strict=True
    ):
        found[kind.name] = rates
    if bodies:
        found[", ".join(bodies)] = of_body_laws(
            kernel, body_tables, radius, mass, low, high, time_step
        )
    return found


def as_walls(radius: Floats, mass: Floats) -> None:
    """Let types that no particle has, marked by infinity, be nearly flat and hard to move."""
    for least, factor in ((radius, 1e3), (mass, 1e9)):
        none = np.isinf(least)
        least[none] = factor * least[~none].max(initial=0.0)


def _lost(simulation: Simulation) -> Problem | None:
    s, frame = simulation.state, simulation.frame
    low, high = frame[Frame.LOW], frame[Frame.HIGH]
    return guard.lost(s.n, s.X, s.G, low, high, simulation.box.periodic)
