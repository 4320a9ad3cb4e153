"""From a solution to the numbers of the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.adhesion import peel_force
from multiscale.stages.drying.course import course
from multiscale.stages.drying.film import Film
from multiscale.stages.drying.history import TRACE
from multiscale.stages.drying.migration import Profile, cell_means
from multiscale.stages.drying.setup import Portion
from multiscale.stages.drying.solids import REFERENCE_TEMPERATURE
from multiscale.stages.drying.solve import Drying
from multiscale.stages.drying.stress import critical_thickness, film_tension

ROUNDING = 1e-12


def computed(
    drying: Drying,
    portions: Sequence[Portion],
    times: FloatArray,
    moments: FloatArray,
    edges: FloatArray,
    exponent: float,
    modulus: float,
) -> dict[str, Any]:
    """Give every computed field of the record.

    Args:
        drying: the solution.
        portions: the binders; what of them does not move is uniform.
        times: output times, s.
        moments: output times of the profiles, s, the last one at the exit.
        edges: ends of the output cells over xi.
        exponent: of the adhesion.
        modulus: shear modulus of the grains, Pa.
    """
    history, film = drying.history, drying.history.film
    m, T, *_ = history.state(times)
    left, _, evaporated, heat_in, carried = history.state(history.ends[-1:])[:, 0]
    height = film.height(m)
    carried_share = np.array([p.mass() for p in drying.profiles])
    mobile = np.array([p.mobile for p in portions])
    through = course(drying, portions, moments, edges)
    return {
        "thickness": float(height[-1]),
        "porosity": 1 - film.solids_volume / float(height[-1]),
        "binder_mass": np.array([p.mass for p in portions]) * (1 - mobile + mobile * carried_share),
        "solvent_mass": float(left),
        "evaporated_mass": float(evaporated),
        "residual_solvent": float(left) / film.solids_mass,
        "binder": np.array(
            [
                1 - share + share * cell_means(p.xi, p.total, edges)
                for p, share in zip(drying.profiles, mobile, strict=True)
            ]
        ),
        "binder_ratio": np.array(
            [tenths_ratio(p, s) for p, s in zip(drying.profiles, mobile, strict=True)]
        ),
        "binder_gelled": mobile * [integral(p.xi, p.gelled) for p in drying.profiles],
        "binder_adsorbed": mobile * [integral(p.xi, p.adsorbed) for p in drying.profiles],
        "gel_point": np.array([p.gel_point for p in drying.profiles]),
        "binder_setting": np.array([p.setting for p in drying.profiles]),
        "adhesion": peel_force(
            portions,
            np.array(
                [
                    beside_foil(p, share, film.grain / float(height[-1]))
                    for p, share in zip(drying.profiles, mobile, strict=True)
                ]
            ),
            film.solids_mass,
            exponent,
        ),
        "binder_spread": np.array([spread(times) for spread in drying.spreads]),
        "height": height,
        "film_temperature": T,
        "solvent_history": m,
        "evaporation_rate": history.rates(times),
        "shrinkage_end": drying.shrinkage_end,
        **_solids(drying, times, modulus),
        **through,
        "solid_fraction": through["solids_course"][-1],
        "drying_time": drying.dry,
        "drying_rate": (film.initial_solvent - float(history.state(np.array([drying.dry]))[0, 0]))
        / drying.dry,
        "heat_in": float(heat_in),
        "heat_latent": float(carried),
        "heat_sensible": history.heat_kept(),
    }


def _solids(drying: Drying, times: FloatArray, modulus: float) -> dict[str, Any]:
    """Give the fields that the solids and the liquid between them show."""
    column, skeleton = drying.solids.column, drying.solids.settled.skeleton
    film, setting = drying.history.film, drying.solids.settled.setting
    end = drying.history.ends[-1:]
    may_crack = critical_thickness(
        modulus,
        skeleton.close_packing,
        skeleton.diameter,
        film.solvent.surface_tension(REFERENCE_TEMPERATURE),
    )
    return {
        "cut_off": drying.solids.cut_off,
        "film_tension": film_tension(column, skeleton, drying.solids.pores, times),
        "crack_margin": may_crack / float(column.height(end)[0]),
        "solids_peclet": setting.peclet,
        "settling_number": setting.settling,
        "yield_number": setting.yielding,
    }


def tenths_ratio(profile: Profile, mobile: float) -> float:
    """Give the binder content of the top tenth of the thickness over that of the bottom tenth."""
    low, _, high = cell_means(profile.xi, profile.total, np.array([0.0, 0.1, 0.9, 1.0]))
    return float((1 - mobile + mobile * high) / (1 - mobile + mobile * low))


def beside_foil(profile: Profile, mobile: float, grain: float) -> float:
    """Give the binder content within one grain of the foil over the mean.

    Args:
        profile: of the mobile share.
        mobile: that share.
        grain: diameter over film height.
    """
    edge = np.array([0.0, min(grain, 1.0)])
    return 1 - mobile + mobile * float(cell_means(profile.xi, profile.total, edge)[0])


def integral(xi: FloatArray, values: FloatArray) -> float:
    """Integrate a piecewise linear field."""
    return float(np.trapezoid(values, xi))


def numerical_error(name: str, value: Any, coarser: Sequence[Any], film: Film) -> float:
    """Bound the numerical error of a computed field.

    Twice the sum of the differences to coarser solves, which cover what finer ones would change at
    order 1 and more, and never less than rounding; solvent contents end at the history's trace.

    Args:
        name: of the field.
        value: scalar or array.
        coarser: the same field from a solve coarser in space and one coarser in time.
        film: what was dried.
    """
    split = 2 * change(value, coarser)
    trace = {
        "solvent_mass": TRACE * film.initial_solvent,
        "solvent_history": TRACE * film.initial_solvent,
        "residual_solvent": TRACE * film.initial_solvent / film.solids_mass,
    }
    return max(split, ROUNDING * float(np.max(np.abs(value))), trace.get(name, 0.0))


def change(value: Any, others: Sequence[Any]) -> float:
    """Sum the largest differences of a field from the same of other solves."""
    return sum(float(np.max(np.abs(np.asarray(value) - other))) for other in others)
