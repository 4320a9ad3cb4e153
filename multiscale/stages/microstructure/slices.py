"""A volume as a folder of TIFF files, one slice each."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TIFF = (".tif", ".tiff")


def slice_files(folder: Path) -> list[Path]:
    """The TIFF files of a folder by the numbers in their names: slice_9 before slice_10."""
    found = (path for path in folder.iterdir() if path.suffix.lower() in TIFF and path.is_file())
    return sorted(found, key=lambda path: _by_number(path.name))


def slices_digest(folder: Path) -> str:
    """SHA-256 of the slices' contents in order; empty where they cannot be read."""
    total = hashlib.sha256()
    try:
        for path in slice_files(folder):
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    except OSError:
        return ""
    return total.hexdigest()


def slice_shape(folder: Path) -> tuple[tuple[int, int, int], np.dtype[Any]]:
    """Slices, rows and columns of the volume, and the type of its values.

    Raises:
        ValueError: the files are no slices of one volume.
    """
    files = slice_files(folder)
    if len(files) < 2:
        raise ValueError(f"'{folder}' holds {len(files)} TIFF files; a volume needs two slices")
    sizes = [_size(path) for path in files]
    for path, size in zip(files, sizes, strict=True):
        if size != sizes[0]:
            raise ValueError(
                f"'{path}' has {_told(size)}, '{files[0].name}' has {_told(sizes[0])}; slices of "
                "one volume are alike"
            )
    first = read_slice(files[0])
    return (len(files), *first.shape), first.dtype  # type: ignore[return-value]  # two axes


def read_slice(path: Path) -> NDArray[Any]:
    """The values of one slice, rows and columns."""
    from PIL import Image

    with Image.open(path) as page:
        found = np.array(page)
    if found.ndim != 2:
        raise ValueError(f"'{path}' holds colours, {found.shape}; labels are whole numbers")
    return found.astype(np.uint8) if found.dtype == bool else found


def _size(path: Path) -> tuple[int, int, str]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as page:
            pages = getattr(page, "n_frames", 1)
            if pages > 1:
                raise ValueError(f"'{path}' holds {pages} pages; name it instead of its folder")
            return (*page.size, page.mode)
    except UnidentifiedImageError:
        raise ValueError(f"cannot read '{path}' as TIF: it is no TIFF file") from None


def _told(size: tuple[int, int, str]) -> str:
    return f"{size[0]} x {size[1]} pixels of kind {size[2]}"


def _by_number(name: str) -> list[tuple[int, str]]:
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
