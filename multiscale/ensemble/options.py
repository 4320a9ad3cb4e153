"""What can be set in the table [ensemble] of a case."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from multiscale.coupling.stage import Options
from multiscale.units import Quantity

Setting = bool | int | float | str


class LevelInput(Options):
    """A named level of a factor that changes several settings at once."""

    name: str
    """What the level is called in tables."""
    set: dict[str, Any]
    """Settings of the case and their values, { "drying.packing" = 0.5 }."""


class FactorInput(Options):
    """What is varied: `values` or a range of one setting, or `level`s of several."""

    name: str
    """Column of the factor in tables."""
    keys: tuple[str, ...] = ()
    """Settings of the case that take each value, as in --set."""
    values: tuple[Setting, ...] = ()
    """Values in order, with their units."""
    low: float | str | None = None
    """Lower end of a range, with its unit."""
    high: float | str | None = None
    """Upper end of a range, in the same unit."""
    scale: Literal["linear", "log"] = "linear"
    """How samples are spread over the range."""
    points: Annotated[int, Field(ge=1, le=10000)] = 5
    """Values taken from the range by a grid."""
    level: tuple[LevelInput, ...] = ()
    """Named levels, in order."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        ranged = self.low is not None or self.high is not None
        if (bool(self.values), ranged, bool(self.level)).count(True) != 1:
            raise ValueError("needs exactly one of values, low and high, or [[level]]")
        if ranged and (self.low is None or self.high is None):
            raise ValueError("needs both low and high")
        if bool(self.keys) == bool(self.level):
            raise ValueError(
                'needs keys, e.g. keys = ["coating.web_speed"]'
                if not self.level
                else "has levels that name their settings themselves; leave keys out"
            )
        return self

    @property
    def count(self) -> int:
        """Values that it can take in a grid."""
        return len(self.values) or len(self.level) or self.points


class EnsembleInput(Options):
    """The design of an ensemble and what is kept of each sample."""

    design: Literal["grid", "latin-hypercube", "sobol", "table"] = "grid"
    """How samples are chosen: every combination, at random in strata, a low-discrepancy sequence,
    or the rows of a CSV file."""
    samples: Annotated[int, Field(ge=1, le=10_000_000)] = 64
    """Samples of a Latin hypercube or a Sobol sequence."""
    factor: tuple[FactorInput, ...] = ()
    """Factors; in a grid the last one varies fastest."""
    table: str | None = None
    """CSV file, its header the settings, `coating.web_speed [m/min]`; for design = "table"."""
    until: str | None = None
    """Last stage to run; the whole chain where left out."""
    results: tuple[str, ...] = ()
    """Results in the table, `drying.binder_ratio[0]`; left out, the numbers of the last stage."""
    ranks_per_sample: Annotated[int, Field(ge=1)] = 1
    """MPI ranks that work on one sample."""
    max_failed: Annotated[float, Quantity("1", low=0, high=1)] = 0.05
    """Share of failed samples above which the ensemble counts as failed."""

    @model_validator(mode="after")
    def _has_samples(self) -> Self:
        if (self.design == "table") != (self.table is not None):
            raise ValueError('needs table = "FILE.csv" with design = "table", and only then')
        if (self.design == "table") == bool(self.factor):
            raise ValueError(
                "takes its settings from the table; leave [[factor]] out"
                if self.factor
                else "needs a [[ensemble.factor]] that is varied"
            )
        names = [factor.name for factor in self.factor]
        if len(set(names)) < len(names):
            raise ValueError("has two factors of one name")
        return self
