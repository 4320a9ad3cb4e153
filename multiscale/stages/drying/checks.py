"""What is refused and what is warned of: open balances, unsafe air, a web that leaves wet."""

from __future__ import annotations

import math

import numpy as np

from multiscale.errors import StageFailed
from multiscale.log import logger
from multiscale.materials.solvent import Solvent
from multiscale.stages.drying.exhaust import exhaust_limit, zone_exhaust
from multiscale.stages.drying.history import History
from multiscale.stages.drying.options import Film1D

SOLVENT_TOLERANCE = 1e-8
HEAT_TOLERANCE = 1e-6


def refuse_explosive_air(solvent: Solvent, options: Film1D) -> None:
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


def refuse_wet_web(history: History, options: Film1D) -> None:
    """Refuse a web that takes up solvent, or whose film still shrinks: it is no coating."""
    _refuse_condensation(history, options)
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


def warn(history: History, options: Film1D) -> None:
    """Say what a process engineer would want to hear of."""
    _warn_of_residual(history, options)
    _warn_of_exhaust(history, options)


def _exit(history: History) -> tuple[float, float]:
    """Solvent (kg/m^2) and evaporation rate (kg/(m^2 s)) at the exit."""
    end = history.ends[-1:]
    return float(history.state(end)[0, 0]), float(history.rates(end)[0])


def _refuse_condensation(history: History, options: Film1D) -> None:
    taken = history.evaporated()
    if taken.sum() >= 0:
        return
    k = int(np.argmin(taken))
    raise StageFailed(
        f"the web leaves the dryer with {-1e3 * taken.sum():.3g} g/m2 more solvent than it entered "
        f"with: in zone {k + 1} vapour condenses on it; lower drying.zones[{k}].vapour_fraction, "
        f"{options.zones[k].vapour_fraction:g}, or raise its air_temperature"
    )


def _refuse_wet_film(history: History, options: Film1D) -> None:
    film, residence = history.film, history.residence
    m, rate = _exit(history)
    excess = m - film.solvent_at_packing
    if excess <= 0:
        return
    said = (
        f"after {residence:.0f} s in the dryer the film still shrinks, with {1e3 * m:.3g} g/m2 of "
        f"solvent left, {1e3 * excess:.2g} more than its pores hold"
    )
    if rate <= 0:
        raise StageFailed(f"{said}, and none evaporates at the exit; use hotter or drier air")
    # At the mean rate so far, which is below that of a web that has warmed up.
    more = excess / (film.initial_solvent - m)
    length = sum(zone.length for zone in options.zones)
    raise StageFailed(
        f"{said}; make the dryer {length * more:.2g} m longer in proportion, or slow the web to "
        f"{math.floor(100 / (1 + more))} % of its speed"
    )


def _warn_of_residual(history: History, options: Film1D) -> None:
    m, _ = _exit(history)
    residual = m / history.film.solids_mass
    if residual > options.residual_limit:
        logger.warning(
            "the coating is not dry: after %.0f s %.3g ppm of solvent are left in its pores, limit "
            "%.3g ppm; lower the web speed, lengthen or heat the zones or dry their air",
            history.residence,
            1e6 * residual,
            1e6 * options.residual_limit,
        )


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
