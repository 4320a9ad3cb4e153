"""The suspension dries: from spheres in the wet film to a packing with bonds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale import particles as dem
from multiscale.coupling.context import Context
from multiscale.log import logger
from multiscale.particles.contacts import contacts
from multiscale.particles.perform import perform
from multiscale.particles.placing import Room, place
from multiscale.particles.protocols import Stage, wall_stress
from multiscale.particles.state import Particles
from multiscale.particles.warm import warm_up
from multiscale.records import FloatArray
from multiscale.stages.grains.course import Course
from multiscale.stages.grains.forces import (
    INERTIA,
    TYPES,
    Forces,
    suction_of,
    tension_of,
)
from multiscale.stages.grains.glue import GAPS, MATERIAL, Glue, no_bonds
from multiscale.stages.grains.heights import Solute
from multiscale.stages.grains.options import Particles as Options
from multiscale.stages.grains.pores import places_in_pores
from multiscale.stages.grains.protocol import (
    LID,
    LOOK,
    PROUD,
    Bridged,
    Entry,
    Fall,
    Harden,
    Rest,
    surface_height,
)
from multiscale.stages.grains.slices import liquid_between
from multiscale.stages.grains.suspension import ACTIVE, SET, Suspension

_SKIN = 0.3  # of the radius of a sphere of carbon-binder domain
_SHARES = {"falling": (0.0, 0.25), "setting": (0.25, 0.25), "binding": (0.5, 0.5)}
_RARELY = 1_000_000_000  # steps between two samples: nothing is sampled on the way


@dataclass(frozen=True)
class Plan:
    """What is to be done, in units of the simulation.

    Attributes:
        suspension: the spheres.
        course: of the film.
        solids: volume of all solids per area, for the pressure at which air enters.
        solute: what is in solution when the film stops shrinking.
        bridge: volume of a liquid bridge.
        binder: volume of the binder in the box.
        options: of the stage.
        seed: of all chance.
    """

    suspension: Suspension
    course: Course
    solids: float
    solute: Solute
    bridge: float
    binder: float
    options: Options
    seed: int

    @property
    def forces(self) -> Forces:
        """Laws of force in the wet film as it enters."""
        tension = tension_of(float(np.median(self.suspension.active_radius)))
        return Forces(self.options.friction, self.options.contact_angle, tension, self.bridge)

    @property
    def packed(self) -> tuple[Forces, Entry]:
        """Laws of force and what tells that air enters, at the film's temperature when it packs."""
        thinning, slackening = self.course.warmth(self.course.shrinkage_end)
        return self.forces.warmed(thinning, slackening), self.entry.warmed(slackening)

    @property
    def entry(self) -> Entry:
        """What tells that air enters the wet film as it enters."""
        forces = self.forces
        suction = suction_of(forces.tension, forces.angle, self.suspension.sauter)
        return Entry(suction, self.solids)

    @property
    def steps(self) -> int:
        """Steps of each part."""
        return LOOK * (self.options.steps // LOOK)


@dataclass(frozen=True)
class Dried:
    """What came out, on this rank.

    Attributes:
        sim: the packing at rest, with its bonds.
        height: at which the surface stopped.
        pressure: of the surface there, over that of air entry.
        give: mean overlap of what touches there, over the distance.
        overlap: deepest in the packing, over the smaller radius.
    """

    sim: dem.Simulation = field(repr=False)
    height: float
    pressure: float
    give: float
    overlap: float


def dry(plan: Plan, ctx: Context) -> Dried:
    """Let the suspension fall with the film, set, be drawn together and bind. Collective.

    Raises:
        CaseError: the suspension does not fit (on all ranks).
        StageFailed: particles are lost, or gaps do not hold the binder (on all ranks).
        OutOfTime: asked to stop; a checkpoint is written if there is a folder for it.
    """
    warm_up(plan.forces.laws(), TYPES, ctx.comm, bonds=True)
    number = 4 * plan.steps * len(plan.suspension.radius)
    if ctx.comm.rank == 0:
        logger.info(
            "%d particles, %.1f M particle-steps: about %.0f s at 2 M/s and rank",
            len(plan.suspension.radius), 1e-6 * number, number / 2e6 / ctx.comm.size,
        )  # fmt: skip
    height = plan.course.at(0.0)
    placed = start(plan, height, ctx.comm)
    wet = simulation(placed, plan, plan.forces, height + PROUD, ctx.comm)
    _perform(wet, [Fall(plan.forces, plan.steps, plan.course, plan.entry)], plan, ctx, "falling")
    height = surface_height(wet)
    forces, entry = plan.packed
    filled = _with_binder(wet, plan, height)
    packed = simulation(filled, plan, forces, height + PROUD, ctx.comm)
    harden = Harden(forces, plan.steps, height, entry)
    _perform(packed, [harden], plan, ctx, "setting")
    height = float(packed.lengths[2])
    pressure = entry.share(wall_stress(packed, LID), height)
    given = give(packed)
    binding: list[Stage] = [
        Bridged(forces, plan.steps),
        Glue(plan.binder, plan.solute, plan.options.slices, plan.suspension.type == ACTIVE),
        Rest(forces, plan.steps),
    ]
    _perform(packed, binding, plan, ctx, "binding")
    return Dried(packed, height, pressure, given, _overlap(packed))


def _perform(
    sim: dem.Simulation, parts: Sequence[Stage], plan: Plan, ctx: Context, name: str
) -> None:
    """Carry out a few of the parts, with checkpoints in a folder of their own. Collective."""
    begin, share = _SHARES[name]
    perform(
        sim, parts, sample=_RARELY, checkpoint=plan.options.checkpoint,
        folder=None if ctx.scratch is None else ctx.scratch / name,
        report=lambda done, note: ctx.report(begin + share * done, f"{name}, {note}"),
    )  # fmt: skip


def start(plan: Plan, height: float, comm: MPI.Intracomm) -> Particles:
    """Place the solids at random in the wet film. Collective."""
    s = plan.suspension
    solid = np.flatnonzero(s.type < SET)
    room = Room((s.edge, s.edge, height), (True, True, False))
    at, which = place(s.radius[solid], room, plan.seed, comm)
    return at_rest(at, solid[which], s)


def _with_binder(wet: dem.Simulation, plan: Plan, height: float) -> Particles:
    """Put what was in solution into the pores at its heights, on rank 0. Collective."""
    s, own = plan.suspension, wet.particles()
    parts = wet.comm.gather((own.position, own.radius, own.type))
    at, ids = own.position, own.id
    if parts is not None:
        rng = np.random.default_rng([plan.seed, 2])
        position, radius, kind = (np.concatenate(a) for a in zip(*parts, strict=True))
        grains = position[kind == ACTIVE, 2], radius[kind == ACTIVE]
        liquid = liquid_between(*grains, plan.solute.edges * height, s.edge**2)
        # The centres of spheres keep off foil and surface.
        z = 1.0 + plan.solute.heights(liquid) * (height - 2.0)
        found = places_in_pores(z, position, radius, s.edge, rng)
        at = np.concatenate([at, found])
        ids = np.concatenate([ids, np.flatnonzero(s.type == SET)])
    return at_rest(at, ids, s)


def at_rest(at: FloatArray, ids: NDArray[np.int64], s: Suspension) -> Particles:
    """Give spheres of a suspension, shape (ids,), that do not move."""
    radius, rest = s.radius[ids], np.zeros_like(at)
    return Particles(at, radius, INERTIA * radius, s.type[ids], rest, rest.copy(), ids, TYPES)


def simulation(
    particles: Particles, plan: Plan, forces: Forces, lid: float, comm: MPI.Intracomm
) -> dem.Simulation:
    """Make the simulation of spheres between foil and lid. Collective."""
    s = plan.suspension
    return dem.Simulation(
        particles,
        box=dem.Box((s.edge, s.edge, lid), (True, True, False)),
        laws=forces.laws(),
        walls=[dem.Wall("z", 0.0, type="foil"), dem.Wall("z", lid, type="lid")],
        bonds=no_bonds(),
        bond_materials=[MATERIAL],
        time_step=1.0,
        skin=_SKIN + GAPS[-1],
        comm=comm,
        axes="xy",
        overlap=np.inf,
    )


def give(sim: dem.Simulation) -> float:
    """Give the mean overlap of the spheres that touch over their distance. Collective.

    Hard spheres would stand farther apart by that share.
    """
    found = contacts(sim)
    touch = found.overlap > 0
    share = found.overlap[touch] / np.linalg.norm(found.branch[touch], axis=1)
    total = sim.comm.allreduce(np.array([share.sum(), share.size]))
    return float(total[0] / max(total[1], 1))


def _overlap(sim: dem.Simulation) -> float:
    """Give the deepest overlap over the smaller radius. Collective."""
    found, s = contacts(sim), sim.state
    smaller = np.minimum(s.X[found.i, 3], s.X[found.j, 3])
    return float(sim.comm.allreduce(float((found.overlap / smaller).max(initial=0.0)), MPI.MAX))
