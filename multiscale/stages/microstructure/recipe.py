"""What decides the forms of the carbon-binder domain, out of the records."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.materials.active import active_material
from multiscale.materials.additive import additive
from multiscale.materials.adsorption import adsorption
from multiscale.materials.binder import Binder, binder
from multiscale.records import DryCoating, Electrode, Formulation, Powder
from multiscale.stages.microstructure.composition import Composition
from multiscale.stages.microstructure.morphology import Ingredients

Floats = NDArray[np.float64]


def ingredients_of(
    powder: Powder,
    formulation: Formulation,
    electrode: Electrode,
    coating: DryCoating | None,
    composition: Composition,
    domain: float,
) -> Ingredients:
    """Put together what the recipe and the drying say about the domain.

    Args:
        powder, formulation, electrode: as they come into the stage.
        coating: as it was dried; None in a dry mix, and where no stage dries: nothing adsorbs then.
        composition: volume fractions of the coating.
        domain: volume fraction of the domain, its nano-pores included; above 0.
    """
    solids, carbon = composition.inactive, additive(formulation.additive)
    binders = [binder(name.strip()) for name in formulation.binders.split(",")]
    dissolves = np.array([b.chi is not None for b in binders])
    adsorbed, gelled = _held(powder, formulation, electrode, coating, binders)
    dissolved = composition.binder * dissolves
    # In units of the coating's thickness, like the composition.
    dry = electrode.active_mass + electrode.additive_mass + float(electrode.binder_mass.sum())
    per_solids = 1 / formulation.solids_mass_fraction - 1
    solvent = dry * per_solids / formulation.solvent_density / electrode.thickness
    area = electrode.additive_mass / electrode.thickness * carbon.specific_surface
    return Ingredients(
        additive=composition.additive / solids,
        dissolved=float(dissolved.sum()) / solids,
        fibrous=float(composition.binder @ [b.fibrillates for b in binders]) / solids,
        solvent=solvent / solids,
        adsorbed=float(dissolved @ adsorbed) / solids,
        gelled=float(dissolved @ gelled) / solids,
        layer=float(dissolved.sum()) / area if area > 0 else 0.0,
        structure=1 + carbon.density * carbon.oil_absorption,
        aggregate=carbon.aggregate_diameter,
        surface=6 * composition.active * float((powder.volume_fraction / powder.diameter).sum()),
        domain=domain,
    )


def _held(
    powder: Powder,
    formulation: Formulation,
    electrode: Electrode,
    coating: DryCoating | None,
    binders: list[Binder],
) -> tuple[Floats, Floats]:
    """Share of each binder that has adsorbed on the active material, and that gelled before air
    entry."""
    if coating is None:
        return np.zeros(len(binders)), np.zeros(len(binders))
    active = electrode.active_mass * active_material(powder.material).specific_surface
    carbon = electrode.additive_mass * additive(formulation.additive).specific_surface
    part = np.zeros(len(binders))
    for i, b in enumerate(binders):
        most = adsorption(b.name).most
        here = active * most.get(powder.material, 0.0)
        there = carbon * most.get(formulation.additive, 0.0) + most.get(electrode.foil, 0.0)
        part[i] = here / (here + there) if here > 0 else 0.0
    # The record holds the first and the last instant; between them the gel is taken to grow evenly.
    took = np.maximum(coating.binder_setting - coating.gel_point, 1e-9)
    by_then = np.clip((coating.shrinkage_end - coating.gel_point) / took, 0.0, 1.0)
    return coating.binder_adsorbed * part, coating.binder_gelled * by_then
