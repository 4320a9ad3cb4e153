"""The same volume on voxels twice as large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.transport.volume import Labels, Shape, Volume

type Index = np.ndarray[Any, np.dtype[np.intp]]


@dataclass(frozen=True)
class EverySecond:
    """The image of voxels twice as large: one label of each 2 x 2 x 2, unbiased.

    Attributes:
        fine: the volume whose labels are picked.
    """

    fine: Volume

    @property
    def shape(self) -> Shape:
        """Voxels along x, y, z."""
        nx, ny, nz = (max(n // 2, 1) for n in self.fine.shape)
        return nx, ny, nz

    def edges(self, fine: FloatArray) -> FloatArray:
        """Edges of these voxels, from those of the fine ones."""
        return fine * self.fine.shape / np.array(self.shape)

    def layers(self, axis: int, begin: int, end: int) -> Labels:
        """Pick from the layers of the fine volume that hold these."""
        picks: list[Index] = [
            np.floor((np.arange(count) + 0.5) * whole / count).astype(np.intp)
            for count, whole in zip(self.shape, self.fine.shape, strict=True)
        ]
        return _pick(self.fine, axis, begin, end, picks)


def _pick(volume: Volume, axis: int, begin: int, end: int, picks: list[Index]) -> Labels:
    """Labels at these places of each axis, along `axis` at those from `begin` to `end` only."""
    own = picks[axis][begin:end]
    label = volume.layers(axis, int(own[0]), int(own[-1]) + 1)
    near = [own - own[0] if a == axis else pick for a, pick in enumerate(picks)]
    return label[np.ix_(*near)]
