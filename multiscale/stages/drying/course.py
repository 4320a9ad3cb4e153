"""Solids, liquid and binder through the thickness at chosen moments of the drying."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.column import Shares
from multiscale.stages.drying.migration import cell_means
from multiscale.stages.drying.setup import Portion
from multiscale.stages.drying.solve import Drying

SHRINKING = 8  # equal shares of the solvent that leaves while the film shrinks
EMPTYING = 6  # and of what leaves its pores until the liquid rests


def moments_of(drying: Drying) -> FloatArray:
    """Choose times that share out evenly the solvent lost, s.

    Entry, end of shrinkage, the time at which the liquid rests and exit are among them.
    """
    history = drying.history
    rests = drying.rests
    fine = np.union1d(np.linspace(0, rests, 2001), [drying.shrinkage_end])
    lost = np.maximum.accumulate(history.film.initial_solvent - history.state(fine)[0])
    at_end, at_rest = np.interp([drying.shrinkage_end, rests], fine, lost)
    shrinking = np.interp(np.linspace(0, at_end, SHRINKING + 1)[1:-1], lost, fine)
    emptying = np.interp(np.linspace(at_end, at_rest, EMPTYING + 1)[1:-1], lost, fine)
    fixed = [0.0, drying.shrinkage_end, rests, history.residence]
    return np.unique(np.concatenate([shrinking, emptying, fixed]))


def course(
    drying: Drying, portions: Sequence[Portion], moments: FloatArray, edges: FloatArray
) -> dict[str, FloatArray]:
    """Give the record's profiles at the moments.

    Args:
        drying: the solution.
        portions: the binders; what of them does not move is uniform.
        moments: s.
        edges: ends of the output cells over xi.

    Returns:
        `solids_course` and `saturation_course`, shape (moments, cells), and `binder_course`, shape
        (binders, moments, cells).
    """
    column, height = drying.solids.column, drying.solids.column.height(moments)[:, None]
    totals = [Shares(p.times, p.course).at(moments) for p in drying.profiles]
    mobile = np.array([p.mobile for p in portions])[:, None, None]
    return {
        "solids_course": means(
            column.xi, all_solids(column.solids_density(moments), portions, totals) / height, edges
        ),
        "saturation_course": means(column.xi, column.saturation(moments), edges),
        "binder_course": 1
        - mobile
        + mobile * np.array([means(column.xi, total, edges) for total in totals]),
    }


def all_solids(
    resting: FloatArray, portions: Sequence[Portion], totals: Sequence[FloatArray]
) -> FloatArray:
    """Give the thickness density of the solids, all binder included, m.

    Args:
        resting: h phi of what does not move with the liquid, m.
        portions: the binders.
        totals: mobile share of each, scaled to a mean of 1, at the same places.
    """
    moved = sum(p.mobile * p.volume * total for p, total in zip(portions, totals, strict=True))
    return np.asarray(resting + moved)


def means(xi: FloatArray, rows: FloatArray, edges: FloatArray) -> FloatArray:
    """Average each row of piecewise linear fields over cells."""
    return np.array([cell_means(xi, row, edges) for row in rows])
