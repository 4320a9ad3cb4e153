"""The volume of the image kind."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiscale.coupling.context import Context
from multiscale.coupling.slab_fields import hand_over
from multiscale.errors import StageFailed
from multiscale.log import logger
from multiscale.records import Electrode, Microstructure, Phase, Powder
from multiscale.stages.microstructure.by_slabs import by_slabs
from multiscale.stages.microstructure.images import file_digest
from multiscale.stages.microstructure.labels import ImagePhases
from multiscale.stages.microstructure.measure import measure
from multiscale.stages.microstructure.options import Image
from multiscale.voxels.segmentation import particle_count, split_particles
from multiscale.voxels.slabs import Slabs

# Voxels that a rank reads at once where the file has other layers than the ranks.
_ROUND = 64_000_000
_SAME = 0.02  # relative difference in active material up to which the cell takes an image


def take_image(
    powder: Powder, electrode: Electrode, options: Image, ctx: Context
) -> Microstructure:
    """Read, label and measure an image by slabs; say how it differs from the electrode. Collective.

    Raises:
        StageFailed: the file is not what it was when the case was checked.
    """
    volume = _opened(options, ctx)
    edge, lateral = options.edges(), (options.periodic, options.periodic)
    height = volume.shape[2] * float(edge[2])

    def take(slabs: Slabs) -> Microstructure:
        label = own_slices(volume, slabs)
        return measure(
            label,
            None,
            edge,
            height,
            powder.density,
            options.nanoporosity,
            count_particles(label, lateral, slabs, edge),
            lateral,
            slabs=slabs,
            hand_over=lambda own, slabs, name: hand_over(own, slabs, ctx, name),
        )

    found = by_slabs(take, ctx, volume.shape[2], 1)
    _compare(found, volume.shape, electrode, powder)
    return found


def _compare(
    image: Microstructure, shape: tuple[int, ...], electrode: Electrode, powder: Powder
) -> None:
    """Log how the image differs from the electrode; warn where the cell will not take both."""
    wanted = electrode.active_mass / (powder.density * electrode.thickness)
    logger.info(
        "image of %d x %d x %d voxels: %.3g um high (coating %.3g um), active material %.1f %% "
        "(electrode %.1f %%), porosity %.1f %% (electrode %.1f %%)",
        *shape,
        1e6 * image.thickness,
        1e6 * electrode.thickness,
        100 * image.active_fraction,
        100 * wanted,
        100 * image.porosity,
        100 * electrode.porosity,
    )
    share = image.active_fraction / wanted
    if abs(share - 1) > _SAME:
        logger.warning(
            "the image and the electrode differ in active material, and the cell will not take "
            "both; at a porosity of %.4f the electrode would hold as much",
            1 - (1 - electrode.porosity) * share,
        )


def _opened(options: Image, ctx: Context) -> ImagePhases:
    """The volume, by each rank for itself. Collective."""

    def changed() -> bool:
        return file_digest(Path(options.path)) != options.digest

    volume, error = None, None
    try:
        volume = options.phases()
    except ValueError as wrong:
        error = StageFailed(f"microstructure: {wrong}")
    ctx.leave_together(error)
    if ctx.on_root(changed):
        raise StageFailed(
            f"'{options.path}' changed after the case was checked; run the case again"
        )
    assert volume is not None
    return volume


def own_slices(volume: ImagePhases, slabs: Slabs) -> NDArray[np.uint8]:
    """Read this rank's slices, shape (x, y, own slices). Collective.

    Where the file's layers lie across the slices, the ranks read them in turns and send each other
    what they need of them, so that nothing is read twice.

    Args:
        volume: the stored image.
        slabs: who has which slices along z.
    """
    if slabs.comm is None or volume.slowest == 2:
        return np.ascontiguousarray(volume.layers(2, slabs.begin, slabs.end))
    comm, slow, (nx, ny, nz) = slabs.comm, volume.slowest, volume.shape
    own = np.empty((nx, ny, slabs.end - slabs.begin), np.uint8)
    by_layer = np.moveaxis(own, slow, 0)
    count = volume.shape[slow]
    step = max(1, _ROUND // (nx * ny * nz // count))
    for first in range(0, count, step * comm.size):
        bounds = [min(first + step * r, count) for r in range(comm.size + 1)]
        read = volume.layers(slow, bounds[comm.rank], bounds[comm.rank + 1])
        parts = comm.alltoall([read[:, :, begin:end] for begin, end in pairwise(slabs.first)])
        for part, (begin, end) in zip(parts, pairwise(bounds), strict=True):
            by_layer[begin:end] = np.moveaxis(part, slow, 0)
    return own


def count_particles(
    label: NDArray[np.uint8], lateral: tuple[bool, bool], slabs: Slabs, edge: NDArray[np.float64]
) -> int:
    """Number of active particles, parted by a watershed. Collective.

    Args:
        label: phases of this rank's slices, shape (x, y, own slices).
        lateral: whether x and y wrap around.
        slabs: who has which slices along z.
        edge: edge lengths of a voxel [m], shape (3,).
    """
    active = np.ascontiguousarray(label.transpose(2, 0, 1) == Phase.ACTIVE)
    ids = split_particles(active, (False, *lateral), slabs, (2, 0, 1), edge)
    return particle_count(ids, slabs)
