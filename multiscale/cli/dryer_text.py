"""What `multiscale dryer` prints and writes: tables in the units people read."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from multiscale.cli.table import table
from multiscale.results import number_text

if TYPE_CHECKING:
    from multiscale.stages.drying.design.assess import Assessment, Figure, ZoneFigures
    from multiscale.stages.drying.design.programme import Bounds, Programme

_ZONE_COLUMNS = (
    "zone",
    "length [m]",
    "length needed [m]",
    "time [s]",
    "air [degC]",
    "film at its end [degC]",
    "evaporated [g/m^2]",
    "heat to the web [kJ/m^2]",
    "fresh air [kg/m^2]",
    "heat to that air [kJ/m^2]",
    "vapour in the exhaust [percent]",
    "over its explosive limit [percent]",
)


def assessment(found: Assessment) -> str:
    """Write an assessment: its verdict, its numbers, its zones."""
    rows = [
        ("drying time", _figure(found.drying_time, 1, "s"), f"of {found.residence:.4g} s"),
        ("end of shrinkage", _figure(found.shrinkage_end, 1, "s"), "pores empty from here on"),
        ("solvent left", _residual(found.residual), "of the dry coating, by mass"),
        ("binder gradient", _figure(found.gradient, 1, ""), "top tenth over bottom tenth"),
        (
            "highest web speed",
            _figure(found.highest_speed, 60, "m/min"),
            f"now {60 * found.web_speed:.4g} m/min; the web just leaves dry",
        ),
        ("binder gradient then", _figure(found.gradient_at_highest, 1, ""), "at that speed"),
        ("heat to the web", _figure(found.heat, 1e-3, "kJ/m²"), "by air and radiators"),
        (
            "heat to fresh air",
            f"{number_text(1e-3 * found.exhaust_heat)} kJ/m²",
            f"for an exhaust of at most {100 * found.vapour_limit:.3g} % vapour, nothing recovered",
        ),
        ("energy", f"{number_text(1e-3 * found.energy)} kJ/m²", "both"),
    ]
    head = table(("result", "value", "meaning"), rows)
    zones = table(
        ("zone", "air", "length", "needed", "film", "evaporated", "heat", "vapour", "of LEL"),
        [_zone_row(k, zone) for k, zone in enumerate(found.zones)],
    )
    refused = found.refused_at_highest
    note = f"\n\nAt the highest web speed a run is refused: {refused}." if refused else ""
    return f"{_verdict(found)}\n\n{head}{note}\n\n{zones}"


def programmes(constant: Programme, best: Programme, bounds: Bounds) -> str:
    """Write the fastest programme beside the fastest constant air."""
    rows = [
        (
            name,
            f"{found.time:.4g} s",
            number_text(found.gradient, found.gradient_error),
            ", ".join(f"{T - 273.15:.1f}" for T in found.temperatures),
            ", ".join(f"{length:.3g}" for length in found.lengths),
        )
        for name, found in (("constant", constant), ("fastest", best))
    ]
    header = ("air", "drying time", "binder gradient", "temperatures, °C", "lengths, m")
    gain = 100 * (1 - best.time / constant.time)
    return (
        f"Fastest at a binder gradient of at most {bounds.gradient:.4g}, air from "
        f"{bounds.low - 273.15:.0f} to {bounds.high - 273.15:.0f} °C:\n\n{table(header, rows)}\n\n"
        f"{gain:.1f} % less time than the fastest constant air"
    )


def write_zones(path: Path, found: Assessment) -> Path:
    """Write the zones as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_ZONE_COLUMNS)
        writer.writerows(_zone_cells(k, zone) for k, zone in enumerate(found.zones))
    return path


def _verdict(found: Assessment) -> str:
    factor = found.time_factor.value
    if factor <= 1:
        spare = 100 * (1 - factor)
        return f"The web leaves dry, with {spare:.0f} % of its time in the dryer to spare."
    longer = 100 * (factor - 1)
    rise = (
        "no air that the model takes would dry it"
        if found.hotter_by is None
        else f"or air hotter by {math.ceil(found.hotter_by)} K"
    )
    return f"The web leaves wet: it needs {longer:.0f} % more time in the dryer, {rise}."


def _figure(figure: Figure | None, scale: float, unit: str) -> str:
    if figure is None:
        return "-"
    return f"{number_text(scale * figure.value, scale * figure.error)} {unit}".rstrip()


def _residual(figure: Figure) -> str:
    return _figure(figure, 1e6, "ppm") if figure.value < 0.01 else _figure(figure, 100, "%")


def _zone_row(k: int, zone: ZoneFigures) -> Sequence[str]:
    return (
        str(k + 1),
        f"{zone.air_temperature - 273.15:.0f} °C",
        f"{zone.length:.3g} m",
        f"{zone.needed_length:.3g} m",
        f"{zone.film_temperature - 273.15:.1f} °C",
        f"{1e3 * zone.evaporated:.3g} g/m²",
        f"{1e-3 * zone.heat:.3g} kJ/m²",
        f"{100 * zone.vapour:.3g} %",
        "-" if zone.load is None else f"{100 * zone.load:.0f} %",
    )


def _zone_cells(k: int, zone: ZoneFigures) -> list[str]:
    numbers = (
        zone.length,
        zone.needed_length,
        zone.time,
        zone.air_temperature - 273.15,
        zone.film_temperature - 273.15,
        1e3 * zone.evaporated,
        1e-3 * zone.heat,
        zone.fresh_air,
        1e-3 * zone.exhaust_heat,
        100 * zone.vapour,
    )
    load = "" if zone.load is None else f"{100 * zone.load:.6g}"
    return [str(k + 1), *(f"{number:.6g}" for number in numbers), load]
