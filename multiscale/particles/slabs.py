"""One HDF5 file from many ranks: their rows travel to rank 0 in pieces, so that no rank ever holds
what another one owns.

Serial HDF5 writes it under a scratch name; the file appears when it is complete. Each chunk carries
a checksum, so that a damaged file is refused when it is read.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from mpi4py import MPI

import h5py
import numpy as np
from numpy.typing import NDArray

from multiscale.errors import FileError, StageFailed
from multiscale.files import replacing
from multiscale.particles.agree import raise_together

Array = NDArray[Any]
PIECE = 1 << 22  # bytes on their way at a time
_CHUNK = 1 << 20  # bytes under one checksum
_TAG = 730


class _Patient(io.FileIO):
    """A file that keeps its first error to itself: HDF5 may crash on one, such as a full disk."""

    error: OSError | None = None

    def write(self, data: Any) -> int:
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while left and self.error is None:
                left = left[super().write(left) or 0 :]
        except OSError as error:
            self.error = error
        return size

    def truncate(self, size: int | None = None) -> int:
        try:
            return super().truncate(size)
        except OSError as error:
            self.error = self.error or error
            return self.tell()


class Slabs:
    """A file that all ranks write; made by `writing`.

    Where writing fails, rank 0 keeps the first error and goes on receiving, since the others send.
    """

    def __init__(self, comm: MPI.Intracomm) -> None:
        self._comm = comm
        self._raw: _Patient | None = None
        self._file: h5py.File | None = None
        self.error: Exception | None = None

    def add(self, name: str, rows: Array, **attributes: Any) -> NDArray[np.int64]:
        """Write the rows of all ranks, rank after rank, as one dataset. Collective.

        Args:
            name: of the dataset.
            rows: this rank's, shape (n, ...); type and trailing shape are the same on all ranks.
            attributes: of the dataset, such as its unit.

        Returns:
            Rows of each rank, shape (ranks,).

        Raises:
            StageFailed: the arrays do not fit together (on all ranks).
        """
        rows = np.ascontiguousarray(rows)
        every = self._comm.allgather((len(rows), rows.dtype.str, rows.shape[1:]))
        _check_fit(name, every)
        counts = np.array([count for count, *_ in every], np.int64)
        step = max(1, PIECE // _row_bytes(rows))
        if self._comm.rank > 0:
            for start in range(0, len(rows), step):
                self._comm.Send([_bytes(rows[start : start + step]), MPI.BYTE], 0, _TAG)
            return counts
        self._attempt(self._create, name, rows, int(counts.sum()), attributes)
        at = 0
        for rank, count in enumerate(counts.tolist()):
            for start in range(0, count, step):
                piece = rows[start : start + min(step, count - start)]
                if rank > 0:
                    piece = np.empty((min(step, count - start), *rows.shape[1:]), rows.dtype)
                    self._comm.Recv([_bytes(piece), MPI.BYTE], rank, _TAG)
                self._attempt(self._put, name, piece, at)
                at += len(piece)
        return counts

    def note(self, name: str, value: Any, **attributes: Any) -> None:
        """Write a small dataset that all ranks know; rank 0's counts."""
        self._attempt(self._note, name, value, attributes)

    def describe(self, name: str, **attributes: Any) -> None:
        """Set attributes of a group, made where there is none."""
        self._attempt(self._describe, name, attributes)

    def open(self, path: Path) -> None:
        """Open the file, on rank 0, and its folder."""
        self._attempt(self._open, path)

    def close(self) -> None:
        """Close the file; what was still in memory may fail to be written only now."""
        if self._file is not None and self._raw is not None:
            self._file.close()
            self.error = self.error or self._raw.error
            self._raw.close()

    def _attempt(self, action: Callable[..., None], *arguments: Any) -> None:
        if self._comm.rank > 0 or self.error is not None:
            return
        try:
            action(*arguments)
        except (OSError, RuntimeError) as error:
            self.error = error
        if self._raw is not None:
            self.error = self.error or self._raw.error

    def _open(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._raw = _Patient(path, "w+")
        self._file = h5py.File(self._raw, "w")

    def _create(self, name: str, rows: Array, count: int, attributes: Mapping[str, Any]) -> None:
        assert self._file is not None
        shape = (count, *rows.shape[1:])
        checked: dict[str, Any] = {}
        if math.prod(shape):
            chunk = min(count, max(1, _CHUNK // _row_bytes(rows)))
            checked = dict(chunks=(chunk, *rows.shape[1:]), fletcher32=True)
        dataset = self._file.create_dataset(name, shape, rows.dtype, **checked)
        dataset.attrs.update(attributes)

    def _put(self, name: str, piece: Array, at: int) -> None:
        assert self._file is not None
        if piece.size:
            self._file[name].write_direct(piece, dest_sel=np.s_[at : at + len(piece)])

    def _note(self, name: str, value: Any, attributes: Mapping[str, Any]) -> None:
        assert self._file is not None
        self._file[name] = value
        self._file[name].attrs.update(attributes)

    def _describe(self, name: str, attributes: Mapping[str, Any]) -> None:
        assert self._file is not None
        self._file.require_group(name).attrs.update(attributes)


@contextmanager
def writing(path: Path, comm: MPI.Intracomm) -> Iterator[Slabs]:
    """Write a file together; it is there when the block ends well, and else not. Collective.

    Raises:
        FileError: it could not be written (on all ranks).
    """
    slabs, error = Slabs(comm), None
    try:
        with ExitStack() as stack:
            if comm.rank == 0:
                slabs.open(stack.enter_context(replacing(path)))
            try:
                yield slabs
            finally:
                slabs.close()
            if slabs.error is not None:
                raise slabs.error
    except (OSError, RuntimeError) as problem:
        error = FileError(
            f"{path} cannot be written ({problem}); check that its folder may be written and has "
            "space left, and run again"
        )
    raise_together(comm, error)


def _check_fit(name: str, every: list[tuple[int, str, tuple[int, ...]]]) -> None:
    kinds = sorted({(dtype, shape) for _, dtype, shape in every})
    if len(kinds) > 1:
        said = " and ".join(f"{np.dtype(dtype)} rows of shape {shape}" for dtype, shape in kinds)
        error = StageFailed(
            f"the ranks hold '{name}' as {said}: give the array the same type and trailing shape "
            "on all ranks, also where it is empty"
        )
        error.agreed = True
        raise error


def _row_bytes(rows: Array) -> int:
    return max(1, rows.dtype.itemsize * math.prod(rows.shape[1:]))


def _bytes(rows: Array) -> NDArray[np.uint8]:
    return rows.reshape(-1).view(np.uint8)
