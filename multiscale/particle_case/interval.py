"""How often something is done: every so many steps, `1000`, or every so long, `"1 us"`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from multiscale.units import Quantity

_TIME = Quantity("s", above=0)


@dataclass(frozen=True)
class Interval:
    """A number of time steps, or a time [s]."""

    steps: int | None = None
    seconds: float | None = None

    def in_steps(self, time_step: float) -> int:
        """Give the number of steps, at least one."""
        if self.steps is not None:
            return self.steps
        assert self.seconds is not None
        return max(1, round(self.seconds / time_step))

    @classmethod
    def read(cls, value: Any) -> Interval:
        """Read a case-file value.

        Raises:
            ValueError: it is neither a whole number of steps nor a time.
        """
        if isinstance(value, Interval):
            return value
        if isinstance(value, str):
            return cls(seconds=_TIME.read(value))
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f'{value!r} is neither a number of steps, 1000, nor a time, "1 us"')
        return cls(steps=value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            cls.read, serialization=core_schema.plain_serializer_function_ser_schema(_written)
        )


def _written(interval: Interval) -> int | str | None:
    return interval.steps if interval.seconds is None else f"{interval.seconds!r} s"
