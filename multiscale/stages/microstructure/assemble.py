"""The volume of the stochastic kind, from the grid to the record."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.coupling.context import Context
from multiscale.errors import StageFailed
from multiscale.records import Electrode, Formulation, Microstructure, Powder
from multiscale.stages.microstructure.composition import Composition, cbd_weight
from multiscale.stages.microstructure.fill import pack_particles, place_active, place_cbd
from multiscale.stages.microstructure.measure import measure
from multiscale.stages.microstructure.options import Stochastic
from multiscale.voxels.voxelise import Shape

Floats = NDArray[np.float64]


def assemble(
    powder: Powder,
    formulation: Formulation,
    electrode: Electrode,
    options: Stochastic,
    ctx: Context,
) -> Microstructure:
    """Pack, fill and measure the box on this rank.

    Raises:
        StageFailed: the electrode's solids do not fit its thickness, or the powder not the box.
    """
    h = electrode.thickness
    composition = Composition(
        active=electrode.active_mass / (powder.density * h),
        binder=electrode.binder_mass / (formulation.binder_density * h),
        additive=electrode.additive_mass / (formulation.additive_density * h),
    )
    cbd = composition.cbd(options.nanoporosity)
    weight = cbd_weight(composition, electrode.binder, options.additive_follows_binder)
    shape, edge = _grid(h, options)
    for_packing, for_cbd = _generators(ctx.seed)

    centre, radius = pack_particles(
        powder.diameter, powder.volume_fraction, composition.active, edge * shape, for_packing, ctx
    )
    label, spread = place_active(centre, radius, shape, edge, composition.active, ctx)
    place_cbd(label, spread, cbd, (electrode.z, weight), options, for_cbd, ctx)
    return measure(label, edge, h, powder.density, options.nanoporosity, radius.size)


def _grid(thickness: float, options: Stochastic) -> tuple[Shape, Floats]:
    """Voxels along x, y, z and their edges [m]; a whole number of slices fills the thickness."""
    lateral = round(options.lateral_size / options.voxel_size)
    slices = round(thickness / options.voxel_size)
    if min(lateral, slices) < 8:
        finest = min(thickness, options.lateral_size) / 8
        raise StageFailed(
            f"a box of {lateral} x {lateral} x {slices} voxels resolves nothing; "
            f"set microstructure.voxel_size below {finest * 1e6:.2g} um"
        )
    edge = np.array([options.voxel_size, options.voxel_size, thickness / slices])
    return (lateral, lateral, slices), edge


def _generators(seed: int) -> list[np.random.Generator]:
    """Generators for the packing and the domain, from the case's seed and the stage's name."""
    root = np.random.SeedSequence([seed, *b"microstructure"])
    return [np.random.Generator(np.random.Philox(child)) for child in root.spawn(2)]
