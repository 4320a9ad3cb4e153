"""The balances across the web at even times, for what each column does on its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge.crossing import Crossing

SAMPLES = 2001


@dataclass(frozen=True)
class Sampled:
    """States at even times, linear in between; shape (times, columns).

    Attributes:
        times: s.
        S, B, H: thickness of solvent, of mobile binder and of the solids that stay, m.
        thinning: viscosity of the solvent over that at 25 degC.
    """

    times: FloatArray
    S: FloatArray
    B: FloatArray
    H: FloatArray
    thinning: FloatArray

    @property
    def V(self) -> FloatArray:
        """Thickness of all solids, m."""
        return self.H + self.B

    @property
    def L(self) -> FloatArray:
        """Thickness of the solution, m."""
        return self.S + self.B

    def of(self, columns: slice) -> Sampled:
        """Give some of the columns."""
        S, B, H, thinning = (row[:, columns] for row in (self.S, self.B, self.H, self.thinning))
        return Sampled(self.times, S, B, H, thinning)

    def at(self, values: FloatArray, t: FloatArray) -> FloatArray:
        """Interpolate values to a time of its own in each column, s."""
        place = np.clip(t / self.times[1], 0, self.times.size - 1)
        k = np.minimum(place.astype(int), self.times.size - 2)
        part, column = place - k, np.arange(t.size)
        result: FloatArray = (1 - part) * values[k, column] + part * values[k + 1, column]
        return result


def sample(crossing: Crossing) -> Sampled:
    """Look at the balances at even times, entry and exit among them."""
    times = np.linspace(0, crossing.ends[-1], SAMPLES)
    state = crossing.state(times)
    return Sampled(times, state.S, state.B, state.H, crossing.thinning(times, state.T))


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
