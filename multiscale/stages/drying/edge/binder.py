"""How one binder moves and sets in the strip, from its balances and the columns' layers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.binders import binding_of, gel_rate
from multiscale.stages.drying.binding import Binding, dissolve
from multiscale.stages.drying.edge import flow
from multiscale.stages.drying.edge.columns import ColumnLayers, Flags
from multiscale.stages.drying.edge.crossing import Crossing
from multiscale.stages.drying.edge.exchange import fluxes
from multiscale.stages.drying.edge.interior import Interior
from multiscale.stages.drying.edge.options import Film2D
from multiscale.stages.drying.edge.web import State
from multiscale.stages.drying.setup import Portion, diffusivity


@dataclass(frozen=True)
class _Moment:
    """What the film is at one time.

    Attributes:
        t: s.
        whole: state of the balances, all columns.
        state: of some of the columns.
        interior: of these.
        thinning: viscosity of the solvent over that at 25 degC, all columns.
    """

    t: float
    whole: State
    state: State
    interior: Interior
    thinning: FloatArray

    @cached_property
    def solids(self) -> FloatArray:
        """Thickness density of the solids over the layers, m."""
        return self.interior.solids(self.t, self.state)

    @cached_property
    def solution(self) -> FloatArray:
        """Thickness density of the solution over the layers, m."""
        return self.interior.solution(self.t, self.state)


@dataclass
class BinderMotion:
    """What the film does to one binder; implements `Motion`.

    A column whose liquid rests keeps its binder where it is. It comes to rest between two steps: a
    kink within one would let the binder swing back. Its last step ends with the solution that it
    has when its liquid does rest, somewhat earlier or later.

    Attributes:
        crossing: balances across the web.
        interior: solids and liquid of the columns that are asked for.
        layers: of the thickness.
        portion: the binder.
        options: dryer and model.
        steps: time steps, s.
        columns: that are asked for, of all.
    """

    crossing: Crossing
    interior: Interior
    layers: ColumnLayers
    portion: Portion
    options: Film2D
    steps: FloatArray
    columns: slice = slice(None)
    _moments: dict[float, _Moment] = field(init=False, default_factory=dict)

    def of(self, columns: slice) -> BinderMotion:
        """Give the same for some of the columns."""
        return replace(self, interior=self.interior.of(columns), columns=columns)

    @cached_property
    def _last(self) -> tuple[FloatArray, FloatArray]:
        """Begin and end of each column's last step, s: it ends nearest to when its liquid rests."""
        k = np.abs(self.interior.rests[:, None] - self.steps[1:]).argmin(axis=1)
        return self.steps[k], self.steps[k + 1]

    @cached_property
    def _resting(self) -> FloatArray:
        """Thickness density of each column's solution once its liquid rests, m."""
        return self._each(self.interior.rests)

    @cached_property
    def _later(self) -> FloatArray:
        """What that is above the solution at the end of the last step, m."""
        return self._resting - self._each(self._last[1])

    def _each(self, times: FloatArray) -> FloatArray:
        """Give the solution of each column at a time of its own."""
        return self.interior.solution(times, self._state(times))

    def _state(self, times: FloatArray) -> State:
        """Give the state of each column at a time of its own."""
        column = np.arange(self.crossing.web.y.size)[self.columns]
        return self.crossing.state(times).of((np.arange(times.size), column))

    @cached_property
    def _room(self) -> FloatArray:
        """Room beside the solids at the end of each column's last step, m."""
        state = self._state(self._last[1])
        return state.h[:, None] - self.interior.solids(self._last[1], state)

    def _at(self, t: float) -> _Moment:
        # A step asks for its start, its middle and its end, several times each.
        if t not in self._moments:
            whole = self.crossing.state(t)
            thinning = self.crossing.thinning(t, whole.T)
            while len(self._moments) > 2:
                self._moments.pop(next(iter(self._moments)))
            mine = whole.of(self.columns)
            self._moments[t] = _Moment(t, whole, mine, self.interior, thinning)
        return self._moments[t]

    def _flows(self, t: float) -> Flags:
        return self._last[1] >= t * (1 - 1e-12)

    def height(self, t: float) -> FloatArray:
        return self._at(t).state.h

    def solution(self, t: float) -> FloatArray:
        begin, end = self._last
        part = np.clip((t - begin) / (end - begin), 0.0, 1.0)[:, None]
        flowing = self._at(t).solution + part * self._later
        return np.where(self._flows(t)[:, None], flowing, self._resting)

    def solids(self, t: float) -> FloatArray:
        return self._at(t).solids

    def lateral(self, t: float) -> FloatArray:
        """Slurry moves as a Bingham film; liquid leaves each layer by what there is of it."""
        at, web = self._at(t), self.crossing.web
        state, every = at.state, fluxes(web, at.whole, at.thinning)
        start, stop, _ = self.columns.indices(web.y.size)
        Q, yielded, q = (v[start : stop - 1] for v in (every.Q, every.yielded, every.q))
        weight = self.layers.weight[:, 0]
        share = (at.solution / state.L[:, None]).T
        profile = flow.levelling_profile(self.layers.xi, weight, yielded)
        levelled = profile * flow.upwind(Q, share).T
        levelled = levelled / (levelled @ weight)[:, None]
        slurry = Q * flow.upwind(Q, state.L / state.h)
        F = slurry[:, None] * levelled + (q * flow.upwind(q, share)).T
        flows = self._flows(t)
        return np.where((flows[1:] & flows[:-1])[:, None], F, 0.0)

    def diffusivity(self, t: float) -> FloatArray:
        at, options = self._at(t), self.options
        solvent = self.crossing.web.film.solvent
        D = diffusivity(self.portion.binder, solvent, options.diffusivity_factor, at.state.T)
        phi_l = self.solution(t) / at.state.h[:, None]
        return (D * self._flows(t))[:, None] * phi_l ** (1 + options.tortuosity_exponent)

    def capacity(self, t: float) -> FloatArray:
        at = self._at(t)
        if self.portion.mobile_mass == 0:
            return np.full((at.state.h.size, 1), np.inf)
        # What the balances still move across the web finds resting binder where it was.
        room = np.where(self._flows(t)[:, None], at.state.h[:, None] - at.solids, self._room)
        return self.portion.binder.packing * room / self.crossing.web.moving

    def share(self, t: float) -> FloatArray:
        web = self.crossing.web
        share: FloatArray = self._at(t).state.H / (web.film.solids_volume - web.moving)
        return share

    def dispersivity(self) -> float:
        return self.options.dispersion * self.crossing.web.film.grain

    def binding(self) -> Binding:
        """Give how the binder sets beside the solids of the middle of the web."""
        film, b = self.crossing.web.film, self.portion.binder

        def rate(t: float) -> FloatArray:
            return gel_rate(b, self._at(t).state.T, self.options)

        return binding_of(film, self.portion, self.layers.xi, rate, self.options)

    def dissolved(self, binding: Binding) -> FloatArray:
        """Give c of each column at the entry, per layer, what adsorbs being at equilibrium."""
        share, L = self.share(0.0), self._at(0.0).state.L
        solids, foil = 0.0, 0.0
        if binding.room is not None:
            solids = float(binding.room[-1])
            foil = float(self.layers.weight[:, 0] @ (binding.room - solids))
        c = [
            dissolve(float(s), float(l), s * solids + foil, binding.affinity)
            for s, l in zip(share, L, strict=True)
        ]
        return np.repeat(np.array(c)[:, None], self.layers.xi.size, axis=1)
