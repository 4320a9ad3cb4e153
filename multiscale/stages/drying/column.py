"""What the film's solids and liquid do through its thickness, for whatever the liquid carries.

The balance of heat and solvent gives how much there is; the layers give how it is shared out. On
xi = z/h with h phi the thickness density of the solids and lambda that of the solution:

    h phi = H_s s(xi, t)                        s, l: shares with a mean of 1
    lambda = h - h phi                          while the pores are full
    lambda = L(t) l(xi, t)                      once they empty

so that both add up to what the balance says at every time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multiscale.fem.interval import graded_points
from multiscale.records.record import FloatArray
from multiscale.stages.drying.binding import nodal_weights
from multiscale.stages.drying.history import History


@dataclass(frozen=True)
class Shares:
    """Shares with a mean of 1 through the thickness, linear between times.

    Attributes:
        times: s, increasing.
        values: at the nodes, shape (times, nodes).
    """

    times: FloatArray
    values: FloatArray

    def at(self, t: FloatArray) -> FloatArray:
        """Give the shares at times t (s), held before the first and after the last."""
        t = np.clip(t, self.times[0], self.times[-1])
        k = np.clip(np.searchsorted(self.times, t) - 1, 0, max(self.times.size - 2, 0))
        if self.times.size == 1:
            return self.values[np.zeros(t.size, int)]
        part = ((t - self.times[k]) / (self.times[k + 1] - self.times[k]))[:, None]
        result: FloatArray = (1 - part) * self.values[k] + part * self.values[k + 1]
        return result


@dataclass(frozen=True)
class Column:
    """Solids and liquid through the thickness over time.

    Attributes:
        history: balance of heat and solvent.
        xi: nodes, 0 at the foil, 1 at the surface.
        moving: volume of the binder that the liquid carries, m; it counts as solution.
        entry: time at which air enters the pores and shrinkage ends, s.
        solids_share: of h phi.
        liquid_share: of lambda, once the pores empty.
    """

    history: History
    xi: FloatArray
    moving: float
    entry: float
    solids_share: Shares
    liquid_share: Shares

    def mean(self, values: FloatArray) -> FloatArray:
        """Give the mean over the thickness of values at the nodes, shape (..., nodes)."""
        return np.asarray(values @ nodal_weights(self.xi))

    def height(self, t: FloatArray) -> FloatArray:
        """Give h, m."""
        return self.history.film.height(self.history.state(t)[0])

    def temperature(self, t: FloatArray) -> FloatArray:
        """Give T, K."""
        return self.history.state(t)[1]

    def thickness_of_solution(self, t: FloatArray) -> FloatArray:
        """Give L, the integral of lambda, m."""
        return self.history.state(t)[0] / self.history.film.liquid_density + self.moving

    def solids_density(self, t: FloatArray) -> FloatArray:
        """Give h phi, the thickness density of what does not move with the liquid, m."""
        film = self.history.film
        return (film.solids_volume - self.moving) * self.solids_share.at(t)

    def solids(self, t: FloatArray) -> FloatArray:
        """Give phi, the volume fraction of what does not move with the liquid."""
        return self.solids_density(t) / self.height(t)[:, None]

    def solution(self, t: FloatArray) -> FloatArray:
        """Give lambda, the thickness density of solvent and of the binder in it, m."""
        full = self.height(t)[:, None] - self.solids_density(t)
        emptied = self.thickness_of_solution(t)[:, None] * self.liquid_share.at(t)
        return np.where((t < self.entry)[:, None], full, emptied)

    def saturation(self, t: FloatArray) -> FloatArray:
        """Give S, the share of the pores beside the solids that the solution fills."""
        return self.solution(t) / (self.height(t)[:, None] - self.solids_density(t))


def uniform_column(history: History, moving: float, cells: int) -> Column:
    """Give the column whose solids and liquid are spread evenly.

    Args:
        history: balance of heat and solvent; its first watched content ends shrinkage.
        moving: volume of the binder that the liquid carries, m.
        cells: through the thickness.
    """
    xi = graded_points(cells)
    even = Shares(np.zeros(1), np.ones((1, xi.size)))
    return Column(history, xi, moving, history.passage(0), even, even)
