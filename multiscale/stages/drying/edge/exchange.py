"""Flow between neighbouring columns: slurry that levels, liquid drawn through the grains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge import flow
from multiscale.stages.drying.edge.web import State, Web, entering_height

LEAST = 1e-3  # S_e below which menisci draw no harder


@dataclass(frozen=True)
class Fluxes:
    """Flow between neighbouring columns, towards the middle.

    Attributes:
        Q: of slurry, m^2/s.
        yielded: height up to which it yields, over h.
        q: of liquid against the grains, m^2/s.
    """

    Q: FloatArray
    yielded: FloatArray
    q: FloatArray


def fluxes(web: Web, state: State, thinning: FloatArray) -> Fluxes:
    """Give the flow between the columns.

    Args:
        web: the strip.
        state: its state.
        thinning: viscosity of the solvent over that at 25 degC.

    The solution thickens with the polymer that is dissolved in it, as entangled chains do, by
    (c/c_0)^n [Colby2010]: a drying column stops to draw from its neighbours.
    """
    film, edge, h = web.film, web.edge, state.h
    entered = film.solids_volume / entering_height(film)
    free = np.maximum(1 - state.phi / web.packing, 1e-9) / (1 - entered / web.packing)
    fluidity = free**2 / (edge.viscosity * thinning)  # Maron and Pierce
    stress = edge.yield_stress / free**2
    sigma = film.solvent.surface_tension(film.initial_temperature) * edge.surface_tension_factor
    weight = flow.GRAVITY * (film.solids_mass + film.initial_solvent) / web.height[-1]
    p = flow.film_pressure(h, web.y, web.dual, sigma, weight, web.wedge)
    gap = np.diff(web.y)
    # A column that is packed, or a neighbour of one, gives no slurry away.
    flowing = 1 / flow.middle(1 / fluidity)
    Q, yielded = flow.levelling(flow.middle(h), np.diff(p) / gap, flowing, flow.middle(stress))
    thick = edge.medium_viscosity * thinning * _thickening(web, state)
    # A trial state of Newton's method may lie beyond close packing.
    phi = np.clip(state.phi, 1e-6, web.packing)
    conducting = web.skeleton.permeability(phi) * h / thick
    effective = np.maximum((state.saturation - film.connected) / (1 - film.connected), LEAST)
    drive = -np.diff(p - _suction(web, phi, state.saturation, effective)) / gap
    passing = flow.upwind(drive, effective ** (3 + 2 / web.pore_index))
    return Fluxes(Q, yielded, flow.middle(conducting) * drive * passing)


def _suction(
    web: Web, phi: FloatArray, saturation: FloatArray, effective: FloatArray
) -> FloatArray:
    """Give how far the liquid's pressure lies below the film's, Pa.

    While the film shrinks the grains carry it, as far as they do at its end the air-entry pressure
    p_e: p_e Sigma(phi)/Sigma(packing). Packed, menisci hold p_e S_e^(-1/n) [Brooks1964].
    """
    entry = web.skeleton.air_entry(web.packing)
    carried = web.skeleton.stress(phi)[0] / web.skeleton.stress(web.packing)[0]
    held = effective ** (-1 / web.pore_index)
    result: FloatArray = entry * np.where(saturation < 1, held, np.minimum(carried, 1.0))
    return result


def _thickening(web: Web, state: State) -> FloatArray:
    film = web.film
    dissolved = film.polymer_volume / film.solids_volume
    entered = dissolved * film.solids_volume * film.liquid_density / film.initial_solvent
    # A trial state of Newton's method may lie beyond what can be.
    least = 1e-6 * film.solids_volume
    now = dissolved * np.maximum(state.H + state.B, least) / np.maximum(state.S, least)
    concentration = (now / (1 + now)) / (entered / (1 + entered)) if dissolved else np.ones(1)
    thickening: FloatArray = concentration**web.edge.thickening
    return thickening
