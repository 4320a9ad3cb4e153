"""From the grey values of an image to phases, with every objection at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.stages.microstructure.images import StoredImage

PHASES = ("pore", "am", "cbd")
_SHOWN = 5


def label_problems(image: NDArray[Any], labels: Mapping[str, int]) -> list[str]:
    """Say which values of an image name no phase, and which phases it lacks.

    Args:
        image: whole numbers.
        labels: value of each phase.
    """
    values, count = np.unique(image, return_counts=True)
    told = ", ".join(f"{name} = {value}" for name, value in labels.items())
    odd = [
        f"{value} ({100 * n / image.size:.2g} % of the voxels)"
        for value, n in zip(values, count, strict=True)
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
        if labels[name] not in values
    ]


def to_phases(
    image: NDArray[Any],
    labels: Mapping[str, int],
    axes: Sequence[str],
    from_top: bool,
    middle: int | None,
) -> NDArray[np.uint8]:
    """Phases 0, 1, 2 of the voxels, axes (x, y, z), z = 0 at the foil.

    Args:
        image: as in the file, slowest axis first.
        labels: value of each phase.
        axes: names of the file's axes, slowest first.
        from_top: the file's z starts at the top of the coating.
        middle: voxels to keep along each axis; all if None.
    """
    if middle is not None:
        corner = [(n - middle) // 2 for n in image.shape]
        image = image[tuple(slice(c, c + middle) for c in corner)]
    image = image.transpose([axes.index(name) for name in "xyz"])
    if from_top:
        image = image[:, :, ::-1]
    phases = np.zeros(image.shape, np.uint8)
    for phase, name in enumerate(PHASES):
        if name in labels:
            phases[image == labels[name]] = phase
    return phases


@dataclass(frozen=True)
class ImagePhases:
    """The phases of a stored image, read by layers.

    Attributes:
        image: the file.
        values: grey value of each phase from 1 on; all other values are phase 0.
        axes: names of the file's axes, slowest first.
    """

    image: StoredImage
    values: tuple[int, ...]
    axes: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along x, y, z."""
        nx, ny, nz = (self.image.shape[self.axes.index(name)] for name in "xyz")
        return nx, ny, nz

    def layers(self, axis: int, begin: int, end: int) -> NDArray[np.uint8]:
        """The phases of the voxels with `begin` <= index < `end` along `axis`, axes (x, y, z)."""
        part = [slice(None)] * 3
        part[self.axes.index("xyz"[axis])] = slice(begin, end)
        found = self.image.read((part[0], part[1], part[2]))
        phases = np.zeros(found.shape, np.uint8)
        for phase, value in enumerate(self.values, start=1):
            phases[found == value] = phase
        return phases.transpose([self.axes.index(name) for name in "xyz"])
