"""A short chain with made-up stages, and a case file for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from multiscale.coupling.context import Context
from multiscale.coupling.stage import Options, stage
from multiscale.records import Powder, Suspension, WetFilm
from multiscale.units import Quantity


class Bar(Options):
    """Comma bar."""

    kind: Literal["comma-bar"] = "comma-bar"
    gap: Annotated[float, Quantity("m", low=1e-6, high=5e-3, display="um")] = 1e-4
    """Gap under the bar."""
    web_speed: Annotated[float, Quantity("m/s", above=0, high=10, display="m/min")] = 0.1
    """Speed of the web."""


class Slot(Options):
    """Slot die."""

    kind: Literal["slot-die"] = "slot-die"
    flow_rate: Annotated[float, Quantity("m^2/s", low=0)] = 1e-5
    """Pumped volume per width."""
    web_speed: Annotated[float, Quantity("m/s", above=0, high=10, display="m/min")] = 0.1
    """Speed of the web."""


class Zone(Options):
    """One zone."""

    length: Annotated[float, Quantity("m", low=0.01, high=100)] = 2.0
    """Length."""
    air_temperature: Annotated[float, Quantity("K", low=273.15, high=500, display="degC")] = 353.15
    """Air temperature."""


class Dryer(Options):
    """Dryer."""

    kind: Literal["film-1d"] = "film-1d"
    zones: Annotated[tuple[Zone, ...], Field(min_length=1)] = (Zone(), Zone())
    """Zones in order."""
    cells: Annotated[int, Field(ge=20, le=5000)] = 200
    """Cells."""
    fan: Literal["on", "off"] = "on"
    """Fan."""
    recirculate: bool = False
    """Whether air is used again."""
    start: Annotated[float, Quantity("1", low=0, high=1)] = 0.1
    """Start of a range."""
    end: Annotated[float, Quantity("1", low=0, high=1)] = 0.9
    """End of a range."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start >= self.end:
            raise ValueError(f"start is {self.start:g} and end {self.end:g}; start must lie below")
        return self

    def probe(self) -> Dryer:
        """Fewer cells."""
        return self.model_copy(update={"cells": 20})


@stage("coating", version=1, kinds=[Bar, Slot])
def coat(powder: Powder, options: Bar | Slot, ctx: Context) -> WetFilm:
    """Not called."""
    raise AssertionError


@stage("drying", version=1, kinds=[Dryer])
def dry(film: WetFilm, options: Dryer, ctx: Context) -> Suspension:
    """Not called."""
    raise AssertionError


STAGES = (coat, dry)

CASE = """\
title = "a case"
seed = 7

[powder]
material = "NMC622"
d10 = "5 um"
d50 = "10 um"
d90 = "17 um"

[formulation]
solvent = "NMP"
solids_mass_fraction = 0.69
active_mass_fraction = 0.96
additive = "carbon black"
additive_mass_fraction = "2 percent"

[[formulation.binder]]
name = "PVDF"
mass_fraction = 0.02

[coating]
kind = "comma-bar"
gap = "150 um"
web_speed = "2 m/min"

[drying]
zones = [
    { length = "2 m", air_temperature = "80 degC" },
    { length = "2 m", air_temperature = "110 degC" },
]
cells = 100
"""


def write_case(folder: Path, old: str = "", new: str = "", text: str = CASE) -> Path:
    """Write the case with one change."""
    assert old in text
    path = folder / "case.toml"
    path.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
    return path
