"""Labelled volumes read by layers, so that no rank needs to hold all of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.microstructure import Phase
from multiscale.records.record import FieldRef

type Labels = np.ndarray[Any, np.dtype[np.uint8]]
type Shape = tuple[int, int, int]


class Volume(Protocol):
    """Phases of voxels."""

    @property
    def shape(self) -> Shape:
        """Voxels along x, y, z."""

    def layers(self, axis: int, begin: int, end: int) -> Labels:
        """The voxels with `begin` <= index < `end` along `axis`, axes (x, y, z)."""


@dataclass(frozen=True)
class Image:
    """The volume itself, in memory or in the stored file.

    Attributes:
        label: phase of each voxel, shape (nx, ny, nz).
    """

    label: FieldRef | Labels

    @property
    def shape(self) -> Shape:
        """Voxels along x, y, z."""
        nx, ny, nz = self.label.shape
        return nx, ny, nz

    def layers(self, axis: int, begin: int, end: int) -> Labels:
        """Read some layers.

        Raises:
            StageFailed: a label names no phase.
        """
        part = [slice(None)] * 3
        part[axis] = slice(begin, end)
        label = self.label
        found: Labels = (
            label.read(*part) if isinstance(label, FieldRef) else np.asarray(label)[tuple(part)]
        )
        if found.max() >= len(Phase):
            raise StageFailed(
                f"the labels hold phase {found.max()}, known are 0 to {len(Phase) - 1}"
            )
        return found


def all_layers(volume: Volume) -> Labels:
    """All voxels at once."""
    return volume.layers(0, 0, volume.shape[0])
