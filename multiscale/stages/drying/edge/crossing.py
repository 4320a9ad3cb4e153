"""The web on its way through the zones of the dryer, its balances integrated in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge.balance import balance, sizes
from multiscale.stages.drying.edge.differences import REACH, columns_of, jacobian_of
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
        pieces: dense solution of each zone.
    """

    web: Web
    gases: tuple[Gas, ...]
    ends: FloatArray
    pieces: tuple[Callable[[float], FloatArray], ...]

    def vector(self, t: float) -> FloatArray:
        """Give the unknowns at time t (s)."""
        return self.pieces[self._zone(t)](t)

    def state(self, t: float) -> State:
        """Give the state at time t (s)."""
        return unpack(self.web, self.vector(t))

    def properties(self, t: float, state: State) -> FloatArray:
        """Give the properties of gas and liquid at each column; rows as of `Gas.table`."""
        return self.gases[self._zone(t)].properties(state.T)

    def _zone(self, t: float) -> int:
        return min(int(np.searchsorted(self.ends, t)), len(self.pieces) - 1)

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
    report: Callable[[float], None] | None = None,
) -> Crossing:
    """Integrate the balances through the zones.

    Args:
        web: as it enters.
        gases: drying air of each zone in the middle of the web.
        durations: time in each zone, s.
        tolerance: relative tolerance in time.
        report: told the fraction done, now and then.

    Raises:
        StageFailed: the integration breaks down.
    """
    from scipy.integrate import solve_ivp

    from multiscale.stages.drying.edge.implicit import StripRadau  # loads scipy.integrate

    vector, start, total = initial_state(web), 0.0, sum(durations)
    pieces, ends, tables = [], [], []
    n = web.y.size
    for k, (air, duration) in enumerate(zip(gases, durations, strict=True)):
        gas = tabulate(web.film.solvent, air, web.film.initial_temperature)

        def derivative(t: float, v: FloatArray, gas: Gas = gas) -> FloatArray:
            return balance(web, gas, v).vector(web)

        solution = solve_ivp(
            derivative,
            (start, start + duration),
            vector,
            method=StripRadau,
            rtol=tolerance,
            atol=tolerance * sizes(web),
            jac=jacobian_of(web, gas),
            column=columns_of(web),
            reach=REACH,
            dense_output=True,
            first_step=1e-3 * duration,
        )
        if not solution.success:
            raise StageFailed(
                f"the balances beside the edge stopped in zone {k + 1} after {solution.t[-1]:.3g} "
                f"s at {unpack(web, solution.y[:, -1]).T.max() - 273.15:.1f} degC: "
                f"{solution.message}; check heat transfer and radiation"
            )
        vector, start = solution.y[:, -1], start + duration
        pieces.append(solution.sol)
        ends.append(start)
        tables.append(gas)
        if report:
            report(start / total)
    if not np.isfinite(vector[: 4 * n]).all():
        raise StageFailed(
            "the balances beside the edge gave no number; lower drying.edge.tolerance"
        )
    return Crossing(web, tuple(tables), np.array(ends), tuple(pieces))
