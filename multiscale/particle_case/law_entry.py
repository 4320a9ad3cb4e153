"""What a case file knows of a law and of each of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from multiscale.units import Quantity

Per = Literal["type", "pair", "either", "law"]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a law as a case file gives it.

    Attributes:
        quantity: unit and admissible range.
        per: one value for all, or a table by "type" (`{ AM = "1 GPa" }`) or by "pair"
            (`{ "AM-CBD" = 0.3 }`); "law": one value only.
        meaning: for messages and the reference.
        default: what the law takes where none is given; None: needed, or see `filled`.
        filled: where the case finds it if it is not given: "seed", "radius" or "flow of the box".
    """

    quantity: Quantity
    per: Per
    meaning: str
    default: float | None = None
    filled: str = ""

    @property
    def needed(self) -> bool:
        return self.default is None and not self.filled


@dataclass(frozen=True)
class LawEntry:
    """A law as a case file knows it.

    Attributes:
        meaning: one line.
        kind: "contact" (between touching particles), "range" (over a gap) or "body".
        parameters: by name.
    """

    meaning: str
    kind: Literal["contact", "range", "body"]
    parameters: Mapping[str, Parameter]
