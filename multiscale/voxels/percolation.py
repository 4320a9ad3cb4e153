"""Which cells connect the two ends of the volume."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.ndimage import label
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

type Mask = np.ndarray[Any, np.dtype[np.bool_]]


def percolating(conductor: Mask, periodic: tuple[bool, bool], lower: bool = True) -> Mask:
    """Keep the clusters that touch both faces of axis 0, or the upper one.

    Cells are neighbours where they share a face (6-connectivity), as in the finite volumes.

    Args:
        conductor: cells that conduct, shape (n0, n1, n2).
        periodic: whether axes 1 and 2 wrap around.
        lower: whether they must touch the lower face too.
    """
    cluster, count = label(conductor)
    here, there = [], []
    for axis, wraps in enumerate(periodic, start=1):
        if wraps:
            first, last = cluster.take(0, axis), cluster.take(-1, axis)
            touching = (first > 0) & (last > 0)
            here.append(first[touching])
            there.append(last[touching])
    merged = np.arange(count + 1)
    if here:
        i, j = np.concatenate(here), np.concatenate(there)
        seams = coo_array((np.ones(i.size, np.int8), (i, j)), shape=(count + 1, count + 1))
        _, merged = connected_components(seams, directed=False)
    bottom, top = np.zeros(merged.max() + 1, bool), np.zeros(merged.max() + 1, bool)
    bottom[merged[cluster[0][conductor[0]]]] = True
    top[merged[cluster[-1][conductor[-1]]]] = True
    through = (bottom & top if lower else top)[merged]
    through[0] = False  # the insulator
    return np.asarray(through[cluster])
