"""The course of the film over time, as the film model hands it down, in units of the particles.

    L = m/rho_l + V_m    thickness of the solution: solvent and the binder that moves in it

Binder in a film that shrinks alike at all heights follows d xi/dt = E xi/L on xi = z/h, E = -dL/dt,
so that at z = h xi the liquid carries it with

    u = z [E/L + (dh/dt)/h]

and the solids move with z (dh/dt)/h. Over a time step the rates are differences of logarithms: the
product of all steps is exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records import DryCoating, FloatArray, Formulation, WetFilm


@dataclass(frozen=True)
class Course:
    """The film over time; lengths in units of `unit`, times in s.

    Attributes:
        unit: radius of a sphere of carbon-binder domain, m.
        time: shape (n,).
        height: of the film, shape (n,).
        solution: thickness L of the solution, shape (n,).
        spread: diffusivity of each binder in the film, unit^2/s, shape (binder, n).
        dispersion: dispersivity of the flow between the grains.
        shrinkage_end: s.
        setting: time at which each binder stops moving, s, shape (binder,).
    """

    unit: float
    time: FloatArray
    height: FloatArray
    solution: FloatArray
    spread: FloatArray
    dispersion: float
    shrinkage_end: float
    setting: FloatArray

    def at(self, t: float) -> tuple[float, float]:
        """Give height and solution at a time."""
        h = float(np.interp(t, self.time, self.height))
        return h, float(np.interp(t, self.time, self.solution))

    def spread_at(self, t: float) -> FloatArray:
        """Give the diffusivity of each binder; 0 once it has set, shape (binder,)."""
        now = np.array([np.interp(t, self.time, row) for row in self.spread])
        return np.where(t < self.setting, now, 0.0)

    def peclet(self) -> FloatArray:
        """Give E h/K of each binder, means over the shrinkage, shape (binder,)."""
        t = np.linspace(0.0, self.shrinkage_end, 200)
        K = np.array([np.trapezoid(np.interp(t, self.time, row), t) for row in self.spread])
        h = np.interp(t, self.time, self.height)
        return np.asarray((h[0] - h[-1]) * h.mean() / np.maximum(K, 1e-300))


def course_of(formulation: Formulation, wet: WetFilm, coating: DryCoating, unit: float) -> Course:
    """Take the course from the records.

    Args:
        formulation: densities.
        wet: the masses that entered the dryer.
        coating: the film model's result.
        unit: of length, m.

    Raises:
        StageFailed: the film does not shrink.
    """
    moving = float(np.sum(coating.binder_mobile * wet.binder_mass / formulation.binder_density))
    if not coating.height[0] > coating.height[-1]:
        raise StageFailed(
            f"the film is {1e6 * coating.height[0]:.3g} um high before and "
            f"{1e6 * coating.height[-1]:.3g} um after drying: it does not shrink; check [drying]"
        )
    solution = coating.solvent_history / formulation.solvent_density + moving
    solution = np.maximum(solution, 1e-9 * coating.height)
    end = coating.shrinkage_end
    time = np.union1d(coating.time, [end])  # the height has a kink there
    height = np.interp(time, coating.time, coating.height)
    height[time >= end] = coating.height[-1]
    return Course(
        unit,
        time,
        height / unit,
        np.interp(time, coating.time, solution) / unit,
        np.array([np.interp(time, coating.time, row) for row in coating.binder_spread]) / unit**2,
        coating.dispersion_length / unit,
        end,
        np.maximum(coating.binder_setting, end),
    )


def rates(
    before: tuple[float, float], after: tuple[float, float], steps: float
) -> tuple[float, float, float]:
    """Give what carries solids and binder over some time steps, per step.

    Args:
        before, after: height and solution.
        steps: number of time steps between.

    Returns:
        (dh/dt)/h of the solids, E/L + (dh/dt)/h of the liquid, and E/L.
    """
    fall = math.log(after[0] / before[0]) / steps
    loss = math.log(before[1] / after[1]) / steps
    return fall, fall + loss, loss
