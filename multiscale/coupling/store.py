"""One immutable HDF5 file per result, named by its key; it also holds what ParaView opens.

Nothing is ever written into an existing file: a result goes to a scratch file and is moved into
place, so that a killed job leaves a scratch file and never half a result. Layout:
docs/reference/file_formats.md.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multiscale import records
from multiscale.coupling.polydata import write_spheres
from multiscale.errors import HandoverError
from multiscale.files import replacing, sweep
from multiscale.records import Closure, FieldRef, Packing, Port, Record
from multiscale.records.record import array_digest, stored_digest

FORMAT = 1  # version of the layout; a reader refuses newer ones
_SLICES = 64  # of a field in a file that are held at once, at least


@dataclass(frozen=True)
class Checked:
    """A balance as it came out: `relative` is the difference over the larger of both."""

    quantity: str
    unit: str
    before: float
    after: float
    relative: float
    tolerance: float


class Store:
    """A directory of results."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        """Where the result of this key lies, or would lie."""
        return self.root / f"{key}.h5"

    def __contains__(self, key: str) -> bool:
        return self.path(key).exists()

    def save(
        self, key: str, record: Record, provenance: Mapping[str, Any], balances: Sequence[Checked]
    ) -> Path:
        """Write a result. Call on one rank only."""
        self.root.mkdir(parents=True, exist_ok=True)
        with replacing(self.path(key)) as scratch:
            _write(scratch, record, provenance, balances)
        return self.path(key)

    def sweep(self) -> None:
        """Remove scratch files of processes of this host that are gone."""
        sweep(self.root)


def load(path: Path) -> Record:
    """Read a result back; large fields stay in the file as references.

    Raises:
        HandoverError: the file is of a newer format, or its content is not what was written.
    """
    with _reading(path) as file:
        if file.attrs["format"] > FORMAT:
            raise HandoverError(
                f"{path} has format {file.attrs['format']}; this version reads up to {FORMAT}: "
                "install a newer multiscale"
            )
        kind: type[Record] = getattr(records, file.attrs["schema"])
        values = {name: _read(path, file, name, port) for name, port in kind.ports().items()}
        error = {
            name: float(file["record"][name].attrs["numerical_error"])
            for name in kind.ports()
            if "numerical_error" in file["record"][name].attrs
        }
        expected = file.attrs["digest"]
    record = kind(**values, error=error)
    if record.digest() != expected:
        raise HandoverError(f"{path} was changed after it was written: it is no result")
    return record


def meta(path: Path) -> dict[str, Any]:
    """Provenance and conservation table of a result.

    Raises:
        HandoverError: the file is damaged.
    """
    with _reading(path) as file:
        return {
            "schema": file.attrs["schema"],
            "digest": file.attrs["digest"],
            "provenance": json.loads(file["provenance"].asstr()[()]),
            "conservation": json.loads(file["conservation"].asstr()[()]),
        }


def has_image(path: Path) -> bool:
    """Whether the result holds voxels that ParaView can draw.

    Raises:
        HandoverError: the file is damaged.
    """
    with _reading(path) as file:
        return "VTKHDF" in file and file["VTKHDF"].attrs["Type"] == b"ImageData"


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[Any]:
    import h5py

    try:
        with h5py.File(path) as file:
            yield file
    except (OSError, KeyError, AttributeError) as problem:
        raise HandoverError(f"{path} cannot be read as a result ({problem})") from problem


def _write(
    path: Path, record: Record, provenance: Mapping[str, Any], balances: Sequence[Checked]
) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs.update(format=FORMAT, schema=type(record).__name__, digest=record.digest())
        file["provenance"] = json.dumps(provenance, sort_keys=True)
        file["conservation"] = json.dumps([asdict(b) for b in balances])
        group = file.create_group("record")
        for name, port in record.ports().items():
            _write_field(file, group, name, getattr(record, name), port, record)
            group[name].attrs.update(
                units=port.unit,
                long_name=port.doc,
                axes=",".join(port.dims),
                display=port.display or port.unit,
            )
            if name in record.error:
                group[name].attrs["numerical_error"] = record.error[name]
        if isinstance(record, Packing):
            write_spheres(file, record)


def _write_field(file: Any, group: Any, name: str, value: Any, port: Port, record: Record) -> None:
    match port.kind:
        case "text":
            group[name] = value
        case "closure":
            table = group.create_group(name)
            table["x"], table["y"] = value.x, value.y
            table["x"].attrs["units"] = port.x_unit
            table["y"].attrs["units"] = port.unit
        case "field":
            import h5py

            if 0 in value.shape:  # not kept: no image
                group[name] = np.empty(value.shape, port.dtype)
                return
            _write_image(file, name, value, port, record)
            group[name] = h5py.SoftLink(f"/VTKHDF/CellData/{name}")
        case _:
            group.create_dataset(name, data=np.asarray(value, port.dtype))


def _write_image(file: Any, name: str, value: Any, port: Port, record: Record) -> None:
    """Write a voxel field (x, y, z) as VTKHDF ImageData, whose arrays run (z, y, x).

    One that lies in a file is copied slice by slice.
    """
    image = file.require_group("VTKHDF")
    if "Version" not in image.attrs:
        spacing = np.asarray(record.voxel_size)  # type: ignore[attr-defined]  # records with fields have it
        image.attrs["Version"] = (2, 0)
        image.attrs.create("Type", np.bytes_("ImageData"))
        image.attrs["Direction"] = np.eye(3).ravel()
        image.attrs["Origin"] = np.zeros(3)
        image.attrs["Spacing"] = spacing
        image.attrs["WholeExtent"] = np.ravel([(0, n) for n in value.shape])
        image.attrs["spacing_unit"] = "m"
    data = image.create_dataset(
        f"CellData/{name}",
        value.shape[::-1],
        port.dtype,
        compression="gzip",
        compression_opts=1,
        shuffle=True,
    )
    if isinstance(value, FieldRef):
        step = data.chunks[0] * -(-_SLICES // data.chunks[0])
        for z in range(0, data.shape[0], step):
            data[z : z + step] = value.read(z=slice(z, z + step)).transpose(2, 1, 0)
        data.attrs["content_digest"] = value.digest
        return
    data[...] = value.transpose(2, 1, 0)
    data.attrs["content_digest"] = array_digest(np.asarray(value, port.dtype))


def _read(path: Path, file: Any, name: str, port: Port) -> Any:
    stored = file["record"][name]
    match port.kind:
        case "text":
            return stored.asstr()[()]
        case "closure":
            return Closure(stored["x"][()], stored["y"][()])
        case "field":
            if stored.size == 0:
                return stored[()].transpose(2, 1, 0)
            shape = stored.shape[::-1]
            digest = stored_digest(stored)
            return FieldRef(path.resolve(), f"VTKHDF/CellData/{name}", digest, shape, port.dtype)
        case _:
            return stored[()]
