"""The same volume on voxels twice as large."""

from __future__ import annotations

from typing import Any

import numpy as np

from multiscale.records.microstructure import Phase
from multiscale.records.record import FloatArray

type Labels = np.ndarray[Any, np.dtype[np.uint8]]


def every_second(label: Labels, edges: FloatArray) -> tuple[Labels, FloatArray]:
    """The image of voxels twice as large: one label of each 2 x 2 x 2, unbiased."""
    n = np.array(label.shape)
    m = np.maximum(n // 2, 1)
    picks = [
        np.floor((np.arange(count) + 0.5) * whole / count).astype(int)
        for count, whole in zip(m, n, strict=True)
    ]
    return label[np.ix_(*picks)], edges * n / m


def coarse_domain(label: Labels, sparse: Labels) -> Labels:
    """The voxels with the carbon-binder domain of the larger ones; particles stay as they are."""
    pick = [np.arange(n) * m // n for n, m in zip(label.shape, sparse.shape, strict=True)]
    large = sparse[np.ix_(*pick)]
    return np.where((label == Phase.ACTIVE) | (large == Phase.ACTIVE), label, large)
