"""The state of a simulation in a file, from which it goes on as if nothing had happened.

On as many ranks as wrote it, each rank gets its own rows back in their order, bit for bit; on
another number the rows are dealt out evenly, and `migrate` brings them to their owners. The two
newest checkpoints are kept; a killed job leaves a scratch file and never half a checkpoint.
Layout: docs/reference/file_formats.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mpi4py import MPI

import h5py
import numpy as np

from multiscale import files
from multiscale.errors import CaseError, FileError
from multiscale.log import logger
from multiscale.particles.agree import raise_together
from multiscale.particles.migrate import Ragged
from multiscale.particles.slabs import PIECE, Array, Slabs, writing

FORMAT = 2  # version of the layout; a reader refuses newer ones
KEPT = 2
_SHOWN = 12  # differing settings named in a message
Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class Snapshot:
    """What one rank knows at a time step.

    Attributes:
        step: number of the time step, the same on all ranks.
        particles: one row per owned particle in each array, in the engine's order.
        ragged: a varying number of items per owned particle, such as its contacts' histories.
        tables: sets of arrays with as many rows as the rank likes: its bonds, or one row with what
            it has counted. On another number of ranks a rank may get several rows, or none.
        shared: arrays that are the same on all ranks: box, walls, cuts.
        numbers: the same on all ranks, of what JSON knows: time, state of a protocol.
        settings: what must be the same at a restart: laws, parameters, time step.
        ranks: that wrote it; set where it is read.
    """

    step: int
    particles: Arrays
    ragged: Mapping[str, Ragged] = field(default_factory=dict)
    tables: Mapping[str, Arrays] = field(default_factory=dict)
    shared: Arrays = field(default_factory=dict)
    numbers: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    ranks: int | None = None


def write(folder: Path, snapshot: Snapshot, comm: MPI.Intracomm) -> Path:
    """Write a checkpoint and remove all but the two newest. Collective.

    Raises:
        FileError: it could not be written (on all ranks); older ones are still there.
    """
    path = folder / f"step-{snapshot.step:012d}.h5"
    with writing(path, comm) as slabs:
        slabs.describe("/", format=FORMAT, step=snapshot.step, ranks=comm.size)
        slabs.note("numbers", _text(snapshot.numbers))
        slabs.note("settings", _text(snapshot.settings))
        _add(slabs, "particles", snapshot.particles)
        for name, (counts, items) in snapshot.ragged.items():
            slabs.add(f"ragged/{name}/counts", counts)
            _add(slabs, f"ragged/{name}/items", {str(k): item for k, item in enumerate(items)})
        for name, table in snapshot.tables.items():
            _add(slabs, f"tables/{name}", table)
        for name, array in snapshot.shared.items():
            slabs.note(f"shared/{name}", array)
    if comm.rank == 0:
        for old in checkpoints(folder)[:-KEPT]:
            with contextlib.suppress(OSError):  # no harm: the next one tries again
                old.unlink()
    return path


def read(
    folder: Path, comm: MPI.Intracomm, settings: Mapping[str, Any] | None = None
) -> Snapshot | None:
    """Read the newest checkpoint, or the one before where it is damaged. Collective.

    Args:
        folder: seen by all ranks.
        comm: the ranks.
        settings: those of the run that goes on; None asks for no comparison.

    Returns:
        This rank's part; None where there is no checkpoint.

    Raises:
        CaseError: the checkpoint was written with other settings (on all ranks).
        FileError: no checkpoint can be read, or it is of a newer format (on all ranks).
    """
    if comm.rank == 0:
        files.sweep(folder)
    damaged: list[str] = []
    for path in comm.bcast(checkpoints(folder)[::-1]):
        snapshot, problem = _attempt(path, comm)
        problems = [p for p in comm.allgather(problem) if p]
        if not problems:
            assert snapshot is not None
            _check_settings(path, snapshot, settings, comm)
            return snapshot
        damaged.append(problems[0])
        if comm.rank == 0:
            logger.warning("%s; trying the one before", problems[0])
    if damaged:
        raise_together(comm, FileError(f"{damaged[0]}; remove {folder} to begin from nothing"))
    return None


def checkpoints(folder: Path) -> list[Path]:
    """List the complete checkpoints, the newest last."""
    return sorted(folder.glob("step-*.h5"))


def digest(settings: Mapping[str, Any]) -> str:
    """Give a short name of the settings: equal settings, equal digests."""
    return hashlib.sha256(_text(settings).encode()).hexdigest()[:16]


def differences(kept: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name the settings that differ, one sentence each, in the order of their names."""
    before, after = dict(_leaves(_plain(kept))), dict(_leaves(_plain(now)))
    return [
        f"{name}: {before.get(name, 'nothing')} in the checkpoint, {after.get(name, 'nothing')} now"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _add(slabs: Slabs, name: str, table: Arrays) -> None:
    """Write the arrays of a table, and where each rank's rows begin."""
    slabs.describe(name)
    counts = None
    for column, rows in table.items():
        counts = slabs.add(f"{name}/{column}", rows)
    if counts is not None:
        slabs.note(f"starts/{name}", np.concatenate([[0], np.cumsum(counts)]))


def _attempt(path: Path, comm: MPI.Intracomm) -> tuple[Snapshot | None, str]:
    try:
        with h5py.File(path, locking=False) as file:
            if file.attrs["format"] > FORMAT:
                return None, (
                    f"{path} has format {file.attrs['format']} and this version reads up to "
                    f"{FORMAT}: install a newer multiscale"
                )
            return _read(file, comm), ""
    except (OSError, KeyError, RuntimeError, ValueError) as problem:
        return None, f"{path} is no whole checkpoint ({problem})"


def _read(file: h5py.File, comm: MPI.Intracomm) -> Snapshot:
    particles, rows = _table(file, "particles", comm)
    ragged = {}
    for name, group in file.get("ragged", {}).items():
        counts = group["counts"]
        first = _sum(counts, 0, rows.start)
        mine = slice(first, first + _sum(counts, rows.start, rows.stop))
        items = [group["items"][str(k)][mine] for k in range(len(group["items"]))]
        ragged[name] = Ragged(counts[rows], tuple(items))
    return Snapshot(
        int(file.attrs["step"]),
        particles,
        ragged,
        {name: _table(file, f"tables/{name}", comm)[0] for name in file.get("tables", {})},
        {name: array[()] for name, array in file.get("shared", {}).items()},
        json.loads(file["numbers"].asstr()[()]),
        json.loads(file["settings"].asstr()[()]),
        int(file.attrs["ranks"]),
    )


def _table(file: h5py.File, name: str, comm: MPI.Intracomm) -> tuple[dict[str, Array], slice]:
    """Read this rank's rows of a table: its own, or an even share on another number of ranks."""
    if not len(file[name]):
        return {}, slice(0, 0)
    starts = file["starts"][name][()]
    if len(starts) == comm.size + 1:
        rows = slice(int(starts[comm.rank]), int(starts[comm.rank + 1]))
    else:
        total = int(starts[-1])
        rows = slice(total * comm.rank // comm.size, total * (comm.rank + 1) // comm.size)
    return {column: dataset[rows] for column, dataset in file[name].items()}, rows


def _sum(counts: h5py.Dataset, start: int, stop: int) -> int:
    """Sum the rows start to stop, a piece at a time."""
    pieces = range(start, stop, PIECE)
    return sum(int(counts[a : min(a + PIECE, stop)].sum(dtype=np.int64)) for a in pieces)


def _check_settings(
    path: Path, snapshot: Snapshot, settings: Mapping[str, Any] | None, comm: MPI.Intracomm
) -> None:
    error = None
    if settings is not None and digest(snapshot.settings) != digest(settings):
        found = differences(snapshot.settings, settings)
        more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        error = CaseError(
            f"{path} was written with other settings:\n  "
            + "\n  ".join(found[:_SHOWN] + more)
            + "\ngo on with those, or begin from nothing in another folder"
        )
    raise_together(comm, error)


def _text(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, default=_number)


def _plain(values: Mapping[str, Any]) -> Any:
    return json.loads(_text(values))


def _number(value: Any) -> Any:
    """Give JSON a number or an array of NumPy's."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"a checkpoint cannot keep {value!r}: give numbers, text, lists and tables")


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each number or text of nested tables with its path."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for k, inner in enumerate(value):
            yield from _leaves(inner, f"{name}[{k}]")
    else:
        yield name, json.dumps(value)
