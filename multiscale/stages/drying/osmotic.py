"""Newton's method for one implicit stage of binder that takes room, gels and adsorbs.

Binder per volume of solution c fills the share theta = (lambda c + g + a)/capacity of the room that
it has. The flux (`crowding`) is nearly linear in the osmotic pressure theta/(1 - theta), and theta
stays below 1 at any of it: steps are taken in that pressure. g and a are functions of the c at the
end of the stage. Beside gel that fills its room c is small; a guess below 0 would turn the flux
around, and is not taken where the stage starts with nothing below 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.record import FloatArray

CONVERGED = 1e-5  # relative step of the osmotic pressure and of c; Newton leaves its square
ROUNDING = 1e-11  # of theta, where binder is packed that densely
HALVINGS = 60
LOWERED = 0.9  # of c, the most that a step takes from it where it must not become negative
NEGATIVE = 1e-9  # of the largest c, below which a negative c is rounding
FULL = 0.5  # of the room, beyond which a stage without solution is put down to packed binder


@dataclass(frozen=True)
class Held:
    """Binder that has set at some c.

    Attributes:
        gelled, adsorbed: kg/m^2.
        gelling, adsorbing: their derivatives by c, m.
    """

    gelled: FloatArray
    gelling: FloatArray
    adsorbed: FloatArray
    adsorbing: FloatArray

    @property
    def total(self) -> FloatArray:
        """All that has set, kg/m^2."""
        return self.gelled + self.adsorbed

    @property
    def slope(self) -> FloatArray:
        """Its derivative by c, m."""
        return self.gelling + self.adsorbing

    def along(self, step: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give gelled and adsorbed along the tangent, after a step of c."""
        return self.gelled + self.gelling * step, self.adsorbed + self.adsorbing * step


# c, what is held at it, theta and dtheta/dc -> Newton's step in c.
Direction = Callable[[FloatArray, Held, FloatArray, FloatArray], FloatArray]


def alone(done: bool, finite: bool) -> bool | None:
    """Judge a step on one rank: done, not yet, or None where it is no number."""
    return done if finite else None


def solve_osmotic(
    c: FloatArray,
    liquid: FloatArray,
    capacity: FloatArray,
    holds: Callable[[FloatArray], Held],
    direction: Direction,
    most: int,
    scale: float,
    agree: Callable[[bool, bool], bool | None] = alone,
    linear: bool = False,
    bounded: bool = False,
) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Find c, gelled and adsorbed at the end of a stage; None where there is no solution.

    What has set is given on the tangent that the last step solved, so that the sum of all binder is
    exact.

    Args:
        c: first guess, kg/m^3.
        liquid: lambda, m.
        capacity: most binder that fits, kg/m^2; infinite where it takes no room.
        holds: what has set at some c.
        direction: Newton's step of the stage's equations.
        most: iterations.
        scale: of c, kg/m^3.
        agree: verdict of all ranks.
        linear: whether the first step is exact.
        bounded: whether no binder in solution is negative at the start of the stage.
    """
    c = within(np.zeros_like(c), c, liquid, capacity, holds)
    for _ in range(most):
        held = holds(c)
        per_c = (liquid + held.slope) / capacity
        theta = (liquid * c + held.total) / capacity
        step = direction(c, held, theta, per_c)
        rise = per_c * step
        close = np.abs(rise) <= CONVERGED * (1 - theta) + ROUNDING
        still = linear or (close.all() and (np.abs(step) <= CONVERGED * scale).all())
        done = agree(bool(still), bool(np.isfinite(step).all()))
        if done is None:
            return None
        if done:
            return c + step, *held.along(step)
        step = np.where(close, step, osmotic_step(theta, rise, step))
        target = liquid * (c + step) + held.total + held.slope * step
        step = held_step(c, step, target, liquid, holds)
        if bounded:
            step = np.maximum(step, -LOWERED * np.maximum(c, 0.0))
        c = c + within(c, step, liquid, capacity, holds)
    return None


def osmotic_step(theta: FloatArray, rise: FloatArray, step: FloatArray) -> FloatArray:
    """Turn a Newton step in c into one in the osmotic pressure theta/(1 - theta).

    A step that would make the pressure negative is taken in theta itself.

    Args:
        theta: before the step.
        rise: of theta along the step's tangent.
        step: in c.
    """
    pressure = 1 / (1 - theta)
    reached = pressure * (1 + rise * pressure)
    share = (1 - 1 / np.maximum(reached, 1.0) - theta) / np.where(rise == 0, 1.0, rise)
    return np.where((reached > 1) & (rise != 0), share * step, step)


def held_step(
    c: FloatArray,
    step: FloatArray,
    target: FloatArray,
    liquid: FloatArray,
    holds: Callable[[FloatArray], Held],
) -> FloatArray:
    """Turn a step in c into one that leaves as much binder as its tangent says.

    Beyond the gel point far more binder goes with a rise of c than below it: a step across it that
    kept its length in c would miss by as much.

    Args:
        c: before the step.
        step: in c.
        target: all binder after it along the tangent, kg/m^2.
        liquid, holds: as of `solve_osmotic`.
    """
    ahead = c + step
    held = holds(ahead)
    return step + (target - liquid * ahead - held.total) / (liquid + held.slope)


def within(
    c: FloatArray,
    step: FloatArray,
    liquid: FloatArray,
    capacity: FloatArray,
    holds: Callable[[FloatArray], Held],
) -> FloatArray:
    """Halve the steps at nodes that setting binder would fill beyond their room."""
    if not np.isfinite(capacity).any():
        return step
    for _ in range(HALVINGS):
        full = liquid * (c + step) + holds(c + step).total >= capacity
        if not full.any():
            break
        step = np.where(full, 0.5 * step, step)
    return step


def positive(values: FloatArray) -> bool:
    """Tell whether nothing is negative, but for rounding."""
    return bool(values.min() >= -NEGATIVE * np.abs(values).max())


def no_solution(where: str, t: float, filled: float, steps: str) -> StageFailed:
    """Say why a stage has no solution.

    Args:
        where: what part of the film.
        t: end of the stage, s.
        filled: largest theta at its start.
        steps: option that sets the time steps.
    """
    said = f"binder transport {where} finds no solution at {t:.4g} s of drying"
    if filled < FULL:
        return StageFailed(f"{said}; raise {steps}")
    return StageFailed(
        f"{said}: it fills {min(filled, 1):.2f} of its room at the surface and hardly spreads from "
        "there; raise drying.dispersion or drying.diffusivity_factor"
    )
