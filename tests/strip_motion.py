"""Prescribed motions of a film beside its edge, for the tests of its binder transport."""

from dataclasses import dataclass, replace

import numpy as np

Array = np.ndarray


def parabola(xi: Array) -> Array:
    """Velocity of a film that levels, mean 1."""
    return 3 * (xi - xi**2 / 2)


@dataclass(frozen=True)
class Even:
    """Font's limit in units of h_0 and h_0/E, the same at every position."""

    y: Array
    xi: Array
    peclet: float
    grains: float = 0.3

    def of(self, columns: slice) -> "Even":
        return replace(self, y=self.y[columns])

    def height(self, t: float) -> Array:
        return np.full(self.y.size, 1 - t)

    def solution(self, t: float) -> Array:
        return (self.height(t) - self.grains)[:, None]

    def solids(self, t: float) -> Array:
        return self.grains * self.share(t)[:, None]

    def lateral(self, t: float) -> Array:
        return np.zeros((self.y.size - 1, self.xi.size))

    def diffusivity(self, t: float) -> Array:
        return (self.solution(t) / self.height(t)[:, None]) ** 1.5 / self.peclet

    def capacity(self, t: float) -> Array:
        return np.full((self.y.size, 1), np.inf)

    def share(self, t: float) -> Array:
        return np.ones(self.y.size)

    def dispersivity(self) -> float:
        return 0.0


@dataclass(frozen=True)
class Waved(Even):
    """A film of width 1 with a wave that flattens while it dries and flows to the right."""

    flow: float = 0.2
    room: float = np.inf
    dispersion: float = 0.0

    def height(self, t: float) -> Array:
        return 1 - 0.3 * t + 0.15 * (1 - 0.5 * t) * np.cos(np.pi * self.y)

    def lateral(self, t: float) -> Array:
        middle = 0.5 * (self.y[1:] + self.y[:-1])
        return self.flow * (1 + t) * np.outer(np.sin(np.pi * middle), parabola(self.xi))

    def diffusivity(self, t: float) -> Array:
        return np.full((self.y.size, 1), 1 / self.peclet)

    def capacity(self, t: float) -> Array:
        return self.room * self.solution(t)

    def dispersivity(self) -> float:
        return self.dispersion
