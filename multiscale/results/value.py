"""One result with its unit and its numerical error, and how both are written for people."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.records import Closure, FieldRef
from multiscale.units import from_si

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_NAME = {"um": "µm", "degC": "°C", "percent": "%", "coulomb": "C", "ohm": "Ω"}


@dataclass(frozen=True)
class Value:
    """A field of a record, ready to be read.

    Attributes:
        value: in SI; a float, an array, a Closure, a FieldRef or text.
        unit: SI unit of `value` and `error`.
        display: unit people read it in.
        error: absolute numerical error (largest entry of an array); None where none is stated.
        doc: meaning, one line.
        dims: names of the axes, slowest first.
    """

    value: Any
    unit: str
    display: str
    error: float | None
    doc: str
    dims: tuple[str, ...]

    @property
    def shown(self) -> Any:
        """The value in `display` units; text and large fields as they are."""
        is_number = isinstance(self.value, float | np.ndarray)
        return from_si(self.value, self.unit, self.display) if is_number else self.value

    @property
    def shown_error(self) -> float | None:
        """The numerical error in `display` units."""
        return None if self.error is None else error_in(self.error, self.unit, self.display)

    @property
    def text(self) -> str:
        """The number in `display` units: "2.41 ± 0.03", or "2.2 to 2.4" for an array."""
        if isinstance(self.value, float):
            return number_text(self.shown, self.shown_error)
        if isinstance(self.value, np.ndarray):
            if self.value.size == 0:
                return "none"
            ends = dict.fromkeys(
                number_text(float(end)) for end in (self.shown.min(), self.shown.max())
            )
            return " to ".join(ends)
        if isinstance(self.value, Closure):
            return f"table of {self.value.x.size} points"
        if isinstance(self.value, FieldRef):
            return " × ".join(map(str, self.value.shape)) + " voxels"
        return str(self.value)

    def __str__(self) -> str:
        over = f" over {', '.join(self.dims)}" if isinstance(self.value, np.ndarray) else ""
        return f"{self.text} {unit_text(self.display)}".rstrip() + over


def error_in(error: float, unit: str, display: str) -> float:
    """Convert a difference from `unit` to `display`: an error of 1 K is 1 degC, not -272 degC."""
    return error * float(from_si(1.0, unit, display) - from_si(0.0, unit, display))


def number_text(value: float, error: float | None = None, digits: int = 4) -> str:
    """Write a number with as many digits as its error allows: "2.41 ± 0.03".

    Arguments:
        value, error: in one unit; an error of None or 0 is not written.
        digits: most significant digits of `value`.
    """
    if not math.isfinite(value):
        return str(value)
    if not error or not math.isfinite(error):
        return _plain(value, digits)
    if error > abs(value):  # no digit of the value is certain; two tell its size
        return f"{_plain(value, 2)} ± {_plain(error, 2)}"
    of_error = 1 if error / 10 ** math.floor(math.log10(error)) >= 3 else 2
    size = abs(value)
    allowed = math.floor(math.log10(size)) - math.floor(math.log10(error)) + of_error
    if allowed > digits:  # the error is below the last digit shown
        return f"{_plain(value, digits)} ± {error:.1g}"
    decimals = of_error - 1 - math.floor(math.log10(error))
    if decimals > 6 or size >= 1e6:
        return f"{value:.{max(allowed, 1)}g} ± {error:.{of_error}g}"
    number, error, shown = round(value, decimals), round(error, decimals), max(decimals, 0)
    return f"{number:.{shown}f} ± {error:.{shown}f}"


def _plain(value: float, digits: int) -> str:
    """`digits` significant digits, trailing zeros kept out, no exponent between 1e-3 and 1e6."""
    if value == 0 or not 1e-3 <= abs(value) < 1e6:
        return f"{value:.{digits}g}"
    decimals = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unit_text(unit: str) -> str:
    """Write a unit as people do: "kg/m^2/s" is "kg·m⁻²·s⁻¹", "degC" is "°C", "1" is nothing."""
    if unit in ("", "1"):
        return ""
    if unit.endswith("/(kW*h)"):
        return unit.replace("/(kW*h)", "/kWh")
    first, *below = unit.split("/")
    written = [_factor(part, 1) for part in re.split(r"[*·]", first) if part != "1"]
    if len(below) == 1 and written and "^" not in below[0] and "*" not in below[0]:
        return f"{'·'.join(written)}/{_NAME.get(below[0], below[0])}"
    if len(below) == 1 and written and "^" in below[0]:
        return f"{'·'.join(written)}/{_factor(below[0], 1)}"
    return "·".join(written + [_factor(part, -1) for part in below])


def _factor(text: str, sign: int) -> str:
    name, _, power = text.partition("^")
    exponent = sign * int(power or 1)
    tail = "" if exponent == 1 else str(exponent).translate(_SUPERSCRIPT)
    return _NAME.get(name, name) + tail
