"""A simulation goes on from a checkpoint as if nothing had happened.

The run that writes a checkpoint builds its lists anew from what it has written, as the one that is
read back does: from the same rows in the same order, so that all that follows is the same, bit for
bit, on the same number of ranks. So two runs agree exactly only if both write at the same steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multiscale.particles import checkpoint
from multiscale.particles.checkpoint import Arrays, Snapshot
from multiscale.particles.layout import Clock
from multiscale.particles.rebuild import carried
from multiscale.particles.slabs import Array

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation

_CARRIED = ("contacts", "bonds")  # in the order of `carried`
_SUMS = (Clock.LOST, Clock.BOX_WORK, Clock.BODY_WORK)
_CUTS = ("cuts_x", "cuts_y", "cuts_z")


def save(
    simulation: Simulation,
    folder: Path | str,
    *,
    numbers: Mapping[str, Any] | None = None,
    tables: Mapping[str, Arrays] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Path:
    """Write a checkpoint, to be called between two runs. Collective.

    Args:
        simulation: it builds its lists anew.
        folder: keeps the two newest checkpoints.
        numbers: state of the caller, such as a protocol's, the same on all ranks; what JSON knows.
        tables: more rows of this rank, see `Snapshot`.
        settings: what must be the same at a restart besides the simulation's own.

    Raises:
        FileError: it could not be written (on all ranks).
    """
    s, kept = simulation.state, carried(simulation)
    own: dict[str, Array] = {"X": s.X, "V": s.V, "type": s.A, "id": s.G, "class": s.class_}
    if s.P.shape[1]:
        own["P"] = s.P
    counted = {name: array[None] for name, array in _counted(simulation).items()}
    snapshot = Snapshot(
        simulation.step,
        {name: array[: s.n] for name, array in own.items()},
        dict(zip(_CARRIED, kept, strict=False)),
        {"rank": counted, **(tables or {})},
        {**_shared(simulation), **dict(zip(_CUTS, simulation.bricks.cuts, strict=True))},
        {
            "time": simulation.time,
            "at_rest": simulation.at_rest,
            "horizon": simulation.horizon,
            "laws": [dict(law.given) for law in simulation.laws],
            "more": numbers or {},
        },
        {**simulation.settings, **(settings or {})},
    )
    path = checkpoint.write(Path(folder), snapshot, simulation.comm)
    simulation.rebuild(kept=kept)
    return path


def resume(
    simulation: Simulation, folder: Path | str, *, settings: Mapping[str, Any] | None = None
) -> Snapshot | None:
    """Go on from the newest checkpoint; where there is none, from what was given. Collective.

    Args:
        simulation: made as the one that was saved, before its first step.
        folder: of the checkpoints.
        settings: those that `save` was given.

    Returns:
        What was read: `numbers["more"]` and `tables` hold what `save` was given; None: nothing.

    Raises:
        CaseError: the simulation is another one (on all ranks).
        FileError: no checkpoint can be read (on all ranks).
    """
    comm = simulation.comm
    wanted = {**simulation.settings, **(settings or {})}
    snapshot = checkpoint.read(Path(folder), comm, wanted)
    if snapshot is None:
        return None
    s, kept, shared = simulation.state, snapshot.particles, snapshot.shared
    s.X, s.V, s.A, s.G, s.class_ = (kept[k] for k in ("X", "V", "type", "id", "class"))
    s.n = len(s.X)
    s.P = kept.get("P", np.empty((s.n, 0)))
    s.renew()
    simulation.total = comm.allreduce(s.n)
    for name, array in _shared(simulation).items():
        array[: len(shared[name])] = shared[name]  # older ones have fewer rows
    _set_counted(simulation, snapshot)
    simulation.at_rest = snapshot.numbers["at_rest"]
    simulation.horizon = snapshot.numbers["horizon"]
    for index, parameters in enumerate(snapshot.numbers["laws"]):
        simulation.set_law(index, **parameters)
    x, y, z = (shared[name] for name in _CUTS)
    if (len(x) - 1, len(y) - 1, len(z) - 1) == simulation.bricks.dims:
        simulation.bricks = replace(simulation.bricks, cuts=(x, y, z))
    simulation.rebuild(kept=[snapshot.ragged[name] for name in _CARRIED if name in snapshot.ragged])
    return snapshot


def _shared(simulation: Simulation) -> dict[str, NDArray[np.float64]]:
    """Name the arrays that are the same on all ranks."""
    radius = simulation.lists.class_radius
    return {"frame": simulation.frame, "walls": simulation.walls, "class_radius": radius}


def _counted(simulation: Simulation) -> dict[str, NDArray[np.float64]]:
    """Name the arrays in which each rank counts for itself."""
    return {
        "clock": simulation.clock,
        "wall_force": simulation.wall_force,
        "bond_sums": simulation.bond_sums,
    }


def _set_counted(simulation: Simulation, snapshot: Snapshot) -> None:
    """Set what each rank has counted; on another number of ranks add up the rows it was dealt."""
    rows, clock = snapshot.tables["rank"], simulation.clock.copy()
    same = simulation.comm.size == snapshot.ranks
    for name, array in _counted(simulation).items():
        found = rows[name][0] if same else rows[name].sum(axis=0)
        array[: len(found)] = found  # older ones knew no work of box and body laws
    if not same:  # the clock holds sums, limits and times
        clock[list(_SUMS)] = simulation.clock[list(_SUMS)]
        clock[[Clock.STEP, Clock.TIME]] = snapshot.step, snapshot.numbers["time"]
        simulation.clock[:] = clock
