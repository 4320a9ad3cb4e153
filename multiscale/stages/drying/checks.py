"""What is refused and what is warned of: open balances, unsafe air, a web that leaves wet or boils.

A film that still shrinks at the exit is no coating and is refused. One whose pores hold more
solvent than allowed is handed on with that solvent and a warning: calendering and cell do not see
it. Both are told what would dry them.
"""

from __future__ import annotations

import math

import numpy as np

from multiscale.errors import StageFailed
from multiscale.log import logger
from multiscale.materials import air
from multiscale.materials.solvent import Solvent
from multiscale.records.record import FloatArray
from multiscale.stages.drying.design.dryer import Dryer
from multiscale.stages.drying.design.need import hotter_by, time_factor
from multiscale.stages.drying.exhaust import exhaust_limit, zone_exhaust
from multiscale.stages.drying.history import History
from multiscale.stages.drying.options import Film1D

SOLVENT_TOLERANCE = 1e-8
HEAT_TOLERANCE = 1e-6
LAYER_TOLERANCE = 1e-8  # of solids and of liquid, summed over the thickness
SPARE = 1.03  # on the time that dries a web: its pores may be cut off earlier than is known yet
BOILS = 0.99  # vapour pressure of the film over that of the air


def refuse_drying_air(solvent: Solvent, options: Film1D) -> None:
    """Refuse drying air that cannot be, and air that can explode.

    Raises:
        StageFailed: naming the zone and what to change.
    """
    _refuse_supersaturated_air(solvent, options)
    _refuse_explosive_air(solvent, options)


def _refuse_supersaturated_air(solvent: Solvent, options: Film1D) -> None:
    """Refuse drying air that carries more vapour than air of its temperature can, y p > p_sat."""
    for k, zone in enumerate(options.zones):
        most = solvent.saturation_pressure(zone.air_temperature) / air.PRESSURE
        if zone.vapour_fraction > most:
            raise StageFailed(
                f"zone {k + 1}: air of {zone.air_temperature - 273.15:.0f} degC holds at most "
                f"{100 * most:.3g} % {solvent.name} vapour, not {100 * zone.vapour_fraction:.3g} "
                f"%; lower drying.zones[{k}].vapour_fraction or raise its air_temperature"
            )


def _refuse_explosive_air(solvent: Solvent, options: Film1D) -> None:
    """Refuse drying air above the lower explosive limit, unless its limit is set as high."""
    explosive = solvent.explosive_limit
    if explosive is None:
        return
    for k, zone in enumerate(options.zones):
        y = zone.vapour_fraction
        if y > max(explosive, options.exhaust_vapour_fraction or 0.0):
            raise StageFailed(
                f"zone {k + 1}: drying air with {100 * y:.3g} % {solvent.name} can explode, its "
                f"lower limit is {100 * explosive:.3g} %; lower the zone's vapour_fraction, or set "
                "drying.exhaust_vapour_fraction as high where the gas is inert"
            )


def refuse(history: History, options: Film1D) -> None:
    """Refuse what no dryer may do with its web: boil it, fill its exhaust, or lose track of it.

    Raises:
        StageFailed: the solvent boils, a balance does not close, or the exhaust can explode.
    """
    refuse_boiling(history)
    refuse_open_balances(history)
    refuse_explosive_exhaust(history, options)


def refuse_wet_web(history: History, options: Film1D) -> None:
    """Refuse a web that takes up solvent, boils, or whose film still shrinks: it is no coating."""
    refuse_condensation(history, options)
    refuse_boiling(history)
    _refuse_wet_film(history, options)


def refuse_open_balances(history: History) -> None:
    """Refuse a solution whose solvent or heat does not add up."""
    for what, imbalance, tolerance in (
        ("solvent", history.solvent_imbalance(), SOLVENT_TOLERANCE),
        ("heat", history.heat_imbalance(), HEAT_TOLERANCE),
    ):
        if not imbalance <= tolerance:
            raise StageFailed(
                f"the {what} balance is off by {imbalance:.2g} (allowed {tolerance:g}); "
                "lower drying.tolerance"
            )


def refuse_leak(what: str, t: FloatArray, held: FloatArray, given: FloatArray) -> None:
    """Refuse layers that together do not hold what the film does.

    Args:
        what: they hold.
        t: times at which both are known, s.
        held: sums over the layers then, m.
        given: what the film holds then, m.

    Raises:
        StageFailed: they differ by more than 1e-8 of it.
    """
    off = np.abs(held / given - 1)
    worst = np.unravel_index(int(np.argmax(off)), off.shape)
    if not off[worst] <= LAYER_TOLERANCE:
        raise StageFailed(
            f"the {what} of the layers differ from the film's by {off[worst]:.2g} after "
            f"{t[worst]:.4g} s of drying (allowed {LAYER_TOLERANCE:g}); raise drying.steps"
        )


def refuse_explosive_exhaust(history: History, options: Film1D) -> None:
    """Refuse fresh air that leaves the exhaust above the lower explosive limit.

    Raises:
        StageFailed: it could explode, and drying.exhaust_vapour_fraction does not say that it is
            inert.
    """
    explosive = history.film.solvent.explosive_limit
    if explosive is None:
        return
    vapour = [y for _, _, y in zone_exhaust(history, options)]
    k = int(np.argmax(vapour))
    y = vapour[k]
    if y > max(explosive, options.exhaust_vapour_fraction or 0.0):
        times = y * (1 - explosive) / (explosive * (1 - y))
        raise StageFailed(
            f"zone {k + 1}: the exhaust carries {100 * y:.3g} % {history.film.solvent.name}, "
            f"which can explode above {100 * explosive:.3g} %; draw at least "
            f"{math.ceil(10 * times) / 10:g} times the fresh_air, or set "
            "drying.exhaust_vapour_fraction as high where the gas is inert"
        )


def warn(history: History, options: Film1D) -> None:
    """Say what a process engineer would want to hear of."""
    _warn_of_residual(history, options)
    _warn_of_exhaust(history, options)


def _exit(history: History) -> tuple[float, float]:
    """Solvent (kg/m^2) and evaporation rate (kg/(m^2 s)) at the exit."""
    end = history.ends[-1:]
    return float(history.state(end)[0, 0]), float(history.rates(end)[0])


def refuse_condensation(history: History, options: Film1D) -> None:
    taken = history.evaporated()
    if taken.sum() >= 0:
        return
    k = int(np.argmin(taken))
    raise StageFailed(
        f"the web leaves the dryer with {-1e3 * taken.sum():.3g} g/m2 more solvent than it entered "
        f"with: in zone {k + 1} vapour condenses on it; lower drying.zones[{k}].vapour_fraction, "
        f"{options.zones[k].vapour_fraction:g}, or raise its air_temperature"
    )


def refuse_boiling(history: History) -> None:
    """Refuse a film whose solvent boils: it would blister, and the lumped balance does not hold."""
    film, t = history.film, np.union1d(np.linspace(0, history.residence, 2001), history.ends)
    m, T = history.state(t)[:2]
    pressure = [
        film.activity(m_i) * film.solvent.saturation_pressure(T_i)
        for m_i, T_i in zip(m.tolist(), T.tolist(), strict=True)
    ]
    worst = int(np.argmax(pressure))
    if pressure[worst] < BOILS * air.PRESSURE:
        return
    zone = int(np.searchsorted(history.ends, t[worst]))
    raise StageFailed(
        f"{film.solvent.name} boils in the film after {t[worst]:.3g} s, in zone {zone + 1}: at "
        f"{T[worst] - 273.15:.1f} degC its vapour pressure meets that of the air; lower "
        f"drying.zones[{zone}].air_temperature, its radiation or its heat_transfer_bottom"
    )


def _refuse_wet_film(history: History, options: Film1D) -> None:
    film, (m, rate) = history.film, _exit(history)
    excess = m - film.solvent_at_packing
    if excess <= 0:
        return
    said = (
        f"after {history.residence:.0f} s in the dryer the film still shrinks, with "
        f"{1e3 * m:.3g} g/m2 of solvent left, {1e3 * excess:.2g} more than its pores hold"
    )
    if rate <= 0:
        raise StageFailed(f"{said}, and none evaporates at the exit; use hotter or drier air")
    raise StageFailed(f"{said}; {_remedy(history, options)}")


def _warn_of_residual(history: History, options: Film1D) -> None:
    m, _ = _exit(history)
    residual = m / history.film.solids_mass
    if residual > options.residual_limit:
        logger.warning(
            "the coating is not dry: after %.0f s %.3g ppm of solvent are left in its pores, limit "
            "%.3g ppm; it is handed on like this; %s",
            history.residence,
            1e6 * residual,
            1e6 * options.residual_limit,
            _remedy(history, options),
        )


def _remedy(history: History, options: Film1D) -> str:
    """Say by how much longer or hotter the web would have to dry."""
    length = sum(zone.length for zone in options.zones)
    dryer = Dryer(history.film, length / history.residence, options)
    try:
        factor = SPARE * time_factor(dryer)
    except StageFailed as error:
        return str(error)
    said = (
        f"to dry it, make the dryer {math.ceil(10 * length * (factor - 1)) / 10:g} m longer in "
        f"proportion, or slow the web to {math.floor(100 / factor)} % of its speed"
    )
    rise = hotter_by(dryer)
    return said if rise is None else f"{said}, or heat all air by {math.ceil(rise)} K"


def _warn_of_exhaust(history: History, options: Film1D) -> None:
    limit = exhaust_limit(history.film.solvent, options)
    for k, (zone, (_, _, y)) in enumerate(
        zip(options.zones, zone_exhaust(history, options), strict=True)
    ):
        if max(y, zone.vapour_fraction) > limit * (1 + 1e-9):
            logger.warning(
                "zone %d: the exhaust carries %.2f %% vapour, limit %.2f %%; draw more fresh air",
                k + 1,
                100 * max(y, zone.vapour_fraction),
                100 * limit,
            )
