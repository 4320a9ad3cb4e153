"""The end of a run in numbers, each with its error where one is known.

In a stage of steady shear a number is the mean over the second half of the strain, and its error
the standard error of that mean. Neighbouring samples resemble each other, so that it is taken from
the means of ten consecutive blocks [FlyvbjergPetersen1989].

Other stages end at a state: the last value, and as its error how far the last ten samples lie off
a parabola in time. It tells how restless the state is, not whether a slower stage would end
elsewhere: see the inertial number. Where plate or box impose the solid fraction it has no unrest of
its own, and answers that of the pressure, by d phi/d p of the same samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from multiscale.particle_case.samples import Row, unit_of

_BLOCKS = 10
_LAST, _LEAST = 10, 6  # samples to which a parabola is fitted
_SAME = 1e-12  # constant but for round-off
_SHOWN = (
    "solid_fraction",
    "pressure",
    "viscosity",
    "coordination",
    "backbone",
    "rattlers",
    "overlap",
    "bonds",
    "inertial_number",
    "stokes_number",
    "kinetic_share",
    "energy_balance",
)
_MEANING = {
    "solid_fraction": "volume of the particles over that of the box",
    "pressure": "-tr(sigma)/3",
    "viscosity": "of the particles' stress, sigma_xy over the shear rate",
    "coordination": "contacts per particle",
    "backbone": "the same of those left when any with fewer than 4 are taken away, again and again",
    "rattlers": "share of the particles taken away so; 1 is usual where there is friction",
    "overlap": "deepest, over the smaller radius",
    "bonds": "share of the bonds that hold",
    "inertial_number": "rate d sqrt(rho/p); small: quasi-static",
    "stokes_number": "rho rate r^2/viscosity; small: the liquid damps all inertia",
    "kinetic_share": "pressure by agitation over the whole; small: none",
    "energy_balance": "energy that the book misses, over its largest entry",
}
_DEEPEST, _INERT = 0.05, 0.1  # up to which contacts are those of spheres, and a liquid damps


def numbers(
    rows: Sequence[Row], names: Sequence[str], steady: Sequence[bool], walls: Sequence[str]
) -> list[dict[str, Any]]:
    """Summarise each stage that has samples.

    Args:
        rows: samples, in their order.
        names: what the stages do.
        steady: which of them shear at one rate.
        walls: what to call them, in the order of the case.
    """
    found = []
    for k, name in enumerate(names):
        mine = [row for row in rows if row["stage"] == k + 1]
        if mine:
            found.append({"stage": k + 1, "do": name, "numbers": _stage(mine, steady[k], walls)})
    return found


def doubts(stages: Sequence[dict[str, Any]], *, deep: bool) -> list[str]:
    """Say which stages ended outside of what the laws assume.

    Args:
        stages: as `numbers` gives them.
        deep: whether the contact law holds for deep overlaps.
    """
    found = []
    for stage in stages:
        value = {name: number["value"] for name, number in stage["numbers"].items()}
        name = f"stage {stage['stage']} ({stage['do']})"
        if value["overlap"] > _DEEPEST and not deep:
            found.append(
                f"{name}: overlaps reach {100 * value['overlap']:.2g} % of the smaller radius, and "
                f"contact laws hold up to about {100 * _DEEPEST:g} %: take stiffer particles, less "
                "pressure, or the law mdr"
            )
        if value.get("stokes_number", 0.0) > _INERT:
            found.append(
                f"{name}: the Stokes number is {value['stokes_number']:.2g}, and the liquid damps "
                f"all inertia up to about {_INERT:g}: take a smaller mass_scaling or rate"
            )
    return found


def _stage(rows: Sequence[Row], steady: bool, walls: Sequence[str]) -> dict[str, dict[str, Any]]:
    found = {}
    time, pressure = (np.array([row[name] for row in rows]) for name in ("time", "pressure"))
    for name in [*_SHOWN, *(n for n in rows[0] if n.startswith("wall_pressure"))]:
        if name not in rows[0]:
            continue
        values = np.array([row[name] for row in rows])
        if steady:
            value, error = mean_with_error(values[len(values) // 2 :])
        else:
            value, error = float(values[-1]), unrest(time, values)
        if name == "solid_fraction" and not steady:
            error = error_of_fraction(time, values, pressure)
        number = name.rpartition("_")[2]
        meaning = _MEANING[name] if name in _MEANING else f"on wall {number}: {walls[int(number)]}"
        found[name] = {"value": value, "unit": unit_of(name), "error": error, "meaning": meaning}
    return found


def mean_with_error(values: np.ndarray) -> tuple[float, float | None]:
    """Give the mean and its standard error from block means; None below two samples a block."""
    mean = float(values.mean())
    if len(values) < 2 * _BLOCKS:
        return mean, None
    if np.ptp(values) <= _SAME * abs(mean):
        return mean, 0.0
    blocks = np.array([part.mean() for part in np.array_split(values, _BLOCKS)])
    return mean, float(blocks.std(ddof=1) / math.sqrt(_BLOCKS))


def unrest(time: np.ndarray, values: np.ndarray) -> float | None:
    """Give the standard deviation of the last ten samples about a parabola; None of fewer than six.

    Args:
        time: of the samples of one stage [s], shape (n,).
        values: the samples, shape (n,).
    """
    t, last = time[-_LAST:], values[-_LAST:]
    if len(last) < _LEAST or not np.all(np.isfinite(last)):
        return None
    if np.ptp(last) <= _SAME * abs(last[-1]):
        return 0.0
    off = last - np.polynomial.Polynomial.fit(t, last, 2)(t)
    return float(np.sqrt(off @ off / (len(last) - 3)))


def error_of_fraction(time: np.ndarray, fraction: np.ndarray, pressure: np.ndarray) -> float | None:
    """Give by how much the solid fraction at a pressure is uncertain: unrest of p over dp/dphi.

    Args:
        time: of the samples of one stage [s], shape (n,).
        fraction: solid fraction phi, shape (n,).
        pressure: p [Pa], shape (n,).

    Returns:
        0 where phi does not change; the unrest of phi itself where p does not (it is held); None
        where p falls as phi rises, or of fewer than six samples.
    """
    error, phi = unrest(time, pressure), fraction[-_LAST:]
    if error is None:
        return None
    if np.ptp(phi) <= _SAME * abs(phi[-1]):
        return 0.0
    slope = np.polynomial.Polynomial.fit(phi, pressure[-_LAST:], 1).convert().coef[1]
    if abs(slope) * np.ptp(phi) <= 2 * error:
        return unrest(time, fraction)
    return float(error / slope) if slope > 0 else None
