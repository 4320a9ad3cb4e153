"""From solves to values that a record may hold: bounds and extrapolation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from multiscale.errors import StageFailed
from multiscale.log import logger
from multiscale.records.record import FloatArray
from multiscale.stages.transport.bounds import ROUNDING, broken_by
from multiscale.stages.transport.options import Conductors

if TYPE_CHECKING:
    from multiscale.stages.transport.problem import Axis, Transport


def best(
    carrier: str, fraction: FloatArray, d: FloatArray, solved: list[Transport], options: Conductors
) -> list[Transport]:
    """The three axes, extrapolated to vanishing voxels where that makes sense.

    Raises:
        StageFailed: the solves themselves break a rigorous bound.
    """
    from multiscale.stages.transport.extrapolation import extrapolated

    check_bounds(carrier, fraction, d, solved)
    if not options.extrapolate:
        return solved
    return unless_broken(carrier, fraction, d, [extrapolated(t) for t in solved], solved)


def check_bounds(
    carrier: str, fraction: FloatArray, d: FloatArray, solved: list[Transport]
) -> None:
    """Refuse what no geometry can give.

    Args:
        carrier: for the message.
        fraction: volume fractions of the phases.
        d: their conductivities.
        solved: along the three axes.

    Raises:
        StageFailed: a rigorous bound is broken.
    """
    if problem := broken_bound(fraction, d, solved):
        raise StageFailed(f"{carrier}: {problem}; the solve is wrong, tighten the tolerances")


def unless_broken(
    carrier: str,
    fraction: FloatArray,
    d: FloatArray,
    finer: list[Transport],
    solved: list[Transport],
) -> list[Transport]:
    """Values beyond the voxels', or those of the voxels where no geometry can give the others."""
    if problem := broken_bound(fraction, d, finer):
        logger.info("%s: extrapolated, %s; the values are those of the voxels", carrier, problem)
        return solved
    return finer


def broken_bound(fraction: FloatArray, d: FloatArray, solved: list[Transport]) -> str:
    """What no geometry can give, in words; what the solve may be off by is allowed for.

    Finite volumes lie below what the voxels conduct as they are, so that the lower
    Hashin-Shtrikman bound is asked of the value from above, where there is one.
    """
    effective = np.array([t.conductivity for t in solved])
    most = np.array([max(t.conductivity, t.upper) for t in solved])
    return broken_by(fraction, d, effective, most, _slack(solved))


def _slack(solved: list[Transport]) -> float:
    """Relative error up to which a value may lie beyond a bound."""
    return ROUNDING + max(t.flux_mismatch for t in solved) + discretisation(solved)


def tell_unresolved(carrier: str, values: list[Transport]) -> None:
    """Log axes with an error of more than half the value."""
    for axis, t in zip("xyz", values, strict=True):
        if t.error > 0.5 * t.conductivity:
            logger.info(
                "%s along %s: %.3g +- %.3g, not resolved", carrier, axis, t.conductivity, t.error
            )


def connected(found: Transport, axis: Axis, porosity: float) -> Transport:
    """The electrolyte's conduction along an axis, which must not be 0.

    Raises:
        StageFailed: nothing connects both faces.
    """
    if found.conductivity == 0:
        raise StageFailed(
            f"the electrolyte (porosity {porosity:.3f}) does not connect the faces along "
            f"{'xyz'[axis]}: the tortuosity is infinite; calender less or use finer voxels"
        )
    return found


def discretisation(solved: list[Transport]) -> float:
    """Relative error up to which results may break what holds for vanishing voxels; 0 for stairs.

    Staircase voxels are a geometry of their own, for which every bound holds; open fractions of
    faces are one only in the limit, and elements conduct more than their geometry.
    """
    return max(
        ((t.error if t.cut else t.order) / t.conductivity for t in solved if t.conductivity),
        default=0.0,
    )


def at_least_one(tau: FloatArray, allowance: float) -> FloatArray:
    """Tortuosity factors with what the iteration leaves below 1 removed.

    Args:
        tau: tortuosity factors; none is below 1 in the limit.
        allowance: how far below 1 the tolerance of the solve and the voxels may take them.

    Raises:
        StageFailed: a tortuosity factor lies further below 1, which no geometry can give.
    """
    if tau.min() < 1 - allowance:
        raise StageFailed(
            f"tortuosity factor {tau.min():.8f} < 1: the solve is wrong, tighten the tolerances"
        )
    return np.maximum(tau, 1.0)
