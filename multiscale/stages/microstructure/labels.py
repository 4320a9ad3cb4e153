"""From the grey values of an image to phases, with every objection at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.stages.microstructure.images import StoredImage

_SHOWN = 5


def value_counts(image: StoredImage) -> Counter[int]:
    """Count the voxels of each value, piece by piece.

    Raises:
        ValueError: the file cannot be read.
    """
    found: Counter[int] = Counter()
    for _, piece in image.pieces():
        values, count = np.unique(piece, return_counts=True)
        found.update(dict(zip(values.tolist(), count.tolist(), strict=True)))
    return found


def label_problems(counts: Mapping[int, int], labels: Mapping[str, int]) -> list[str]:
    """Say which values of an image name no phase, and which phases it lacks.

    Args:
        counts: voxels of each value.
        labels: value of each phase.
    """
    size = sum(counts.values())
    told = ", ".join(f"{name} = {value}" for name, value in labels.items())
    odd = [
        f"{value} ({100 * n / size:.2g} % of the voxels)"
        for value, n in sorted(counts.items())
        if value not in labels.values()
    ]
    found = []
    if odd:
        more = f" and {len(odd) - _SHOWN} more" if len(odd) > _SHOWN else ""
        found.append(
            f"the image holds values that name no phase: {', '.join(odd[:_SHOWN])}{more}; "
            f"labels has {told}"
        )
    return found + [
        f"no voxel of the image has the value {labels[name]} that labels gives to '{name}'"
        for name in ("pore", "am")
        if labels[name] not in counts
    ]


@dataclass(frozen=True)
class ImagePhases:
    """The phases of a stored image, read by layers.

    Attributes:
        image: the file.
        values: grey value of each phase from 1 on; all other values are phase 0.
        axes: names of the file's axes, slowest first.
        from_top: the file's z starts at the top of the coating.
        middle: voxels to keep along each axis; all if None.
    """

    image: StoredImage
    values: tuple[int, ...]
    axes: tuple[str, ...]
    from_top: bool = False
    middle: int | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along x, y, z."""
        nx, ny, nz = (self.middle or self.image.shape[self.axes.index(name)] for name in "xyz")
        return nx, ny, nz

    @property
    def slowest(self) -> int:
        """The axis along which the file holds layers in one piece: 0, 1, 2 for x, y, z."""
        return "xyz".index(self.axes[0])

    def layers(self, axis: int, begin: int, end: int) -> NDArray[np.uint8]:
        """The phases of the voxels with `begin` <= index < `end` along `axis`, axes (x, y, z),
        z = 0 at the foil.

        Raises:
            ValueError: the file cannot be read.
        """
        first, second, third = (
            self._part(name, stored, axis, begin, end)
            for name, stored in zip(self.axes, self.image.shape, strict=True)
        )
        shape = tuple(part.stop - part.start for part in (first, second, third))
        phases = np.zeros(shape, np.uint8)
        for place, found in self.image.pieces((first, second, third)):
            for phase, value in enumerate(self.values, start=1):
                phases[place][found == value] = phase
        phases = phases.transpose([self.axes.index(name) for name in "xyz"])
        return phases[:, :, ::-1] if self.from_top else phases

    def _part(self, name: str, stored: int, axis: int, begin: int, end: int) -> slice:
        """Where the file has these layers, along its axis `name` of `stored` voxels."""
        kept = self.middle or stored
        if name != "xyz"[axis]:
            begin, end = 0, kept
        elif name == "z" and self.from_top:
            begin, end = kept - end, kept - begin
        corner = (stored - kept) // 2
        return slice(corner + begin, corner + end)
