"""Labelled images from files: TIFF stacks and slices, raw bytes and HDF5 data sets."""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.stages.microstructure.slices import (
    TIFF,
    read_slice,
    slice_files,
    slice_shape,
    slices_digest,
)

HDF5, RAW = (".h5", ".hdf5"), (".raw", ".bin")
RAW_TYPES = ("uint8", "uint16", "int8", "int16", "int32")
PIECE = 64_000_000  # bytes of a file that a rank holds at once, or one layer if that is more

# What Pillow and h5py raise beside OSError where a file's tables point nowhere.
_DAMAGED = (EOFError, KeyError, RuntimeError, SyntaxError, TypeError)


def file_digest(path: Path) -> str:
    """SHA-256 of the content of a file, or of a folder's slices; empty where it cannot be read."""
    if path.is_dir():
        return slices_digest(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


type Block = tuple[slice, slice, slice]
WHOLE: Block = (slice(None), slice(None), slice(None))


@dataclass(frozen=True)
class StoredImage:
    """A volume in a file, read by blocks, so that no rank needs to hold all of it.

    Attributes:
        path: the file.
        shape: voxels, slowest axis of the file first.
        dtype: of the values.
        block: reads a block of it.
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    block: Callable[[Block], NDArray[Any]]

    def read(self, block: Block = WHOLE) -> NDArray[Any]:
        """Read a block, axes in the order of the file.

        Raises:
            ValueError: the file cannot be read.
        """
        with _reading(self.path):
            return self.block(block)

    def pieces(self, block: Block = WHOLE) -> Iterator[tuple[slice, NDArray[Any]]]:
        """Read a block in pieces along the first axis, each with its place in the block.

        Raises:
            ValueError: the file cannot be read.
        """
        first, last, _ = block[0].indices(self.shape[0])
        across = (len(range(*s.indices(n))) for s, n in zip(block[1:], self.shape[1:], strict=True))
        step = max(1, PIECE // (self.dtype.itemsize * math.prod(across)))
        for begin in range(first, last, step):
            end = min(begin + step, last)
            yield slice(begin - first, end - first), self.read((slice(begin, end), *block[1:]))


def open_image(
    path: Path, shape: tuple[int, ...] | None, dtype: str, dataset: str | None
) -> StoredImage:
    """Find a volume of whole numbers in a file: pages, rows, columns of a TIFF.

    Args:
        path: `.tif`, `.tiff`, `.h5`, `.hdf5`, `.raw` or `.bin`, or a folder of TIFF slices.
        shape: of raw bytes; of the others only checked.
        dtype: of raw bytes.
        dataset: of HDF5; may be left out where the file holds one volume only.

    Raises:
        ValueError: saying what is wrong with the file.
    """
    kind = TIFF[0] if path.is_dir() else path.suffix.lower()
    if kind not in TIFF + HDF5 + RAW:
        raise ValueError(
            f"'{path}' ends with '{path.suffix}'; images end with {', '.join(TIFF + HDF5 + RAW)}"
        )
    if not path.exists():
        raise ValueError(f"no such file: '{path}'")
    with _reading(path):
        if path.is_dir():
            image = _open_slices(path)
        elif kind in TIFF:
            image = _open_tiff(path)
        elif kind in HDF5:
            image = _open_hdf5(path, dataset)
        else:
            image = _open_raw(path, shape, dtype)
    if len(image.shape) != 3 or min(image.shape) < 2:
        raise ValueError(f"'{path}' holds an array of {image.shape}; a volume has three axes")
    if shape is not None and image.shape != shape:
        raise ValueError(f"'{path}' holds {image.shape} voxels, the shape given is {shape}")
    if not np.issubdtype(image.dtype, np.integer):
        raise ValueError(f"'{path}' holds {image.dtype} values; labels are whole numbers")
    return image


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    kind = "TIF" if path.is_dir() else path.suffix.lower()[1:].upper()
    try:
        with warnings.catch_warnings():  # of what the error says better
            warnings.filterwarnings("ignore", module=r"PIL\.")
            yield
    except OSError as error:
        raise ValueError(f"cannot read '{path}' as {kind}: {error}") from None
    except _DAMAGED as error:
        raise ValueError(
            f"cannot read '{path}' as {kind}: it is damaged or was cut short ({error})"
        ) from None


def _open_slices(folder: Path) -> StoredImage:
    (count, *size), kind = slice_shape(folder)

    def pages(block: Block) -> NDArray[Any]:
        return np.stack([read_slice(path)[block[1:]] for path in slice_files(folder)[block[0]]])

    return StoredImage(folder, (count, *size), kind, pages)


def _open_tiff(path: Path) -> StoredImage:
    from PIL import Image, UnidentifiedImageError

    def pages(block: Block) -> NDArray[Any]:
        with Image.open(path) as stack:
            wanted = range(*block[0].indices(getattr(stack, "n_frames", 1)))
            found = []
            for number in wanted:
                stack.seek(number)
                found.append(np.array(stack)[block[1:]])
        stacked = np.stack(found)
        return stacked.astype(np.uint8) if stacked.dtype == bool else stacked

    try:
        with Image.open(path) as stack:
            count = getattr(stack, "n_frames", 1)
            sizes = set()
            for number in range(count):
                stack.seek(number)
                sizes.add(stack.size)
    except UnidentifiedImageError:
        raise OSError("it is no TIFF file") from None
    if len(sizes) > 1:
        raise ValueError(f"'{path}' holds pages of different sizes")
    page = pages((slice(0, 1), slice(None), slice(None)))
    return StoredImage(path, (count, *page.shape[1:]), page.dtype, pages)


def _open_hdf5(path: Path, dataset: str | None) -> StoredImage:
    import h5py

    with h5py.File(path) as file:
        volumes: list[str] = []

        def note(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset) and item.ndim == 3:
                volumes.append(name)

        file.visititems(note)
        if dataset is None and len(volumes) == 1:
            dataset = volumes[0]
        if dataset is None or dataset not in file or not isinstance(file[dataset], h5py.Dataset):
            there = ", ".join(f"'{name}'" for name in volumes) or "none"
            asked = f"has no data set '{dataset}'" if dataset else "needs a 'dataset' to be named"
            raise ValueError(f"'{path}' {asked}; its volumes: {there}")
        shape, kind = file[dataset].shape, file[dataset].dtype

    def block(part: Block) -> NDArray[Any]:
        with h5py.File(path) as file:
            return np.asarray(file[dataset][part])

    return StoredImage(path, shape, kind, block)


def _open_raw(path: Path, shape: tuple[int, ...] | None, dtype: str) -> StoredImage:
    size = path.stat().st_size
    if shape is None:
        raise ValueError(f"'{path}' is raw: give its 'shape' and 'dtype'; it has {size} bytes")
    wanted = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if size != wanted:
        raise ValueError(
            f"'{path}' has {size} bytes; shape {list(shape)} of {dtype} needs {wanted}"
        )
    kind = np.dtype(dtype).newbyteorder("<")

    def block(part: Block) -> NDArray[Any]:
        return np.array(np.memmap(path, kind, "r", shape=shape)[part])

    return StoredImage(path, shape, kind, block)
