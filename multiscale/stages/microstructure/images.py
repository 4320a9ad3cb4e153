"""Labelled images from files: TIFF stacks, raw bytes and HDF5 data sets."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TIFF, HDF5, RAW = (".tif", ".tiff"), (".h5", ".hdf5"), (".raw", ".bin")
RAW_TYPES = ("uint8", "uint16", "int8", "int16", "int32")


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def read_image(
    path: Path, shape: tuple[int, ...] | None, dtype: str, dataset: str | None
) -> NDArray[Any]:
    """Read a volume in the order of the file, slowest axis first: pages, rows, columns of a TIFF.

    Args:
        path: `.tif`, `.tiff`, `.h5`, `.hdf5`, `.raw` or `.bin`.
        shape: of raw bytes; of the others only checked.
        dtype: of raw bytes.
        dataset: of HDF5; may be left out where the file holds one volume only.

    Returns:
        Whole numbers, three axes.

    Raises:
        ValueError: saying what is wrong with the file.
    """
    kind = path.suffix.lower()
    if kind not in TIFF + HDF5 + RAW:
        raise ValueError(
            f"'{path}' ends with '{path.suffix}'; images end with {', '.join(TIFF + HDF5 + RAW)}"
        )
    if not path.is_file():
        raise ValueError(f"no such file: '{path}'")
    try:
        if kind in TIFF:
            image = _read_tiff(path)
        elif kind in HDF5:
            image = _read_hdf5(path, dataset)
        else:
            return _read_raw(path, shape, dtype)
    except OSError as error:
        raise ValueError(f"cannot read '{path}' as {kind[1:].upper()}: {error}") from None
    if image.ndim != 3 or min(image.shape) < 2:
        raise ValueError(f"'{path}' holds an array of {image.shape}; a volume has three axes")
    if shape is not None and image.shape != shape:
        raise ValueError(f"'{path}' holds {image.shape} voxels, the shape given is {shape}")
    if not np.issubdtype(image.dtype, np.integer):
        raise ValueError(f"'{path}' holds {image.dtype} values; labels are whole numbers")
    return image


def _read_tiff(path: Path) -> NDArray[Any]:
    from PIL import Image, ImageSequence, UnidentifiedImageError

    try:
        with Image.open(path) as stack:
            pages = [np.array(page) for page in ImageSequence.Iterator(stack)]
    except UnidentifiedImageError:
        raise OSError("it is no TIFF file") from None
    if len({page.shape for page in pages}) > 1:
        raise ValueError(f"'{path}' holds pages of different sizes")
    stacked = np.stack(pages)
    return stacked.astype(np.uint8) if stacked.dtype == bool else stacked


def _read_hdf5(path: Path, dataset: str | None) -> NDArray[Any]:
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
        return np.asarray(file[dataset][()])


def _read_raw(path: Path, shape: tuple[int, ...] | None, dtype: str) -> NDArray[Any]:
    size = path.stat().st_size
    if shape is None:
        raise ValueError(f"'{path}' is raw: give its 'shape' and 'dtype'; it has {size} bytes")
    wanted = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if size != wanted:
        raise ValueError(
            f"'{path}' has {size} bytes; shape {list(shape)} of {dtype} needs {wanted}"
        )
    return np.fromfile(path, np.dtype(dtype).newbyteorder("<")).reshape(shape)
