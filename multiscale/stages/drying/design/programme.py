"""The fastest way to heat a dryer at a given bound on the binder's gradient.

    minimise t(T_1..T_n, w_1..w_n)  subject to  g <= g_max,  T_low <= T_k <= T_high

where zone k has the air temperature T_k for the share w_k of the time t after which the web is
just dry, and g is the steepest binder gradient, top tenth over bottom tenth, by the film model
itself. The optimiser needs no derivatives (COBYQA, a trust region with quadratic models
[Ragonneau2022]); it starts from the fastest constant temperature, so that it is never slower.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from multiscale.errors import CaseError, StageFailed
from multiscale.records.record import FloatArray
from multiscale.stages.drying.checks import refuse, refuse_drying_air
from multiscale.stages.drying.design.dryer import Dryer
from multiscale.stages.drying.design.film_model import dried, gradient_of, just_dry, solved
from multiscale.stages.drying.design.need import LONGEST, hottest, time_factor
from multiscale.stages.drying.options import Film1D
from multiscale.stages.drying.stage import coarser

STEEPEST = 100.0  # stands for the gradient of a film that the stage would refuse
OFF_LIMIT = 0.05  # K below the hottest air allowed: on a finer grid its limit moves a little
LEAST_SHARE = 0.05  # of the time, in one zone
EVALUATIONS = 120  # of the film model in one search, half of them from each start
FEASIBLE = 1e-4  # by which a programme may exceed ln of the bound

Told = Callable[[int, "Programme"], None]


@dataclass(frozen=True)
class Bounds:
    """What a programme must keep to.

    Attributes:
        gradient: largest binder gradient, top tenth over bottom tenth.
        low, high: air temperatures, K.

    Raises:
        CaseError: no programme can keep to them.
    """

    gradient: float
    low: float = 313.15
    high: float = 413.15

    def __post_init__(self) -> None:
        if not 1 < self.gradient < STEEPEST:
            raise CaseError(
                f"a binder gradient of {self.gradient:g} cannot be asked for; give one above 1 and "
                f"below {STEEPEST:g}"
            )
        if not self.low < self.high <= hottest():
            raise CaseError(
                f"air from {self.low - 273.15:g} to {self.high - 273.15:g} degC is no range below "
                f"the model's limit of {hottest() - 273.15:g} degC"
            )


@dataclass(frozen=True)
class Programme:
    """A way to heat a dryer.

    Attributes:
        dryer: the zones with their temperatures and the lengths that just dry the web.
        time: until the web is dry, s.
        gradient: steepest binder gradient.
        gradient_error: its numerical error; NaN where it has not been asked for.
        refusal: why the stage would not dry like this; None where it would.
    """

    dryer: Dryer
    time: float
    gradient: float
    gradient_error: float = math.nan
    refusal: str | None = None

    @property
    def temperatures(self) -> tuple[float, ...]:
        """Of the air, K."""
        return tuple(zone.air_temperature for zone in self.dryer.options.zones)

    @property
    def lengths(self) -> tuple[float, ...]:
        """Of the zones, m."""
        return tuple(zone.length for zone in self.dryer.options.zones)


def programme(
    dryer: Dryer, temperatures: Sequence[float], shares: Sequence[float], guess: float = 1.0
) -> Programme:
    """Solve a programme whose zones are as long as the web needs to dry.

    One that the stage would refuse is given too, with the steepest gradient: no search keeps it.

    Args:
        dryer: film, web speed and what else the zones are; a dryer with another number of zones
            gives its first zone to all.
        temperatures: air temperature of each zone, K.
        shares: of the time, of each zone; they sum to 1.
        guess: of the time, over that in the present dryer.
    """
    given = dryer.options.zones
    pattern = given if len(given) == len(temperatures) else given[:1] * len(temperatures)
    total = sum(zone.length for zone in given)

    def zoned(length: float) -> Dryer:
        zones = tuple(
            zone.model_copy(update={"air_temperature": float(T), "length": length * float(w)})
            for zone, T, w in zip(pattern, temperatures, shares, strict=True)
        )
        return replace(dryer, options=dryer.options.model_copy(update={"zones": zones}))

    trial, refusal = zoned(total), None
    try:
        refuse_drying_air(trial.film.solvent, trial.options)
        factor, drying = just_dry(trial, guess)
        refuse(drying.history, trial.options)
        gradient = gradient_of(drying, dryer.portions)
    except StageFailed as failure:
        factor, gradient, refusal = _needed(trial, guess), STEEPEST, str(failure)
    found = zoned(total * factor)
    return Programme(found, found.residence, gradient, refusal=refusal)


def _needed(dryer: Dryer, guess: float) -> float:
    """Give the factor on the time that dries the web by its balance alone, LONGEST if none does."""
    try:
        return time_factor(dryer, guess)
    except StageFailed:
        return LONGEST


def fastest_constant(dryer: Dryer, bounds: Bounds) -> Programme:
    """Find the hottest single temperature of the air that keeps the bound and is allowed.

    Raises:
        StageFailed: not even the coldest air keeps it, or is allowed.
    """
    from scipy.optimize import brentq

    def at(T: float) -> Programme:
        return programme(dryer, [T], [1.0])

    def excess(T: float) -> float:
        return math.log(at(T).gradient / bounds.gradient)

    coldest = at(bounds.low)
    if coldest.refusal is not None:
        raise StageFailed(f"not even air of {bounds.low - 273.15:.0f} degC: {coldest.refusal}")
    if coldest.gradient > bounds.gradient:
        raise StageFailed(
            f"air of {bounds.low - 273.15:.0f} degC makes a binder gradient of "
            f"{coldest.gradient:.3g}, the bound is {bounds.gradient:g}; allow colder air or "
            "a steeper gradient"
        )
    if excess(bounds.high) <= 0:
        return at(bounds.high)
    T = float(brentq(excess, bounds.low, bounds.high, xtol=1e-3))
    found = at(T)
    if found.gradient <= bounds.gradient:
        return found
    return at(T - (2e-3 if found.refusal is None else OFF_LIMIT))


def fastest_programme(
    dryer: Dryer,
    bounds: Bounds,
    zones: int = 3,
    lengths: bool = False,
    evaluations: int = EVALUATIONS,
    told: Told = lambda count, best: None,
) -> Programme:
    """Find the fastest programme of several zones that keeps the bound.

    The same input gives the same result. It is a local optimum, the better one of two starts: the
    fastest constant temperature, and one hot at both ends and cooler between, where the film packs.

    Args:
        dryer: film, web speed, and what else the zones are.
        bounds: on gradient and air temperatures.
        zones: their number.
        lengths: whether shares of the time are free too; else all zones are equally long.
        evaluations: of the film model, at most.
        told: called after each with their number and the best programme so far.

    Raises:
        StageFailed: not even the coldest air keeps the bound, or every trial would be refused.
    """
    from scipy.optimize import Bounds as Box
    from scipy.optimize import NonlinearConstraint, minimize

    constant = fastest_constant(dryer, bounds)
    search = _Search(dryer, bounds, zones, lengths, constant, told)
    size = zones + (zones - 1 if lengths else 0)
    for start in search.starts():
        minimize(
            lambda x: math.log(search.at(x).time),
            start,
            method="COBYQA",
            bounds=Box(np.zeros(size), np.ones(size)),
            constraints=NonlinearConstraint(
                lambda x: math.log(search.at(x).gradient / bounds.gradient), -np.inf, 0.0
            ),
            options={"maxfev": evaluations // 2, "initial_tr_radius": 0.1, "final_tr_radius": 1e-3},
        )
    if search.best.refusal is not None:
        raise StageFailed(f"no programme of {zones} zones was found: {search.best.refusal}")
    return search.best


def refined(found: Programme, options: Film1D) -> Programme:
    """Solve a programme on the grid of `options`, zones as they were found, with its error.

    Raises:
        StageFailed: the stage refuses it on that grid.
    """
    zones = {"zones": found.dryer.options.zones}
    dryers = [
        replace(found.dryer, options=resolution.model_copy(update=zones))
        for resolution in (options, *coarser(options))
    ]
    films = [dried(dryers[0]), *(solved(dryer) for dryer in dryers[1:])]
    fine, *others = (gradient_of(film, found.dryer.portions) for film in films)
    error = 2 * sum(abs(fine - other) for other in others)
    return Programme(dryers[0], found.time, fine, error)


class _Search:
    """Programmes by their coordinates in the unit cube; remembers what was solved."""

    def __init__(
        self,
        dryer: Dryer,
        bounds: Bounds,
        zones: int,
        lengths: bool,
        constant: Programme,
        told: Told,
    ) -> None:
        self._dryer, self._bounds, self._zones, self._told = dryer, bounds, zones, told
        self._lengths = lengths
        self._solved: dict[bytes, Programme] = {}
        self._constant = constant.temperatures[0]
        self.best = programme(dryer, [self._constant] * zones, self._shares(np.zeros(0)))

    def starts(self) -> list[FloatArray]:
        """Where to start: constant, and hotter at both ends."""
        span = self._bounds.high - self._bounds.low
        u = (self._constant - self._bounds.low) / span
        flat = np.full(self._zones, u)
        bent = np.full(self._zones, max(u - 0.1, 0.0))
        bent[0], bent[-1] = min(u + 0.1, 1.0), min(u + 0.3, 1.0)
        even = np.full(self._zones - 1 if self._lengths else 0, 0.5)
        return [np.concatenate([x, even]) for x in (bent, flat)]

    def at(self, x: FloatArray) -> Programme:
        """Solve the programme at x, once."""
        x = np.clip(x, 0.0, 1.0)
        key = x.tobytes()
        if key not in self._solved:
            T = self._bounds.low + (self._bounds.high - self._bounds.low) * x[: self._zones]
            guess = self.best.time / self._dryer.residence
            found = programme(self._dryer, T.tolist(), self._shares(x[self._zones :]), guess)
            self._solved[key] = found
            kept = math.log(found.gradient / self._bounds.gradient) <= FEASIBLE
            if kept and (self.best.refusal is not None or found.time < self.best.time):
                self.best = found
            self._told(len(self._solved), self.best)
        return self._solved[key]

    def _shares(self, u: FloatArray) -> list[float]:
        """Shares of the time from coordinates: equal at 0.5, each within a factor of 9."""
        weights = np.concatenate([9.0 ** (2 * u - 1), [1.0]]) if u.size else np.ones(self._zones)
        shares: Any = LEAST_SHARE + (1 - LEAST_SHARE * self._zones) * weights / weights.sum()
        return [float(w) for w in shares]
