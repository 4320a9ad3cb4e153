"""Air that a dryer draws and heats to carry the vapour away."""

from __future__ import annotations

import numpy as np

from multiscale.materials import air
from multiscale.materials.solvent import Solvent
from multiscale.stages.drying.history import History
from multiscale.stages.drying.options import Film1D


def exhaust_limit(solvent: Solvent, options: Film1D) -> float:
    """Give the largest vapour mole fraction of the exhaust."""
    return options.exhaust_vapour_fraction or solvent.exhaust_limit


def zone_exhaust(history: History, options: Film1D) -> list[tuple[float, float, float]]:
    """Give for each zone fresh air (kg/m^2), heat above ambient (J/m^2) and vapour mole fraction.

    m_air = M_air (m/M)(1 - y)/y dilutes the zone's vapour to that of its own air, y, or to the
    limit where its air is given without vapour; a given flow goes before both.
    """
    solvent, limit = (
        history.film.solvent,
        exhaust_limit(history.film.solvent, options),
    )
    spent = np.diff(np.concatenate([[0.0], history.ends]))
    zones = []
    for zone, m, t in zip(options.zones, history.evaporated(), spent, strict=True):
        vapour = max(float(m), 0.0) / solvent.molar_mass
        if zone.fresh_air is None:
            y = zone.vapour_fraction or limit
            fresh = air.MOLAR_MASS * vapour * (1 - y) / y
        else:
            fresh = zone.fresh_air * float(t)
            y = vapour / (vapour + fresh / air.MOLAR_MASS)
        warming = max(zone.air_temperature - options.ambient_temperature, 0.0)
        middle = 0.5 * (zone.air_temperature + options.ambient_temperature)
        zones.append((fresh, fresh * air.heat_capacity(middle) * warming, y))
    return zones
