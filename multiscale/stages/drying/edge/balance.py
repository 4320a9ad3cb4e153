"""Solvent, solids, binder and heat of the web beside its edge, through the zones of the dryer.

Per area of each column, y from the edge inwards, fluxes per length of web:

    dS/dt = -r/rho_l - d/dy (Q S/h + q S/L)         solvent
    dB/dt =          - d/dy (Q B/h + q B/L)         mobile binder, L = S + B
    dH/dt =          - d/dy (Q H/h)                 solids that stay
    dU/dt = alpha_t (T_air - T) + q_rad - r (dh_v + c_l (T - T_0)) - d/dy (-k T_y + heat carried)

with the height h = max(S + B + H, (B + H)/packing), the levelling flux Q of a Bingham film and
Darcy's flux q = -(k k_r h/mu_l) d/dy (p - suction) of liquid against grains: where some columns
still shrink, others are packed and draw liquid from them. Each term is a difference of fluxes: sums
over the columns change by what the air gives and takes only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge import flow
from multiscale.stages.drying.edge.exchange import fluxes
from multiscale.stages.drying.edge.gas import Gas, rates
from multiscale.stages.drying.edge.web import Web, unpack


@dataclass(frozen=True)
class Rates:
    """Rates of the unknowns and what the air gives and takes, per area; arrays over columns.

    Attributes:
        unknowns: of S, B, H, heat of the columns and of the bare foil.
        r: evaporation, kg/(m^2 s).
        taken: heat from air and radiators, bare foil first, W/m^2.
        lost: heat that the vapour carries off, W/m^2.
    """

    unknowns: FloatArray
    r: FloatArray
    taken: FloatArray
    lost: FloatArray

    def vector(self, web: Web) -> FloatArray:
        """Give the rates of all unknowns, the totals over the strip included."""
        width = np.concatenate([web.bare_width, web.dual])
        totals = [self.r @ web.dual, self.taken @ width, self.lost @ web.dual]
        return np.concatenate([self.unknowns, np.stack(totals, axis=-1)], axis=-1)


def balance(web: Web, gas: Gas, vector: FloatArray) -> Rates:
    """Give the rates of the unknowns at a state, or at several, shape (..., unknowns)."""
    film, dual = web.film, web.dual
    state = unpack(web, vector)
    properties = gas.properties(state.T)
    S, B, H, h, T = state.S, state.B, state.H, state.h, state.T
    dissolved = film.polymer_volume / film.solids_volume * (H + B)
    pores = (H + B) * (1 / web.packing - 1)
    dry = (H + B) / web.packing * np.maximum(1 - S / (web.connected * pores), 0.0)
    dry = dry / (1 - web.packing) ** 1.5
    r = rates(gas, properties, web.profile, S, dissolved, pores, dry, film.chi, film.pore_radius)
    between = fluxes(web, state, properties[4])
    Q, q = between.Q, between.q
    L = np.maximum(state.L, 1e-30)
    solvent = Q * flow.upwind(Q, S / h) + q * flow.upwind(q, S / L)
    binder = Q * flow.upwind(Q, B / h) + q * flow.upwind(q, B / L)
    solids = Q * flow.upwind(Q, H / h)

    warm = T - film.initial_temperature
    liquid_heat = film.liquid_density * film.solvent.heat_capacity
    carried = liquid_heat * solvent + web.solids_capacity * (binder + solids)
    place = np.concatenate([web.bare, web.y])
    everywhere = np.concatenate([state.T_bare, T], axis=-1)
    conducted = -web.foil_conductance * np.diff(everywhere) / np.diff(place)
    conducted[..., web.bare.size :] += carried * flow.middle(warm)
    width = np.concatenate([web.bare_width, dual])
    air = gas.air
    taken = np.concatenate(
        [
            (air.alpha + air.alpha_bottom) * (air.T - state.T_bare),
            (air.alpha * web.profile + air.alpha_bottom) * (air.T - T) + air.radiation,
        ],
        axis=-1,
    )
    lost = r * (properties[1] + film.solvent.heat_capacity * warm)
    heat = taken - divergence(conducted, width)
    unknowns = [
        -r / film.liquid_density - divergence(solvent, dual),
        -divergence(binder, dual),
        -divergence(solids, dual),
        heat[..., web.bare.size :] - lost,
        heat[..., : web.bare.size],
    ]
    return Rates(np.concatenate(unknowns, axis=-1), r, taken, lost)


def divergence(flux: FloatArray, width: FloatArray) -> FloatArray:
    """Give what leaves each column per width, from the flux between them; none at both ends."""
    still = np.zeros((*flux.shape[:-1], 1))
    result: FloatArray = np.diff(flow.between(still, flux, still)) / width
    return result


def sizes(web: Web) -> FloatArray:
    """Give what an absolute error of each unknown is small against."""
    film, n = web.film, web.y.size
    solvent = film.initial_solvent / film.liquid_density
    turnover = film.initial_solvent * film.solvent.latent_heat(film.initial_temperature)
    warming = 50.0 * web.foil_capacity
    width = web.edge.width
    thick = [solvent, max(web.moving, 1e-3 * solvent), film.solids_volume, 2 * warming]
    totals = [film.initial_solvent * width, turnover * width, turnover * width]
    return np.concatenate([np.repeat(thick, n), np.full(web.bare.size, warming), totals])
