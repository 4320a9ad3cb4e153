"""Heat and solvent balance of the web on its way through the dryer.

    dm/dt = -r(m, T),   C(m) dT/dt = q(T) - r dh_v(T),   C = C_s + m c_l

Both are stiff near dryness, so that they are integrated together and implicitly, zone by zone. The
unknown is s = ln(m/m_0 + TRACE): small contents are as exact as large ones down to that trace, and
vapour that meets a dry film moves it at a bounded rate. Evaporated solvent, heat taken in and heat
carried off are integrated beside them: both balances are true checks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import StageFailed
from multiscale.records.record import FloatArray
from multiscale.stages.drying.evaporation import Air
from multiscale.stages.drying.film import Film

TRACE = 1e-6  # of the initial solvent; smaller contents are noise

Rate = Callable[[float, float, Air], float]


@dataclass
class Zones:
    """The solution zone by zone, integrated as far as it is asked for.

    Attributes:
        solve: integrates zone k from the state at its begin.
        count: number of zones.
        state: where the last zone integrated ends, or the web enters.
    """

    solve: Callable[[int, FloatArray], Any]
    count: int
    state: FloatArray

    def __post_init__(self) -> None:
        self._found: list[Any] = []

    def piece(self, k: int) -> Callable[[FloatArray], FloatArray]:
        """Give the dense solution of zone k, t -> (s, T, evaporated, heat in, heat carried off)."""
        while len(self._found) <= k:
            self._found.append(self.solve(len(self._found), self.state))
            self.state = self._found[-1].y[:, -1]
        solution: Callable[[FloatArray], FloatArray] = self._found[k].sol
        return solution

    def passage(self, i: int) -> float | None:
        """Give the first time at which watched content i is passed, s, if it ever is."""
        for k in range(self.count):
            self.piece(k)
            if self._found[k].t_events[i].size:
                return float(self._found[k].t_events[i][0])
        return None


@dataclass(frozen=True)
class History:
    """Solution of the balance.

    Attributes:
        film: what was dried.
        gases: drying air of each zone.
        ends: time at which each zone ends, s.
        zones: solution of each zone.
        rate: evaporation rate as a function of m, T and the air.
        watch: contents whose first passage is located, kg/m^2.
    """

    film: Film
    gases: tuple[Air, ...]
    ends: FloatArray
    zones: Zones
    rate: Rate
    watch: tuple[float, ...]

    @property
    def residence(self) -> float:
        """Time in the dryer, s."""
        return float(self.ends[-1])

    def passage(self, i: int) -> float:
        """Give the first time at which the solvent falls to watched content i, s.

        The residence time where it never does.
        """
        if self.film.initial_solvent <= self.watch[i]:
            return 0.0
        found = self.zones.passage(i)
        return self.residence if found is None else found

    def state(self, t: FloatArray) -> FloatArray:
        """Give the state at times t (s), shape (5, t.size).

        Rows: solvent (kg/m^2), temperature (K), evaporated solvent (kg/m^2), heat taken in and heat
        carried off by the vapour (J/m^2).
        """
        t = np.atleast_1d(np.asarray(t, float))
        zone = self._zone(t)
        y = np.empty((5, t.size))
        for k in np.unique(zone).tolist():
            y[:, zone == k] = self.zones.piece(k)(t[zone == k])
        y[0] = np.maximum(self.film.initial_solvent * (np.exp(y[0]) - TRACE), 0.0)
        return y

    def rates(self, t: FloatArray) -> FloatArray:
        """Give the evaporation rate at times t (s), kg/(m^2 s)."""
        m, T = self.state(t)[:2]
        return np.array(
            [
                self.rate(mi, Ti, self.gases[k])
                for mi, Ti, k in zip(m, T, self._zone(t), strict=True)
            ]
        )

    def _zone(self, t: FloatArray) -> NDArray[np.intp]:
        """Give the zone of each time; at a border the one before it."""
        return np.minimum(np.searchsorted(self.ends, t), len(self.ends) - 1)

    def evaporated(self) -> FloatArray:
        """Give the solvent that each zone takes, kg/m^2; negative where vapour condenses."""
        return np.diff(self.state(np.concatenate([[0.0], self.ends]))[2])

    def solvent_imbalance(self) -> float:
        """Give the relative error of solvent left plus evaporated at the end of the worst zone."""
        y = self.state(self.ends)
        return float(np.abs((y[0] + y[2]) / self.film.initial_solvent - 1).max())

    def heat_kept(self) -> float:
        """Give what web, solids and solvent left hold at the exit above the entry, J/m^2."""
        m, T = self.state(self.ends[-1:])[:2, 0]
        capacity = self.film.heat_capacity + m * self.film.solvent.heat_capacity
        return float(capacity * (T - self.film.initial_temperature))

    def heat_imbalance(self) -> float:
        """Give heat in minus heat kept and heat carried off, over the largest of them."""
        _, _, _, taken, carried = self.state(self.ends[-1:])[:, 0]
        kept = self.heat_kept()
        return abs(taken - carried - kept) / max(abs(taken), abs(carried), abs(kept))


def solve_history(
    film: Film,
    gases: Sequence[Air],
    durations: Sequence[float],
    tolerance: float,
    watch: Sequence[float] = (),
    rate: Rate | None = None,
) -> History:
    """Integrate the heat and solvent balance through the zones, each when it is first asked for.

    Args:
        film: the wet film.
        gases: drying air of each zone.
        durations: time in each zone, s.
        tolerance: relative tolerance in time.
        watch: solvent contents whose first passage is located, kg/m^2.
        rate: evaporation rate; that of the film by default.

    Raises:
        StageFailed: the integration breaks down, when a zone is first asked for.
    """
    from scipy.integrate import solve_ivp

    rate, ends = rate or film.rate, np.cumsum(durations)
    turnover = film.initial_solvent * film.solvent.latent_heat(film.initial_temperature)
    size = np.array([1.0, 100.0, film.initial_solvent, turnover, turnover])
    events = [_passage(m / film.initial_solvent) for m in watch]

    def solve(k: int, state: FloatArray) -> Any:
        derivative = _balance(film, gases[k], rate)
        solution = solve_ivp(
            derivative,
            (ends[k - 1] if k else 0.0, ends[k]),
            state,
            method="Radau",
            rtol=tolerance,
            atol=tolerance * size,
            dense_output=True,
            events=events,
            jac=_jacobian(derivative),
            first_step=1e-3 * durations[k],
        )
        if not solution.success:
            T = solution.y[1, -1]
            raise StageFailed(
                f"heat and solvent balance stopped in zone {k + 1} after {solution.t[-1]:.3g} s at "
                f"{T - 273.15:.1f} degC: {solution.message}; check heat transfer and radiation"
            )
        return solution

    start = np.array([math.log1p(TRACE), film.initial_temperature, 0.0, 0.0, 0.0])
    zones = Zones(solve, len(ends), start)
    return History(film, tuple(gases), ends, zones, rate, tuple(watch))


def _balance(film: Film, gas: Air, rate: Rate) -> Callable[[float, FloatArray], list[float]]:
    solvent, m_0 = film.solvent, film.initial_solvent

    def derivative(t: float, y: FloatArray) -> list[float]:
        m, T = m_0 * (math.exp(y[0]) - TRACE), float(y[1])
        r, q = rate(m, T, gas), gas.heat(T)
        carried = r * solvent.latent_heat(T)
        warming = (q - carried) / (film.heat_capacity + m * solvent.heat_capacity)
        # The vapour also carries the heat that had warmed its liquid since the entry.
        liquid = r * solvent.heat_capacity * (T - film.initial_temperature)
        return [-r / (m_0 * math.exp(y[0])), warming, r, q, carried + liquid]

    return derivative


def _jacobian(
    derivative: Callable[[float, FloatArray], list[float]],
) -> Callable[[float, FloatArray], FloatArray]:
    """Differences in s and T only: nothing depends on the integrals."""

    def jacobian(t: float, y: FloatArray) -> FloatArray:
        J, base = np.zeros((5, 5)), np.array(derivative(t, y))
        for column, step in ((0, 1e-7), (1, 1e-5)):
            ahead = y.copy()
            ahead[column] += step
            J[:, column] = (np.array(derivative(t, ahead)) - base) / step
        return J

    return jacobian


def _passage(level: float) -> Callable[[float, FloatArray], float]:
    def event(t: float, y: FloatArray) -> float:
        return float(y[0]) - math.log(level + TRACE)

    event.direction = -1  # type: ignore[attr-defined]  # scipy reads it from the function
    return event


def step_times(history: History, until: float, steps: int, events: Sequence[float]) -> FloatArray:
    """Choose times that share out evenly the fall of ln m and the time itself, events among them.

    Args:
        history: the drying history.
        until: last time, s.
        steps: number of steps, about.
        events: times that must be hit, s.
    """
    fine = np.unique(
        np.concatenate([np.linspace(0, until, 4001), [e for e in events if e < until]])
    )
    m = history.state(fine)[0]
    measure = np.log(m[0] / m) + 2 * fine / until
    measure = np.maximum.accumulate(measure)
    even = np.interp(np.linspace(0, measure[-1], steps + 1), measure, fine)
    fixed = np.array([0.0, *[e for e in events if 0 < e < until], until])
    # An even point closer to a fixed one than a tenth of a step gives way.
    gap = 0.1 * np.interp(fixed, even[:-1], np.diff(even))
    near = (np.abs(even[:, None] - fixed[None, :]) < gap).any(axis=1)
    result: Any = np.unique(np.concatenate([even[~near], fixed]))
    return result
