"""Solids and liquid through the thickness of every column, by the equations of film-1d.

The balances across the web say how much each column holds; here that is shared out over its layers.
Slurry that comes from the side brings layers as they are and stretches the column: its height
before a step counts as h V'/V, with V the thickness of all solids and V' that after the step.

    d(h phi)/dt + d/dxi [xi E phi - (k phi/mu)(1/h dSigma/dxi + drho g phi)] = h phi d(ln V)/dt
    h eps dS/dt + dF/dxi = 0,  F = (k k_rl/mu) dp_c/dxi / h

As in `solids` the first ends where air enters, and the second where liquid no longer reaches the
surface, through which all is taken to pass that a packed column gains or loses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.record import FloatArray
from multiscale.stages.drying.checks import refuse_leak
from multiscale.stages.drying.consolidation import solids_flux
from multiscale.stages.drying.edge.columns import ColumnLayers, Marched, march
from multiscale.stages.drying.edge.options import Film2D
from multiscale.stages.drying.edge.sampled import Sampled, first_below
from multiscale.stages.drying.edge.web import State, Web, entering_height
from multiscale.stages.drying.emptying import LOCATED, liquid_flux, pores_of
from multiscale.stages.drying.solids import CHANGE, STEPS_SHARE

ENTERED = 1e-6  # of the air-entry pressure, within which the entry of air is found


@dataclass(frozen=True)
class Interior:
    """Solids and liquid of every column over time.

    Attributes:
        entry: time at which air enters each column and its shrinkage ends, s.
        rests: time from which on its liquid carries nothing, s.
        solids_share: of h phi, over the layers; mean 1.
        liquid_share: of the solution, once its pores empty; mean 1.
    """

    entry: FloatArray
    rests: FloatArray
    solids_share: Marched
    liquid_share: Marched

    def of(self, columns: slice) -> Interior:
        """Give some of the columns."""
        solids, liquid = self.solids_share.of(columns), self.liquid_share.of(columns)
        return Interior(self.entry[columns], self.rests[columns], solids, liquid)

    def solids(self, t: float | FloatArray, state: State) -> FloatArray:
        """Give h phi of what does not move with the liquid, m, shape (columns, layers).

        Args:
            t: s, one for all columns or one for each.
            state: of the balances then.
        """
        return state.H[:, None] * self.solids_share.at(t).T

    def solution(self, t: float | FloatArray, state: State) -> FloatArray:
        """Give lambda, the thickness density of the solution, m; arguments as of `solids`."""
        full = state.h[:, None] - self.solids(t, state)
        emptied = state.L[:, None] * self.liquid_share.at(t).T
        return np.where((t < self.entry)[:, None], full, emptied)


def settle(
    comm: Any, web: Web, layers: ColumnLayers, sampled: Sampled, options: Film2D
) -> tuple[Web, Marched]:
    """Follow the solids of every column until air enters; collective.

    Args:
        comm: ranks that share the columns.
        web: as it enters.
        layers: of the thickness.
        sampled: balances of the web.
        options: of the model.

    Returns:
        The web with each column's packing, and phi at the nodes.

    Raises:
        StageFailed: the solids of a column find no place, or some are lost.
    """
    film, skeleton = web.film, web.skeleton
    phi_0 = film.solids_volume / entering_height(film)

    def follow(columns: slice) -> Marched:
        mine = sampled.of(columns)
        h, V, mu = mine.S + mine.V, mine.V, _viscosity(web, mine, options)

        def advance(t: FloatArray, tau: FloatArray, phi: FloatArray) -> FloatArray:
            after = mine.at(h, t + tau)
            stretched = mine.at(h, t) * mine.at(V, t + tau) / mine.at(V, t)
            E = (stretched - after) / np.where(tau > 0, tau, 1.0)
            flux = solids_flux(layers, skeleton, after, E, mine.at(mu, t + tau))
            guess = np.minimum(phi * stretched / after, 0.5 * (phi + skeleton.close_packing))
            return layers.step(
                tau,
                stretched * phi,
                guess,
                lambda u: (after * u, after + 0 * u),
                flux,
                bounds=(-1e-9, skeleton.close_packing),
            )

        def margin(phi: FloatArray) -> FloatArray:
            # Of the stress at the surface over the air-entry pressure; see `consolidation.margin`.
            return skeleton.stress(phi[-1])[0] / skeleton.air_entry(phi[-1]) - 1

        n = h.shape[1]
        phi, start = np.full((layers.xi.size, n), phi_0), np.zeros(n)
        return _march(mine, options, start, phi, advance, margin, 0.1, ENTERED)

    course = _on_ranks(comm, web.y.size, follow)
    _refuse_lost(course, web, "the solids find no place", "raise drying.solids.close_packing")
    held = _means(layers, course.states)[:, 0] * _each(sampled, sampled.S + sampled.V, course.times)
    refuse_leak("solids", course.times, held, _each(sampled, sampled.V, course.times))
    reached = layers.mean(course.states[-1])
    packing = np.where(course.stopped, reached, np.maximum(reached, film.packing))
    return replace(web, packing=packing), course


def fill(
    comm: Any, web: Web, layers: ColumnLayers, sampled: Sampled, course: Marched, options: Film2D
) -> tuple[Web, Interior]:
    """Follow the liquid through the pores of every column that has packed; collective.

    Args:
        comm: ranks that share the columns.
        web: with each column's packing.
        layers: of the thickness.
        sampled: balances of that web.
        course: phi at the nodes until air entered.
        options: of the model.

    Returns:
        The web with each column's share of pores that fill when its liquid is cut off, and what its
        columns hold.

    Raises:
        StageFailed: the liquid of a column finds no way, or some is lost.
    """
    share = course.states / _means(layers, course.states)
    entry = first_below(sampled.times, sampled.S - sampled.V * (1 / web.packing - 1))

    def follow(columns: slice) -> Marched:
        mine, start, resting = sampled.of(columns), entry[columns], share[-1][:, columns]
        L, mu = mine.L, _viscosity(web, mine, options)
        h = mine.at(mine.V, start) / web.packing[columns]
        pores = pores_of(
            web.skeleton,
            resting * web.packing[columns],
            1 - resting * mine.at(mine.H, start) / h,
            h,
            options.connected_saturation,
            web.pore_index,
        )
        room = h * pores.porosity

        def advance(t: FloatArray, tau: FloatArray, S: FloatArray) -> FloatArray:
            loss = np.zeros_like(S)
            loss[-1] = (mine.at(L, t) - mine.at(L, t + tau)) / layers.weight[-1]
            flux = liquid_flux(layers, pores, mine.at(mu, t + tau))
            return layers.step(tau, room * S, S, lambda u: (room * u, room), flux, source=-loss)

        def margin(S: FloatArray) -> FloatArray:
            return pores.residual - S[-1]

        full = np.broadcast_to(mine.at(L, start) / layers.mean(room), room.shape).copy()
        found = _march(mine, options, start, full, advance, margin, 0.01, LOCATED)
        return replace(found, states=found.states * pores.porosity)

    liquid = _on_ranks(comm, web.y.size, follow)
    _refuse_lost(liquid, web, "the liquid finds no way", "raise drying.edge.steps")
    held, height = _means(layers, liquid.states), sampled.at(sampled.V, entry) / web.packing
    given = _each(sampled, sampled.L, liquid.times)
    refuse_leak("liquid", liquid.times, height * held[:, 0], given)
    liquid = replace(liquid, states=liquid.states / held)
    cut_off = np.where(liquid.stopped, liquid.times[-1], sampled.times[-1])
    pores = sampled.V * (1 / web.packing - 1)
    left = sampled.at(sampled.S, cut_off) / sampled.at(pores, cut_off)
    connected = np.where(liquid.stopped, np.maximum(left, web.film.connected), web.film.connected)
    solids = replace(course, states=share)
    return replace(web, connected=connected), Interior(entry, cut_off, solids, liquid)


def _viscosity(web: Web, sampled: Sampled, options: Film2D) -> FloatArray:
    """Give the liquid's viscosity as `solids.viscosity_of` does, Pa s, shape (times, columns)."""
    film, chosen = web.film, options.solids
    wet = (film.initial_solvent / film.liquid_density + web.moving) / film.solids_volume
    left = np.maximum(sampled.L / sampled.V / wet, 1e-3)
    mu: FloatArray = chosen.medium_viscosity * sampled.thinning * left**-chosen.thickening
    return mu


def _march(
    mine: Sampled,
    options: Film2D,
    start: FloatArray,
    u: FloatArray,
    advance: Callable[[FloatArray, FloatArray, FloatArray], FloatArray],
    margin: Callable[[FloatArray], FloatArray],
    first: float,
    located: float,
) -> Marched:
    end, steps = float(mine.times[-1]), options.edge.steps
    longest = np.maximum(end - start, 1e-12 * end) / max(steps // STEPS_SHARE, 1)
    return march(start, end, u, advance, margin, longest, first, CHANGE / steps, located)


def _means(layers: ColumnLayers, states: FloatArray) -> FloatArray:
    means: FloatArray = (layers.weight * states).sum(axis=-2, keepdims=True)
    return means


def _each(sampled: Sampled, values: FloatArray, times: FloatArray) -> FloatArray:
    """Interpolate values to rows of times, one for each column, shape (rows, columns)."""
    return np.array([sampled.at(values, row) for row in times])


def _on_ranks(comm: Any, columns: int, follow: Callable[[slice], Marched]) -> Marched:
    """Let each rank follow its columns and put them together; collective."""
    cuts = np.linspace(0, columns, comm.size + 1).round().astype(int)
    found = comm.allgather(follow(slice(int(cuts[comm.rank]), int(cuts[comm.rank + 1]))))
    rows = max(len(part.times) for part in found)

    def joined(name: str) -> FloatArray:
        parts = (getattr(part, name) for part in found)
        last = [np.concatenate([p, np.repeat(p[-1:], rows - len(p), axis=0)]) for p in parts]
        return np.concatenate(last, axis=-1)

    stopped, lost = (np.concatenate([getattr(p, f) for p in found]) for f in ("stopped", "lost"))
    return Marched(joined("times"), joined("states"), stopped, lost)


def _refuse_lost(course: Marched, web: Web, what: str, remedy: str) -> None:
    if course.lost.any():
        i = int(course.lost.argmax())
        raise StageFailed(
            f"{what} {web.y[i] * 1e3:.3g} mm from the edge after {course.times[-1, i]:.4g} s of "
            f"drying; {remedy}"
        )
