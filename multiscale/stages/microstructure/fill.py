"""The two steps that make the volume: particles first, carbon-binder domain between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.bridges.profiles import edges_between, remap
from multiscale.bridges.sizes import sample_diameters
from multiscale.log import logger
from multiscale.records.microstructure import Form
from multiscale.stages.microstructure.morphology import split_quota
from multiscale.stages.microstructure.options import Stochastic
from multiscale.voxels.cbd import (
    ACTIVE,
    PORE,
    fill_bridges,
    fill_by_energy,
    grain_offsets,
    slice_counts,
)
from multiscale.voxels.ellipsoids import Ellipsoids, two_nearest
from multiscale.voxels.fibrils import fill_fibrils
from multiscale.voxels.packing import contacts, mean_overlap, pack
from multiscale.voxels.slabs import Slabs, from_all
from multiscale.voxels.voxelise import Shape, radius_factor, surface_distances

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Labels = NDArray[np.uint8]

Report = Callable[[float, str], None]

UNSTRETCHED = np.ones(3)
_FEWEST = 5  # sweeps of a form


@dataclass(frozen=True)
class Content:
    """What the box holds.

    Attributes:
        active: volume fraction of the active material.
        cbd: volume fraction of the carbon-binder domain.
        z: cell centres over the thickness, shape (z,).
        cbd_weight: relative amount of the domain in these cells, shape (z,).
        share: of the forms in the domain, in the order of `Form`; they sum to 1.
    """

    active: float
    cbd: float
    z: Floats
    cbd_weight: Floats
    share: Floats


def pack_particles(
    diameter: Floats,
    volume_fraction: Floats,
    active: float,
    box: Floats,
    rng: np.random.Generator,
    report: Report,
    upright: Floats = UNSTRETCHED,
) -> tuple[Floats, Floats]:
    """Sample the particles of a box and pack them.

    Args:
        diameter, volume_fraction: the powder's size classes [m, 1], equatorial diameters.
        active: volume fraction of the active material.
        box: edge lengths [m], shape (3,).
        rng: source of the start positions.
        report: called with the share of the work done and a physical number.
        upright: how much longer the space is in which the particles are spheres, shape (3,).

    Returns:
        Centres, shape (n, 3), and radii, shape (n,), in that space [m].
    """
    largest, remedy = _largest_particle(box, upright)
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
    solid = active * float(box.prod())
    radius = 0.5 * sample_diameters(diameter, volume_fraction, solid, largest, remedy)

    def say(share: float, overlap: float) -> None:
        report(share, f"{radius.size} particles, mean overlap {100 * overlap:.2f} %")

    centre = pack(radius, box, rng, say)
    # A contact is a gap below 1 % of the mean diameter.
    touching = contacts(centre, radius, box, tolerance=2e-2)[0].size
    logger.info(
        "%d particles, mean overlap %.2f %% of the contact distance, coordination %.1f",
        radius.size,
        100 * mean_overlap(centre, radius, box),
        2 * touching / radius.size,
    )
    return centre, radius


def _largest_particle(box: Floats, upright: Floats) -> tuple[float, str]:
    """Equatorial diameter that fits a box, and what to do where the powder is coarser."""
    # Three quarters of the edge keep a particle clear of its own periodic image.
    wide, thick = 0.75 * min(box[0], box[1]), float(upright[2] * box[2])
    if thick < wide:
        return thick, (
            f"the thickness of the coating, {1e6 * box[2]:.3g} um, is the limit: coat more, press "
            "less, or check the powder's sizes"
        )
    return wide, "raise microstructure.lateral_size"


def fill_box(
    centre: Floats,
    radius: Floats,
    shape: Shape,
    edge: Floats,
    content: Content,
    options: Stochastic,
    rng: np.random.Generator,
    report: Report,
    slabs: Slabs,
    upright: Floats = UNSTRETCHED,
) -> tuple[Labels, Integers]:
    """Label a grid: the particles to the exact active volume, the domain to its slice quotas.
    Collective.

    Args:
        centre, radius: the particles, spheres in the stretched space [m], shapes (n, 3) and (n,).
        shape: voxels along x, y, z.
        edge: edge lengths of a voxel [m], shape (3,).
        content: what the box holds.
        options: morphology of the domain.
        rng: source of the draws.
        report: called with the share of the work done and a physical number.
        slabs: who has which slices.
        upright: how much longer that space is along x, y, z, shape (3,).

    Returns:
        Phase of each voxel, shape (x, y, own slices), the same for any number of ranks; and voxels
        of the domain by form and slice, shape (form, slices).
    """
    count = round(content.active * np.prod(shape))
    inside, factor = radius_factor(centre, radius, shape, upright * edge, count, slabs=slabs)
    logger.debug("radius factor %.4f restores the active mass on %s voxels", factor, shape)
    report(0.1, f"radius factor {factor:.4f}")
    label = np.where(inside, ACTIVE, PORE).astype(np.uint8)
    if (upright == 1).all():
        d1, d2 = surface_distances(centre, factor * radius, shape, edge, slabs)
    else:
        axes = factor * radius[:, None] / upright
        lying = Ellipsoids(centre / upright, axes, np.tile(np.eye(3), (radius.size, 1, 1)))
        d1, d2 = two_nearest(lying, ~inside, shape, edge, slabs)

    slices = np.linspace(0.0, 1.0, shape[2] + 1)
    weight = remap(content.cbd_weight, edges_between(content.z), slices)
    room = np.concatenate(from_all(np.count_nonzero(label == PORE, axis=(0, 1)), slabs))
    quota = slice_counts(weight, round(content.cbd * np.prod(shape)), room)
    due = split_quota(quota, content.share)
    report(0.3, f"{100 * content.cbd:.2f} % carbon-binder domain to place")
    fill_bridges(label, d1 + d2, due[Form.BRIDGES, slabs.begin : slabs.end])
    del d1, d2
    # Fibrils before what sticks to particles: they need the open pore.
    size = options.fibril_diameter, options.fibril_length
    fill_fibrils(label, due[Form.FIBRILS], *size, edge, rng, slabs)
    # With w = 0 only what touches a particle can be the middle of an agglomerate or of a grain.
    grain, agglomerate = (
        grain_offsets(d, edge) for d in (options.grain_size, options.cluster_size)
    )
    by_rule = (
        (Form.AGGLOMERATES, 0.0, agglomerate),
        (Form.FILM, 0.0, grain),
        (Form.HEAPS, 1.0, grain),
    )
    grains = max(int(due[[form for form, *_ in by_rule]].sum()), 1)
    placed = 0.0
    for form, w, offsets in by_rule:
        part = float(due[form].sum()) / grains

        def say(share: float, placed: float = placed, part: float = part) -> None:
            done = placed + part * share
            report(0.3 + 0.7 * done, f"{100 * done:.0f} % of the grains placed")

        sweeps = max(_FEWEST, round(options.sweeps * part))
        fill_by_energy(label, due[form], w, offsets, rng, sweeps, say, slabs)
        placed += part
    return label, due
