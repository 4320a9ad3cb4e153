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
    comm: Any, strip: Strip, now: State, before: FloatArray, after: FloatArray
) -> State:
    """Carry what has set along with the solids; collective.

    Each grain keeps its place in the order of the solids, column by column from the edge inwards
    and within a column from the foil upwards; mass is kept.

    Args:
        comm: ranks that share the columns.
        strip: mesh of this rank.
        now: binder of its columns.
        before: thickness density of the solids of all columns, m, shape (columns, layers).
        after: the same a step later.
    """
    weight = duals(strip.xi)
    held = [now.gelled, now.adsorbed]
    old, new = (s @ weight if s.shape[1] > 1 else s[:, 0] for s in (before, after))
    if not np.allclose(old, new, rtol=1e-14, atol=0.0):
        held = [_across(comm, strip, values, old, new) for values in held]
    if before.shape[1] > 1:
        held = [_upright(strip, values, before, after) for values in held]
    return replace(now, gelled=held[0], adsorbed=held[1])


def _across(
    comm: Any, strip: Strip, values: FloatArray, before: FloatArray, after: FloatArray
) -> FloatArray:
    dual = duals(strip.y)
    place, moved = (np.append(0.0, np.cumsum(dual * s)) for s in (before, after))
    every = np.concatenate(comm.allgather(values[: strip.own]))
    mass = np.vstack([np.zeros(strip.xi.size), np.cumsum(dual[:, None] * every, axis=0)])
    at = moved / moved[-1] * place[-1]
    found = np.column_stack([np.interp(at, place, column) for column in mass.T])
    result: FloatArray = (np.diff(found, axis=0) / dual[:, None])[strip.columns]
    return result


def _upright(strip: Strip, values: FloatArray, before: FloatArray, after: FloatArray) -> FloatArray:
    rows = zip(values, before[strip.columns], after[strip.columns], strict=True)
    return np.array([follow(strip.xi, *row) for row in rows])
