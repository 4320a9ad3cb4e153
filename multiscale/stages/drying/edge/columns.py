"""Implicit steps through the thickness of many columns at once, each at its own time.

    dM(u)/dt + dG/dxi = source,  zero flux at foil and surface

This is what `layers.Layers` solves for one film, by the same Newton's method on the same sums over
layers, for columns that do not see each other. Arrays run over (layers, columns), so that the
fluxes of `consolidation` and `emptying` serve both. What becomes of a column depends neither on its
neighbours nor on the rank that computes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from multiscale.records.record import FloatArray
from multiscale.stages.drying.binding import nodal_weights
from multiscale.stages.drying.consolidation import SMALLEST_STEP
from multiscale.stages.drying.layers import (
    CONVERGED,
    ENOUGH,
    HALVINGS,
    MOST_ITERATIONS,
    RISES,
    Content,
    Flux,
)

Flags = NDArray[np.bool_]


class _System(NamedTuple):
    """Residual of a step and its three diagonals; `norm` is its largest part in each column."""

    residual: FloatArray
    lower: FloatArray
    main: FloatArray
    upper: FloatArray
    norm: FloatArray


class ColumnLayers:
    """The layers that all columns have in common.

    Args:
        xi: nodes, 0 at the foil, 1 at the surface.
    """

    def __init__(self, xi: FloatArray) -> None:
        self.xi = xi
        self.width = np.diff(xi)[:, None]
        self.middle = 0.5 * (xi[1:] + xi[:-1])[:, None]
        self.weight = nodal_weights(xi)[:, None]

    def mean(self, values: FloatArray) -> FloatArray:
        """Give the mean of each column."""
        found: FloatArray = (self.weight * values).sum(axis=0)
        return found

    def step(
        self,
        tau: FloatArray,
        before: FloatArray,
        u: FloatArray,
        content: Content,
        flux: Flux,
        source: FloatArray | float = 0.0,
        bounds: tuple[float, float] = (-np.inf, np.inf),
    ) -> FloatArray:
        """Give u after steps of lengths tau; NaN in columns where Newton's method fails.

        Arguments as of `layers.Layers.step`, tau of shape (columns,).
        """
        start = before + source
        scale = np.abs(u).max(axis=0)
        system = self._system(tau, start, u, content, flux)
        live, lost = np.ones(scale.size, bool), np.zeros(scale.size, bool)
        for _ in range(MOST_ITERATIONS):
            step = solve_tridiagonal(system)
            lost |= live & ~np.isfinite(step).all(axis=0)
            live &= ~lost
            step = np.where(live, step, 0.0)
            size, norm = np.abs(step).max(axis=0), system.norm
            for _ in range(HALVINGS):
                ahead = u + step
                inside = (bounds[0] < ahead.min(axis=0)) & (ahead.max(axis=0) < bounds[1])
                system = self._system(tau, start, np.where(inside, ahead, u), content, flux)
                good = inside & ((system.norm < RISES * norm) | (size <= ENOUGH * scale)) | ~live
                if good.all():
                    break
                step = np.where(good, step, 0.5 * step)
            lost |= ~good
            live &= good
            u = np.where(good, ahead, u)
            live &= (size > CONVERGED * scale) & ((size > ENOUGH * scale) | (system.norm > 0))
            if not live.any():
                break
        lost |= live & (size > ENOUGH * scale)
        return np.where(lost, np.nan, u)

    def _system(
        self, tau: FloatArray, start: FloatArray, u: FloatArray, content: Content, flux: Flux
    ) -> _System:
        """Assemble what the forms of kernels/film_layer.py assemble for one film."""
        M, m = content(u)
        G, left, right = flux(u)
        residual, main = self.weight * (start - M), self.weight * m
        residual[:-1] -= tau * G
        residual[1:] += tau * G
        main[:-1] += tau * left
        main[1:] -= tau * right
        norm = np.abs(residual / self.weight).max(axis=0)
        return _System(residual, -tau * left, main, tau * right, norm)


def solve_tridiagonal(system: _System) -> FloatArray:
    """Solve each column's three diagonals by Gauss's elimination, without pivots.

    The fluxes are monotone: what leaves a layer enters the next, and the diagonal is the largest.
    """
    x, main = system.residual.copy(), system.main.copy()
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for i in range(1, len(x)):
            share = system.lower[i - 1] / main[i - 1]
            main[i] -= share * system.upper[i - 1]
            x[i] -= share * x[i - 1]
        x[-1] /= main[-1]
        for i in range(len(x) - 2, -1, -1):
            x[i] = (x[i] - system.upper[i] * x[i + 1]) / main[i]
    return x


@dataclass(frozen=True)
class Marched:
    """What the layers of each column hold over its own times.

    Attributes:
        times: s, shape (rows, columns); rows repeat where a column waits for others.
        states: shape (rows, layers, columns).
        stopped: columns that reached what ends them.
        lost: columns in which no step was short enough.
    """

    times: FloatArray
    states: FloatArray
    stopped: Flags
    lost: Flags

    def of(self, columns: slice) -> Marched:
        """Give some of the columns."""
        times, states = self.times[:, columns], self.states[..., columns]
        return Marched(times, states, self.stopped[columns], self.lost[columns])

    def at(self, t: float | FloatArray) -> FloatArray:
        """Give the states at time t (s), one for all columns or one for each.

        Shape (layers, columns); held beyond both ends.
        """
        k = np.clip((self.times < t).sum(axis=0) - 1, 0, max(len(self.times) - 2, 0))
        column, after = np.arange(k.size), np.minimum(k + 1, len(self.times) - 1)
        first, last = self.times[k, column], self.times[after, column]
        part = np.clip((t - first) / np.maximum(last - first, 1e-300), 0.0, 1.0)
        low, high = self.states[k, :, column].T, self.states[after, :, column].T
        result: FloatArray = (1 - part) * low + part * high
        return result


# Times, lengths and states of all columns -> states after the steps, NaN where there are none.
Advance = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


def march(
    start: FloatArray,
    end: float,
    u: FloatArray,
    advance: Advance,
    margin: Callable[[FloatArray], FloatArray],
    longest: FloatArray,
    first: float,
    change: float,
    located: float,
) -> Marched:
    """Step each column until its margin rises to zero, or to the end.

    The rules are those of `consolidation.consolidate` and `emptying.empty`: a step that changes the
    state too much is halved, one that passes the margin is cut where its secant meets it.

    Args:
        start: of each column, s.
        end: s.
        u: states at the start, shape (layers, columns).
        advance: a step of all columns; a column that is done is asked for one of length 0.
        margin: of states; at zero a column stops.
        longest: longest steps, s, shape (columns,).
        first: first step over the longest.
        change: of the state that a step aims at.
        located: size of the margin that counts as zero.
    """
    t, tau, level = start.astype(float), first * longest, margin(u)
    stopped, lost = level >= -located, np.zeros(t.size, bool)
    times, states = [t], [u]
    while True:
        live = ~(stopped | lost) & (t < end - 1e-12 * abs(end))
        if not live.any():
            break
        tau = np.where(live, np.minimum(np.minimum(tau, longest), end - t), 0.0)
        ahead = advance(t, tau, u)
        moved = np.abs(ahead - u).max(axis=0)
        fits = moved <= 2 * change  # not where there is none
        beyond = np.where(fits, margin(np.where(fits, ahead, u)), 0.0)
        passes = fits & (beyond > located) & (tau > SMALLEST_STEP * longest)
        done = live & fits & ~passes
        u, t = np.where(done, ahead, u), np.where(done, t + tau, t)
        stopped |= done & (beyond >= -located)
        times.append(t)
        states.append(u)
        grown = np.minimum(2.0, 0.9 * change / np.maximum(moved, 1e-12))
        cut = np.clip(-level / np.maximum(beyond - level, 1e-300), 0.02, 0.98)
        level = np.where(done, beyond, level)
        tau = np.where(passes, cut, np.where(fits, grown, 0.5)) * tau
        lost |= live & ~fits & (tau < SMALLEST_STEP * longest)
    return Marched(np.array(times), np.array(states), stopped, lost)
