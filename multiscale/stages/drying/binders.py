"""Every binder of the film, carried by the liquid that the balances leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from multiscale.errors import StageFailed
from multiscale.materials.adsorption import adsorption
from multiscale.materials.binder import Binder
from multiscale.records.record import FloatArray
from multiscale.stages.drying.binding import Binding, Rate, dissolve, nodal_weights
from multiscale.stages.drying.column import Column
from multiscale.stages.drying.film import Film
from multiscale.stages.drying.history import History
from multiscale.stages.drying.migration import Profile, TimeFunction, migrate
from multiscale.stages.drying.options import Film1D
from multiscale.stages.drying.setup import Portion, diffusivity

LOOKS = 2001  # at the temperature of the film, between which it passes a level once at most


def spread_of(history: History, portion: Portion, moving: float, options: Film1D) -> TimeFunction:
    """Give a dilute binder's diffusivity in the film, D phi_l^b, over time, m^2/s.

    Args:
        history: of the film.
        portion: the binder.
        moving: volume of all binder that moves, m.
        options: of the model.
    """
    film = history.film

    def spread(t: FloatArray) -> FloatArray:
        m, T = history.state(t)[:2]
        D = diffusivity(portion.binder, film.solvent, options.diffusivity_factor, T)
        phi_l = (m / film.liquid_density + moving) / film.height(m)
        return np.asarray(D * phi_l**options.tortuosity_exponent)

    return spread


def carry(
    column: Column,
    portion: Portion,
    times: FloatArray,
    options: Film1D,
    report: Callable[[float], None],
) -> Profile:
    """Solve for one binder, scaled to unit mass: a binder without mass has a profile too.

    Args:
        column: solids and liquid through the thickness.
        portion: the binder.
        times: time steps, s.
        options: of the model.
        report: told the fraction done.

    Raises:
        StageFailed: a step finds no solution.
    """
    history, film, b = column.history, column.history.film, portion.binder

    def kappa(t: FloatArray) -> FloatArray:
        """D phi_l^(1+b)/h in the cells."""
        h = column.height(t)[:, None]
        phi_l = column.solution(t) / h
        D = diffusivity(b, film.solvent, options.diffusivity_factor, column.temperature(t))
        in_cells = 0.5 * (phi_l[:, 1:] + phi_l[:, :-1])
        return np.asarray(D[:, None] * in_cells ** (1 + options.tortuosity_exponent) / h)

    def capacity(t: FloatArray) -> FloatArray:
        # Binders share the room beside the solids in proportion to their volumes.
        room = column.height(t)[:, None] - column.solids_density(t)
        return np.asarray(b.packing * room / column.moving)

    def dispersivity(t: FloatArray) -> FloatArray:
        return options.dispersion * film.grain / column.height(t)

    binding = binding_of(film, portion, column.xi, gel_rate_over_time(history, b, options), options)
    held = 0.0 if binding.room is None else float(nodal_weights(column.xi) @ binding.room)
    c_0 = dissolve(1.0, column.mean(column.solution(times[:1]))[0], held, binding.affinity)
    return migrate(
        times,
        column.solution,
        kappa,
        c_0,
        options.cells,
        capacity if portion.mobile_mass > 0 else None,
        dispersivity,
        report=report,
        binding=binding,
        solids=column.solids_density,
    )


def gel_rate(b: Binder, T: FloatArray, options: Film1D) -> FloatArray:
    """Give k_g at temperatures T (K), 1/s; a latex coalesces above its film-forming one only."""
    return np.asarray(
        options.binding.gel_rate_factor * b.gel_rate * (T >= (b.film_temperature or 0))
    )


def film_forming(history: History, b: Binder) -> FloatArray:
    """Give the times at which the film passes a latex's film-forming temperature, s.

    They are roots on the dense solution; a binder that dissolves has none.
    """
    level = b.film_temperature
    if level is None:
        return np.zeros(0)
    from scipy.optimize import brentq

    def excess(t: float) -> float:
        return float(history.state(np.array([t]))[1, 0]) - level

    t = np.union1d(np.linspace(0, history.residence, LOOKS), history.ends)
    above = history.state(t)[1] >= level
    passed = np.flatnonzero(above[1:] != above[:-1])
    return np.array([brentq(excess, t[k], t[k + 1], xtol=1e-12 * t[-1]) for k in passed])


def gel_rate_over_time(history: History, b: Binder, options: Film1D) -> Rate:
    """Give k_g over time, 1/s; it jumps after a step that ends where a latex begins to form a film.

    Args:
        history: of the film.
        b: the binder.
        options: of the model.
    """
    jumps = film_forming(history, b)
    bounds = np.concatenate([[0.0], jumps, [history.residence]])
    k_g = gel_rate(b, history.state(0.5 * (bounds[1:] + bounds[:-1]))[1], options)

    def rate(t: float) -> float:
        return float(k_g[np.searchsorted(jumps, t)])

    return rate


def binding_of(
    film: Film, portion: Portion, xi: FloatArray, rate: Rate, options: Film1D
) -> Binding:
    """Give how a binder sets, in units of its mobile mass.

    Args:
        film: what dries.
        portion: the binder.
        xi: nodes.
        rate: k_g at a time, 1/s.
        options: of the model.
    """
    b, chosen, mass = portion.binder, options.binding, portion.mobile_mass
    if mass == 0:
        return Binding()
    binding = Binding()
    if chosen.gelation:
        binding = replace(
            binding,
            gel_concentration=chosen.gel_concentration_factor * b.gel_concentration / mass,
            gel_rate=rate,
            bound=portion.mass / mass - 1 if b.chi is not None else 0.0,
        )
    isotherm = adsorption(b.name)
    room = surface_room(film, isotherm.most, xi) * chosen.adsorbed_factor / mass
    if chosen.adsorption and room.any():
        binding = replace(
            binding,
            affinity=isotherm.affinity * mass,
            exchange=isotherm.exchange,
            room=room,
        )
    return binding


def surface_room(film: Film, most: Mapping[str, float], xi: FloatArray) -> FloatArray:
    """Give the most that adsorbs at each node, kg/m^2 per xi.

    The solids are spread evenly; the foil belongs to the lowest node.

    Args:
        film: what dries.
        most: Gamma_max on each surface, kg/m^2.
        xi: nodes.
    """
    solids = sum(area * most.get(name, 0.0) for name, area in film.surface.items())
    room = np.full(xi.size, solids)
    room[0] += most.get(film.foil, 0.0) / nodal_weights(xi)[0]
    return room


def refuse_overfilled_pores(
    portions: Sequence[Portion], profiles: Sequence[Profile], room: float
) -> None:
    """Refuse more binder at a height than the pores take.

    Args:
        portions: the binders.
        profiles: of their mobile shares.
        room: thickness left beside solids and immobile binder, m.

    Raises:
        StageFailed: it would fill more than that.
    """
    filled = sum(
        p.mobile * p.volume * profile.total for p, profile in zip(portions, profiles, strict=True)
    )
    if (worst := float(np.max(filled)) / room) > 1:
        raise StageFailed(
            f"binder would fill {worst:.2f} times the pores at the film's surface; dry more slowly "
            "or lower drying.mobile_fraction"
        )
