"""What a simulation is made of, checked against each other and agreed between the ranks."""

from __future__ import annotations

from collections.abc import Sequence

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import CaseError
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.bonds import Bonds
from multiscale.particles.kernel import Kernel
from multiscale.particles.law import BodyLaw, Law, PairLaw
from multiscale.particles.lists import Lists
from multiscale.particles.neighbours import CLASSES
from multiscale.particles.reaches import reaches, smallest_reach
from multiscale.particles.state import Particles

Floats = NDArray[np.float64]
_SKIN = 0.3  # of the reach of the smallest class from its centre: wide optimum, 0.25 to 0.4
_INNER_SHARE = 0.17  # of the skin


def agreed_types(comm: MPI.Intracomm, particles: Particles) -> tuple[str, ...]:
    """Give the types of the first rank that has particles. Collective."""
    every = comm.allgather(particles.types if len(particles) else None)
    return next((types for types in every if types is not None), ("solid",))


def agreed_bonds(comm: MPI.Intracomm, bonds: Bonds | None) -> Bonds | None:
    """Give a rank without bonds none of the kind that others have. Collective."""
    shapes = comm.allgather(None if bonds is None else bonds.values.shape[0])
    rows = max((shape for shape in shapes if shape is not None), default=0)
    if bonds is not None or not rows:
        return bonds
    return Bonds(np.empty((0, 2), np.int64), np.empty(0, np.int64), np.empty((rows, 0)))


def check_branches(bonds: Bonds | None, materials: Sequence[BondMaterial]) -> None:
    """Refuse bonds without the rows that the kernel writes.

    Raises:
        ValueError: the materials need more branches than the bonds have.
    """
    needed = max((m.branches for m in materials), default=1)
    if bonds is not None and len(bonds.strain) < needed:
        raise ValueError(
            f"the bonds have {len(bonds.strain)} branches, their materials need {needed}: "
            f"make them with branches={needed}"
        )


def check_reach(laws: Sequence[Law], largest: float) -> None:
    """Refuse laws whose reach was given for smaller particles than these.

    Args:
        laws: of the simulation.
        largest: radius of any particle [m].

    Raises:
        CaseError: a law would meet the largest particles too late.
    """
    for law in laws:
        given = law.given.get("largest_radius")
        if isinstance(given, (int, float)) and largest > given * (1 + 1e-9):
            raise CaseError(
                f"the law {law.name} was told that the largest radius is {given:.4g} m, but "
                f"there are particles of {largest:.4g} m, which would meet too late: give "
                f"largest_radius = {largest:.4g} m"
            )


def pair_tables(laws: Sequence[Law], types: tuple[str, ...]) -> tuple[Floats, ...]:
    """Give the parameters of each pair law, shape (types squared, parameters)."""
    n = len(types)
    pair = (law.table(types) for law in laws if isinstance(law.kind, PairLaw))
    return _or_none([np.asarray(t, float).reshape(n * n, -1) for t in pair])


def body_tables(laws: Sequence[Law], types: tuple[str, ...]) -> tuple[Floats, ...]:
    """Give the parameters of each body law, shape (types, parameters)."""
    return _or_none([law.table(types) for law in laws if isinstance(law.kind, BodyLaw)])


def _or_none(tables: list[Floats]) -> tuple[Floats, ...]:
    """Give the kernel one table at least, for it is compiled for a tuple of arrays."""
    return tuple(np.ascontiguousarray(t, float) for t in tables) or (np.zeros((1, 1)),)


def empty_lists(
    comm: MPI.Intracomm,
    kernel: Kernel,
    laws: Sequence[Law],
    types: tuple[str, ...],
    particles: Particles,
    classes: NDArray[np.int8],
    skins: tuple[float | None, float | None],
) -> Lists:
    """Give lists that are not built yet, with their skins. Collective.

    Args:
        comm: the ranks.
        kernel: tells how much history a pair has.
        laws: tell how far they reach.
        types: of the particles on all ranks.
        particles: of this rank.
        classes: their size classes.
        skins: of the outer and the inner list [m]; None: 0.3 radii of the smallest class, with half
            of what laws say they reach between its particles, and 0.17 of that.
    """
    radius = np.zeros((CLASSES, len(types)))
    np.maximum.at(radius, (classes, particles.type), particles.radius)
    comm.Allreduce(MPI.IN_PLACE, radius, MPI.MAX)
    largest = radius.max(axis=1)
    outer, inner = skins
    outer = _SKIN * smallest_reach(laws, types, radius) if outer is None else outer
    inner = _INNER_SHARE * outer if inner is None else inner
    reach = reaches(laws, types, radius)
    wall_reach = max((w.reach for w in laws if isinstance(w.kind, PairLaw)), default=0.0)
    odd = np.isin(np.arange(kernel.history), kernel.vectors)
    return Lists(kernel.history, odd, reach, wall_reach, outer, inner, radius, largest)
