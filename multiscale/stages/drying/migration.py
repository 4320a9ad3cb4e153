"""Binder carried and spread by the liquid of a drying film, in both drying periods.

On xi = z/h the binder per volume of solution c obeys [Font2018]

    d/dt (lambda c) + d/dxi (F c - kappa Z' dc/dxi) = -R,   kappa = D phi_l^(1+b)/h,

with the solution's thickness density lambda = h phi_l, zero flux at foil and surface, and R what
gels or adsorbs (`binding`). The solution's flow through the layers follows from its own balance,
d lambda/dt + dF/dxi = 0 with F = 0 at the foil: what leaves at the surface is solvent. Where the
solution is spread evenly, lambda = L(t), F = E xi with E = -dL/dt; L = h - h_s while the film
shrinks, L = eps S h while its pores empty evenly. F is taken from the nodal lambda of each stage: a
uniform concentration stays uniform to rounding. Mass is conserved because lambda c is what a step
hands on.

Flow between grains of diameter d disperses what it carries: kappa grows by the mechanical
dispersion of a packing, a d F/h with a = 1/2 at its axial Peclet number of 2 [Bear1972].

Binder resists packing: its osmotic compressibility Z' = 1/(1 - theta)^2 diverges where binder fills
all the room that it can, theta = binder/capacity = 1 [Routh2004]. Gelled and adsorbed binder takes
room as well: `crowding` has the flux. What has gelled is pressed on where the room shrinks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.binder_step import GAMMA, Discrete, Stage, State
from multiscale.stages.drying.binding import Binding
from multiscale.stages.drying.osmotic import no_solution

TimeFunction = Callable[[FloatArray], FloatArray]
Source = Callable[[float, FloatArray], FloatArray]


@dataclass(frozen=True)
class Profile:
    """Binder over xi, at the nodes of a piecewise linear field.

    Attributes:
        xi: nodes, 0 at the foil, 1 at the surface.
        c: binder per volume of solution, kg/m^3.
        N: binder in solution per area and xi, lambda c, kg/m^2.
        gelled, adsorbed: binder that has set, per area and xi, kg/m^2.
        gel_point: time at which the solution first reaches its gel concentration anywhere, s; the
            last time where it does not.
        setting: time at which 99 % of the binder has set, s; the last time where it has not.
        times: steps, s.
        course: binder per area and xi after each of them, kg/m^2, shape (times, nodes).
    """

    xi: FloatArray
    c: FloatArray
    N: FloatArray
    gelled: FloatArray
    adsorbed: FloatArray
    gel_point: float
    setting: float
    times: FloatArray
    course: FloatArray

    @property
    def total(self) -> FloatArray:
        """Binder per area and xi, kg/m^2."""
        return self.N + self.gelled + self.adsorbed

    def mass(self) -> float:
        """Binder per area, kg/m^2; exact for the piecewise linear field."""
        return float(np.trapezoid(self.total, self.xi))


def migrate(
    times: FloatArray,
    liquid: TimeFunction,
    kappa: TimeFunction,
    c: float | FloatArray,
    cells: int,
    capacity: TimeFunction | None = None,
    dispersivity: TimeFunction | None = None,
    source: Source | None = None,
    report: Callable[[float], None] | None = None,
    binding: Binding | None = None,
    solids: TimeFunction | None = None,
) -> Profile:
    """Solve the binder transport from the first to the last time.

    A function of time gives one number per time or one per time and place: at the nodes, kappa and
    dispersivity in the cells.

    Args:
        times: time steps, s.
        liquid: thickness density lambda of the solution, m.
        kappa: D phi_l^(1+b)/h, m/s, of dilute binder.
        c: initial binder per volume of solution, kg/m^3, uniform or at the nodes; what adsorbs is
            at equilibrium with it.
        cells: cells through the thickness.
        capacity: most binder that fits, per area and xi, kg/m^2; by default binder takes no room.
        dispersivity: a d/h, 1; kappa rises by it times the flow; none by default.
        source: rate of lambda c at (t, xi), of a manufactured solution.
        report: told the fraction done, now and then.
        binding: how it gels and adsorbs; by default it does not.
        solids: thickness density h phi of the solids, m, which carry what is bound to them; by
            default they keep their places on xi.

    Raises:
        StageFailed: a step finds no solution.
    """
    film = Discrete(cells, binding or Binding())
    xi, bound = film.xi, film.binding
    dt = np.diff(times)
    t_mid, t_new = times[:-1] + GAMMA * dt, times[1:]
    lam_old, lam_mid, lam_new = (_nodal(liquid(t), xi) for t in (times[:-1], t_mid, t_new))
    # Rates from lambda itself: a uniform concentration then rises exactly as the liquid shrinks.
    rate_mid = (lam_mid - lam_old) / (GAMMA * dt)[:, None]
    rate_new = (lam_new - lam_old) / (GAMMA * dt)[:, None] - (1 - GAMMA) / GAMMA * rate_mid
    mid, new = (
        _stages(t, GAMMA * dt, lam, film.flow(rate), kappa, capacity, dispersivity)
        for t, lam, rate in ((t_mid, lam_mid, rate_mid), (t_new, lam_new, rate_new))
    )
    placed = None if solids is None else _nodal(solids(times), xi)
    start = np.broadcast_to(np.asarray(c, float), xi.shape).copy()
    now = State(start, lam_old[0] * start, np.zeros(xi.size), bound.equilibrium(start))
    watch = _Watch(film.weight, bound, float(times[0]), now, lam_old[0])
    course = np.empty((times.size, xi.size))
    course[0] = now.total
    pace = np.zeros(xi.size)
    for n in range(dt.size):
        before, ahead = now, _second_order(film, now, mid[n], new[n], pace, source)
        now = ahead or _first_order(film, now, lam_old[n], new[n], source)
        pace = (now.c - before.c) / dt[n]
        if placed is not None:
            now = now.follow(xi, placed[n], placed[n + 1])
        course[n + 1] = now.total
        watch.see(float(t_new[n]), now, lam_new[n])
        if report and n % 50 == 0:
            report(n / dt.size)
    end = float(times[-1])
    return Profile(
        xi, now.c, now.N, now.gelled, now.adsorbed,
        end if watch.gel_point is None else watch.gel_point,
        end if watch.setting is None else watch.setting,
        times, course,
    )  # fmt: skip


def _second_order(
    film: Discrete, now: State, mid: Stage, new: Stage, pace: FloatArray, source: Source | None
) -> State | None:
    """Take a step of Alexander's SDIRK from the state now, whose c rises at `pace`.

    None where it finds no solution, or one that is negative beside layers full of gel: the last
    stage starts from an extrapolation, in which gel can have taken more than there was.
    """

    def made(at: Stage) -> FloatArray | float:
        return at.tau * source(at.t, film.xi) if source else 0.0

    half = film.stage(mid, now.plus(made(mid)), now.c + mid.tau * pace)
    if half is None:
        return None
    ahead = now.c + (half.c - now.c) / GAMMA
    after = film.stage(new, now.carried(half).plus(made(new)), ahead)
    return after if after is not None and after.possible(new) else None


def _first_order(
    film: Discrete, now: State, liquid: FloatArray, new: Stage, source: Source | None
) -> State:
    """Take a step of backward Euler, which makes nothing negative.

    Args:
        film: the forms.
        now: binder at the start of the step.
        liquid: lambda then, m.
        new: the last stage of the second-order step.
        source: as of `migrate`.

    Raises:
        StageFailed: it finds no solution.
    """
    dt = new.tau / GAMMA
    at = replace(new, tau=dt, flow=film.flow((new.liquid - liquid)[None] / dt)[0])
    after = film.stage(at, now.plus(dt * source(at.t, film.xi) if source else 0.0), now.c)
    if after is None:
        raise no_solution("in the film", at.t, float(now.filled(at).max()), "drying.steps")
    return after


class _Watch:
    """Locates when the solution gels and when the binder has set, linearly within a step."""

    def __init__(
        self, weight: FloatArray, binding: Binding, t: float, at: State, liquid: FloatArray
    ) -> None:
        self.weight, self.binding = weight, binding
        self.gel_point: float | None = None
        self.setting: float | None = None
        self.before = (t, *self._levels(at, liquid))
        self.see(t, at, liquid)

    def _levels(self, at: State, liquid: FloatArray) -> tuple[float, float]:
        free = float(self.weight @ at.N)
        bound = float(self.weight @ (at.gelled + at.adsorbed))
        over = (at.c + self.binding.bound / liquid) / self.binding.gel_concentration - 1
        return float(over.max()), bound / (free + bound) - 0.99

    def see(self, t: float, at: State, liquid: FloatArray) -> None:
        """Look at the state and the solution's thickness at time t (s)."""
        now = (t, *self._levels(at, liquid))
        if self.gel_point is None and now[1] >= 0:
            self.gel_point = self._crossing(now, 1)
        if self.setting is None and now[2] >= 0:
            self.setting = self._crossing(now, 2)
        self.before = now

    def _crossing(self, now: tuple[float, float, float], i: int) -> float:
        rise = now[i] - self.before[i]
        return now[0] - (now[0] - self.before[0]) * (now[i] / rise if rise > 0 else 0.0)


def _nodal(values: FloatArray, xi: FloatArray) -> FloatArray:
    """Spread one number per time over the nodes; shape (times, nodes)."""
    return np.broadcast_to(values if values.ndim == 2 else values[:, None], (len(values), xi.size))


def _stages(
    t: FloatArray,
    tau: FloatArray,
    liquid: FloatArray,
    flow: FloatArray,
    kappa: TimeFunction,
    capacity: TimeFunction | None,
    dispersivity: TimeFunction | None,
) -> list[Stage]:
    room = capacity(t) if capacity else np.full(t.size, np.inf)
    spread = dispersivity(t) if dispersivity else np.zeros(t.size)
    columns = (liquid, flow, kappa(t), room, spread)
    return [
        Stage(float(t[n]), float(tau[n]), *(np.asarray(column[n]) for column in columns))
        for n in range(t.size)
    ]


def cell_means(xi: FloatArray, values: FloatArray, edges: FloatArray) -> FloatArray:
    """Average a piecewise linear field over cells, exactly.

    Args:
        xi: nodes of the field.
        values: at the nodes.
        edges: ends of the cells, increasing, within xi.
    """
    nodes = np.union1d(xi, edges)
    v = np.interp(nodes, xi, values)
    integral = np.concatenate([[0.0], np.cumsum(0.5 * np.diff(nodes) * (v[1:] + v[:-1]))])
    result: Any = np.diff(np.interp(edges, nodes, integral)) / np.diff(edges)
    return result
