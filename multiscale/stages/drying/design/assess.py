"""What a dryer does to its web: times, speed, energy and the vapour in each zone's air."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from multiscale.errors import StageFailed
from multiscale.stages.drying.checks import refuse, refuse_condensation, refuse_drying_air
from multiscale.stages.drying.design.dryer import Dryer, balance
from multiscale.stages.drying.design.film_model import gradient_of, just_dry, solved
from multiscale.stages.drying.design.need import hotter_by
from multiscale.stages.drying.exhaust import exhaust_limit, zone_exhaust
from multiscale.stages.drying.history import History
from multiscale.stages.drying.solve import Drying
from multiscale.stages.drying.stage import coarser


@dataclass(frozen=True)
class Figure:
    """A number with its numerical error, both in SI."""

    value: float
    error: float


@dataclass(frozen=True)
class ZoneFigures:
    """What happens in one zone.

    Attributes:
        length: m.
        needed_length: with which, in proportion, the web would just leave dry, m.
        time: s.
        air_temperature: K.
        film_temperature: of the film where it leaves the zone, K.
        evaporated: kg/m^2; negative where vapour condenses.
        heat: that air and radiators give to the web, J/m^2.
        fresh_air: drawn per coated area, kg/m^2.
        exhaust_heat: given to that air above ambient, J/m^2.
        vapour: mole fraction in the exhaust.
        load: of the exhaust over the lower explosive limit; None where the vapour cannot explode.
    """

    length: float
    needed_length: float
    time: float
    air_temperature: float
    film_temperature: float
    evaporated: float
    heat: float
    fresh_air: float
    exhaust_heat: float
    vapour: float
    load: float | None


@dataclass(frozen=True)
class Assessment:
    """What a dryer does.

    Attributes:
        residence: time in the dryer, s.
        web_speed: m/s.
        drying_time: at which the coating is dry, s; None where it leaves wet.
        shrinkage_end: s; None where the film still shrinks at the exit.
        residual: solvent left over mass of dry coating.
        time_factor: least factor on the time in the zones with which the web leaves dry.
        highest_speed: web speed at which it just leaves dry, m/s.
        hotter_by: rise of all air temperatures that would dry it, K; None where none would.
        gradient: binder, top tenth over bottom tenth; None where the film still shrinks.
        gradient_at_highest: the same at the highest speed.
        refused_at_highest: why the stage would refuse that speed; None where it would not.
        heat: that air and radiators give to the web, J/m^2.
        exhaust_heat: given to the fresh air above ambient, J/m^2.
        vapour_limit: largest vapour mole fraction that the exhaust should carry.
        zones: one by one.
    """

    residence: float
    web_speed: float
    drying_time: Figure | None
    shrinkage_end: Figure | None
    residual: Figure
    time_factor: Figure
    highest_speed: Figure
    hotter_by: float | None
    gradient: Figure | None
    gradient_at_highest: Figure
    refused_at_highest: str | None
    heat: Figure
    exhaust_heat: float
    vapour_limit: float
    zones: tuple[ZoneFigures, ...]

    @property
    def energy(self) -> float:
        """Heat to the web and to the fresh air, J/m^2; heat recovered from the exhaust is not
        subtracted."""
        return self.heat.value + self.exhaust_heat


def assess(dryer: Dryer) -> Assessment:
    """Dry the film and say what the dryer does.

    Each number with an error is solved three times, as in the drying stage: the error is twice the
    difference to half the cells plus that to half the steps and a looser tolerance.

    Raises:
        StageFailed: the air cannot be, vapour condenses on the web, no time dries it, or the stage
            would refuse the dryer, see `checks.refuse`.
    """
    refuse_drying_air(dryer.film.solvent, dryer.options)
    refuse_condensation(balance(dryer), dryer.options)
    tried = _try(dryer)
    history = tried.history
    refuse(history, dryer.options)
    fine, at_highest = _numbers(dryer, tried)
    others = [replace(dryer, options=options) for options in coarser(dryer.options)]
    coarse = [_numbers(other, _try(other))[0] for other in others]

    def figure(name: str) -> Figure:
        value = fine[name]
        error = 2 * sum(abs(value - other[name]) for other in coarse)
        return Figure(value, max(error, 1e-12 * abs(value)))

    def found(name: str) -> Figure | None:
        return figure(name) if all(name in numbers for numbers in (fine, *coarse)) else None

    zones = _zones(dryer, history, fine["time_factor"])
    return Assessment(
        dryer.residence,
        dryer.web_speed,
        found("drying_time"),
        found("shrinkage_end"),
        figure("residual"),
        figure("time_factor"),
        figure("highest_speed"),
        hotter_by(replace(dryer, film=history.film)),
        found("gradient"),
        figure("gradient_at_highest"),
        _refusal(at_highest, dryer),
        figure("heat"),
        sum(zone.exhaust_heat for zone in zones),
        exhaust_limit(dryer.film.solvent, dryer.options),
        zones,
    )


@dataclass(frozen=True)
class _Tried:
    """A film dried as far as it goes: one that needs more time is no coating yet at the exit.

    Attributes:
        history: balance of heat and solvent.
        drying: the dried film, if it packs.
        failure: why there is none.
    """

    history: History
    drying: Drying | None = None
    failure: StageFailed | None = None


def _try(dryer: Dryer) -> _Tried:
    try:
        drying = solved(dryer)
    except StageFailed as failure:
        return _Tried(balance(dryer), failure=failure)
    return _Tried(drying.history, drying)


def _numbers(dryer: Dryer, tried: _Tried) -> tuple[dict[str, float], History]:
    """Every number of one resolution but those that a wet web lacks; balance at highest speed."""
    factor, at_highest = just_dry(dryer)
    if tried.failure is not None and factor <= 1:  # there was time enough: it is no wet web
        raise tried.failure
    history, drying = tried.history, tried.drying
    m, _, _, taken, _ = history.state(history.ends[-1:])[:, 0]
    found = {
        "residual": float(m) / dryer.film.solids_mass,
        "time_factor": factor,
        "highest_speed": dryer.web_speed / factor,
        "heat": float(taken),
        "gradient_at_highest": gradient_of(at_highest, dryer.portions),
    }
    if drying is not None:
        found["shrinkage_end"] = drying.shrinkage_end
        found["gradient"] = gradient_of(drying, dryer.portions)
        if m <= dryer.allowed:
            found["drying_time"] = drying.dry
    return found, at_highest.history


def _refusal(history: History, dryer: Dryer) -> str | None:
    try:
        refuse(history, dryer.options)
    except StageFailed as failure:
        return str(failure)
    return None


def _zones(dryer: Dryer, history: History, factor: float) -> tuple[ZoneFigures, ...]:
    solvent = dryer.film.solvent
    ends = np.concatenate([[0.0], history.ends])
    _, T, evaporated, taken, _ = history.state(ends)
    limit = solvent.explosive_limit
    return tuple(
        ZoneFigures(
            zone.length,
            zone.length * factor,
            float(ends[k + 1] - ends[k]),
            zone.air_temperature,
            float(T[k + 1]),
            float(evaporated[k + 1] - evaporated[k]),
            float(taken[k + 1] - taken[k]),
            fresh,
            heat,
            max(y, zone.vapour_fraction),
            None if limit is None else max(y, zone.vapour_fraction) / limit,
        )
        for k, (zone, (fresh, heat, y)) in enumerate(
            zip(dryer.options.zones, zone_exhaust(history, dryer.options), strict=True)
        )
    )
