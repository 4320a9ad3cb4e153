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

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge import flow
from multiscale.stages.drying.edge.gas import Gas, rates, tabulate
from multiscale.stages.drying.edge.web import State, Web, entering_height, initial_state, unpack
from multiscale.stages.drying.evaporation import Air

# Differences that give the Jacobian, over the size of an unknown: between narrow columns surface
# tension makes of 1e-6 a stress beyond the yield stress.
_NUDGE = 1e-8
_REACH = 2  # columns to each side on which the rates of a column depend: surface tension's pressure


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


@dataclass(frozen=True)
class Crossing:
    """The web's way through the dryer.

    Attributes:
        web: as it entered.
        gases: tabulated air of each zone.
        ends: time at which each zone ends, s.
        pieces: dense solution of each zone.
    """

    web: Web
    gases: tuple[Gas, ...]
    ends: FloatArray
    pieces: tuple[Callable[[float], FloatArray], ...]

    def vector(self, t: float) -> FloatArray:
        """Give the unknowns at time t (s)."""
        return self.pieces[self._zone(t)](t)

    def state(self, t: float) -> State:
        """Give the state at time t (s)."""
        return unpack(self.web, self.vector(t))

    def properties(self, t: float, state: State) -> FloatArray:
        """Give the properties of gas and liquid at each column; rows as of `Gas.table`."""
        return self.gases[self._zone(t)].properties(state.T)

    def _zone(self, t: float) -> int:
        return min(int(np.searchsorted(self.ends, t)), len(self.pieces) - 1)

    def imbalances(self) -> dict[str, float]:
        """Give the relative errors of what the whole strip must conserve, at the exit."""
        web, n = self.web, self.web.y.size
        start, end = initial_state(web), self.vector(float(self.ends[-1]))
        before, after = (v[: 4 * n].reshape(4, n) @ web.dual for v in (start, end))
        evaporated, taken, carried = end[-3:]
        kept = after[3] + end[4 * n : -3] @ web.bare_width
        solvent = after[0] + evaporated / web.film.liquid_density
        return {
            "solvent": abs(solvent / before[0] - 1),
            "binder": abs(after[1] / before[1] - 1) if before[1] else 0.0,
            "solids": abs(after[2] / before[2] - 1),
            "heat": abs(taken - carried - kept) / max(abs(taken), abs(carried), abs(kept)),
        }


def cross(
    web: Web,
    gases: Sequence[Air],
    durations: Sequence[float],
    tolerance: float,
    report: Callable[[float], None] | None = None,
) -> Crossing:
    """Integrate the balances through the zones.

    Args:
        web: as it enters.
        gases: drying air of each zone in the middle of the web.
        durations: time in each zone, s.
        tolerance: relative tolerance in time.
        report: told the fraction done, now and then.

    Raises:
        StageFailed: the integration breaks down.
    """
    from scipy.integrate import solve_ivp

    from multiscale.stages.drying.edge.implicit import StripRadau  # loads scipy.integrate

    vector, start, total = initial_state(web), 0.0, sum(durations)
    pieces, ends, tables = [], [], []
    n = web.y.size
    for k, (air, duration) in enumerate(zip(gases, durations, strict=True)):
        gas = tabulate(web.film.solvent, air, web.film.initial_temperature)

        def derivative(t: float, v: FloatArray, gas: Gas = gas) -> FloatArray:
            return _rates(web, gas, v).vector(web)

        solution = solve_ivp(
            derivative,
            (start, start + duration),
            vector,
            method=StripRadau,
            rtol=tolerance,
            atol=tolerance * _sizes(web),
            jac=_jacobian(web, gas),
            column=_columns(web),
            reach=_REACH,
            dense_output=True,
            first_step=1e-3 * duration,
        )
        if not solution.success:
            raise StageFailed(
                f"the balances beside the edge stopped in zone {k + 1} after {solution.t[-1]:.3g} "
                f"s at {unpack(web, solution.y[:, -1]).T.max() - 273.15:.1f} degC: "
                f"{solution.message}; check heat transfer and radiation"
            )
        vector, start = solution.y[:, -1], start + duration
        pieces.append(solution.sol)
        ends.append(start)
        tables.append(gas)
        if report:
            report(start / total)
    if not np.isfinite(vector[: 4 * n]).all():
        raise StageFailed(
            "the balances beside the edge gave no number; lower drying.edge.tolerance"
        )
    return Crossing(web, tuple(tables), np.array(ends), tuple(pieces))


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
    free = np.maximum(1 - state.phi / film.packing, 1e-9) / (1 - entered / film.packing)
    fluidity = free**2 / (edge.viscosity * thinning)  # Maron and Pierce
    stress = edge.yield_stress / free**2
    sigma = film.solvent.surface_tension(film.initial_temperature)
    weight = flow.GRAVITY * (film.solids_mass + film.initial_solvent) / web.height[-1]
    p = flow.film_pressure(h, web.y, web.dual, sigma, weight, web.wedge)
    gap = np.diff(web.y)
    # A column that is packed, or a neighbour of one, gives no slurry away.
    flowing = 1 / _mean(1 / fluidity)
    Q, yielded = flow.levelling(_mean(h), np.diff(p) / gap, flowing, _mean(stress))
    suction = flow.suction(
        state.phi,
        state.saturation,
        film.packing,
        2 * sigma / film.pore_radius,
        edge.gel_fraction,
        edge.yield_exponent,
        edge.pore_index,
    )
    thick = edge.medium_viscosity * thinning * _thickening(web, state)
    conducting = flow.permeability(state.phi, film.grain) * h / thick
    drive = -np.diff(p - suction) / gap
    connected = np.clip((state.saturation - film.connected) / (1 - film.connected), 0.0, 1.0) ** 3
    q = _mean(conducting) * drive * _upwind(drive, connected)
    return Fluxes(Q, yielded, q)


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


def _mean(values: FloatArray) -> FloatArray:
    return 0.5 * (values[..., 1:] + values[..., :-1])


def _upwind(flux: FloatArray, values: FloatArray) -> FloatArray:
    """Give what the flux carries from the column that it leaves."""
    return np.where(flux > 0, values[..., :-1], values[..., 1:])


@dataclass(frozen=True)
class _Rates:
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


def _rates(web: Web, gas: Gas, vector: FloatArray) -> _Rates:
    film, dual = web.film, web.dual
    state = unpack(web, vector)
    properties = gas.properties(state.T)
    S, B, H, h, T = state.S, state.B, state.H, state.h, state.T
    dissolved = film.polymer_volume / film.solids_volume * (H + B)
    pores = (H + B) * (1 / film.packing - 1)
    dry = (H + B) / film.packing * np.maximum(1 - S / (film.connected * pores), 0.0)
    dry = dry / (1 - film.packing) ** 1.5
    r = rates(gas, properties, web.profile, S, dissolved, pores, dry, film.chi, film.pore_radius)
    between = fluxes(web, state, properties[4])
    Q, q = between.Q, between.q
    L = np.maximum(state.L, 1e-30)
    solvent = Q * _upwind(Q, S / h) + q * _upwind(q, S / L)
    binder = Q * _upwind(Q, B / h) + q * _upwind(q, B / L)
    solids = Q * _upwind(Q, H / h)

    warm = T - film.initial_temperature
    liquid_heat = film.liquid_density * film.solvent.heat_capacity
    carried = liquid_heat * solvent + web.solids_capacity * (binder + solids)
    place = np.concatenate([web.bare, web.y])
    everywhere = np.concatenate([state.T_bare, T], axis=-1)
    conducted = -web.foil_conductance * np.diff(everywhere) / np.diff(place)
    conducted[..., web.bare.size :] += carried * _mean(warm)
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
    heat = taken - _divergence(conducted, width)
    unknowns = [
        -r / film.liquid_density - _divergence(solvent, dual),
        -_divergence(binder, dual),
        -_divergence(solids, dual),
        heat[..., web.bare.size :] - lost,
        heat[..., : web.bare.size],
    ]
    return _Rates(np.concatenate(unknowns, axis=-1), r, taken, lost)


def _divergence(flux: FloatArray, width: FloatArray) -> FloatArray:
    still = np.zeros((*flux.shape[:-1], 1))
    result: FloatArray = np.diff(flow.between(still, flux, still)) / width
    return result


def _sizes(web: Web) -> FloatArray:
    """What an absolute error of each unknown is small against."""
    film, n = web.film, web.y.size
    solvent = film.initial_solvent / film.liquid_density
    turnover = film.initial_solvent * film.solvent.latent_heat(film.initial_temperature)
    warming = 50.0 * web.foil_capacity
    width = web.edge.width
    thick = [solvent, max(web.moving, 1e-3 * solvent), film.solids_volume, 2 * warming]
    totals = [film.initial_solvent * width, turnover * width, turnover * width]
    return np.concatenate([np.repeat(thick, n), np.full(web.bare.size, warming), totals])


def _columns(web: Web) -> Any:
    """Give the column of each unknown but the totals, counted from the bare foil inwards."""
    n, m = web.y.size, web.bare.size
    return np.concatenate([np.tile(np.arange(n), 4) + m, np.arange(m)])


def _jacobian(web: Web, gas: Gas) -> Callable[[float, FloatArray], Any]:
    """Differences; columns of the web that are 5 apart do not see each other and share one.

    The totals see what air gives and takes at each column, so that Newton's method, wherever it
    stops, leaves the sums of solvent and heat as they were.
    """
    from scipy.sparse import csc_array

    n, m = web.y.size, web.bare.size
    column = _columns(web)
    kind = np.concatenate([np.repeat(np.arange(4), n), np.full(m, 3)])
    apart = 2 * _REACH + 1
    group = apart * kind + column % apart
    rows, columns = np.nonzero(np.abs(column[:, None] - column[None, :]) <= _REACH)
    step = _NUDGE * _sizes(web)[:-3]
    width = np.concatenate([web.bare_width, web.dual])
    all_columns, size = np.arange(column.size), column.size + 3
    index = (
        np.concatenate([rows, np.repeat(column.size + np.arange(3), column.size)]),
        np.concatenate([columns, np.tile(all_columns, 3)]),
    )

    def jacobian(t: float, v: FloatArray) -> Any:
        moved = np.tile(v, (4 * apart, 1))
        moved[:, :-3] += np.where(group == np.arange(4 * apart)[:, None], step, 0.0)
        base, ahead = _rates(web, gas, v), _rates(web, gas, moved)

        def change(after: FloatArray, before: FloatArray) -> FloatArray:
            # Bare foil first; nothing evaporates there.
            missing = np.zeros((4 * apart, m + n - before.size))
            local = np.concatenate([missing, after - before], axis=-1)
            found: FloatArray = (local * width)[group, column] / step
            return found

        inner = (ahead.unknowns - base.unknowns)[group[columns], rows] / step[columns]
        totals = [
            change(getattr(ahead, name), getattr(base, name)) for name in ("r", "taken", "lost")
        ]
        return csc_array((np.concatenate([inner, *totals]), index), shape=(size, size))

    return jacobian
