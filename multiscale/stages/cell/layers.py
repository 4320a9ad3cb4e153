"""Layers through the thickness: what the cell model is told about the microstructure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multiscale.bridges.profiles import edges_between, remap, remap_series
from multiscale.errors import HandoverError, StageFailed
from multiscale.records import EffectiveProperties, Electrode, Formulation, Powder
from multiscale.records.record import FloatArray

CLOSURE_TOLERANCE = 1e-8
# Voxels hold the recipe's volumes to about 0.1 %; a larger gap is a fault of the hand-over.
MASS_MISMATCH = 0.02
# A layer that hardly conducts strands its own particles; below this share of the mean it would only
# make the equations stiff.
LEAST_CONDUCTIVITY = 1e-4


@dataclass(frozen=True)
class Layers:
    """An electrode in layers from the collector (z = 0) to the separator (z = 1).

    Attributes:
        edges: faces of the layers over the thickness, length n + 1, from 0 to 1.
        electrolyte, active, inactive: volume fractions, length n; they sum to 1.
        efficiency: transport efficiency of the electrolyte, eps / tau = D_eff / D_0.
        conductivity: effective electronic conductivity, S/m.
        area: active interface per volume, 1/m.
    """

    edges: FloatArray
    electrolyte: FloatArray
    active: FloatArray
    inactive: FloatArray
    efficiency: FloatArray
    conductivity: FloatArray
    area: FloatArray


def mean(layers: Layers, values: FloatArray) -> float:
    """Average `values` over the thickness."""
    return float(np.diff(layers.edges) @ values)


def uniform(
    electrolyte: float, active: float, efficiency: float, conductivity: float, radius: float
) -> Layers:
    """One layer of spheres: inactive = 1 - electrolyte - active, area = 3 active / radius."""
    one = np.array
    return Layers(
        one([0.0, 1.0]),
        one([electrolyte]),
        one([active]),
        one([1 - electrolyte - active]),
        one([efficiency]),
        one([conductivity]),
        one([3 * active / radius]),
    )


def on_mesh(layers: Layers, n: int, *, from_separator: bool) -> Layers:
    """Average the layers over `n` equal cells, conserving what each holds.

    Volumes and area add, so they take the arithmetic mean; resistances in series add, so
    efficiency and conductivity take the harmonic one. The result runs from the separator to the
    collector if `from_separator`, as PyBaMM's positive electrode does.
    """
    old, new = layers.edges, np.linspace(0.0, 1.0, n + 1)
    columns = [
        remap(layers.electrolyte, old, new),
        remap(layers.active, old, new),
        remap(layers.inactive, old, new),
        remap_series(layers.efficiency, old, new),
        remap_series(layers.conductivity, old, new),
        remap(layers.area, old, new),
    ]
    if from_separator:
        columns = [column[::-1] for column in columns]
    return Layers(new, *columns)


def closure(layers: Layers) -> float:
    """Largest |electrolyte + active + inactive - 1| over the layers."""
    return float(np.abs(layers.electrolyte + layers.active + layers.inactive - 1).max())


def layers_of(
    effective: EffectiveProperties, electrode: Electrode, powder: Powder, formulation: Formulation
) -> Layers:
    """Turn the transport stage's profiles into layers that hold the electrode's active material.

    The profile of active material is scaled by one factor so that
    int eps_s dz = active_mass / (density * thickness) to rounding: voxels meet it to 0.1 % only.
    Efficiency and conductivity of the layers are scaled likewise so that the layers in series
    resist as the whole volume does; a layer alone cannot know of detours through its neighbours.

    Raises:
        HandoverError: volumes or masses do not match; the field is named.
        StageFailed: the coating does not conduct ions or electrons.
    """
    edges = edges_between(effective.z)
    width = np.diff(edges)
    wanted = electrode.active_mass / (powder.density * electrode.thickness)
    found = float(width @ effective.active_profile)
    if abs(found / wanted - 1) > MASS_MISMATCH:
        raise HandoverError(
            f"EffectiveProperties.active_profile holds a mean of {found:.4f} of active material, "
            f"Electrode.active_mass asks for {wanted:.4f}; the microstructure does not match the "
            "electrode, which would hold as much at a porosity of "
            f"{1 - (1 - electrode.porosity) * found / wanted:.4f}"
        )
    active = effective.active_profile * (wanted / found)
    inactive = 1 - effective.porosity_profile - active
    _check_volumes(effective, electrode, formulation, inactive, width)
    local = effective.porosity_profile / effective.tortuosity_profile
    efficiency = _in_series(local, float(effective.diffusivity[2]), width, "ions", "diffusivity")
    conductivity = _in_series(
        effective.conductivity_profile,
        float(effective.conductivity[2]),
        width,
        "electrons",
        "conductivity",
    )
    return Layers(
        edges,
        effective.porosity_profile,
        active,
        inactive,
        efficiency,
        conductivity,
        effective.area_profile,
    )


def _check_volumes(
    effective: EffectiveProperties,
    electrode: Electrode,
    formulation: Formulation,
    inactive: FloatArray,
    width: FloatArray,
) -> None:
    """Refuse empty layers, layers fuller than full, and no room for binder and additive."""
    for field in ("porosity_profile", "active_profile"):
        values = getattr(effective, field)
        if values.min() <= 0:
            raise HandoverError(
                f"EffectiveProperties.{field} is 0 in layer {values.argmin()}: every layer of a "
                "porous electrode needs electrolyte and active material; use fewer layers"
            )
    worst = int(inactive.argmin())
    if inactive[worst] < -CLOSURE_TOLERANCE:
        raise HandoverError(
            f"EffectiveProperties.porosity_profile: layer {worst} holds "
            f"{effective.porosity_profile[worst]:.6f} of electrolyte and "
            f"{1 - inactive[worst] - effective.porosity_profile[worst]:.6f} of active material, "
            "more than its volume"
        )
    binder = float((electrode.binder_mass / formulation.binder_density).sum())
    solids = (electrode.additive_mass / formulation.additive_density + binder) / electrode.thickness
    if float(width @ inactive) < solids - MASS_MISMATCH:
        raise HandoverError(
            f"EffectiveProperties.porosity_profile leaves {float(width @ inactive):.4f} of the "
            f"volume to binder and additive, which need {solids:.4f}"
        )


def _in_series(
    values: FloatArray, whole: float, width: FloatArray, carrier: str, field: str
) -> FloatArray:
    """Scale the layers' coefficients so that their series gives the `whole` coefficient."""
    if whole <= 0 or not (values > 0).any():
        raise StageFailed(
            f"the coating does not conduct {carrier} through its thickness "
            f"(EffectiveProperties.{field}[z] = {whole:.3g}); no cell can be made of it: "
            "change porosity or carbon content"
        )
    floored = np.maximum(values, LEAST_CONDUCTIVITY * whole)
    return floored * (whole * float(width @ (1 / floored)))
