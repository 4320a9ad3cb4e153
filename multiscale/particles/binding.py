"""Bonds of the binder made by all ranks, each those of its own particles.

A neck's radius follows from the volume of all necks together: its equation is solved by all ranks
at once, with sums over the ranks. Particles of other ranks within the gap come as ghosts of their
own, as those of the laws may see less far.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from multiscale.errors import StageFailed
from multiscale.particles.agree import raise_together
from multiscale.particles.binder import bind
from multiscale.particles.bonds import Bonds, Floats, Integers
from multiscale.particles.box import lattice
from multiscale.particles.halo import Halo
from multiscale.particles.layout import Frame

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation


class CannotBind(StageFailed):
    """The binder finds no place between the particles; all ranks know."""


def bind_particles(
    sim: Simulation,
    problem: Callable[[str], str],
    *,
    gap: float,
    volume: float,
    profile: tuple[Floats, Floats] | None = None,
    branches: int = 1,
    walls: Sequence[int] = (),
) -> int:
    """Give the simulation bonds: each rank those of its particles. Collective.

    Args:
        sim: its lists must be renewed afterwards.
        problem: words why the binder cannot be placed.
        gap, volume, profile, branches: see `bind`.
        walls: to which particles are bound too.

    Returns:
        How many bonds were made.

    Raises:
        CannotBind: as `bind` refuses (on all ranks).
        CaseError: a brick is narrower than two particles and the gap (on all ranks).
    """
    if sim.comm.size > 1:
        sim.rebuild()  # each has its own, and what may be bound to them is beside them
    X, G = _within(sim, gap)
    cut = np.array([d > 1 for d in sim.bricks.dims])
    bonds: Bonds | None = None
    error: CannotBind | None = None
    try:
        bonds = bind(
            X[:, :3],
            X[:, 3],
            G,
            lattice(sim.frame),
            (np.array(sim.box.periodic) & ~cut).tolist(),
            gap=gap,
            volume=volume,
            profile=profile,
            branches=branches,
            origin=sim.frame[Frame.LOW],
            walls={k: sim.walls[k] for k in walls},
            owned=sim.state.n,
            comm=sim.comm,
        )
    except ValueError as refusal:
        error = CannotBind(problem(str(refusal)))
    raise_together(sim.comm, error)
    assert bonds is not None
    sim.bonds, sim.ends = bonds, None
    first = np.where(bonds.on_wall, bonds.ids[:, 1], bonds.ids[:, 0])
    return int(sim.comm.allreduce(int(np.isin(first, G[: sim.state.n]).sum())))


def _within(sim: Simulation, gap: float) -> tuple[Floats, Integers]:
    """Give x, r and identities of the owned particles and of all within the gap of any of them."""
    s, H = sim.state, lattice(sim.frame)
    order = np.argsort(s.G[: s.n])
    X, G = s.X[order], s.G[order]
    if sim.halo is None:
        return X, G
    place = (X[:, :3] - sim.frame[Frame.LOW]) @ np.linalg.inv(H).T
    reach = X[:, 3] + sim.lists.class_radius.max() + gap
    halo, (X, G) = Halo.build(sim.bricks, place, reach, H, [X, G])
    halo.forward(X, np.zeros((len(X), 8)), H, np.zeros((3, 3)))
    halo.free()
    return X, G
