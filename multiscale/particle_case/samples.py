"""The measurements of a run as rows of a table, which outlasts a kill and goes on after it.

Each row is appended when it is taken; a run that goes on from a checkpoint first drops the rows
beyond it, and a half-written last one.
"""

from __future__ import annotations

import csv
import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiscale.files import replacing
from multiscale.particles.energy import Energy
from multiscale.particles.measure import Measure

Row = dict[str, float]
_COMPONENTS = (("xx", 0, 0), ("yy", 1, 1), ("zz", 2, 2), ("xy", 0, 1), ("xz", 0, 2), ("yz", 1, 2))
UNITS = {
    "step": "1",
    "stage": "1",
    "time": "s",
    "strain": "1",
    "solid_fraction": "1",
    "pressure": "Pa",
    "viscosity": "Pa s",
    "coordination": "1",
    "backbone": "1",
    "rattlers": "1",
    "overlap": "1",
    "bonds": "1",
    "energy_balance": "1",
    "inertial_number": "1",
    "stokes_number": "1",
    "kinetic_share": "1",
}


def unit_of(column: str) -> str:
    """Give the unit of a column."""
    if column in UNITS:
        return UNITS[column]
    if column.startswith("fabric"):
        return "1"
    return "Pa" if column.startswith(("stress", "wall_pressure")) else "J"


def row_of(found: Measure, walls: NDArray[np.float64], areas: Sequence[float]) -> Row:
    """Flatten a measurement: tension positive in stresses, pressures positive.

    Args:
        found: the measurement.
        walls: normals of the walls, shape (walls, 3).
        areas: of the box across each wall [m2].
    """
    total, energy = found.total_stress, found.energy
    row: Row = {
        "solid_fraction": found.solid_fraction,
        "pressure": found.pressure,
        "coordination": found.coordination,
        "backbone": found.backbone,
        "rattlers": found.rattlers,
        "overlap": found.overlap,
    }
    pressures = -np.sum(walls * found.wall_force, axis=1) / np.asarray(areas)
    row |= {f"wall_pressure_{k}": float(p) for k, p in enumerate(pressures)}
    row |= _components("stress_{}", total)
    for part, stress in found.stress.items():
        row |= _components(f"stress_{{}}.{part}", stress)
    row |= _components("fabric_{}", found.fabric)
    row |= {
        "kinetic_energy": energy.kinetic,
        "stored_energy": energy.stored,
        "bond_energy": energy.bonds,
        "lost_energy": energy.lost + energy.bond_lost,
        "wall_work": energy.wall_work,
        "box_work": energy.box_work,
        "body_work": energy.body_work,
        "energy_balance": energy.residual / scale if (scale := _turned_over(energy)) else math.nan,
    }
    return {name: value + 0.0 for name, value in row.items()}  # no -0


def _components(name: str, tensor: NDArray[np.float64]) -> Row:
    return {name.format(ab): float(tensor[a, b]) for ab, a, b in _COMPONENTS}


def _turned_over(energy: Energy) -> float:
    """Give the largest entry of the energy book [J]."""
    return max(abs(value) for value in dataclasses.astuple(energy))


class Table:
    """Rows in a CSV file, kept by one rank.

    Args:
        path: of the file; its columns are `name [unit]`.
        step: rows up to this step are kept, later ones belong to a run that was given up.
    """

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        self.rows = [row for row in read_table(path) if row["step"] <= step]
        if self.rows:
            self._write_anew()
        else:
            path.unlink(missing_ok=True)

    def add(self, row: Mapping[str, float]) -> None:
        """Append a row, unless that step is there."""
        if self.rows and self.rows[-1]["step"] >= row["step"]:
            return
        names = {**dict.fromkeys(self.rows[0] if self.rows else ()), **row}
        self.rows.append({name: row.get(name, math.nan) for name in names})
        if len(self.rows) == 1 or names.keys() != self.rows[0].keys():
            self._write_anew()  # the first row, or columns that an earlier version did not have
            return
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(_texts(self.rows[-1]))

    def _write_anew(self) -> None:
        with replacing(self.path) as scratch, scratch.open("w", encoding="utf-8", newline="") as f:
            writer = csv.writer(f)
            names = self.rows[-1]
            self.rows = [{name: r.get(name, math.nan) for name in names} for r in self.rows]
            writer.writerow(f"{name} [{unit_of(name)}]" for name in names)
            writer.writerows(_texts(row) for row in self.rows)


def read_table(path: Path) -> list[Row]:
    """Read the whole rows of samples.csv; none where there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = [*csv.reader(file)] or [[]]
    names = [title.rpartition(" [")[0] for title in header]
    rows = []
    for line in lines:
        try:
            rows.append({n: float(v) for n, v in zip(names, line, strict=True)})
        except ValueError:  # the last line of a run that was killed while it wrote
            break
    return rows


def _texts(row: Mapping[str, float]) -> list[str]:
    # Every bit, as a run goes on from the last row.
    return [str(int(v)) if name in ("step", "stage") else repr(v) for name, v in row.items()]
