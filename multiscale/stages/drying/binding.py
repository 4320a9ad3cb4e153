"""Binder that leaves the solution and stays where it is in the solids: gelled or adsorbed.

    dg/dt = k_g lambda (c - c_g)_+                 gel, per area and xi
    da/dt = k_d [K c (M - a) - a]                  Langmuir, M = Gamma_max times the surface there

Both are local: within an implicit stage g and a are functions of the c that the stage ends with.
A solution near its gel point hardly lets its chains pass:

    D/D_dilute = max(1 - c/c_g, floor)^s
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from multiscale.records.record import FloatArray

FLOOR = 0.01  # share of the diffusivity that a gel leaves to the chains that are still free

Rate = Callable[[float], float]


def none(t: float) -> float:
    """Give a rate of 0 at every time."""
    return 0.0


@dataclass(frozen=True)
class Binding:
    """How one binder sets.

    Attributes:
        gel_concentration: c_g, per volume of solution, kg/m^3.
        gel_rate: k_g at time t, 1/s.
        slowing: exponent s of the diffusivity's fall towards the gel point; 0: none.
        affinity: K of the isotherm, m^3/kg.
        exchange: k_d, 1/s.
        room: M at the nodes, kg/m^2; None: nothing adsorbs.
    """

    gel_concentration: float = np.inf
    gel_rate: Rate = none
    slowing: float = 0.0
    affinity: float = 0.0
    exchange: float = 0.0
    room: FloatArray | None = None

    def gelled(
        self, t: float, tau: float, c: FloatArray, liquid: FloatArray, before: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Give g after a stage of length tau, and its derivative by c.

        Args:
            t: end of the stage, s.
            tau: its length, s.
            c: at its end, kg/m^3.
            liquid: lambda at its end, m.
            before: g at its start, kg/m^2.
        """
        pace = tau * self.gel_rate(t) * liquid
        over = c - self.gel_concentration
        return before + pace * np.maximum(over, 0.0), pace * (over > 0)

    def adsorbed(
        self, tau: float, c: FloatArray, before: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Give a after a stage of length tau, and its derivative by c; arguments as `gelled`."""
        if self.room is None:
            return before, np.zeros_like(before)
        pace = tau * self.exchange
        weight = 1 + pace * (1 + self.affinity * c)
        a = (before + pace * self.affinity * c * self.room) / weight
        return a, pace * self.affinity * (self.room - a) / weight

    def equilibrium(self, c: FloatArray) -> FloatArray:
        """Give a where it no longer changes, Langmuir's isotherm M K c/(1 + K c), kg/m^2."""
        if self.room is None:
            return np.zeros_like(c)
        return np.asarray(self.room * self.affinity * c / (1 + self.affinity * c))

    def dissolve(self, total: FloatArray, liquid: FloatArray) -> FloatArray:
        """Share out binder between solution and surface at equilibrium, give c.

        The positive root of lambda c + M K c/(1 + K c) = total.

        Args:
            total: binder per area and xi, kg/m^2.
            liquid: lambda, m.
        """
        if self.room is None or self.affinity == 0:
            return total / liquid
        K = self.affinity
        half = 0.5 * (liquid + K * (self.room - total))
        # The form without a difference of near numbers, as half may be of either sign.
        root = np.sqrt(half**2 + K * liquid * total)
        return np.where(
            half > 0, total / np.maximum(root + half, 1e-300), (root - half) / (K * liquid)
        )

    def freedom(self, c: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give D over that of a dilute solution, and its derivative by c."""
        if self.slowing == 0:
            return np.ones_like(c), np.zeros_like(c)
        left = 1 - np.maximum(c, 0.0) / self.gel_concentration
        free = np.maximum(left, FLOOR)
        value = free**self.slowing
        fall = -self.slowing * value / free / self.gel_concentration
        return value, np.where((left > FLOOR) & (c > 0), fall, 0.0)


def follow(xi: FloatArray, before: FloatArray, solids: FloatArray, moved: FloatArray) -> FloatArray:
    """Carry what is bound to the solids along with them over the fixed nodes.

    Each grain keeps its place in the order of the solids: below it lies the same share of them. The
    cumulative mass is interpolated over that share, so that mass is kept exactly.

    Args:
        xi: nodes.
        before: binder per area and xi bound there, kg/m^2.
        solids: thickness density of the solids before, m.
        moved: after, m.
    """
    if np.array_equal(solids, moved):
        return before
    weight = nodal_weights(xi)
    below, below_moved, mass = (
        np.concatenate([[0.0], np.cumsum(weight * f)]) for f in (solids, moved, before)
    )
    found = np.interp(below_moved / below_moved[-1], below / below[-1], mass)
    return np.asarray(np.diff(found) / weight)


def nodal_weights(xi: FloatArray) -> FloatArray:
    """Give the share of each node in an integral of a piecewise linear field."""
    width = np.diff(xi)
    return 0.5 * (np.append(width, 0.0) + np.append(0.0, width))
