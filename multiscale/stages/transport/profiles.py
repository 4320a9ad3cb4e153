"""What the layers along z hold."""

from __future__ import annotations

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.transport.coarser import Labels
from multiscale.voxels.layers import layer_mean


def phase_profile(label: Labels, weight: FloatArray, layers: int) -> FloatArray:
    """Mean of `weight[label]` in each layer along z."""
    slices = np.stack([(label == phase).mean(axis=(0, 1)) for phase in range(weight.size)])
    return layer_mean(weight @ slices, layers)


def contact_profile(label: Labels, edges: FloatArray, a: int, b: int, layers: int) -> FloatArray:
    """Share of the faces between phases a and b that lies in each layer along z; mean 1.

    Voxel faces overrate an area by its shape, much the same in every layer: only shares are used.
    """
    by_slice = np.zeros(label.shape[2])
    for axis, area in enumerate((edges[1] * edges[2], edges[2] * edges[0], edges[0] * edges[1])):
        other = np.roll(label, -1, axis)
        touching = ((label == a) & (other == b)) | ((label == b) & (other == a))
        if axis == 2:
            touching[:, :, -1] = False
        count = touching.sum(axis=(0, 1)) * area
        if axis == 2:  # a face between two slices belongs to both
            count = 0.5 * (count + np.concatenate([[0.0], count[:-1]]))
        by_slice += count
    mean = by_slice.mean()
    return layer_mean(by_slice / mean, layers) if mean > 0 else np.zeros(layers)
