"""The strip beside the edge at one resolution: balances across the web, then every binder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from multiscale.errors import StageFailed
from multiscale.fem.interval import graded_points
from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge import flow
from multiscale.stages.drying.edge.balance import Crossing, cross, fluxes
from multiscale.stages.drying.edge.mesh import duals
from multiscale.stages.drying.edge.options import Film2D
from multiscale.stages.drying.edge.transport import Section, carry
from multiscale.stages.drying.edge.web import State, Web
from multiscale.stages.drying.setup import Portion, diffusivity, gases_of

SAMPLES = 2001  # times at which the states are looked at
SOFT = 0.04  # of the solution's thickness, over which a column comes to rest; several time steps
TOLERANCE = {"solvent": 1e-8, "solids": 1e-8, "binder": 1e-8, "heat": 1e-6}


@dataclass(frozen=True)
class EdgeDrying:
    """What a solve gives.

    Attributes:
        crossing: balances across the web.
        packed: time at which each column stops shrinking, s.
        dry: time at which its residual solvent meets the limit, s; the residence time where not.
        sections: mobile share of each binder, 1 per area in the middle of the wet film.
    """

    crossing: Crossing
    packed: FloatArray
    dry: FloatArray
    sections: tuple[Section, ...]


def solve_edge(
    comm: Any,
    web: Web,
    portions: Sequence[Portion],
    web_speed: float,
    options: Film2D,
    report: Callable[[float, str], None],
) -> EdgeDrying:
    """Solve the balances, then carry each binder in the cross-section; collective.

    Args:
        comm: ranks that share the columns; each solves the balances for itself.
        web: as it enters.
        portions: the binders.
        web_speed: m/s.
        options: dryer, edge and resolution.
        report: told the fraction done and a physical number.

    Raises:
        StageFailed: a balance does not close, or binder does not fit.
    """
    durations = [zone.length / web_speed for zone in options.zones]
    crossing = cross(web, gases_of(options), durations, options.edge.tolerance)
    refuse_open_balances(crossing.imbalances())
    times = np.linspace(0, crossing.ends[-1], SAMPLES)
    states = [crossing.state(float(t)) for t in times]
    S = np.array([s.S for s in states])
    solids = np.array([s.H + s.B for s in states])
    pores = solids * (1 / web.film.packing - 1)
    limit = options.residual_limit * web.film.solids_mass / web.film.solids_volume * solids
    sections = []
    for i, portion in enumerate(portions):
        level = np.minimum(_gelled(web, portion) * solids, pores)
        still = web.film.connected * pores
        setting = first_below(times, S - np.maximum(level, still))
        motion = BinderMotion(crossing, portion, options, setting)
        last = float(setting.max())
        steps = share_steps(times, S, last, options.edge.steps, crossing.ends)
        name = portion.binder.name

        def progress(
            fraction: float, i: int = i, name: str = name, steps: FloatArray = steps
        ) -> None:
            t = steps[int(fraction * (steps.size - 1))]
            report((i + fraction) / len(portions), f"{name} beside the edge at {t:.1f} s of drying")

        y, xi = web.y, graded_points(options.edge.layers)
        c_0 = 1 / float(motion.solution(0.0)[-1])
        section = carry(comm, motion, steps, y, xi, c_0, report=progress)
        start = float(web.height / web.height[-1] @ web.dual)
        refuse_open_balances({"binder": abs(section.mass() / start - 1)})
        sections.append(section)
    return EdgeDrying(
        crossing,
        first_below(times, S - pores),
        first_below(times, web.film.liquid_density * S - limit),
        tuple(sections),
    )


def refuse_open_balances(imbalances: dict[str, float]) -> None:
    """Refuse a solution in which the strip as a whole gains or loses.

    Raises:
        StageFailed: what, by how much, and what to do.
    """
    for what, imbalance in imbalances.items():
        if not imbalance <= TOLERANCE[what]:
            raise StageFailed(
                f"beside the edge the balance of {what} is off by {imbalance:.2g} (allowed "
                f"{TOLERANCE[what]:g}); lower drying.edge.tolerance"
            )


def first_below(times: FloatArray, values: FloatArray) -> FloatArray:
    """Give the first time at which each column of `values` falls to zero, else the last time.

    Args:
        times: s, shape (samples,).
        values: shape (samples, columns), taken as linear in between.
    """
    below = values <= 0
    k = np.where(below.any(axis=0), below.argmax(axis=0), times.size - 1)
    before = np.maximum(k - 1, 0)
    column = np.arange(values.shape[1])
    high, low = values[before, column], values[k, column]
    share = np.where(low <= 0, high / np.maximum(high - low, 1e-300), 1.0)
    found: FloatArray = np.where(k == 0, times[0], times[before] + share * np.diff(times)[0])
    return np.minimum(found, times[-1])


def share_steps(
    times: FloatArray, S: FloatArray, last: float, steps: int, events: FloatArray
) -> FloatArray:
    """Choose steps that share out evenly time and the fall of the columns' ln S, with the events.

    Args:
        times: s, shape (samples,).
        S: solvent at these times, shape (samples, columns), m.
        last: end, s.
        steps: number of steps, about.
        events: times that must be hit, s.
    """
    fall = np.log(S[0] / np.maximum(S, 0.02 * S[0])).mean(axis=1)
    measure = np.maximum.accumulate(fall) + 2 * times / last
    end = float(np.interp(last, times, measure))
    even = np.interp(np.linspace(0, end, steps + 1), measure, times)
    even[-1] = last
    fixed = np.array([e for e in events if 0 < e < last])
    if fixed.size:
        gap = 0.1 * np.interp(fixed, even[:-1], np.diff(even))
        near = (np.abs(even[1:-1, None] - fixed) < gap).any(axis=1)
        even = np.delete(even, 1 + np.flatnonzero(near))
    result: FloatArray = np.unique(np.concatenate([even, fixed]))
    return result


def _gelled(web: Web, portion: Portion) -> float:
    """Solvent over solids at which a binder sets: as in the middle of the web."""
    swollen = portion.mass if portion.binder.chi is not None else portion.mobile_mass
    volume = swollen / portion.binder.gel_concentration - web.moving
    return max(volume, 0.0) / web.film.solids_volume


@dataclass
class BinderMotion:
    """What the film does to one binder; implements `Motion`.

    A column in which the binder has set rests: its solution no longer changes, smoothly, since a
    kink within a step would let the binder swing back.

    Attributes:
        crossing: balances across the web.
        portion: the binder.
        options: dryer and model.
        setting: time at which it sets in each column, s.
    """

    crossing: Crossing
    portion: Portion
    options: Film2D
    setting: FloatArray
    _set: FloatArray = field(init=False)
    _last: tuple[float, State, FloatArray] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._set = np.array(
            [self.crossing.state(float(t)).L[i] for i, t in enumerate(self.setting)]
        )

    def _at(self, t: float) -> tuple[State, FloatArray]:
        # The methods below are asked in turn at the same time.
        if self._last is None or self._last[0] != t:
            state = self.crossing.state(t)
            self._last = (t, state, self.crossing.properties(t, state)[4])
        return self._last[1:]

    def height(self, t: float) -> FloatArray:
        return self._at(t)[0].h

    def solution(self, t: float) -> FloatArray:
        above = (self._at(t)[0].L / self._set - 1) / SOFT
        return self._set * (1 + SOFT * np.logaddexp(0.0, above))

    def _moves(self, t: float) -> FloatArray:
        """Share of each column's flow that still carries binder, d solution/d L."""
        above = (self._at(t)[0].L / self._set - 1) / SOFT
        moves: FloatArray = 0.5 * (1 + np.tanh(0.5 * above))
        return moves

    def lateral(self, t: float) -> FloatArray:
        state, thinning = self._at(t)
        web = self.crossing.web
        between = fluxes(web, state, thinning)
        xi = graded_points(self.options.edge.layers)
        weight = duals(xi)
        profile = flow.levelling_profile(xi, weight, between.yielded)
        liquid = state.L / state.h
        slurry = between.Q * np.where(between.Q > 0, liquid[:-1], liquid[1:])
        moves = np.minimum(self._moves(t)[1:], self._moves(t)[:-1])
        F: FloatArray = (slurry[:, None] * profile + between.q[:, None]) * moves[:, None]
        return F

    def diffusivity(self, t: float) -> FloatArray:
        state, _ = self._at(t)
        film, options = self.crossing.web.film, self.options
        D = diffusivity(self.portion.binder, film.solvent, options.diffusivity_factor, state.T)
        spread = D * (self.solution(t) / state.h) ** (1 + options.tortuosity_exponent)
        return spread * self._moves(t)

    def capacity(self, t: float) -> FloatArray:
        if self.portion.mobile_mass == 0:
            return np.full(self.setting.size, np.inf)
        state, _ = self._at(t)
        room: FloatArray = self.portion.binder.packing * (state.h - state.H)
        return room / self.crossing.web.moving

    def share(self, t: float) -> FloatArray:
        web = self.crossing.web
        share: FloatArray = self._at(t)[0].H / (web.film.solids_volume - web.moving)
        return share

    def dispersivity(self) -> float:
        return self.options.dispersion * self.crossing.web.film.grain
