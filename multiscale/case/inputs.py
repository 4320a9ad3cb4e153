"""What is weighed in: the tables [powder] and [formulation], and the records made from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from multiscale.case.problem import Key
from multiscale.case.psd import classes_from_percentiles, read_classes
from multiscale.case.source import Source
from multiscale.case.validate import read_table
from multiscale.coupling.stage import Options
from multiscale.errors import CaseError, HandoverError
from multiscale.materials.active import active_material
from multiscale.materials.additive import additive
from multiscale.materials.binder import binder
from multiscale.materials.solvent import solvent
from multiscale.records import FloatArray, Formulation, Powder
from multiscale.units import Quantity

_MOST_SOLIDS = 0.95
_SUM_TOLERANCE = 1e-9
_REFERENCE_TEMPERATURE = 298.15  # K, of Formulation.solvent_density

Diameter = Annotated[float, Quantity("m", low=5e-8, high=5e-4, display="um")]


class PowderInput(Options):
    """The active-material powder, with percentiles of its size or a measured distribution."""

    material: str
    """Active material: "NMC622", "NMC111" or "graphite"."""
    density: Annotated[float, Quantity("kg/m^3", low=500, high=12000, display="g/cm^3")] | None = (
        None
    )
    """Density of the particles, closed pores included; by default that of the material."""
    d10: Diameter | None = None
    """Diameter below which 10 % of the volume lies."""
    d50: Diameter | None = None
    """Diameter below which 50 % of the volume lies."""
    d90: Diameter | None = None
    """Diameter below which 90 % of the volume lies."""
    psd: str | None = None
    """CSV file, columns `diameter [um]` and `volume fraction [1]`; instead of d10, d50 and d90."""


class BinderInput(Options):
    """One binder."""

    name: str
    """Binder: "PVDF", "CMC" or "SBR"; "PTFE" for a dry mix, which no stage processes yet."""
    mass_fraction: Annotated[float, Quantity("1", low=0, high=0.3)]
    """Share of the solids, by mass."""
    density: Annotated[float, Quantity("kg/m^3", low=500, high=4000, display="g/cm^3")] | None = (
        None
    )
    """Density; by default that of the material."""


class FormulationInput(Options):
    """The slurry recipe by mass. The fractions of the solids sum to 1."""

    solvent: str
    """Solvent: "NMP" or "water"; a dry mix has none, which is its name here."""
    solids_mass_fraction: Annotated[float, Quantity("1", low=0.05, high=1)]
    """Solids in the slurry, dissolved binder included; 1 of a dry mix, else at most 0.95."""
    active_mass_fraction: Annotated[float, Quantity("1", low=0.5, high=1)]
    """Active material in the solids."""
    additive: str = "carbon black"
    """Conductive additive: "carbon black"."""
    additive_mass_fraction: Annotated[float, Quantity("1", low=0, high=0.3)] = 0.0
    """Conductive additive in the solids."""
    additive_density: (
        Annotated[float, Quantity("kg/m^3", low=500, high=8000, display="g/cm^3")] | None
    ) = None
    """Density of the additive; by default that of the material."""
    binder: Annotated[tuple[BinderInput, ...], Field(min_length=1, max_length=4)]
    """One table [[formulation.binder]] for each binder."""


def read_powder(source: Source) -> Powder | None:
    """Build the powder record; None where something is wrong, which is then noted."""
    table = _required(source, "powder", PowderInput, 'material = "NMC622" and d10, d50, d90')
    if table is None:
        return None
    material = _material(source, ("powder", "material"), active_material, table.material)
    classes = _size_classes(source, table)
    if material is None or classes is None:
        return None
    try:
        return Powder(
            material=table.material,
            density=table.density or material.density,
            diameter=classes[0],
            volume_fraction=classes[1],
        )
    except HandoverError as error:
        source.complain(
            ("powder", "d50" if table.psd is None else "psd"), f"gives impossible classes: {error}"
        )
        return None


def read_formulation(source: Source) -> Formulation | None:
    """Build the formulation record; None where something is wrong, which is then noted."""
    table = _required(
        source,
        "formulation",
        FormulationInput,
        "solvent, mass fractions and [[formulation.binder]]",
    )
    if table is None:
        return None
    key: Key = ("formulation",)
    _check_shares(source, table)
    dry = _check_dryness(source, table)
    # Of a dry mix nothing uses the solvent's density.
    liquid = _material(source, (*key, "solvent"), solvent, "water" if dry else table.solvent)
    carbon = _material(source, (*key, "additive"), additive, table.additive)
    polymers = [
        _material(source, (*key, "binder", i, "name"), binder, b.name)
        for i, b in enumerate(table.binder)
    ]
    if any(p.key[:1] == key for p in source.problems) or liquid is None or carbon is None:
        return None
    densities = [b.density or p.density for b, p in zip(table.binder, polymers, strict=True) if p]
    return Formulation(
        solvent=table.solvent,
        binders=",".join(b.name for b in table.binder),
        additive=table.additive,
        solids_mass_fraction=table.solids_mass_fraction,
        active_mass_fraction=table.active_mass_fraction,
        additive_mass_fraction=table.additive_mass_fraction,
        binder_mass_fraction=np.array([b.mass_fraction for b in table.binder]),
        additive_density=table.additive_density or carbon.density,
        binder_density=np.array(densities),
        solvent_density=liquid.density(_REFERENCE_TEMPERATURE),
    )


def _check_dryness(source: Source, table: FormulationInput) -> bool:
    """Whether the recipe is a dry mix; notes what does not fit one, or a slurry."""
    key: Key = ("formulation",)
    dry, solids = table.solvent == "none", table.solids_mass_fraction
    if dry and solids < 1:
        source.complain((*key, "solids_mass_fraction"), "must be 1 where solvent is none")
    if not dry and solids > _MOST_SOLIDS:
        source.complain(
            (*key, "solids_mass_fraction"),
            f'must be at most {_MOST_SOLIDS:g} in a slurry; 1 with solvent = "none" is a dry mix',
        )
    return dry


def _check_shares(source: Source, table: FormulationInput) -> None:
    """Note shares of the solids that do not sum to 1, and binders listed twice."""
    key: Key = ("formulation",)
    binders = [binder.mass_fraction for binder in table.binder]
    parts = [table.active_mass_fraction, table.additive_mass_fraction, *binders]
    total = math.fsum(parts)
    if abs(total - 1) > _SUM_TOLERANCE:
        said = " + ".join(f"{part:g}" for part in parts)
        source.complain(
            (*key, "active_mass_fraction"),
            f"active material + additive + binders must sum to 1; {said} = {total:.9g}",
        )
    for i, one in enumerate(table.binder):
        if one.name in [other.name for other in table.binder[:i]]:
            source.complain(
                (*key, "binder", i, "name"), "is listed twice; add up its mass fractions"
            )


def _required[T: Options](source: Source, name: str, model: type[T], needs: str) -> T | None:
    table = source.data.get(name)
    if not isinstance(table, dict):
        source.complain((name,), f"needs a table [{name}] with {needs}")
        return None
    return read_table(source, (name,), table, model)


def _size_classes(source: Source, table: PowderInput) -> tuple[FloatArray, FloatArray] | None:
    percentiles = {name: getattr(table, name) for name in ("d10", "d50", "d90")}
    given = [name for name, value in percentiles.items() if value is not None]
    if table.psd is not None:
        if given:
            source.complain(
                ("powder", given[0]), "the powder has a measured 'psd' already; keep one of the two"
            )
            return None
        origin = source.origin(("powder", "psd"))
        try:
            return read_classes(Path(origin.folder) / table.psd)
        except ValueError as error:
            source.complain(("powder", "psd"), str(error))
            return None
    for name in percentiles.keys() - set(given):
        source.complain(("powder", name), "is missing; give d10, d50 and d90, or a measured 'psd'")
    if len(given) < 3:
        return None
    d10, d50, d90 = percentiles.values()
    if not d10 < d50 < d90:
        wrong = "d10" if d10 >= d50 else "d90"
        source.complain(
            ("powder", wrong),
            f"needs d10 < d50 < d90, got {d10 * 1e6:g}, {d50 * 1e6:g} and {d90 * 1e6:g} um",
        )
        return None
    return classes_from_percentiles(d10, d50, d90)


def _material[M](source: Source, key: Key, find: Callable[[str], M], name: str) -> M | None:
    """Find a material; None where it is unknown, which is then noted."""
    try:
        return find(name)
    except CaseError as error:
        source.complain(key, str(error))
        return None
