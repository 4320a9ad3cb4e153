"""How a result spreads over the samples of an ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from multiscale.ensemble.outcome import Outcome
from multiscale.results.value import error_in
from multiscale.units import from_si

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@dataclass(frozen=True)
class Spread:
    """A result over the samples that have it, in the unit people read it in.

    Attributes:
        key: "drying.binder_ratio[0]".
        display: unit.
        count: of samples.
        mean, deviation: mean and standard deviation of the sample (over count - 1).
        quantiles: at 0, 5, 25, 50, 75, 95 and 100 %, linear between samples.
        error: largest numerical error of a sample; NaN where none states one. It is no part of the
            spread.
    """

    key: str
    display: str
    count: int
    mean: float
    deviation: float
    quantiles: tuple[float, ...]
    error: float


def spreads(outcomes: Sequence[Outcome]) -> list[Spread]:
    """Give the spread of every result, in the order in which they are kept."""
    keys = dict.fromkeys(key for outcome in outcomes for key in outcome.numbers)
    return [_spread(key, outcomes) for key in keys]


def _spread(key: str, outcomes: Sequence[Outcome]) -> Spread:
    numbers = [o.numbers[key] for o in outcomes if key in o.numbers]
    unit, display = numbers[0].unit, numbers[0].display
    x = np.asarray(from_si(np.array([n.value for n in numbers]), unit, display), float)
    errors = [n.error for n in numbers if np.isfinite(n.error)]
    return Spread(
        key,
        display,
        x.size,
        float(x.mean()),
        float(x.std(ddof=1)) if x.size > 1 else 0.0,
        tuple(float(q) for q in np.quantile(x, QUANTILES)),
        error_in(max(errors), unit, display) if errors else float("nan"),
    )
