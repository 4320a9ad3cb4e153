"""The volume's voxels: packed particles, and carbon-binder domain between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.bridges.profiles import edges_between, remap
from multiscale.log import logger
from multiscale.records.microstructure import Form
from multiscale.stages.microstructure.morphology import split_quota
from multiscale.stages.microstructure.options import Stochastic
from multiscale.stages.microstructure.shapes import Shapes
from multiscale.voxels.cbd import (
    ACTIVE,
    PORE,
    fill_bridges,
    fill_by_energy,
    grain_offsets,
    slice_counts,
)
from multiscale.voxels.fibrils import fill_fibrils
from multiscale.voxels.slabs import Slabs, from_all
from multiscale.voxels.voxelise import Shape

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Labels = NDArray[np.uint8]

Report = Callable[[float, str], None]

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


def fill_box(
    particles: Shapes,
    shape: Shape,
    edge: Floats,
    content: Content,
    options: Stochastic,
    rng: np.random.Generator,
    report: Report,
    slabs: Slabs,
) -> tuple[Labels, Integers]:
    """Label a grid: the particles to the exact active volume, the domain to its slice quotas.
    Collective.

    Args:
        particles: as they were packed.
        shape: voxels along x, y, z.
        edge: edge lengths of a voxel [m], shape (3,).
        content: what the box holds.
        options: morphology of the domain.
        rng: source of the draws.
        report: called with the share of the work done and a physical number.
        slabs: who has which slices.

    Returns:
        Phase of each voxel, shape (x, y, own slices), the same for any number of ranks; and voxels
        of the domain by form and slice, shape (form, slices).
    """
    count = round(content.active * np.prod(shape))
    inside, factor = particles.inside(shape, edge, count, slabs)
    logger.debug("radius factor %.4f restores the active mass on %s voxels", factor, shape)
    report(0.1, f"radius factor {factor:.4f}")
    label = np.where(inside, ACTIVE, PORE).astype(np.uint8)
    d1, d2 = particles.distances(factor, inside, shape, edge, slabs)
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
