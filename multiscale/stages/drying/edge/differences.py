"""The Jacobian of the balances across the web, by differences.

Columns of the web that are 5 apart do not see each other and share one evaluation. Vapour and heat
from the air answer by what the columns' own rows leave over, not by differences of their own: so
Newton's method, wherever it stops, leaves the sums of solvent and heat as they were.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge.balance import balance, sizes
from multiscale.stages.drying.edge.gas import Gas
from multiscale.stages.drying.edge.web import Web

# Differences over the size of an unknown: between narrow columns surface tension makes of 1e-6 a
# stress beyond the yield stress.
NUDGE = 1e-8
REACH = 2  # columns to each side on which the rates of a column depend: surface tension's pressure


def columns_of(web: Web) -> Any:
    """Give the column of each unknown but the totals, counted from the bare foil inwards."""
    n, m = web.y.size, web.bare.size
    return np.concatenate([np.tile(np.arange(n), 4) + m, np.arange(m)])


class Jacobian(NamedTuple):
    """Derivatives of the rates by the unknowns but the totals, by which nothing changes.

    Attributes:
        inner: of the rates of these unknowns, at the entries of `pattern_of`.
        totals: of the rates of the totals, shape (totals, unknowns).
    """

    inner: FloatArray
    totals: FloatArray


def pattern_of(web: Web) -> tuple[Any, Any]:
    """Give rows and columns of the unknowns that may see each other."""
    column = columns_of(web)
    return np.nonzero(np.abs(column[:, None] - column[None, :]) <= REACH)


def jacobian_of(
    web: Web, gas: Gas, pattern: tuple[Any, Any]
) -> Callable[[float, FloatArray], Jacobian]:
    """Give the Jacobian at (t, unknowns) in a zone's air, at the entries of a pattern."""
    n, m = web.y.size, web.bare.size
    column = columns_of(web)
    kind = np.concatenate([np.repeat(np.arange(4), n), np.full(m, 3)])
    apart = 2 * REACH + 1
    group = apart * kind + column % apart
    rows, columns = pattern
    step = NUDGE * sizes(web)[:-3]
    nudge = np.where(group == np.arange(4 * apart)[:, None], step, 0.0)
    width = np.concatenate([web.bare_width, web.dual])
    weight = width[column[rows]]
    moved_rows, by_step = (group[columns], rows), 1 / step[columns]

    def jacobian(t: float, v: FloatArray) -> Jacobian:
        moved = np.tile(v, (4 * apart, 1))
        moved[:, :-3] += nudge
        base, ahead = balance(web, gas, v), balance(web, gas, moved)

        inner = (ahead.unknowns - base.unknowns)[moved_rows] * by_step
        # Bare foil first; nothing evaporates there.
        lost = np.zeros((4 * apart, m + n))
        lost[:, m:] = ahead.lost - base.lost
        lost = (lost * width)[group, column] / step
        weighted = inner * weight

        def left_over(balanced: int) -> FloatArray:
            found: FloatArray = np.bincount(
                columns, np.where(kind[rows] == balanced, weighted, 0.0), column.size
            )
            return found

        totals = [-web.film.liquid_density * left_over(0), left_over(3) + lost, lost]
        return Jacobian(inner, np.array(totals))

    return jacobian
