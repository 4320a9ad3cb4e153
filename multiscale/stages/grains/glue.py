"""Bonds between particles, and to the foil, whose volume is the binder's: in each slice the share
that the film model left in the liquid there."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale.bridges.profiles import remap
from multiscale.particles.binding import CannotBind, bind_particles
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.bonds import Bonds, make_bonds
from multiscale.particles.protocols import Memory
from multiscale.particles.simulation import Simulation
from multiscale.records import FloatArray
from multiscale.stages.grains.heights import Solute
from multiscale.stages.grains.slices import liquid_between

# In units of the simulation: soft enough for its time step, and never broken while drying.
MATERIAL = BondMaterial(0.02, 0.3, math.inf, math.inf, damping=2.0)
GAPS = (0.05, 0.1, 0.2, 0.4, 0.7)  # widest gap that binder spans, tried in turn
FOIL = 0  # index of its wall


def no_bonds() -> Bonds:
    """Give an empty set of bonds, for a simulation that will have some."""
    none = np.zeros((0, 3))
    return make_bonds(np.zeros((0, 2), np.int64), none, none[:, 0], none[:, 0], anchor=none)


@dataclass(frozen=True)
class Glue:
    """Bind all near pairs, and what is near the foil to it; takes one step.

    Attributes:
        volume: of the binder in the box.
        solute: what the film model says of its heights.
        slices: equal ones from the foil to the surface.
        grain: which particles leave no room to the liquid, by their identities.
    """

    volume: float
    solute: Solute
    slices: int
    grain: NDArray[np.bool_] = field(repr=False)
    every: int = 1
    most: int = 2

    def start(self, sim: Simulation, memory: Memory) -> None:
        """Bind what is within the narrowest gap whose necks hold the binder. Collective.

        Raises:
            CannotBind: the gaps near the contacts cannot hold the binder (on all ranks).
        """
        profile = self._profile(sim)
        advice = "lower grains.cbd_diameter, or take coarser grains.slices"
        for gap in GAPS:
            try:
                memory["bonds"] = bind_particles(
                    sim, lambda why: f"binding: {why}; {advice}",
                    gap=gap, volume=self.volume, profile=profile, walls=(FOIL,),
                )  # fmt: skip
                break
            except CannotBind:
                if gap == GAPS[-1]:
                    raise
        sim.stale = True

    def look(self, sim: Simulation, memory: Memory) -> float:
        """It is done at once."""
        return 1.0

    def _profile(self, sim: Simulation) -> tuple[FloatArray, FloatArray]:
        """Give the edges of the slices and what share of the binder each holds. Collective."""
        X, ids = sim.state.X[: sim.state.n], sim.state.G[: sim.state.n]
        top = sim.comm.allreduce(float((X[:, 2] + X[:, 3]).max(initial=0.0)), MPI.MAX)
        xi, edges = self.solute.edges, np.linspace(0.0, 1.0, self.slices + 1)
        area = float(sim.lengths[0] * sim.lengths[1])
        grain = self.grain[ids]
        parts = sim.comm.allgather((ids[grain], X[grain, 2:4]))
        which, at = (np.concatenate(each) for each in zip(*parts, strict=True))
        z, r = at[np.argsort(which)].T  # in one order on any ranks
        liquid = liquid_between(z, r, top * xi, area)
        return top * edges, remap(self.solute.domain(liquid), xi, edges)
