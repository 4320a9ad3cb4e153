"""What is known before a run of the room of the particles: its lengths, and how full it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Extent:
    """The room between walls or images.

    Attributes:
        lengths: along x, y, z [m].
        periodic: whether the box repeats itself along each of them.
        solid_fraction: volume of the particles over that of the room.
    """

    lengths: tuple[float, ...]
    periodic: tuple[bool, ...]
    solid_fraction: float

    def along(self, axis: str) -> float:
        """Give its length along "x", "y" or "z" [m]."""
        return self.lengths["xyz".index(axis)]

    def filled(self, solid_fraction: float, axes: Sequence[str]) -> Extent:
        """Give the room once its lengths along some axes changed alike, up to a solid fraction."""
        factor = (self.solid_fraction / solid_fraction) ** (1 / len(axes)) if axes else 1.0
        lengths = tuple(
            length * factor if axis in axes else length
            for axis, length in zip("xyz", self.lengths, strict=True)
        )
        volumes = math.prod(self.lengths) / math.prod(lengths)
        return replace(self, lengths=lengths, solid_fraction=self.solid_fraction * volumes)
