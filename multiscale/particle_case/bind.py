"""The stage that binds near particles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multiscale.particle_case.options import BinderInput
from multiscale.particles.agree import refuse
from multiscale.particles.binding import bind_particles
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.bonds import Bonds, make_bonds
from multiscale.particles.guard import unstable_step
from multiscale.particles.protocols import solid_volume
from multiscale.particles.watch import step_limits

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation


def bond_material(binder: BinderInput) -> BondMaterial:
    """Give the engine's material of a binder.

    Raises:
        ValueError: its numbers do not fit each other.
    """
    return BondMaterial(
        binder.young,
        binder.poisson,
        binder.tensile_strength or math.inf,
        binder.shear_strength or math.inf,
        binder.shares,
        binder.times,
        binder.damping,
        binder.friction,
        binder.porosity,
        binder.yield_stress,
    )


def no_bonds(binder: BinderInput, *, walls: bool = False) -> Bonds:
    """Give an empty set of bonds of this binder, for a simulation that will have some.

    Args:
        binder: of which they will be.
        walls: whether some will end at walls.
    """
    none = np.zeros((0, 3))
    return make_bonds(
        np.zeros((0, 2), np.int64),
        none,
        none[:, 0],
        none[:, 0],
        branches=bond_material(binder).branches,
        anchor=none if walls else None,
    )


@dataclass(frozen=True)
class Bind:
    """Bind all pairs closer than the binder's gap, also to the walls named; takes one step."""

    binder: BinderInput
    walls: tuple[int, ...] = ()
    every: int = 1
    most: int = 2

    def start(self, sim: Simulation, memory: dict[str, float]) -> None:
        """Make the bonds. Collective.

        Raises:
            StageFailed: no pair is near enough, the necks cannot hold the binder, or the time step
                is too long for the bonds (on all ranks).
        """
        step = f"step {sim.step}, binding"
        binder, material = self.binder, bond_material(self.binder)
        solid = binder.volume_ratio * solid_volume(sim)
        memory["bonds"] = bind_particles(
            sim,
            lambda why: f"{step}: {why}",
            gap=binder.gap,
            volume=solid / material.density,
            branches=material.branches,
            walls=self.walls,
        )
        sim.rebuild()
        allowed = step_limits(sim)
        refuse(sim.comm, [unstable_step(sim.time_step, allowed)], step)

    def look(self, sim: Simulation, memory: dict[str, float]) -> float:
        return 1.0
