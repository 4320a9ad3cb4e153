"""Statistics of the microstructure as tables: areas, percolation, contacts, correlation, chords."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multiscale.records import FloatArray, Phase
from multiscale.results.tables import number, write_table
from multiscale.results.view import open_run

if TYPE_CHECKING:
    from multiscale.voxels.characterise import Characteristics

Periodic = tuple[bool, bool, bool]

_PHASES = {"pore": Phase.PORE, "active": Phase.ACTIVE, "cbd": Phase.CBD}
_HEADER = ("quantity", "phase", "axis", "value", "unit", "error")
_REACH = 0.5  # of the shortest edge: farther apart the pairs of a box are no sample


def export_statistics(out: Path, folder: Path | None = None) -> list[Path]:
    """Measure the voxels of the run in `out` and write tables to `folder` (`out/statistics`).

    `statistics.csv` holds single numbers; its errors are the standard error of fractions, shares
    and chords for the finite volume, that of means over the particles and of the fabric for their
    finite number, and the numerical error of an area.
    `two_point.csv` holds S2(r), `lineal_path.csv` L and `chords.csv` the density of chord lengths.

    Raises:
        CaseError: there is no run, or it has no microstructure.
    """
    from multiscale.voxels.characterise import characterise
    from multiscale.voxels.chords import chord_lengths, lineal_path

    run = open_run(out)
    structure = run.microstructure
    label, edge = structure.label.read(), structure.voxel_size
    x, y, z = (bool(wraps) for wraps in structure.periodic)
    folder = folder or run.out / "statistics"
    folder.mkdir(parents=True, exist_ok=True)
    found = characterise(label, edge, (x, y, z))
    return [
        write_table(folder / "statistics.csv", _HEADER, _numbers(found)),
        write_table(folder / "two_point.csv", *_two_point(label, edge, (x, y, z))),
        write_table(folder / "lineal_path.csv", *_lines(lineal_path, "L", label, edge, (x, y, z))),
        write_table(folder / "chords.csv", *_lines(chord_lengths, "p", label, edge, (x, y, z))),
    ]


def _numbers(found: Characteristics) -> list[list[str]]:
    """One row for each number."""
    rows: list[list[Any]] = []
    for i, phase in enumerate(_PHASES):
        rows.append(["volume fraction", phase, "", found.fraction[i], "1", found.fraction_error[i]])
        for a, axis in enumerate("xyz"):
            share, error = found.percolating[i, a], found.percolating_error[i, a]
            rows.append(["percolating share", phase, axis, share, "1", error])
            chord, error = found.chord[i, a] * 1e6, found.chord_error[i, a] * 1e6
            rows.append(["mean chord", phase, axis, chord, "um", error])
    for pair, (area, error) in found.interface.items():
        rows.append(["interface", pair, "", area * 1e-6, "1/um", error * 1e-6])
    area, error = found.surface
    rows.append(["specific surface", "active", "", area * 1e-6, "1/um", error * 1e-6])
    contacts = found.network.coordination
    scatter = float(np.std(contacts)) / math.sqrt(max(contacts.size, 1))
    rows.append(["particles", "active", "", contacts.size, "1", ""])
    rows.append(["contacts per particle", "active", "", contacts.mean(), "1", scatter])
    for a, b in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)):
        entry, error = found.network.fabric[a, b], found.fabric_error[a, b]
        rows.append(["fabric", "active", "xyz"[a] + "xyz"[b], entry, "1", error])
    return [[cell if isinstance(cell, str) else number(cell) for cell in row] for row in rows]


def _two_point(
    label: NDArray[np.uint8], edge: FloatArray, periodic: Periodic
) -> tuple[list[str], list[list[str]]]:
    """S2 of each phase over the distance."""
    from multiscale.voxels.statistics import two_point_probability

    reach = _REACH * float((np.array(label.shape) * edge).min())
    curves = [
        two_point_probability(label == phase, edge, periodic, reach) for phase in _PHASES.values()
    ]
    header = ["distance [um]", *(f"S2 {phase}" for phase in _PHASES)]
    columns = [curves[0][0] * 1e6, *(s2 for _, s2 in curves)]
    return header, [[number(x) for x in row] for row in zip(*columns, strict=True)]


def _lines(
    statistic: Callable[[NDArray[np.bool_], int, bool], FloatArray],
    name: str,
    label: NDArray[np.uint8],
    edge: FloatArray,
    periodic: Periodic,
) -> tuple[list[str], list[list[str]]]:
    """A statistic of the lines along each axis, one row for each axis and number of voxels."""
    rows = []
    for a, axis in enumerate("xyz"):
        curves = [statistic(label == phase, a, periodic[a]) for phase in _PHASES.values()]
        for n, row in enumerate(zip(*curves, strict=True)):
            rows.append([axis, number(n * edge[a] * 1e6), *(number(x) for x in row)])
    return ["axis", "length [um]", *(f"{name} {phase}" for phase in _PHASES)], rows
