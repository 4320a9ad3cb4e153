"""The volume of the image kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from multiscale.errors import StageFailed
from multiscale.log import logger
from multiscale.records import Electrode, Microstructure, Phase, Powder
from multiscale.stages.microstructure.images import file_digest
from multiscale.stages.microstructure.measure import measure
from multiscale.stages.microstructure.options import Image
from multiscale.voxels.segmentation import split_particles


def take_image(powder: Powder, electrode: Electrode, options: Image) -> Microstructure:
    """Read, label and measure an image; say how it differs from the electrode.

    Raises:
        StageFailed: the file is not what it was when the case was checked.
    """
    try:
        label = options.volume()
    except ValueError as error:
        raise StageFailed(f"microstructure: {error}") from None
    if file_digest(Path(options.path)) != options.digest:
        raise StageFailed(
            f"'{options.path}' changed after the case was checked; run the case again"
        )
    edge, lateral = np.full(3, options.spacing), (options.periodic, options.periodic)
    particles = split_particles(label == Phase.ACTIVE, (*lateral, False))
    height = label.shape[2] * options.spacing
    found = measure(
        label,
        None,
        edge,
        height,
        powder.density,
        options.nanoporosity,
        int(particles.max()),
        lateral,
    )
    wanted = electrode.active_mass / (powder.density * electrode.thickness)
    logger.info(
        "image of %d x %d x %d voxels: %.3g um high (coating %.3g um), active material %.1f %% "
        "(electrode %.1f %%), porosity %.1f %% (electrode %.1f %%)",
        *label.shape,
        1e6 * height,
        1e6 * electrode.thickness,
        100 * found.active_fraction,
        100 * wanted,
        100 * found.porosity,
        100 * electrode.porosity,
    )
    return found
