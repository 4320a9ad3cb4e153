"""The suspension dries: from spheres in the wet film to a packing with bonds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale import particles as dem
from multiscale.coupling.context import Context
from multiscale.log import logger
from multiscale.particles.contacts import contacts
from multiscale.particles.perform import perform
from multiscale.particles.placing import Room, place
from multiscale.particles.protocols import Stage
from multiscale.particles.state import Particles
from multiscale.particles.warm import warm_up
from multiscale.records import FloatArray
from multiscale.stages.grains.course import Course
from multiscale.stages.grains.forces import (
    INERTIA,
    TYPES,
    Forces,
    entry_pressure,
    tension_of,
)
from multiscale.stages.grains.glue import GAPS, MATERIAL, Glue, no_bonds
from multiscale.stages.grains.options import Particles as Options
from multiscale.stages.grains.pores import places_in_pores
from multiscale.stages.grains.protocol import (
    LOOK,
    Bridged,
    Fall,
    Harden,
    Rest,
    surface_height,
    surface_pressure,
)
from multiscale.stages.grains.suspension import SET, Suspension
from multiscale.stages.grains.walk import walk

_SKIN = 0.3  # of the radius of a sphere of carbon-binder domain
_RARELY = 1_000_000_000  # steps between two samples: nothing is sampled on the way


@dataclass(frozen=True)
class Plan:
    """What is to be done, in units of the simulation.

    Attributes:
        suspension: the spheres.
        course: of the film.
        porosity: of the dry film, for the pressure at which air enters.
        bridge: volume of a liquid bridge.
        binder: volume of the binder in the box.
        profile: its share in equal slices over the thickness.
        options: of the stage.
        seed: of all chance.
    """

    suspension: Suspension
    course: Course
    porosity: float
    bridge: float
    binder: float
    profile: tuple[float, ...]
    options: Options
    seed: int

    @property
    def forces(self) -> Forces:
        """Laws of force."""
        tension = tension_of(float(np.median(self.suspension.active_radius)))
        return Forces(self.options.friction, self.options.contact_angle, tension, self.bridge)

    @property
    def entry_pressure(self) -> float:
        """Pressure of the surface at which air enters."""
        return entry_pressure(
            self.forces.tension, self.options.contact_angle, self.porosity, self.suspension.sauter
        )

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
        overlap: deepest in the packing, over the smaller radius.
    """

    sim: dem.Simulation = field(repr=False)
    height: float
    pressure: float
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
    wet = _fall(plan, ctx)
    height, pressure = surface_height(wet), surface_pressure(wet) / plan.entry_pressure
    packed = simulation(_with_parcels(wet, plan, height), plan, height, ctx.comm)
    parts: list[Stage] = [
        Harden(plan.forces, plan.steps),
        Bridged(plan.forces, plan.steps),
        Glue(plan.binder, plan.profile),
        Rest(plan.forces, plan.steps),
    ]
    perform(
        packed, parts, sample=_RARELY, folder=_folder(ctx, "dry"),
        checkpoint=plan.options.checkpoint,
        report=lambda done, note: ctx.report(0.25 + 0.75 * done, f"binding, {note}"),
    )  # fmt: skip
    return Dried(packed, height, pressure, _overlap(packed))


def _fall(plan: Plan, ctx: Context) -> dem.Simulation:
    """Place the solids in the wet film and let them fall with it. Collective."""
    height = plan.course.at(0.0)[0]
    sim = simulation(start(plan, height, ctx.comm), plan, 1.5 * height, ctx.comm)
    perform(
        sim, [Fall(plan.forces, plan.steps, plan.course, plan.entry_pressure)],
        sample=_RARELY, folder=_folder(ctx, "wet"), checkpoint=plan.options.checkpoint,
        report=lambda done, note: ctx.report(0.25 * done, f"falling, {note}"),
    )  # fmt: skip
    return sim


def start(plan: Plan, height: float, comm: MPI.Intracomm, *, everything: bool = False) -> Particles:
    """Place the solids, or all spheres, at random in the wet film. Collective."""
    s = plan.suspension
    solid = np.flatnonzero((s.type < SET) | everything)
    room = Room((s.edge, s.edge, height), (True, True, False))
    at, which = place(s.radius[solid], room, plan.seed, comm)
    return _at_rest(at, solid[which], s)


def _with_parcels(wet: dem.Simulation, plan: Plan, height: float) -> Particles:
    """Put what was in solution into the pores: heights by its walk, on rank 0. Collective."""
    s, own = plan.suspension, wet.particles()
    parts = wet.comm.gather((own.position, own.radius))
    at, ids = own.position, own.id
    if parts is not None:
        rng = np.random.default_rng([plan.seed, 2])
        position, radius = (np.concatenate(a) for a in zip(*parts, strict=True))

        def surface(t: float) -> float:
            return max(plan.course.at(t)[0], height)

        xi = walk(plan.course, s.parcels, surface, rng)
        z = 1.0 + xi * (height - 2.0)  # the centres of spheres between foil and surface
        found = places_in_pores(z, position, radius, s.edge, rng)
        at = np.concatenate([at, found])
        ids = np.concatenate([ids, np.flatnonzero(s.type == SET)])
    return _at_rest(at, ids, s)


def _at_rest(at: FloatArray, ids: NDArray[np.int64], s: Suspension) -> Particles:
    radius, rest = s.radius[ids], np.zeros_like(at)
    return Particles(at, radius, INERTIA * radius, s.type[ids], rest, rest.copy(), ids, TYPES)


def simulation(particles: Particles, plan: Plan, lid: float, comm: MPI.Intracomm) -> dem.Simulation:
    """Make the simulation of spheres between foil and lid. Collective."""
    s = plan.suspension
    return dem.Simulation(
        particles,
        box=dem.Box((s.edge, s.edge, lid), (True, True, False)),
        laws=plan.forces.laws(),
        walls=[dem.Wall("z", 0.0, type="foil"), dem.Wall("z", lid, type="lid")],
        bonds=no_bonds(),
        bond_materials=[MATERIAL],
        time_step=1.0,
        skin=_SKIN + GAPS[-1],
        comm=comm,
        axes="xy",
        overlap=np.inf,
    )


def _folder(ctx: Context, name: str) -> Path | None:
    return None if ctx.scratch is None else ctx.scratch / name


def _overlap(sim: dem.Simulation) -> float:
    """Give the deepest overlap over the smaller radius. Collective."""
    found, s = contacts(sim), sim.state
    smaller = np.minimum(s.X[found.i, 3], s.X[found.j, 3])
    return float(sim.comm.allreduce(float((found.overlap / smaller).max(initial=0.0)), MPI.MAX))
