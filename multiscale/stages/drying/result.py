"""From a solution to the numbers of the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.film import Film
from multiscale.stages.drying.history import TRACE
from multiscale.stages.drying.migration import Profile, cell_means
from multiscale.stages.drying.setup import Portion
from multiscale.stages.drying.solve import Drying

ROUNDING = 1e-12


def computed(
    drying: Drying, portions: Sequence[Portion], times: FloatArray, edges: FloatArray
) -> dict[str, Any]:
    """Give every computed field of the record.

    Args:
        drying: the solution.
        portions: the binders; what of them does not move is uniform.
        times: output times, s.
        edges: ends of the output cells over xi.
    """
    history, film = drying.history, drying.history.film
    m, T, *_ = history.state(times)
    left, _, evaporated, heat_in, carried = history.state(history.ends[-1:])[:, 0]
    height = film.height(m)
    carried_share = np.array([p.mass() for p in drying.profiles])
    mobile = np.array([p.mobile for p in portions])
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
        "binder_setting": np.array(drying.settings),
        "binder_spread": np.array([spread(times) for spread in drying.spreads]),
        "height": height,
        "film_temperature": T,
        "solvent_history": m,
        "evaporation_rate": history.rates(times),
        "shrinkage_end": drying.shrinkage_end,
        "drying_time": drying.dry,
        "heat_in": float(heat_in),
        "heat_latent": float(carried),
        "heat_sensible": history.heat_kept(),
    }


def tenths_ratio(profile: Profile, mobile: float) -> float:
    """Give the binder content of the top tenth of the thickness over that of the bottom tenth."""
    low, _, high = cell_means(profile.xi, profile.total, np.array([0.0, 0.1, 0.9, 1.0]))
    return float((1 - mobile + mobile * high) / (1 - mobile + mobile * low))


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
    split = 2 * sum(float(np.max(np.abs(np.asarray(value) - other))) for other in coarser)
    trace = {
        "solvent_mass": TRACE * film.initial_solvent,
        "solvent_history": TRACE * film.initial_solvent,
        "residual_solvent": TRACE * film.initial_solvent / film.solids_mass,
    }
    return max(split, ROUNDING * float(np.max(np.abs(value))), trace.get(name, 0.0))
