"""The film model applied to a dryer: binder gradient, and the time that just dries the film."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from multiscale.errors import StageFailed
from multiscale.stages.drying.checks import refuse
from multiscale.stages.drying.design.dryer import Dryer, scaled
from multiscale.stages.drying.design.need import time_factor
from multiscale.stages.drying.result import tenths_ratio
from multiscale.stages.drying.setup import Portion
from multiscale.stages.drying.solve import Drying, solve_drying

CLOSE = 1e-4  # of ln(factor), between two rounds
ROUNDS = 8


def dried(dryer: Dryer) -> Drying:
    """Dry the film as the stage does.

    Raises:
        StageFailed: the stage would refuse it, see `checks.refuse` and `solved`.
    """
    found = solved(dryer)
    refuse(found.history, dryer.options)
    return found


def solved(dryer: Dryer) -> Drying:
    """Dry the film, be it allowed or not.

    Raises:
        StageFailed: the film still shrinks at the exit, or see `solve.solve_drying`.
    """
    return solve_drying(
        dryer.film, dryer.portions, dryer.web_speed, dryer.options, lambda fraction, note: None
    )


def gradient_of(drying: Drying, portions: Sequence[Portion]) -> float:
    """Give the steepest binder gradient: top tenth over bottom tenth of the thickness."""
    return max(
        tenths_ratio(profile, portion.mobile)
        for profile, portion in zip(drying.profiles, portions, strict=True)
    )


def just_dry(dryer: Dryer, guess: float = 1.0) -> tuple[float, Drying]:
    """Find the least factor on the time in every zone with which the web leaves dry, and dry it.

    The balance alone does not know when the solids pack and when the liquid in their pores no
    longer flows. The film model tells it; both hardly change with the time: a fixed point. Whether
    the stage would allow what is found is left to the caller.

    Args:
        dryer: as it is, with the film as it enters.
        guess: of the factor.

    Raises:
        StageFailed: see `need.time_factor` and `solved`.
    """
    factor = time_factor(dryer, guess)
    for _ in range(ROUNDS):
        drying = solved(scaled(dryer, factor))
        better = time_factor(replace(dryer, film=drying.history.film), factor)
        if abs(math.log(better / factor)) < CLOSE:
            return better, drying
        factor = better
    raise StageFailed(
        f"the time that dries the web does not settle, {factor * dryer.residence:.4g} s by the "
        "last round; raise drying.cells and drying.steps"
    )
