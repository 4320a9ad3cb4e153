"""What is bound to the solids moves with them, across the web and through the thickness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.binding import follow
from multiscale.stages.drying.edge.mesh import Strip, duals
from multiscale.stages.drying.edge.step import State


def follow_solids(
    comm: Any,
    strip: Strip,
    now: State,
    shares: tuple[FloatArray, FloatArray],
    solids: tuple[FloatArray, FloatArray],
) -> State:
    """Carry what has set along with the solids; collective.

    Each grain keeps its place in the order of the solids, column by column from the edge inwards
    and within a column from the foil upwards; mass is kept.

    Args:
        comm: ranks that share the columns.
        strip: mesh of this rank.
        now: binder of its columns.
        shares: of the solids in all columns, before a step and after, shape (columns,).
        solids: their thickness density in the columns seen, before and after, m, shape (columns,
            layers).
    """
    held = [now.gelled, now.adsorbed]
    if not np.allclose(*shares, rtol=1e-14, atol=0.0):
        held = [_across(comm, strip, values, *shares) for values in held]
    if solids[0].shape[1] > 1:
        held = [_upright(strip, values, *solids) for values in held]
    return replace(now, gelled=held[0], adsorbed=held[1])


def _across(
    comm: Any, strip: Strip, values: FloatArray, before: FloatArray, after: FloatArray
) -> FloatArray:
    dual, mine = duals(strip.y), strip.columns
    place, moved = (np.append(0.0, np.cumsum(dual * s)) for s in (before, after))
    every = np.concatenate(comm.allgather(values[: strip.own]))
    mass = np.vstack([np.zeros(strip.xi.size), np.cumsum(dual[:, None] * every, axis=0)])
    at = (moved / moved[-1] * place[-1])[mine.start : mine.stop + 1]
    found = np.column_stack([np.interp(at, place, column) for column in mass.T])
    result: FloatArray = np.diff(found, axis=0) / dual[mine, None]
    return result


def _upright(strip: Strip, values: FloatArray, before: FloatArray, after: FloatArray) -> FloatArray:
    rows = zip(values, before[strip.inner], after[strip.inner], strict=True)
    return np.array([follow(strip.xi, *row) for row in rows])
