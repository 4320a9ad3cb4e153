"""The binder's gradient that a dryer leaves, by the film model."""

from __future__ import annotations

from multiscale.stages.drying.design.dryer import Dryer
from multiscale.stages.drying.result import tenths_ratio
from multiscale.stages.drying.solve import solve_drying


def binder_gradient(dryer: Dryer) -> float:
    """Dry the film and give its steepest binder gradient: top tenth over bottom tenth.

    Raises:
        StageFailed: the film still shrinks at the exit, or see `solve.solve_drying`.
    """
    drying = solve_drying(
        dryer.film, dryer.portions, dryer.web_speed, dryer.options, lambda fraction, note: None
    )
    return max(
        tenths_ratio(profile, portion.mobile)
        for profile, portion in zip(drying.profiles, dryer.portions, strict=True)
    )
