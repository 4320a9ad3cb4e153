"""Statistics of the microstructure as tables: areas, percolation, contacts, correlation, chords."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multiscale.records import FloatArray, Phase
from multiscale.results.tables import number, write_table
from multiscale.results.view import StageView, open_run

if TYPE_CHECKING:
    from mpi4py import MPI

    from multiscale.voxels.characterise import Characteristics
    from multiscale.voxels.slabs import Slabs

Labels = NDArray[np.uint8]
Periodic = tuple[bool, bool, bool]
Table = tuple[Sequence[str], list[list[str]]]

_PHASES = {"pore": Phase.PORE, "active": Phase.ACTIVE, "cbd": Phase.CBD}
_HEADER = ("quantity", "phase", "axis", "value", "unit", "error")
_ENTRIES = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))  # of a symmetric tensor
_NEAR = 0.02  # gap over mean radius at which spheroids touch: 1 % of the diameters
_REACH = 0.5  # of the shortest edge: farther apart the pairs of a box are no sample
_LEAST = 8  # slices of a rank, so that blocks of eight voxels do not straddle two


def export_statistics(
    out: Path, folder: Path | None = None, comm: MPI.Intracomm | None = None
) -> list[Path]:
    """Measure the voxels of the run in `out` and write tables to `folder` (`out/statistics`).
    Collective.

    `statistics.csv` holds single numbers; its errors are the standard error of fractions, shares
    and chords for the finite volume, that of a variance of columns for the edge, that of means over
    the particles and of the fabric for their finite number, and the numerical error of an area.
    `two_point.csv` holds S2(r), `lineal_path.csv` L and `chords.csv` the density of chord lengths,
    each beside its standard error for the finite volume.

    Args:
        out: folder of the run.
        folder: where the tables go.
        comm: ranks that share the volume by slabs along z, as long as each gets eight slices; the
            first one measures alone otherwise.

    Returns:
        The tables, on the first rank; none on others.

    Raises:
        CaseError: there is no run, or it has no microstructure.
    """
    from multiscale.voxels.slabs import share_layers

    run = open_run(out)
    structure = run.microstructure
    slices = structure.label.shape[2]
    if comm and slices < _LEAST * comm.size:
        if comm.rank > 0:
            return []
        comm = None
    slabs = share_layers(comm, slices, (False, False, False))
    tables = _measured(structure, slabs)
    if slabs.rank > 0:
        return []
    folder = folder or run.out / "statistics"
    folder.mkdir(parents=True, exist_ok=True)
    return [write_table(folder / f"{name}.csv", *table) for name, table in tables.items()]


def _measured(structure: StageView, slabs: Slabs) -> dict[str, Table]:
    """All tables by name. Collective."""
    from multiscale.voxels.characterise import characterise
    from multiscale.voxels.chords import chord_lengths_with_error, lineal_path_with_error

    label = structure.label.read(z=slice(slabs.begin, slabs.end))
    edge, (x, y, z) = structure.voxel_size, (bool(wraps) for wraps in structure.periodic)
    volume = label, edge, (x, y, z), slabs
    numbers = _numbers(characterise(*volume)) + _poles(structure.radius, structure.pole)
    numbers += _normals(structure)
    return {
        "statistics": (_HEADER, numbers),
        "two_point": _two_point(*volume),
        "lineal_path": _lines(lineal_path_with_error, "L", *volume),
        "chords": _lines(chord_lengths_with_error, "p", *volume),
    }


def _numbers(found: Characteristics) -> list[list[str]]:
    """One row for each number."""
    rows: list[list[Any]] = []
    for i, phase in enumerate(_PHASES):
        rows.append(["volume fraction", phase, "", found.fraction[i], "1", found.fraction_error[i]])
        size, error = found.edge[i] * 1e6
        rows.append(["edge for a fraction known to 0.01", phase, "", size, "um", error])
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
    for a, b in _ENTRIES:
        entry, error = found.network.fabric[a, b], found.fabric_error[a, b]
        rows.append(["fabric", "active", "xyz"[a] + "xyz"[b], entry, "1", error])
    return [[cell if isinstance(cell, str) else number(cell) for cell in row] for row in rows]


def _poles(radius: FloatArray, pole: FloatArray) -> list[list[str]]:
    """Rows of <n n> of tilted particles and of S = (3 <n_z^2> - 1)/2, by volume, each with its
    standard error for so many particles."""
    from multiscale.voxels.orientation import axis_tensor

    if len(pole) == 0:
        return []
    weight = radius**3 / np.sum(radius**3)
    mean = axis_tensor(pole, weight)
    off = pole[:, :, None] * pole[:, None, :] - mean
    error = np.sqrt(np.einsum("n,nij->ij", weight**2, off**2))
    rows: list[tuple[str, float, float]] = [
        ("xyz"[a] + "xyz"[b], mean[a, b], error[a, b]) for a, b in _ENTRIES
    ]
    order = (3 * mean[2, 2] - 1) / 2, 1.5 * error[2, 2]
    return [
        ["orientation parameter", "active", "z", number(order[0]), "1", number(order[1])],
        *(["pole tensor", "active", ab, number(m), "1", number(e)] for ab, m, e in rows),
    ]


def _normals(structure: StageView) -> list[list[str]]:
    """Rows of <n n> over the contacts of spheroids, n the normals of their surfaces there, and of
    contacts per particle, each with its standard error for so many particles."""
    from multiscale.voxels.contact_network import fabric_error, spheroid_network

    radius, aspect = structure.radius, float(structure.aspect)
    if radius.size == 0 or aspect == 1:
        return []
    pole = structure.pole if len(structure.pole) else np.tile([0.0, 0.0, 1.0], (radius.size, 1))
    box = structure.voxel_size * structure.label.shape
    of = structure.centre, radius, aspect, pole
    network = spheroid_network(*of, box, _NEAR)
    touching, error = network.coordination, fabric_error(network)
    scatter = float(np.std(touching)) / math.sqrt(touching.size)
    return [
        ["contacts of spheroids", "active", "", number(touching.mean()), "1", number(scatter)],
        *(
            ["fabric of normals", "active", "xyz"[a] + "xyz"[b], number(entry), "1", number(e)]
            for a, b in _ENTRIES
            for entry, e in [(network.fabric[a, b], error[a, b])]
        ),
    ]


def _two_point(label: Labels, edge: FloatArray, periodic: Periodic, slabs: Slabs) -> Table:
    """S2 of each phase over the distance. Collective."""
    from multiscale.voxels.two_point import two_point_with_error

    reach = _REACH * float((np.array([*label.shape[:2], slabs.total]) * edge).min())
    curves = [
        two_point_with_error(label == phase, edge, periodic, reach, slabs)
        for phase in _PHASES.values()
    ]
    header = ["distance [um]", *_with_errors("S2")]
    columns = [curves[0][0] * 1e6, *(column for _, *both in curves for column in both)]
    return header, [[number(x) for x in row] for row in zip(*columns, strict=True)]


def _lines(
    statistic: Callable[[NDArray[np.bool_], int, bool, Slabs], tuple[FloatArray, FloatArray]],
    name: str,
    label: Labels,
    edge: FloatArray,
    periodic: Periodic,
    slabs: Slabs,
) -> Table:
    """A statistic of the lines along each axis, one row for each axis and number of voxels.
    Collective."""
    rows = []
    for a, axis in enumerate("xyz"):
        curves = [statistic(label == p, a, periodic[a], slabs) for p in _PHASES.values()]
        columns = [column for both in curves for column in both]
        for n, row in enumerate(zip(*columns, strict=True)):
            rows.append([axis, number(n * edge[a] * 1e6), *(number(x) for x in row)])
    return ["axis", "length [um]", *_with_errors(name)], rows


def _with_errors(name: str) -> list[str]:
    """Headers of a statistic of each phase and of its error."""
    return [f"{what} {phase}" for phase in _PHASES for what in (name, f"error({name})")]
