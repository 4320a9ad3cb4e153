"""A particle case becomes a simulation: laws with all their numbers, particles, walls, step."""

from __future__ import annotations

import math

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale import particles as dem
from multiscale.errors import CaseError
from multiscale.particle_case.bind import bond_material, no_bonds
from multiscale.particle_case.load import ParticleCase
from multiscale.particle_case.population import Population
from multiscale.particle_case.room import inner_ends
from multiscale.particles import limits
from multiscale.particles.bond_rates import expected_rates
from multiscale.particles.confinement import simulation_for
from multiscale.particles.kernel import compile_laws
from multiscale.particles.law import Law, PairLaw
from multiscale.particles.placing import Room, place
from multiscale.particles.warm import warm_up
from multiscale.particles.watch import law_rates

Floats = NDArray[np.float64]
# Of the limits of the time step, "auto" takes this share, and follows collisions twice as closely
# as the engine demands.
SHARE, _FOLLOWED = 0.8, 0.5 * limits.RESOLVED
_ROUNDS = 3
_SKIN, _STRETCH = 0.3, 2.0  # of the smallest radius, as the engine's own; of the widest bond


def laws_of(case: ParticleCase, largest_radius: float) -> list[Law]:
    """Give the laws with what the case fills in; the box stands still before its first stage."""
    found = {"radius": largest_radius, "seed": float(case.seed), "flow of the box": 0.0}
    return [choice.law(found) for choice in case.laws]


def prepare(case: ParticleCase, laws: list[Law], comm: MPI.Intracomm) -> None:
    """Compile the kernel, once per machine. Collective."""
    warm_up(laws, case.types, comm, flow=case.flow, book=True, bonds=case.binder is not None)


def step_limits(case: ParticleCase, laws: list[Law], everyone: Population) -> dict[str, float]:
    """Give the longest time step that laws and binder allow [s]; see `particles.limits`."""
    types, n = case.types, len(case.types)
    radius, mass = np.full(n, np.inf), np.full(n, np.inf)
    for k in range(len(case.species)):
        mine = everyone.type == k
        radius[k], mass[k] = everyone.radius[mine].min(), everyone.mass[mine].min()
    bonds = case.binder is not None
    kernel = compile_laws(laws, types=n, flow=case.flow, book=True, bonds=bonds)
    pair = [law for law in laws if isinstance(law.kind, PairLaw)]
    body = [law for law in laws if not isinstance(law.kind, PairLaw)]
    tables = tuple(np.ascontiguousarray(w.table(types).reshape(n * n, -1), float) for w in pair)
    body_tables = tuple(np.ascontiguousarray(w.table(types), float) for w in body)
    found: dict[str, float] = {}
    step = 1e-9 if case.time_step is None else case.time_step
    for _ in range(_ROUNDS):  # a law may look at the time step itself
        rates = law_rates(
            kernel, laws, tables, body_tables, radius, mass, np.zeros(3),
            np.array(case.box.lengths), step,
        )  # fmt: skip
        if case.binder is not None and case.time_step is None:  # given: see the stage that binds
            rates["binder"] = expected_rates(bond_material(case.binder), radius, mass)
        followed = limits.RESOLVED if case.time_step is not None else _FOLLOWED
        found = limits.of_rates(rates, resolved=followed)
        if case.time_step is not None or not math.isfinite(min(found.values(), default=math.inf)):
            break
        step = SHARE * min(found.values())
    return found


def time_step_of(case: ParticleCase, allowed: dict[str, float]) -> float:
    """Give the time step [s]: the case's, or a share of what the laws allow.

    Raises:
        CaseError: the case's is too long, or no law limits it.
    """
    longest = min(allowed.values(), default=math.inf)
    if case.time_step is None:
        if not math.isfinite(longest):
            raise CaseError(
                'time_step = "auto": no law has a stiffness or resistance that limits it'
            )
        return SHARE * longest
    if case.time_step > longest:
        name = min(allowed, key=lambda law: allowed[law])
        raise CaseError(
            f"time_step = {case.time_step:.3g} s is longer than {longest:.3g} s, the limit of "
            f'{name}; give at most that, "auto", softer contacts or a mass_scaling'
        )
    return case.time_step


def place_all(case: ParticleCase, everyone: Population, comm: MPI.Intracomm) -> dem.Particles:
    """Place the particles at rest between the walls; give this rank's share. Collective.

    Raises:
        CaseError: they do not fit (on all ranks).
    """
    low, high = inner_ends(case)
    x, y, z = (high - low).tolist()
    at, ids = place(everyone.sizes, Room((x, y, z), case.box.periodic), case.seed, comm)
    return _particles(case, everyone, at + low, ids)


def anywhere(case: ParticleCase, everyone: Population, comm: MPI.Intracomm) -> dem.Particles:
    """Give this rank's share of particles whose places will come from a checkpoint."""
    n = len(everyone)
    ids = np.arange(n * comm.rank // comm.size, n * (comm.rank + 1) // comm.size)
    return _particles(case, everyone, np.zeros((len(ids), 3)), ids)


def _particles(
    case: ParticleCase, everyone: Population, at: Floats, ids: NDArray[np.int64]
) -> dem.Particles:
    radius, mass, kind = everyone.rows(ids)
    rest = np.zeros_like(at)
    return dem.Particles(at, radius, mass, kind, rest, rest.copy(), ids, case.types)


def simulate(
    case: ParticleCase, laws: list[Law], particles: dem.Particles, step: float, comm: MPI.Intracomm
) -> dem.Simulation:
    """Make the simulation of particles that were placed. Collective."""
    binder = case.binder
    # Bonds join particles apart, and stretch: the lists and the ghosts must see that far.
    least = min(float(r.value.min()) for r in case.radii())
    skin = None if binder is None else _SKIN * least + _STRETCH * binder.gap
    glue = case.glue
    return simulation_for(laws)(
        particles,
        box=dem.Box(case.box.lengths, case.box.periodic),
        laws=laws,
        walls=[_wall(case, k) for k in range(len(case.walls))],
        bonds=None if glue is None else no_bonds(glue.binder, walls=bool(glue.walls)),
        bond_materials=() if binder is None else [bond_material(binder)],
        time_step=step,
        skin=skin,
        comm=comm,
        flow=case.flow,
        book=True,
    )


def _wall(case: ParticleCase, k: int) -> dem.Wall:
    wall = case.walls[k]
    end = case.box.lengths["xyz".index(wall.axis)]
    at = wall.position if wall.position is not None else (0.0 if wall.side == "low" else end)
    return dem.Wall(wall.axis, at, type=wall.material or case.species[0].name)
