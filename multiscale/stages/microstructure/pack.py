"""Particles of the powder's sizes, packed to the electrode's density."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from multiscale.bridges.sizes import sample_diameters
from multiscale.log import logger
from multiscale.stages.microstructure.shapes import Lying, Shapes, Tilted
from multiscale.voxels.ellipsoids import stretch
from multiscale.voxels.orientation import axis_tensor, draw_axes
from multiscale.voxels.packing import Bodies, Spheres, contacts, pack
from multiscale.voxels.spheroid_contacts import Spheroids, spheroid_contacts

Floats = NDArray[np.float64]
Report = Callable[[float, str], None]

_TOUCH = 2e-2  # over the mean radius: a contact is a gap below 1 % of the mean diameter


def pack_particles(
    diameter: Floats,
    volume_fraction: Floats,
    active: float,
    box: Floats,
    rng: np.random.Generator,
    report: Report,
    aspect: float = 1.0,
    orientation: float = 1.0,
) -> Shapes:
    """Sample the particles of a box and pack them.

    Args:
        diameter, volume_fraction: the powder's size classes [m, 1], equatorial diameters.
        active: volume fraction of the active material.
        box: edge lengths [m], shape (3,).
        rng: source of the start positions.
        report: called with the share of the work done and a physical number.
        aspect: polar over equatorial diameter.
        orientation: parameter S of the poles about z; 1 where all lie along z.
    """
    tilted = aspect != 1 and orientation < 1
    upright = np.ones(3) if tilted else stretch(aspect)
    largest, remedy = _largest_particle(box, upright, aspect if tilted else 1.0)
    box = upright * box
    coarser = float(volume_fraction[diameter > largest].sum())
    if coarser > 0.05:
        logger.warning(
            "%.0f %% of the powder's volume is coarser than %.3g um, does not fit the box and is "
            "packed as smaller particles; %s",
            100 * coarser,
            1e6 * largest,
            remedy,
        )
    # Of the volume that the equatorial diameters are those of spheres of.
    solid = active * float(box.prod()) / (aspect if tilted else 1.0)
    radius = 0.5 * sample_diameters(diameter, volume_fraction, solid, largest, remedy)

    def say(share: float, overlap: float) -> None:
        report(share, f"{radius.size} particles, mean overlap {100 * overlap:.2f} %")

    pole = draw_axes(radius.size, orientation, rng) if tilted else np.empty((0, 3))
    bodies: Bodies = Spheroids(aspect, pole) if tilted else Spheres()
    centre = pack(radius, box, rng, say, bodies=bodies)
    if tilted:
        touching = spheroid_contacts(centre, radius, aspect, pole, box, _TOUCH)[0].size
        lie = axis_tensor(pole, radius**3)[2, 2]
        logger.info("poles by volume: orientation parameter %.3f about z", (3 * lie - 1) / 2)
    else:
        touching = contacts(centre, radius, box, _TOUCH)[0].size
    logger.info(
        "%d particles, mean overlap %.2f %% of the contact distance, coordination %.1f",
        radius.size,
        100 * bodies.mean_overlap(centre, radius, box),
        2 * touching / radius.size,
    )
    return Tilted(centre, radius, aspect, pole) if tilted else Lying(centre, radius, aspect)


def _largest_particle(box: Floats, upright: Floats, aspect: float) -> tuple[float, str]:
    """Equatorial diameter that fits a box, and what to do where the powder is coarser.

    Tilted particles may stand: their longest diameter must fit. `aspect` is 1 of all others.
    """
    # Three quarters of the edge keep a particle clear of its own periodic image.
    longest = max(1.0, aspect)
    wide, thick = 0.75 * min(box[0], box[1]) / longest, float(upright[2] * box[2]) / longest
    if thick < wide:
        return thick, (
            f"the thickness of the coating, {1e6 * box[2]:.3g} um, is the limit: coat more, press "
            "less, or check the powder's sizes"
        )
    return wide, "raise microstructure.lateral_size"
