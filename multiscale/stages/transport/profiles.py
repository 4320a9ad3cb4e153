"""What the layers along z hold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.transport.volume import Labels, Volume
from multiscale.voxels.layers import layer_mean

SLICES = 32  # held at a time


def phase_slices(volume: Volume, phases: int) -> FloatArray:
    """Volume fraction of each phase in each slice along z, shape (phases, nz)."""
    parts = [
        [(label == phase).mean(axis=(0, 1)) for phase in range(phases)]
        for label, _ in _by_slices(volume)
    ]
    return np.concatenate(parts, axis=1)


def phase_profile(slices: FloatArray, weight: FloatArray, layers: int) -> FloatArray:
    """Mean of the phases' `weight` in each layer along z, from `phase_slices`."""
    return layer_mean(weight @ slices, layers)


def contact_profile(volume: Volume, edges: FloatArray, a: int, b: int, layers: int) -> FloatArray:
    """Share of the faces between phases a and b that lies in each layer along z; mean 1.

    Voxel faces overrate an area by its shape, much the same in every layer: only shares are used.
    """
    by_slice = np.zeros(volume.shape[2])
    area = edges[1] * edges[2], edges[2] * edges[0], edges[0] * edges[1]
    begin = 0
    for label, above in _by_slices(volume):
        end = begin + label.shape[2]
        for axis in range(2):
            by_slice[begin:end] += _touching(label, np.roll(label, -1, axis), a, b) * area[axis]
        # A face between two slices belongs to both.
        between = 0.5 * area[2] * _touching(label[:, :, : above.shape[2]], above, a, b)
        by_slice[begin : begin + between.size] += between
        by_slice[begin + 1 : begin + 1 + between.size] += between
        begin = end
    mean = by_slice.mean()
    return layer_mean(by_slice / mean, layers) if mean > 0 else np.zeros(layers)


def _touching(one: Labels, other: Labels, a: int, b: int) -> FloatArray:
    """How often a meets b in each slice."""
    meets = ((one == a) & (other == b)) | ((one == b) & (other == a))
    return meets.sum(axis=(0, 1)).astype(np.float64)


def _by_slices(volume: Volume) -> Iterator[tuple[Labels, Labels]]:
    """Some slices at a time, and those above each of them; the last one has none above."""
    n = volume.shape[2]
    for begin in range(0, n, SLICES):
        end = min(begin + SLICES, n)
        label = volume.layers(2, begin, min(end + 1, n))
        yield label[:, :, : end - begin], label[:, :, 1:]
