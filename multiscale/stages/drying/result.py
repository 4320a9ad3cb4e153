"""From a solution to the numbers of the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multiscale.materials import air
from multiscale.materials.solvent import Solvent
from multiscale.records.record import FloatArray
from multiscale.stages.drying.migration import Profile, cell_means
from multiscale.stages.drying.options import Film1D
from multiscale.stages.drying.setup import Portion
from multiscale.stages.drying.solve import Drying


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
                1 - share + share * cell_means(p.xi, p.N, edges)
                for p, share in zip(drying.profiles, mobile, strict=True)
            ]
        ),
        "binder_ratio": np.array(
            [tenths_ratio(p, s) for p, s in zip(drying.profiles, mobile, strict=True)]
        ),
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
    low, _, high = cell_means(profile.xi, profile.N, np.array([0.0, 0.1, 0.9, 1.0]))
    return float((1 - mobile + mobile * high) / (1 - mobile + mobile * low))


def exhaust_limit(solvent: Solvent, options: Film1D) -> float:
    """Give the largest vapour mole fraction of the exhaust."""
    return options.exhaust_vapour_fraction or solvent.exhaust_limit


def zone_exhaust(drying: Drying, options: Film1D) -> list[tuple[float, float, float]]:
    """Give for each zone fresh air (kg/m^2), heat above ambient (J/m^2) and vapour mole fraction.

    Without a given flow the air is what dilutes the zone's vapour to the limit,
    m_air = M_air (m/M)(1 - y)/y.
    """
    history, solvent = drying.history, drying.history.film.solvent
    given = np.diff(history.state(np.concatenate([[0.0], history.ends]))[2])
    spent = np.diff(np.concatenate([[0.0], history.ends]))
    limit, zones = exhaust_limit(solvent, options), []
    for zone, m, t in zip(options.zones, given, spent, strict=True):
        vapour = max(float(m), 0.0) / solvent.molar_mass
        if zone.fresh_air is None:
            fresh = air.MOLAR_MASS * vapour * (1 - limit) / limit
        else:
            fresh = zone.fresh_air * float(t)
        warming = max(zone.air_temperature - options.ambient_temperature, 0.0)
        middle = 0.5 * (zone.air_temperature + options.ambient_temperature)
        y = vapour / (vapour + fresh / air.MOLAR_MASS) if fresh > 0 else 0.0
        zones.append((fresh, fresh * air.heat_capacity(middle) * warming, y))
    return zones
