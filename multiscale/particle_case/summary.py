"""The end of a run in numbers, each with its error where one is known.

In a stage of steady shear a number is the mean over the second half of the strain, and its error
the standard error of that mean. Neighbouring samples resemble each other, so that it is taken from
the means of ten consecutive blocks [FlyvbjergPetersen1989]. Other stages end at a state: one value,
without an error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from multiscale.particle_case.samples import Row, unit_of

_BLOCKS = 10
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
)
_MEANING = {
    "solid_fraction": "volume of the particles over that of the box",
    "pressure": "-tr(sigma)/3",
    "viscosity": "of the particles' stress, sigma_xy over the shear rate",
    "coordination": "contacts per particle",
    "backbone": "the same without particles of fewer than 4 contacts",
    "rattlers": "share of the particles with fewer than 4 contacts",
    "overlap": "deepest, over the smaller radius",
    "bonds": "share of the bonds that hold",
    "inertial_number": "rate d sqrt(rho/p); small: quasi-static",
    "stokes_number": "rho rate r^2/viscosity; small: the liquid damps all inertia",
    "kinetic_share": "pressure by agitation over the whole; small: none",
}


def numbers(
    rows: Sequence[Row], names: Sequence[str], steady: Sequence[bool]
) -> list[dict[str, Any]]:
    """Summarise each stage that has samples.

    Args:
        rows: samples, in their order.
        names: what the stages do.
        steady: which of them shear at one rate.
    """
    found = []
    for k, name in enumerate(names):
        mine = [row for row in rows if row["stage"] == k + 1]
        if mine:
            found.append({"stage": k + 1, "do": name, "numbers": _stage(mine, steady[k])})
    return found


def _stage(rows: Sequence[Row], steady: bool) -> dict[str, dict[str, Any]]:
    found = {}
    for name in [*_SHOWN, *(n for n in rows[0] if n.startswith("wall_pressure"))]:
        if name not in rows[0]:
            continue
        values = np.array([row[name] for row in rows])
        value, error = float(values[-1]), None
        if steady:
            value, error = mean_with_error(values[len(values) // 2 :])
        meaning = _MEANING.get(name, f"on wall {name.rpartition('_')[2]}")
        found[name] = {"value": value, "unit": unit_of(name), "error": error, "meaning": meaning}
    return found


def mean_with_error(values: np.ndarray) -> tuple[float, float | None]:
    """Give the mean and its standard error from block means; None below two samples a block."""
    mean = float(values.mean())
    if len(values) < 2 * _BLOCKS:
        return mean, None
    if np.ptp(values) <= 1e-12 * abs(mean):  # constant but for round-off
        return mean, 0.0
    blocks = np.array([part.mean() for part in np.array_split(values, _BLOCKS)])
    return mean, float(blocks.std(ddof=1) / math.sqrt(_BLOCKS))
