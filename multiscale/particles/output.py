"""Frames that ParaView and PyVista open: particles as points, contacts as lines between centres.

Each frame is a VTKHDF PolyData file of its own, whole or not there, so that a killed run leaves
only whole frames and one that goes on continues the series. `<name>.vtkhdf.series` lists them with
their times: open that in ParaView. In the file the ranks' rows form one piece, rank after rank.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import FileError, StageFailed
from multiscale.files import replacing
from multiscale.particles.agree import raise_together
from multiscale.particles.slabs import Array, Slabs, writing

Columns = Mapping[str, Array]
# Unit and meaning of the usual columns; tensors have 6 components, xx yy zz xy yz xz.
KNOWN = {
    "radius": ("m", "radius"),
    "type": ("1", "index of the type"),
    "id": ("1", "global identity"),
    "velocity": ("m/s", "velocity of the centre"),
    "spin": ("rad/s", "angular velocity"),
    "stress": ("Pa", "mean stress in the particle, tension positive"),
    "coordination": ("1", "number of contacts"),
    "normal_force": ("N", "normal force, positive: repulsion"),
    "tangential_force": ("N", "magnitude of the tangential force"),
    "gap": ("m", "distance between the surfaces, negative: overlap"),
}


def write_particles(
    folder: Path,
    step: int,
    time: float,
    comm: MPI.Intracomm,
    centre: NDArray[np.float64],
    columns: Columns,
) -> Path:
    """Write the particles of all ranks as points. Collective.

    Args:
        folder: receives `particles-<step>.vtkhdf` and `particles.vtkhdf.series`.
        step: number of the time step.
        time: [s].
        comm: the ranks.
        centre: centres of this rank's particles [m], shape (n, 3).
        columns: one row per particle, shapes (n,) or (n, k); for names and units see `KNOWN`.

    Raises:
        FileError: the frame could not be written (on all ranks).
        StageFailed: the arrays do not fit together (on all ranks).
    """
    return _write(folder, "particles", step, time, comm, (centre,), columns)


def write_contacts(
    folder: Path,
    step: int,
    time: float,
    comm: MPI.Intracomm,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    columns: Columns,
) -> Path:
    """Write contacts as lines between the centres. Collective.

    Args:
        folder: receives `contacts-<step>.vtkhdf` and `contacts.vtkhdf.series`.
        step: number of the time step.
        time: [s].
        comm: the ranks; a contact between two ranks is given by one of them.
        first: one end of each line [m], shape (k, 3).
        second: the other end, the image that is touched where the box is periodic, shape (k, 3).
        columns: one row per contact; for names and units see `KNOWN`.

    Raises:
        FileError: the frame could not be written (on all ranks).
        StageFailed: the arrays do not fit together (on all ranks).
    """
    return _write(folder, "contacts", step, time, comm, (first, second), columns)


def _write(
    folder: Path,
    name: str,
    step: int,
    time: float,
    comm: MPI.Intracomm,
    ends: tuple[NDArray[np.float64], ...],
    columns: Columns,
) -> Path:
    cells, corners = len(ends[0]), len(ends)
    short = [key for key, rows in columns.items() if len(rows) != cells]
    raise_together(comm, _misfit(name, cells, short, columns) if short else None)
    path = folder / f"{name}-{step:012d}.vtkhdf"
    with writing(path, comm) as slabs:
        slabs.describe(
            "VTKHDF", Version=(2, 0), Type=np.bytes_("PolyData"), time_unit="s", length_unit="m"
        )
        points = np.stack(ends, axis=1).reshape(-1, 3)
        counts = slabs.add("VTKHDF/Points", points, units="m", long_name="position")
        slabs.note("VTKHDF/NumberOfPoints", np.array([counts.sum()]))
        for kind in ("Vertices", "Lines", "Polygons", "Strips"):
            used = kind == ("Vertices", "Lines")[corners - 1]
            _add_cells(slabs, kind, cells if used else 0, corners, comm)
        # A point has one cell here, so that points carry the columns of vertices as well.
        place = ("PointData", "CellData")[corners - 1]
        slabs.describe(f"VTKHDF/{place}")
        for key, rows in columns.items():
            unit, meaning = KNOWN.get(key, ("", ""))
            slabs.add(f"VTKHDF/{place}/{key}", rows, units=unit, long_name=meaning)
        slabs.note("VTKHDF/FieldData/TimeValue", np.array([time]))
        slabs.note("VTKHDF/FieldData/step", np.array([step]))
    raise_together(comm, _list(folder, name, step, time) if comm.rank == 0 else None)
    return path


def _add_cells(slabs: Slabs, kind: str, cells: int, corners: int, comm: MPI.Intracomm) -> None:
    """Write which points each cell joins: k, k + 1, ... with the points numbered over all ranks."""
    first = corners * (comm.exscan(cells) or 0)  # None on rank 0
    ends = first + corners * np.arange(1, cells + 1, dtype=np.int64)
    offsets = ends if comm.rank > 0 else np.concatenate([[0], ends])
    place = f"VTKHDF/{kind}"
    slabs.add(f"{place}/Connectivity", first + np.arange(corners * cells, dtype=np.int64))
    counts = slabs.add(f"{place}/Offsets", offsets)
    total = int(counts.sum()) - 1
    slabs.note(f"{place}/NumberOfCells", np.array([total]))
    slabs.note(f"{place}/NumberOfConnectivityIds", np.array([corners * total]))


def _list(folder: Path, name: str, step: int, time: float) -> FileError | None:
    """Add a frame to the series; later ones are of a run that was given up."""
    path, this = folder / f"{name}.vtkhdf.series", f"{name}-{step:012d}.vtkhdf"
    try:
        before: list[Any] = json.loads(path.read_text())["files"] if path.exists() else []
        frames = [frame for frame in before if frame["name"] < this]
        frames.append({"name": this, "time": time})
        series = {"file-series-version": "1.0", "files": frames}
        with replacing(path) as scratch:
            scratch.write_text(json.dumps(series, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        return FileError.of(error)
    return None


def _misfit(name: str, rows: int, short: list[str], columns: Columns) -> StageFailed:
    said = ", ".join(f"'{key}' has {len(columns[key])} rows" for key in short)
    return StageFailed(f"there are {rows} {name}, but {said}: give one row for each")
