"""A stored profile as curves: what is on its axes, in the units people read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from multiscale.records import Closure, FloatArray, Form
from multiscale.results import number_text
from multiscale.units import from_si

if TYPE_CHECKING:
    from multiscale.results import StageView

# Where the coordinate of an axis is not the field of the axis' own name.
_COORDINATE = {"rate": "c_rate", "size": "diameter"}


@dataclass(frozen=True)
class Axis:
    """One axis: its coordinates (SI), or a mere count with the names of its entries."""

    name: str
    unit: str
    display: str
    values: FloatArray
    names: tuple[str, ...] = ()
    is_count: bool = False

    def as_json(self) -> dict[str, Any]:
        """Name, unit and coordinates in SI, or names."""
        return {
            "name": self.name,
            "unit": self.unit,
            "values": list(self.names) or self.values.tolist(),
        }

    @property
    def title(self) -> str:
        """Name with unit, as in a CSV header."""
        return _title(self.name, self.display)

    @property
    def labels(self) -> list[str]:
        """Each entry as text."""
        return list(self.names) or [number_text(float(v)) for v in self.shown]

    @property
    def shown(self) -> FloatArray:
        """Coordinates in `display` units."""
        return np.asarray(from_si(self.values, self.unit, self.display))


@dataclass(frozen=True)
class Curves:
    """Curves over one abscissa, in display units.

    Attributes:
        x, x_title, x_labels: abscissa, its title and its entries as text.
        is_count: whether the abscissa has no coordinate, but entries with names.
        y: one row per curve.
        y_title: name with unit.
        names: of the curves; [""] for a single one.
    """

    x: FloatArray
    x_title: str
    x_labels: list[str]
    is_count: bool
    y: FloatArray
    y_title: str
    names: list[str]


def curves(stage: StageView, field: str) -> Curves | None:
    """The curves of a profile or closure; None for a number, text or field."""
    value = stage.value(field)
    title = _title(field, value.display)
    if isinstance(value.value, Closure):
        x_title = _title("x", stage.record.ports()[field].x_unit)
        y = np.asarray(from_si(value.value.y, value.unit, value.display))
        labels = [number_text(float(x)) for x in value.value.x]
        return Curves(value.value.x, x_title, labels, False, y[None], title, [""])
    if not isinstance(value.value, np.ndarray):
        return None
    axes = [axis_of(stage, name, n) for name, n in zip(value.dims, value.value.shape, strict=True)]
    last = axes[-1]
    names = [f"{axis.name} {label}" for axis in axes[:-1] for label in axis.labels] or [""]
    y = np.asarray(value.shown).reshape(len(names), -1)
    return Curves(last.shown, last.title, last.labels, last.is_count, y, title, names)


def axis_of(stage: StageView, name: str, length: int) -> Axis:
    """The coordinates of an axis: its own field, its names, or a count from 0."""
    ports = stage.record.ports()
    field = _COORDINATE.get(name, name)
    if field in ports and ports[field].dims == (name,):
        value = stage.value(field)
        return Axis(field, value.unit, value.display, value.value)
    names: tuple[str, ...] = ()
    if name == "axis" and length == 3:
        names = ("x", "y", "z")
    elif name == "form":
        names = tuple(form.name.lower() for form in Form)
    elif name == "step" and "steps" in ports:
        names = tuple(step.strip() for step in stage.steps.split(","))
    return Axis(name, "1", "1", np.arange(length, dtype=float), names, is_count=True)


def _title(name: str, unit: str) -> str:
    return name if unit in ("", "1") else f"{name} [{unit}]"
