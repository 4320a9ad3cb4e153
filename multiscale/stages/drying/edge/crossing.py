"""The web on its way through the zones of the dryer, its balances integrated in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge.balance import balance, sizes
from multiscale.stages.drying.edge.columns import Flags
from multiscale.stages.drying.edge.differences import REACH, columns_of, jacobian_of, pattern_of
from multiscale.stages.drying.edge.gas import Gas, tabulate
from multiscale.stages.drying.edge.web import State, Web, initial_state, unpack
from multiscale.stages.drying.evaporation import Air


@dataclass(frozen=True)
class Crossing:
    """The web's way through the dryer.

    Attributes:
        web: as it entered.
        gases: tabulated air of each zone.
        ends: time at which each zone ends, s.
        pieces: dense solution of each zone, an `OdeSolution`.
    """

    web: Web
    gases: tuple[Gas, ...]
    ends: FloatArray
    pieces: tuple[Any, ...]

    def vector(self, t: float | FloatArray) -> FloatArray:
        """Give the unknowns at time t (s), or at several, shape (times, unknowns)."""
        times = np.atleast_1d(t)
        found = np.empty((times.size, initial_state(self.web).size))
        for k, now in self._zones(times):
            found[now] = self.pieces[k](times[now]).T
        return found.reshape(*np.shape(t), -1)

    def state(self, t: float | FloatArray) -> State:
        """Give the state at time t (s), or at several."""
        return unpack(self.web, self.vector(t))

    def thinning(self, t: float | FloatArray, T: FloatArray) -> FloatArray:
        """Give the solvent's viscosity over that at 25 degC.

        Args:
            t: time or times, s.
            T: temperature of the columns then, K.
        """
        times, at = np.atleast_1d(t), T.reshape(np.size(t), -1)
        found = np.empty_like(at)
        for k, now in self._zones(times):
            found[now] = self.gases[k].properties(at[now])[4]
        return found.reshape(T.shape)

    def _zones(self, times: FloatArray) -> list[tuple[int, Flags]]:
        """Give each zone in which some of the times lie, and which."""
        zone = np.minimum(np.searchsorted(self.ends, times), len(self.pieces) - 1)
        return [(int(k), zone == k) for k in np.unique(zone)]

    def imbalances(self) -> dict[str, float]:
        """Give the relative errors of what the whole strip must conserve, at the exit."""
        web, n = self.web, self.web.y.size
        start, end = initial_state(web), self.vector(float(self.ends[-1]))
        before, after = (v[: 4 * n].reshape(4, n) @ web.dual for v in (start, end))
        evaporated, taken, carried = end[-3:]
        kept = after[3] + end[4 * n : -3] @ web.bare_width
        solvent = after[0] + evaporated / web.film.liquid_density
        return {
            "solvent": abs(solvent / before[0] - 1),
            "binder": abs(after[1] / before[1] - 1) if before[1] else 0.0,
            "solids": abs(after[2] / before[2] - 1),
            "heat": abs(taken - carried - kept) / max(abs(taken), abs(carried), abs(kept)),
        }


def cross(
    web: Web,
    gases: Sequence[Air],
    durations: Sequence[float],
    tolerance: float,
    before: Crossing | None = None,
) -> Crossing:
    """Integrate the balances through the zones.

    Args:
        web: as it enters.
        gases: drying air of each zone in the middle of the web.
        durations: time in each zone, s.
        tolerance: relative tolerance in time.
        before: way of the same web with a lower `connected`: its steps are kept up to where liquid
            is first cut off from the surface of a column.

    Raises:
        StageFailed: the integration breaks down.
    """
    from scipy.integrate import OdeSolution

    tables = [tabulate(web.film.solvent, air, web.film.initial_temperature) for air in gases]
    ends, vector, start = np.cumsum(durations), initial_state(web), 0.0
    pieces: list[Any] = []
    for k, (gas, end) in enumerate(zip(tables, ends.tolist(), strict=True)):
        known: Any = before.pieces[k] if before else None
        kept = _uncut(web, known) if known else 0
        first = known.ts[kept : kept + 2] if kept else (start, start + 1e-3 * (end - start))
        if len(first) < 2:
            piece = known
        else:
            before = None
            at = vector if not kept else known(first[0])
            piece = _integrate(web, gas, at, first, end, tolerance, k + 1)
            if kept:
                times = np.append(known.ts[:kept], piece.ts)
                piece = OdeSolution(times, [*known.interpolants[:kept], *piece.interpolants])
        pieces.append(piece)
        vector, start = piece(end), end
    if not np.isfinite(vector[: 4 * web.y.size]).all():
        raise StageFailed(
            "the balances beside the edge gave no number; lower drying.edge.tolerance"
        )
    return Crossing(web, tuple(tables), ends, tuple(pieces))


def _uncut(web: Web, piece: Any) -> int:
    """Count the first steps of a zone that end before liquid is cut off in any column."""
    state = unpack(web, piece(piece.ts).T)
    pores = (state.H + state.B) * (1 / web.packing - 1)
    cut = (state.S < web.connected * pores).any(axis=1)
    return max(int(cut.argmax()) - 1, 0) if cut.any() else cut.size - 1


def _integrate(
    web: Web,
    gas: Gas,
    vector: FloatArray,
    first: Sequence[float],
    end: float,
    tolerance: float,
    zone: int,
) -> Any:
    """Integrate the balances within a zone, give its dense solution.

    Args:
        web: as it entered.
        gas: of the zone.
        vector: unknowns to start from.
        first: start, and end of the first step, s.
        end: s.
        tolerance: relative tolerance in time.
        zone: its number.

    Raises:
        StageFailed: the integration breaks down.
    """
    from scipy.integrate import solve_ivp

    from multiscale.stages.drying.edge.implicit import StripRadau  # loads scipy.integrate

    pattern = pattern_of(web)

    def derivative(t: float, v: FloatArray) -> FloatArray:
        return balance(web, gas, v).vector(web)

    solution = solve_ivp(
        derivative,
        (first[0], end),
        vector,
        method=StripRadau,
        rtol=tolerance,
        atol=tolerance * sizes(web),
        jac=jacobian_of(web, gas, pattern),
        column=columns_of(web),
        pattern=pattern,
        reach=REACH,
        dense_output=True,
        first_step=first[1] - first[0],
    )
    if not solution.success:
        raise StageFailed(
            f"the balances beside the edge stopped in zone {zone} after {solution.t[-1]:.3g} s at "
            f"{unpack(web, solution.y[:, -1]).T.max() - 273.15:.1f} degC: {solution.message}; "
            "check heat transfer and radiation"
        )
    return solution.sol
