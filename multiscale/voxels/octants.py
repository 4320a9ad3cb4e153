"""A phase on voxels of half the edge, kept as one bit for each of the eight in a voxel."""

from __future__ import annotations

from typing import Any

import numpy as np

type Bytes = np.ndarray[Any, np.dtype[np.uint8]]
type Mask = np.ndarray[Any, np.dtype[np.bool_]]

CORNERS = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]


def to_octants(halves: Mask) -> Bytes:
    """Pack the eight halves of each voxel: bit 4 x + 2 y + z is the one at (x, y, z) of it.

    Args:
        halves: where the phase is, shape (2 nx, 2 ny, 2 nz).

    Returns:
        Shape (nx, ny, nz).
    """
    octants = np.zeros([n // 2 for n in halves.shape], np.uint8)
    for bit, (x, y, z) in enumerate(CORNERS):
        octants |= halves[x::2, y::2, z::2].astype(np.uint8) << np.uint8(bit)
    return octants


def from_octants(octants: Bytes) -> Mask:
    """Unpack them again.

    Args:
        octants: shape (nx, ny, nz).

    Returns:
        Where the phase is, shape (2 nx, 2 ny, 2 nz).
    """
    halves = np.empty([2 * n for n in octants.shape], np.bool_)
    for bit, (x, y, z) in enumerate(CORNERS):
        halves[x::2, y::2, z::2] = (octants >> np.uint8(bit)) & np.uint8(1)
    return halves
