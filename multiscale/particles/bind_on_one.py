"""Bonds made on one rank, which sees all particles for that moment, and dealt to their owners.

A neck's radius follows from the volume of all necks together, and is the same on any ranks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from multiscale.errors import StageFailed
from multiscale.particles.agree import raise_together
from multiscale.particles.bonds import Bonds, Floats, Integers, from_rows, rows, take, with_ends

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation

_TAG = 740


def bind_on_one(
    sim: Simulation, make: Callable[[Floats, Integers], Bonds], problem: Callable[[str], str]
) -> int:
    """Give the simulation bonds: each rank those of its particles. Collective.

    Args:
        sim: its lists must be renewed afterwards.
        make: makes all bonds of positions and radii [m], shape (n, 4), and identities, in rising
            order.
        problem: words the refusal of `make`, a ValueError.

    Returns:
        How many bonds were made.

    Raises:
        StageFailed: `make` refused (on all ranks).
    """
    s, comm = sim.state, sim.comm
    X, G = s.X[: s.n], s.G[: s.n]
    parts = comm.gather((X, G))
    error, made = None, None
    if parts is not None:
        at, ids = (np.concatenate(each) for each in zip(*parts, strict=True))
        order = np.argsort(ids)
        try:
            made = make(at[order], ids[order])
        except ValueError as refusal:
            error = StageFailed(problem(str(refusal)))
    raise_together(comm, error)
    if made is None:
        sim.bonds = from_rows(*comm.recv(source=0, tag=_TAG))
    else:
        assert parts is not None
        for rank in range(1, comm.size):  # one after the other: no two shares stand side by side
            comm.send(rows(_of(made, parts[rank][1])), rank, _TAG)
        sim.bonds = _of(made, G)
    sim.ends = None
    return int(comm.bcast(0 if made is None else len(made)))


def _of(bonds: Bonds, ids: Integers) -> Bonds:
    """Give the bonds with an end among these particles."""
    return take(bonds, with_ends(bonds, ids).any(axis=1))
