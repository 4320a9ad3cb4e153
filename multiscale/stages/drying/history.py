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

from multiscale.errors import StageFailed
from multiscale.records.record import FloatArray
from multiscale.stages.drying.evaporation import Air
from multiscale.stages.drying.film import Film

TRACE = 1e-6  # of the initial solvent; smaller contents are noise

Rate = Callable[[float, float, Air], float]


@dataclass(frozen=True)
class History:
    """Solution of the balance.

    Attributes:
        film: what was dried.
        gases: drying air of each zone.
        ends: time at which each zone ends, s.
        pieces: dense solution of each zone, t -> (s, T, evaporated, heat in, heat carried off).
        rate: evaporation rate as a function of m, T and the air.
        reached: first time at which the solvent falls to each watched content; the residence time
            where it never does, s.
    """

    film: Film
    gases: tuple[Air, ...]
    ends: FloatArray
    pieces: tuple[Callable[[FloatArray], FloatArray], ...]
    rate: Rate
    reached: tuple[float, ...]

    @property
    def residence(self) -> float:
        """Time in the dryer, s."""
        return float(self.ends[-1])

    def state(self, t: FloatArray) -> FloatArray:
        """Give the state at times t (s), shape (5, t.size).

        Rows: solvent (kg/m^2), temperature (K), evaporated solvent (kg/m^2), heat taken in and heat
        carried off by the vapour (J/m^2).
        """
        t = np.atleast_1d(np.asarray(t, float))
        zone = np.minimum(np.searchsorted(self.ends, t), len(self.pieces) - 1)
        y = np.empty((5, t.size))
        for k, piece in enumerate(self.pieces):
            if (zone == k).any():
                y[:, zone == k] = piece(t[zone == k])
        y[0] = np.maximum(self.film.initial_solvent * (np.exp(y[0]) - TRACE), 0.0)
        return y

    def rates(self, t: FloatArray) -> FloatArray:
        """Give the evaporation rate at times t (s), kg/(m^2 s)."""
        m, T = self.state(t)[:2]
        zone = np.minimum(np.searchsorted(self.ends, t), len(self.pieces) - 1)
        return np.array(
            [self.rate(mi, Ti, self.gases[k]) for mi, Ti, k in zip(m, T, zone, strict=True)]
        )

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
    """Integrate the heat and solvent balance through the zones.

    Args:
        film: the wet film.
        gases: drying air of each zone.
        durations: time in each zone, s.
        tolerance: relative tolerance in time.
        watch: solvent contents whose first passage is located, kg/m^2.
        rate: evaporation rate; that of the film by default.

    Raises:
        StageFailed: the integration breaks down.
    """
    from scipy.integrate import solve_ivp

    rate = rate or film.rate
    y = np.array([math.log1p(TRACE), film.initial_temperature, 0.0, 0.0, 0.0])
    turnover = film.initial_solvent * film.solvent.latent_heat(film.initial_temperature)
    size = np.array([1.0, 100.0, film.initial_solvent, turnover, turnover])
    reached: list[float | None] = [0.0 if film.initial_solvent <= m else None for m in watch]
    events = [_passage(m / film.initial_solvent) for m in watch]
    pieces, ends, start = [], [], 0.0
    for k, (gas, duration) in enumerate(zip(gases, durations, strict=True)):
        derivative = _balance(film, gas, rate)
        solution = solve_ivp(
            derivative,
            (start, start + duration),
            y,
            method="Radau",
            rtol=tolerance,
            atol=tolerance * size,
            dense_output=True,
            events=events,
            jac=_jacobian(derivative),
            first_step=1e-3 * duration,
        )
        if not solution.success:
            raise StageFailed(
                f"heat and solvent balance stopped in zone {k + 1} after {solution.t[-1]:.3g} s at "
                f"{y[1] - 273.15:.1f} degC: {solution.message}; check heat transfer and radiation"
            )
        for i, times in enumerate(solution.t_events):
            if reached[i] is None and times.size:
                reached[i] = float(times[0])
        y, start = solution.y[:, -1], start + duration
        pieces.append(solution.sol)
        ends.append(start)
    passages = tuple(start if t is None else t for t in reached)
    return History(film, tuple(gases), np.array(ends), tuple(pieces), rate, passages)


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
