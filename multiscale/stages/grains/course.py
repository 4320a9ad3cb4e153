"""The course of the film over time, as the film model hands it down, in units of the particles.

The solids of a film that shrinks alike at all heights move with z (dh/dt)/h. As it warms, its
liquid thins, mu(T)/mu(T_0), and pulls less, sigma(T)/sigma(T_0), than that of the film that enters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import StageFailed
from multiscale.materials.solvent import Solvent
from multiscale.records import DryCoating, FloatArray


@dataclass(frozen=True)
class Course:
    """The film over time; lengths in units of `unit`, times in s.

    Attributes:
        unit: radius of a sphere of carbon-binder domain, m.
        time: shape (n,).
        height: of the film, shape (n,).
        thinning: viscosity of the liquid over that at the entry, shape (n,).
        slackening: its surface tension over that at the entry, shape (n,).
        spread: diffusivity of each binder in the film, unit^2/s, shape (binder, n).
        shrinkage_end: s.
    """

    unit: float
    time: FloatArray
    height: FloatArray
    thinning: FloatArray
    slackening: FloatArray
    spread: FloatArray
    shrinkage_end: float

    def at(self, t: float) -> float:
        """Give the height at a time."""
        return float(np.interp(t, self.time, self.height))

    def warmth(self, t: float) -> tuple[float, float]:
        """Give viscosity and surface tension at a time over those at the entry."""
        mu, sigma = (np.interp(t, self.time, row) for row in (self.thinning, self.slackening))
        return float(mu), float(sigma)

    @property
    def shrinks(self) -> NDArray[np.bool_]:
        """Tell which times lie before the end of shrinkage."""
        return self.time <= self.shrinkage_end

    def peclet(self) -> FloatArray:
        """Give E h/K of each binder, means over the shrinkage, shape (binder,)."""
        t = np.linspace(0.0, self.shrinkage_end, 200)
        K = np.array([np.trapezoid(np.interp(t, self.time, row), t) for row in self.spread])
        h = np.interp(t, self.time, self.height)
        return np.asarray((h[0] - h[-1]) * h.mean() / np.maximum(K, 1e-300))


def course_of(coating: DryCoating, liquid: Solvent, unit: float) -> Course:
    """Take the course from the record.

    Args:
        coating: the film model's result.
        liquid: of the film.
        unit: of length, m.

    Raises:
        StageFailed: the film does not shrink.
    """
    if not coating.height[0] > coating.height[-1]:
        raise StageFailed(
            f"the film is {1e6 * coating.height[0]:.3g} um high before and "
            f"{1e6 * coating.height[-1]:.3g} um after drying: it does not shrink; check [drying]"
        )
    end = coating.shrinkage_end
    time = np.union1d(coating.time, [end])  # the height has a kink there
    height = np.interp(time, coating.time, coating.height)
    height[time >= end] = coating.height[-1]
    spread = np.array([np.interp(time, coating.time, row) for row in coating.binder_spread])
    T = np.interp(time, coating.time, coating.film_temperature)
    mu, sigma = (
        np.array([of(float(at)) for at in T]) for of in (liquid.viscosity, liquid.surface_tension)
    )
    return Course(unit, time, height / unit, mu / mu[0], sigma / sigma[0], spread / unit**2, end)
