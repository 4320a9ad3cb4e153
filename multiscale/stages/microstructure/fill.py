"""The two steps that make the volume: particles first, carbon-binder domain between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.coupling.context import Context
from multiscale.log import logger
from multiscale.stages.microstructure.options import Stochastic
from multiscale.stages.microstructure.particles import sample_diameters
from multiscale.voxels.cbd import (
    ACTIVE,
    PORE,
    fill_bridges,
    fill_by_energy,
    slice_counts,
    slice_means,
)
from multiscale.voxels.packing import contacts, mean_overlap, pack
from multiscale.voxels.voxelise import Shape, radius_factor, surface_distances

Floats = NDArray[np.float64]
Labels = NDArray[np.uint8]

# What the packing may take of the stage's time, for the progress only.
_PACKED, _VOXELISED = 0.6, 0.75


def pack_particles(
    diameter: Floats,
    volume_fraction: Floats,
    active: float,
    box: Floats,
    rng: np.random.Generator,
    ctx: Context,
) -> tuple[Floats, Floats]:
    """Sample the particles of a box and pack them.

    Args:
        diameter, volume_fraction: the powder's size classes [m, 1].
        active: volume fraction of the active material.
        box: edge lengths [m], shape (3,).
        rng: source of the start positions.
        ctx: for the progress.

    Returns:
        Centres, shape (n, 3), and radii, shape (n,) [m].
    """
    # Three quarters of the edge keep a particle clear of its own periodic image.
    largest = min(box[2], 0.75 * box[0], 0.75 * box[1])
    radius = 0.5 * sample_diameters(diameter, volume_fraction, active * float(box.prod()), largest)

    def report(share: float, overlap: float) -> None:
        note = f"{radius.size} particles, mean overlap {100 * overlap:.2f} %"
        ctx.report(_PACKED * share, note)

    centre = pack(radius, box, rng, report)
    touching = contacts(centre, radius, box, tolerance=1e-2)[0].size
    logger.info(
        "%d particles, mean overlap %.2f %% of the contact distance, coordination %.1f",
        radius.size,
        100 * mean_overlap(centre, radius, box),
        2 * touching / radius.size,
    )
    return centre, radius


def place_active(
    centre: Floats, radius: Floats, shape: Shape, edge: Floats, active: float, ctx: Context
) -> tuple[Labels, NDArray[np.float32]]:
    """Voxelise the particles to the exact active volume.

    Returns:
        Labels, and s = d_1 + d_2 of every voxel, the distances to the two nearest particles [m].
    """
    inside, factor = radius_factor(centre, radius, shape, edge, round(active * np.prod(shape)))
    ctx.report(0.5 * (_PACKED + _VOXELISED), f"radius factor {factor:.4f}")
    logger.info("radius factor %.4f restores the active mass on the voxels", factor)
    d1, d2 = surface_distances(centre, factor * radius, shape, edge)
    return np.where(inside, ACTIVE, PORE).astype(np.uint8), d1 + d2


def place_cbd(
    label: Labels,
    spread: NDArray[np.float32],
    fraction: float,
    profile: tuple[Floats, Floats],
    options: Stochastic,
    rng: np.random.Generator,
    ctx: Context,
) -> None:
    """Fill the carbon-binder domain into the pore, slice by slice after its profile.

    Args:
        label: phases, changed in place.
        spread: s = d_1 + d_2 [m].
        fraction: volume fraction of the domain in the box.
        profile: cell centres over the thickness and the domain's relative amount there.
        options: morphology.
        rng: source of the draws.
        ctx: for the progress.
    """
    weight = slice_means(*profile, label.shape[2])
    room = np.count_nonzero(label == PORE, axis=(0, 1))
    quota = slice_counts(weight, round(fraction * label.size), room)
    bridges = np.rint(options.bridge_fraction * quota).astype(np.int64)
    ctx.report(_VOXELISED, f"{100 * fraction:.2f} % carbon-binder domain to place")
    fill_bridges(label, spread, bridges)
    fill_by_energy(
        label,
        quota - bridges,
        options.clustering,
        rng,
        options.sweeps,
        lambda share: ctx.report(
            _VOXELISED + 0.9 * (1 - _VOXELISED) * share, f"{100 * share:.0f} % of the film grown"
        ),
    )
