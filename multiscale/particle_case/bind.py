"""The stage that binds near particles: gathered on one rank, bound, and handed to all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multiscale.errors import StageFailed
from multiscale.particle_case.options import BinderInput
from multiscale.particles import limits
from multiscale.particles.agree import raise_together
from multiscale.particles.binder import bind
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.bonds import Bonds, from_rows, make_bonds, rows, take, with_ends
from multiscale.particles.box import lattice
from multiscale.particles.sweep import Frame

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
    )


def no_bonds(binder: BinderInput) -> Bonds:
    """Give an empty set of bonds of this binder, for a simulation that will have some."""
    none = np.zeros((0, 3))
    return make_bonds(
        np.zeros((0, 2), np.int64), none, none[:, 0], none[:, 0], branches=1 + len(binder.times)
    )


@dataclass(frozen=True)
class Bind:
    """Bind all pairs closer than the binder's gap; takes one step."""

    binder: BinderInput
    every: int = 1
    most: int = 2

    def start(self, sim: Simulation, memory: dict[str, float]) -> None:
        """Make the bonds. Collective.

        Raises:
            StageFailed: no pair is near enough, the necks cannot hold the binder, or the time step
                is too long for the bonds (on all ranks).
        """
        s = sim.state
        mine = (s.X[: s.n].copy(), s.V[: s.n, 7].copy(), s.G[: s.n].copy())
        gathered = sim.comm.gather(mine)
        error, every = None, None
        if gathered is not None:
            X, mass, ids = (np.concatenate(parts) for parts in zip(*gathered, strict=True))
            order = np.argsort(ids)
            try:
                every = self._bonds(sim, X[order], mass[order], ids[order])
            except ValueError as problem:
                error = StageFailed(f"step {sim.step}, binding: {problem}")
        raise_together(sim.comm, error)
        made = from_rows(*sim.comm.bcast(None if every is None else rows(every)))
        sim.bonds = take(made, with_ends(made, s.G[: s.n]).any(axis=1))
        sim.ends, sim.stale = None, True
        memory["bonds"] = len(made)

    def look(self, sim: Simulation, memory: dict[str, float]) -> float:
        return 1.0

    def _bonds(self, sim: Simulation, X: np.ndarray, mass: np.ndarray, ids: np.ndarray) -> Bonds:
        binder = self.binder
        made = bind(
            X[:, :3] - sim.frame[Frame.LOW],
            X[:, 3],
            ids,
            lattice(sim.frame),
            sim.box.periodic,
            gap=binder.gap,
            volume=binder.volume_ratio * float(np.sum(4 / 3 * np.pi * X[:, 3] ** 3)),
            branches=1 + len(binder.times),
        )
        i, j = np.searchsorted(ids, made.ids).T
        longest = bond_limit(made, mass[i] * mass[j] / (mass[i] + mass[j]), binder)
        if sim.time_step > longest:
            raise ValueError(
                f"the time step of {sim.time_step:.3g} s is too long for the bonds: take "
                f"{longest:.2g} s, a softer binder or thinner necks"
            )
        return made


def bond_limit(bonds: Bonds, mass: np.ndarray, binder: BinderInput, share: float = 0.2) -> float:
    """Give a share of the stable time step of the stiffest bond [s].

    Args:
        bonds: k = E pi R^2/l, c = k t_d.
        mass: reduced mass of each pair [kg].
        binder: E and t_d.
    """
    k = binder.young * np.pi * bonds.radius**2 / bonds.length
    found = [
        limits.leapfrog(m, stiffness, stiffness * binder.damping)
        for m, stiffness in zip(mass.tolist(), k.tolist(), strict=True)
    ]
    return share * min(found, default=math.inf)
