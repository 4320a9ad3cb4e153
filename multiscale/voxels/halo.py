"""Layers of other slabs beside this rank's own, as many as are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from multiscale.voxels.slabs import Slabs

type Layers = np.ndarray[Any, np.dtype[Any]]


def layers_around(own: Layers, slabs: Slabs, reach: int) -> tuple[Layers, int]:
    """Put the layers next to a slab on both its sides, over as many slabs as they span. Collective.

    A rank that has the whole volume gets it as it is, whether it repeats or not.

    Args:
        own: layers of this rank, shape (n0, ...).
        slabs: who has what; where axis 0 is periodic layers follow over the seam.
        reach: layers wanted on either side; fewer where the volume ends before.

    Returns:
        The layers, and how many of them come before this rank's own.
    """
    if slabs.comm is None:
        return own, 0
    ranks = range(slabs.comm.size)
    parts = []
    for rank in ranks:
        place = _wanted(slabs, rank, reach)
        mine = (place >= slabs.begin) & (place < slabs.end)
        parts.append(own[place[mine] - slabs.begin])
    place = _wanted(slabs, slabs.rank, reach)
    around = np.empty((place.size, *own.shape[1:]), own.dtype)
    for rank, part in zip(ranks, slabs.comm.alltoall(parts), strict=True):
        around[(place >= slabs.first[rank]) & (place < slabs.first[rank + 1])] = part
    return around, slabs.begin - _lowest(slabs, slabs.rank, reach)


def _lowest(slabs: Slabs, rank: int, reach: int) -> int:
    low = slabs.first[rank] - reach
    return low if slabs.periodic else max(low, 0)


def _wanted(slabs: Slabs, rank: int, reach: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Layers of the volume that a rank wants, in order."""
    high = slabs.first[rank + 1] + reach
    high = high if slabs.periodic else min(high, slabs.total)
    return np.arange(_lowest(slabs, rank, reach), high) % slabs.total
