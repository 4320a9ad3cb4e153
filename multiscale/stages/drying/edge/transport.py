"""Binder carried and spread by the solution in the cross-section of a drying film.

On columns whose height follows the film the binder per volume of solution c obeys

    d/dt int(phi_l c v) = int[c (q v_y + w v_z) - K (grad c + c grad mu) . grad v],
    K = D phi_l^(1+b)

for every v, less what gels or adsorbs (`binding`), with q and w the solution's flux along and
through the layers of the moving mesh and no flux through foil, surface and sides. In a film that is
uniform in y this is the law of `migration`. Mass is conserved because a step hands on nodal masses
M c, integrated on the mesh of their own time [Farhat2001]; a uniform c stays uniform because
`close_flow` takes w from the same masses.

The crowding potential mu(theta), theta = binder/capacity, keeps binder within the room that it has,
gelled and adsorbed included (`crowding`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.binding import Binding
from multiscale.stages.drying.edge.follow import follow_solids
from multiscale.stages.drying.edge.mesh import duals, make_strip
from multiscale.stages.drying.edge.motion import Motion
from multiscale.stages.drying.edge.step import GAMMA, Discrete, Source, State


@dataclass(frozen=True)
class Section:
    """Binder in the cross-section, at the nodes of a bilinear field over (y, xi).

    Attributes:
        y: positions, m.
        xi: layers.
        c: binder per volume of solution, kg/m^3, shape (columns, layers).
        N: binder in solution per area and xi, L c, kg/m^2.
        gelled, adsorbed: binder that has set, per area and xi, kg/m^2.
    """

    y: FloatArray
    xi: FloatArray
    c: FloatArray
    N: FloatArray
    gelled: FloatArray
    adsorbed: FloatArray

    @property
    def total(self) -> FloatArray:
        """Binder per area and xi, kg/m^2."""
        return self.N + self.gelled + self.adsorbed

    def mass(self) -> float:
        """Binder per length of web, kg/m; exact for the bilinear field."""
        return float(duals(self.y) @ self.over_width())

    def over_width(self) -> FloatArray:
        """Binder per area at each position, kg/m^2."""
        return self.total @ duals(self.xi)


def carry(
    comm: Any,
    motion: Motion,
    times: FloatArray,
    y: FloatArray,
    xi: FloatArray,
    c: float | FloatArray,
    source: Source | None = None,
    report: Callable[[float], None] | None = None,
    binding: Binding | None = None,
) -> Section:
    """Solve the binder transport from the first to the last time; collective.

    Args:
        comm: ranks that share the columns.
        motion: what the film does.
        times: time steps, s.
        y: positions of the columns, m.
        xi: layers, 0 at the foil, 1 at the surface.
        c: initial binder per volume of solution, kg/m^3, uniform or of shape (columns, layers);
            what adsorbs is at equilibrium with it.
        source: rate of the nodal masses at time t, kg/(m s), shape (columns, layers), of a
            manufactured solution.
        report: told the fraction done, now and then.
        binding: how it gels and adsorbs beside the solids of the middle of the wet film, room of
            shape (layers,), gel rates one for all or of shape (columns,); by default it does not.

    Raises:
        StageFailed: a step finds no solution.
    """
    strip = make_strip(comm, y, xi)
    film = Discrete(strip, binding or Binding())
    whole, motion = motion, motion.of(strip.seen)
    at = float(times[0])
    L, share, solids = motion.solution(at), whole.share(at), motion.solids(at)
    start = np.broadcast_to(np.asarray(c, float), (y.size, xi.size))
    mine = start[strip.columns].copy()
    N = (film.weight * L[strip.inner] * mine)[: strip.own]
    adsorbed = film.equilibrium(mine, motion.share(at))
    now, pace = State(mine, N, np.zeros_like(mine), adsorbed), np.zeros_like(mine)
    for n, (t, after) in enumerate(pairwise(times.tolist())):
        before, L_new = now, motion.solution(after)
        ahead = _second_order(film, motion, (t, after), L, now, pace, source)
        now = ahead or _first_order(film, motion, (t, after), L, now, source)
        L, pace = L_new, (now.c - before.c) / (after - t)
        if binding:
            shares, places = (share, whole.share(after)), (solids, motion.solids(after))
            now = follow_solids(comm, strip, now, shares, places)
            share, solids = shares[1], places[1]
        if report and n % 20 == 0:
            report(n / (times.size - 1))
    in_solution = np.broadcast_to(L[strip.inner], now.c.shape) * now.c
    every = (
        np.concatenate(comm.allgather(values[: strip.own]))
        for values in (now.c, in_solution, now.gelled, now.adsorbed)
    )
    return Section(y, xi, *every)


def _second_order(
    film: Discrete,
    motion: Motion,
    step: tuple[float, float],
    L: FloatArray,
    now: State,
    pace: FloatArray,
    source: Source | None,
) -> State | None:
    """Take a step of Alexander's SDIRK; as in `migration`, collective.

    Rates come from L itself: a uniform concentration then rises exactly as the liquid shrinks.
    """
    t, after = step
    tau = GAMMA * (after - t)
    L_mid, L_new = motion.solution(t + tau), motion.solution(after)
    rate = (L_mid - L) / tau
    half = film.stage(motion, t + tau, tau, L_mid, rate, now, now.c + tau * pace, source)
    if half is None:
        return None
    rate = (L_new - L - (1 - GAMMA) / GAMMA * (L_mid - L)) / tau
    ahead = now.c + (half.c - now.c) / GAMMA
    found = film.stage(motion, after, tau, L_new, rate, now.carried(half), ahead, source)
    return found if found is not None and film.possible(found, motion.capacity(after)) else None


def _first_order(
    film: Discrete,
    motion: Motion,
    step: tuple[float, float],
    L: FloatArray,
    now: State,
    source: Source | None,
) -> State:
    """Take a step of backward Euler, which makes nothing negative; collective.

    Raises:
        StageFailed: it finds no solution.
    """
    t, after = step
    L_new = motion.solution(after)
    rate = (L_new - L) / (after - t)
    found = film.stage(motion, after, after - t, L_new, rate, now, now.c, source)
    if found is None:
        raise film.refusal(now, motion, after)
    return found
