"""Binder that leaves the solution and stays where it is in the solids: gelled or adsorbed.

    dg/dt = k_g lambda [c - (c_g - c_b)_+]_+       gel, per area and xi
    da/dt = k_d [K c (M - a) - a]                  Langmuir, M = Gamma_max times the surface there

c_b = B/lambda is polymer that never moves but swells in the same liquid: it counts towards the gel
point. Both laws are local: within an implicit stage g and a are functions of the c that it ends
with. A solution near its gel point hardly lets its chains pass, with q smooth and positive:

    D/D_dilute = q(1 - (c + c_b)/c_g)
    q(x) = floor + (1 - floor) [x + sqrt(x^2 + 4 floor^2)]/2
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from multiscale.records.record import FloatArray

FULLEST = 0.999  # share of its room that what has set may fill
FLOOR = 0.01  # share of the diffusivity that a gel leaves to the chains that are still free

Rate = Callable[[float], FloatArray | float]


def none(t: float) -> float:
    """Give a rate of 0 at every time."""
    return 0.0


@dataclass(frozen=True)
class Binding:
    """How one binder sets.

    Attributes:
        gel_concentration: c_g, per volume of solution, kg/m^3.
        gel_rate: k_g at time t, 1/s.
        affinity: K of the isotherm, m^3/kg.
        exchange: k_d, 1/s.
        room: M at the nodes, kg/m^2; None: nothing adsorbs.
        slows: whether D falls towards the gel point.
        bound: B, polymer that never moves, per area and xi, kg/m^2.
    """

    gel_concentration: float = np.inf
    gel_rate: Rate = none
    affinity: float = 0.0
    exchange: float = 0.0
    room: FloatArray | None = None
    slows: bool = True
    bound: float = 0.0

    def onset(self, liquid: FloatArray) -> FloatArray:
        """Give the c at which the solution gels, (c_g - c_b)_+, kg/m^3."""
        return np.maximum(self.gel_concentration - self.bound / liquid, 0.0)

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
        over = c - self.onset(liquid)
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

    def freedom(self, c: FloatArray, liquid: FloatArray) -> FloatArray:
        """Give D over that of a dilute solution, q.

        Args:
            c: kg/m^3.
            liquid: lambda at the same places, m.
        """
        if not self.slows or not np.isfinite(self.gel_concentration):
            return np.ones_like(c)
        x = 1 - (c + self.bound / liquid) / self.gel_concentration
        root = np.sqrt(x**2 + 4 * FLOOR**2)
        return np.asarray(FLOOR + (1 - FLOOR) * 0.5 * (x + root))


def dissolve(total: float, liquid: float, room: float, affinity: float) -> float:
    """Share out binder between solution and surface at equilibrium, give c.

    The positive root of lambda c + M K c/(1 + K c) = total.

    Args:
        total: binder per area and xi, kg/m^2.
        liquid: lambda, m.
        room: M, kg/m^2.
        affinity: K, m^3/kg.
    """
    half = 0.5 * (liquid + affinity * (room - total))
    root = math.sqrt(half**2 + affinity * liquid * total)
    # The form without a difference of near numbers: half may be of either sign.
    return total / (root + half) if half > 0 else (root - half) / (affinity * liquid)


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


def press(weight: FloatArray, gelled: FloatArray, room: FloatArray) -> FloatArray:
    """Press gel that no longer has room into the layers below, and from the foil up again.

    The solids take room from gel that lies between them when they pack. Mass is kept.

    Args:
        weight: share of each layer in an integral over xi.
        gelled: kg/m^2, shape (..., layers).
        room: what has room in each layer, kg/m^2.
    """
    if (gelled <= room).all():
        return gelled
    settled = _pass_on(weight[::-1], gelled[..., ::-1], room[..., ::-1])[..., ::-1]
    return _pass_on(weight, settled, room)


def _pass_on(weight: FloatArray, held: FloatArray, room: FloatArray) -> FloatArray:
    """Let each layer hand what it cannot hold to the next; the last one keeps it.

    The mass handed on is D_i = max(D_(i-1) + d_i, 0) with the excess d_i of a layer, which is the
    sum of d above its least value so far.
    """
    total = np.cumsum(weight * (held - room), axis=-1)
    handed = total - np.minimum(np.minimum.accumulate(total, axis=-1), 0.0)
    handed[..., -1] = 0.0
    return np.asarray(held - np.diff(handed, axis=-1, prepend=0.0) / weight)


def nodal_weights(xi: FloatArray) -> FloatArray:
    """Give the share of each node in an integral of a piecewise linear field."""
    width = np.diff(xi)
    return 0.5 * (np.append(width, 0.0) + np.append(0.0, width))
