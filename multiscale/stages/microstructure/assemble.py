"""The volume of the stochastic kind, from the grid to the record."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from multiscale.coupling.context import Context
from multiscale.coupling.slab_fields import hand_over
from multiscale.errors import StageFailed
from multiscale.log import logger
from multiscale.records import (
    DryCoating,
    Electrode,
    Form,
    Formulation,
    Microstructure,
    Phase,
    Powder,
)
from multiscale.stages.microstructure.by_slabs import by_slabs
from multiscale.stages.microstructure.composition import Composition, cbd_weight
from multiscale.stages.microstructure.fill import Content, fill_box
from multiscale.stages.microstructure.measure import Forms, measure
from multiscale.stages.microstructure.morphology import NOTHING, Mix, mix_forms
from multiscale.stages.microstructure.options import Stochastic, on_halves
from multiscale.stages.microstructure.pack import pack_particles
from multiscale.stages.microstructure.recipe import ingredients_of
from multiscale.stages.microstructure.shapes import Shapes
from multiscale.voxels.slabs import Slabs
from multiscale.voxels.voxelise import Shape

Floats = NDArray[np.float64]


def assemble(
    powder: Powder,
    formulation: Formulation,
    electrode: Electrode,
    coating: DryCoating | None,
    options: Stochastic,
    ctx: Context,
) -> Microstructure:
    """Pack on rank 0, fill and measure by slabs. Collective.

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
    shape, edge = _grid(h, options)
    for_packing, for_coarse, for_fine, for_halves = _generators(ctx.seed)
    equatorial = options.aspect_ratio ** (-1 / 3)  # over the diameter of equal volume
    packed, checked = 0.3, 0.35
    filled = 0.5 if on_halves(options.domain_on_halves, shape) else 1.0

    def pack() -> Shapes:
        _warn_of_coarseness(powder, options)
        return pack_particles(
            equatorial * powder.diameter,
            powder.volume_fraction,
            composition.active,
            edge * shape,
            for_packing,
            lambda share, note: ctx.report(packed * share, note),
            options.aspect_ratio,
            options.orientation,
        )

    def mix() -> Mix:
        if cbd == 0:
            return NOTHING
        recipe = ingredients_of(powder, formulation, electrode, coating, composition, cbd)
        return mix_forms(recipe, lambda a: particles.necks(edge * shape, a), options.forms())

    particles = ctx.on_root(pack)
    mixed = ctx.on_root(mix)
    _tell_forms(mixed)
    content = Content(
        active=composition.active,
        cbd=cbd,
        z=electrode.z,
        cbd_weight=cbd_weight(composition, electrode.binder, options.additive_follows_binder),
        share=mixed.share,
    )

    def fill(slabs: Slabs) -> Microstructure:
        # The same packing on voxels twice as large shows what their size does to the interfaces.
        coarse, _ = fill_box(
            particles,
            (shape[0] // 2, shape[1] // 2, shape[2] // 2),
            2 * edge,
            content,
            options,
            for_coarse,
            lambda share, note: ctx.report(packed + (checked - packed) * share, note),
            slabs.blocks(),
        )
        label, due = fill_box(
            particles,
            shape,
            edge,
            content,
            options,
            for_fine,
            lambda share, note: ctx.report(checked + (filled - checked) * share, note),
            slabs,
        )
        halves = None
        if on_halves(options.domain_on_halves, shape):
            finer, _ = fill_box(
                particles,
                (2 * shape[0], 2 * shape[1], 2 * shape[2]),
                edge / 2,
                content,
                options,
                for_halves,
                lambda share, note: ctx.report(filled + (1 - filled) * share, note),
                slabs.halves(),
            )
            halves = finer == Phase.CBD
            del finer
        # Labels hold the mass to a voxel, each grid by its own factor; the spheres by this one.
        factor = particles.factor(shape, edge, content.active, slabs)
        placed = due.sum(axis=1) / max(int(due.sum()), 1)
        off = float(np.abs(placed - mixed.share).max())
        return measure(
            label,
            coarse,
            edge,
            h,
            powder.density,
            options.nanoporosity,
            particles.equatorial.size,
            spheres=(particles.middle, factor * particles.equatorial),
            aspect=options.aspect_ratio,
            pole=particles.pole,
            slabs=slabs,
            hand_over=lambda own, slabs, name: hand_over(own, slabs, ctx, name),
            halves=halves,
            forms=Forms(placed, mixed.prior, off + mixed.error) if due.any() else None,
        )

    grain = max(options.grain_size, options.cluster_size)
    return by_slabs(fill, ctx, shape[2], math.ceil(grain / (2 * edge[2])))


def _grid(thickness: float, options: Stochastic) -> tuple[Shape, Floats]:
    """Voxels along x, y, z, all even, and their edges [m]; whole slices fill the thickness."""
    lateral = 2 * round(options.lateral_size / (2 * options.voxel_size))
    slices = 2 * round(thickness / (2 * options.voxel_size))
    if min(lateral, slices) < 16:
        finest = min(thickness, options.lateral_size) / 16
        raise StageFailed(
            f"a box of {lateral} x {lateral} x {slices} voxels resolves nothing; "
            f"set microstructure.voxel_size below {finest * 1e6:.2g} um"
        )
    edge = np.array([options.voxel_size, options.voxel_size, thickness / slices])
    return (lateral, lateral, slices), edge


def _tell_forms(mixed: Mix) -> None:
    """Log which forms the carbon-binder domain takes."""
    told = ", ".join(
        f"{form.name.lower()} {100 * share:.0f} +- {100 * spread:.0f} %"
        for form, share, spread in zip(Form, mixed.share, mixed.prior, strict=True)
        if share > 0
    )
    logger.info("carbon-binder domain: %s", told)


def _warn_of_coarseness(powder: Powder, options: Stochastic) -> None:
    """Log where voxels or box are too coarse for numbers to be relied on."""
    if options.grain_size < 1.999 * options.voxel_size:
        logger.warning(
            "a grain of carbon-binder domain is %.1f voxels wide; below two, the domain breaks up "
            "and the electronic conductivity is lost: set microstructure.voxel_size to %.2g um",
            options.grain_size / options.voxel_size,
            0.5e6 * options.grain_size,
        )
    order = np.argsort(powder.diameter)
    passing = np.cumsum(powder.volume_fraction[order]) - powder.volume_fraction[order] / 2
    d90 = float(np.exp(np.interp(0.9, passing, np.log(powder.diameter[order]))))
    if options.lateral_size < 3 * d90:
        logger.warning(
            "the box is %.1f large particles (d90 = %.3g um) wide, three are the least: its "
            "numbers scatter from seed to seed; raise microstructure.lateral_size",
            options.lateral_size / d90,
            1e6 * d90,
        )


def _generators(seed: int) -> list[np.random.Generator]:
    """Generators of packing and grids, from the case's seed and the stage's name."""
    root = np.random.SeedSequence([seed, *b"microstructure"])
    return [np.random.Generator(np.random.Philox(child)) for child in root.spawn(4)]
