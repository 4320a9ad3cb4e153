"""Units at the border, SI floats inside. The only module that imports pint.

The vocabulary is closed: pint would read "3 mPas" as millipascal and "30 rpm" as radians per
second.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)")
_PREFIXABLE = {
    "m",
    "g",
    "s",
    "K",
    "Pa",
    "N",
    "J",
    "W",
    "V",
    "A",
    "S",
    "F",
    "ohm",
    "mol",
    "Hz",
    "Ah",
    "Wh",
    "L",
    "bar",
}
_BARE = {
    "min",
    "h",
    "d",
    "degC",
    "rad",
    "deg",
    "revolution",
    "coulomb",
    "percent",
    "%",
    "ppm",
    "delta_degC",
    "EUR",
    "t",
    "mm2",
    "year",
}
_KNOWN = _BARE | {
    p + s for s in _PREFIXABLE for p in ("", "n", "u", "µ", "μ", "m", "c", "d", "k", "M", "G")
}
_HINT = {
    "rpm": "write 'revolution/min'",
    "C": "write 'degC' or 'coulomb'",
    "°C": "write 'degC'",
    "mPas": "write 'mPa*s'",
    "Pas": "write 'Pa*s'",
    "wt%": "write 'percent' and name the basis in the key",
    "µm": "write 'um'",
    "sec": "write 's'",
    "hr": "write 'h'",
    "rps": "write 'revolution/s'",
}
_SIGNIFICANT = 12  # "1.2 g/cm^3" and "1200 kg/m^3" must give one and the same key


class UnitError(ValueError):
    """A unit is missing, unknown, ambiguous or of the wrong dimension."""


@dataclass(frozen=True)
class Quantity:
    """Marks an option as dimensional: `Annotated[float, Quantity("m", low=0)]`; read from "50 um".

    Attributes:
        unit: SI unit; "1" for a number without dimension, which may be bare or in percent.
        low, high: admissible range, inclusive, in `unit`; `above` and `below` exclude their end.
        display: unit to write it in.
    """

    unit: str
    low: float = -math.inf
    high: float = math.inf
    above: float = -math.inf
    below: float = math.inf
    display: str = ""

    def read(self, value: Any) -> float:
        """Turn a case-file value into an SI float inside the range.

        Raises:
            UnitError: bad unit, not finite, or out of range.
        """
        si = to_si(value, self.unit, self.display)
        if not math.isfinite(si):
            raise UnitError(f"{value!r} is not finite")
        if not (self.low <= si <= self.high and self.above < si < self.below):
            raise UnitError(f"{value!r} is out of range: allowed {self.range_text()}")
        return si

    def range_text(self) -> str:
        """The range in `display` units, for messages and the reference."""
        unit = self.display or self.unit
        low, high = max(self.low, self.above), min(self.high, self.below)
        ends = [
            ("" if math.isinf(v) else f"{from_si(v, self.unit, unit):.6g}") for v in (low, high)
        ]
        tail = "" if unit == "1" else f" {unit}"
        if not ends[0] and not ends[1]:
            return "any value"
        if not ends[1]:
            return f"{'above' if math.isfinite(self.above) else 'at least'} {ends[0]}{tail}"
        if not ends[0]:
            return f"{'below' if math.isfinite(self.below) else 'at most'} {ends[1]}{tail}"
        if math.isinf(self.above) and math.isinf(self.below):
            return f"{ends[0]} to {ends[1]}{tail}"
        lower = "above" if math.isfinite(self.above) else "at least"
        upper = "below" if math.isfinite(self.below) else "at most"
        return f"{lower} {ends[0]}, {upper} {ends[1]}{tail}"

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        # An SI float (defaults, stored options) passes; a string is read with its unit.
        return core_schema.no_info_plain_validator_function(
            self._validate, serialization=core_schema.plain_serializer_function_ser_schema(float)
        )

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {
            "type": "number" if self.unit == "1" else "string",
            "unit": self.unit,
            "range": self.range_text(),
        }

    def _validate(self, value: Any) -> float:
        if isinstance(value, SI):
            return self.read_si(value)
        return self.read(value)

    def read_si(self, value: float) -> float:
        """Check an SI float against the range."""
        if not (self.low <= value <= self.high and self.above < value < self.below):
            raise UnitError(
                f"{float(value):.6g} {self.unit} is out of range: allowed {self.range_text()}"
            )
        return float(value)


class SI(float):
    """A float that is SI already: for defaults and for options set from Python."""


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    registry = pint.UnitRegistry()
    registry.define("EUR = [currency]")
    return registry


@lru_cache(maxsize=512)
def parse_unit(text: str) -> Any:
    """Read a unit from the closed vocabulary; nothing is guessed.

    Raises:
        UnitError: a name outside the vocabulary; the message suggests one.
    """
    if text.strip() in ("", "1"):
        return _registry().Unit("dimensionless")
    clean = text.strip().replace("^", "**")
    clean = re.sub(r"(?<=[A-Za-zµμ])(-?\d+)", r"**\1", clean)  # BPX style: m2.s-1
    clean = re.sub(r"(?<=[A-Za-z0-9])\s*[.·\s]\s*(?=[A-Za-zµμ])", "*", clean)
    for token in re.findall(r"[^\W\d]+%?|°\w|%", clean):
        if token not in _KNOWN:
            near = difflib.get_close_matches(token, _KNOWN, 1, 0.5)
            advice = _HINT.get(token) or (
                f"did you mean '{near[0]}'?" if near else "see docs/reference/units.md"
            )
            raise UnitError(f"unknown unit '{token}' in '{text}'; {advice}")
    try:
        return _registry().Unit(clean.replace("%", "percent"))
    except Exception as error:
        raise UnitError(
            f"cannot read the unit '{text}'; write e.g. 'm/s', 'kg/m^3', 'W/m^2/K'"
        ) from error


def to_si(value: object, unit: str, display: str = "") -> float:
    """Turn '3.2 mg/cm2' into a float in `unit`; a bare number is refused unless `unit` is '1'.

    Messages give `display` as an example of a fitting unit.

    Raises:
        UnitError: no unit, unknown unit, wrong dimension.
    """
    usual = display or unit
    if isinstance(value, bool):
        raise UnitError(
            f"{value!r} is a truth value, needs a number" + ("" if unit == "1" else f" in {usual}")
        )
    if unit == "1" and isinstance(value, int | float):
        return _rounded(float(value))
    match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        if isinstance(value, int | float):
            raise UnitError(f'{value!r} has no unit; write a string, e.g. "{value} {usual}"')
        needs = "a number" if unit == "1" else f'a number with a unit, e.g. "1 {usual}"'
        raise UnitError(f"{value!r} is not a quantity; needs {needs}")
    if unit != "1" and not match[2]:
        raise UnitError(f'{value!r} has no unit; write e.g. "{match[1]} {usual}"')
    target, source = parse_unit(unit), parse_unit(match[2])
    registry = _registry()
    if source.dimensionality != target.dimensionality:
        raise UnitError(
            f"'{value}' is {source.dimensionality}, needs {usual} = {target.dimensionality}"
        )
    try:
        return _rounded(float(registry.Quantity(float(match[1]), source).m_as(target)))
    except Exception as error:
        raise UnitError(f"cannot convert '{value}' to {unit}: {error}") from error


def split_quantity(value: object) -> tuple[float, str]:
    """Split "60 degC" into 60.0 and "degC"; a bare number has no unit.

    Raises:
        UnitError: it does not start with a number.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), ""
    match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise UnitError(f"{value!r} is no number with a unit")
    return float(match[1]), match[2].strip()


def from_si(value: Any, unit: str, display: str) -> Any:
    """Convert SI numbers (float or array) in `unit` to `display`."""
    if not display or display == unit:
        return value
    return _registry().Quantity(value, parse_unit(unit)).m_as(parse_unit(display))


def _rounded(value: float) -> float:
    return float(f"{value:.{_SIGNIFICANT}g}") if math.isfinite(value) else value
