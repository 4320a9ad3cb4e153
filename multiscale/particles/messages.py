"""Rows of several arrays as one message of bytes, so that nothing is pickled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Bytes = NDArray[np.uint8]
Index = NDArray[np.integer]


def packed(arrays: Sequence[Array], index: Index) -> Bytes:
    """Lay the rows `index` of each array behind those of the array before.

    Args:
        arrays: arrays of any type and trailing shape.
        index: the rows wanted, in the order wanted, shape (m,).
    """
    parts = [np.ascontiguousarray(a[index]).reshape(-1).view(np.uint8) for a in arrays]
    return np.concatenate([np.empty(0, np.uint8), *parts])


def unpacked(message: Bytes, like: Sequence[Array], count: int) -> list[Array]:
    """Read `count` rows of each array back; types and trailing shapes are those of `like`."""
    rows, at = [], 0
    for a in like:
        end = at + count * row_bytes([a])
        rows.append(message[at:end].view(a.dtype).reshape(count, *a.shape[1:]))
        at = end
    return rows


def row_bytes(arrays: Sequence[Array]) -> int:
    """Bytes that one row of all arrays takes."""
    return sum(a.dtype.itemsize * math.prod(a.shape[1:]) for a in arrays)
