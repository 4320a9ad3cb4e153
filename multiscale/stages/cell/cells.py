"""The cells that the electrode is put into: opposite lithium, and opposite a counter electrode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from multiscale.materials.active import active_material
from multiscale.materials.electrochemistry import (
    intercalation,
    maximum_concentration,
    open_circuit_potential,
)
from multiscale.materials.electrolyte import LIPF6_EC_EMC
from multiscale.records import EffectiveProperties, Electrode, Formulation, Powder
from multiscale.stages.cell.balancing import (
    PorousElectrode,
    Window,
    nominal_capacity,
    share_lithium,
)
from multiscale.stages.cell.bpx_document import document
from multiscale.stages.cell.layers import layers_of, uniform
from multiscale.stages.cell.options import DFN
from multiscale.stages.cell.parameters import against_lithium, grade, read_bpx


@dataclass(frozen=True)
class Cell:
    """A cell to be discharged: its BPX document and what PyBaMM is told beyond it.

    Attributes:
        document: BPX.
        electrodes: by the side they are on, "negative" or "positive"; lithium metal is none.
        half: against lithium.
        cutoff: lower voltage, V.
        counter_ratio: nominal capacity of the other electrode over that of the one under study;
            0 for lithium metal.
    """

    document: dict[str, Any]
    electrodes: dict[str, PorousElectrode]
    half: bool
    cutoff: float
    counter_ratio: float = 0.0


def electrode_under_study(
    powder: Powder, formulation: Formulation, electrode: Electrode, effective: EffectiveProperties
) -> PorousElectrode:
    """Collect what the process made.

    R is the Sauter radius of the powder, so that 3 eps_s / R is the surface of its particles.
    """
    material = intercalation(powder.material)
    radius = 0.5 * float(
        powder.volume_fraction.sum() / (powder.volume_fraction / powder.diameter).sum()
    )
    return PorousElectrode(
        material,
        powder.density,
        maximum_concentration(material, powder.density),
        radius,
        electrode.thickness,
        layers_of(effective, electrode, powder, formulation),
        effective.foil_resistance,
    )


def counter_electrode(study: PorousElectrode, options: DFN) -> PorousElectrode:
    """Size the other electrode so that nominal capacities stand as n_to_p : 1."""
    name, made, ratio = (
        ("graphite", options.counter_graphite, options.n_to_p)
        if study.material.role == "positive"
        else ("NMC622", options.counter_nmc622, 1 / options.n_to_p)
    )
    material, density = intercalation(name), active_material(name).density
    layers = uniform(
        made.porosity,
        made.active_fraction,
        made.porosity / made.tortuosity,
        made.conductivity,
        made.particle_radius,
    )
    # capacity is linear in thickness: take it from an electrode of 1 m
    unit = PorousElectrode(
        material,
        density,
        maximum_concentration(material, density),
        made.particle_radius,
        1.0,
        layers,
    )
    return replace(unit, thickness=ratio * nominal_capacity(study) / nominal_capacity(unit))


def full_cell(study: PorousElectrode, options: DFN) -> Cell:
    """Put the electrode opposite its counter electrode."""
    other = counter_electrode(study, options)
    negative, positive = (other, study) if study.material.role == "positive" else (study, other)
    window = share_lithium(negative, positive, options.formation_loss, options.cutoff)
    rest = open_circuit_potential(positive.material, window.positive[0]) - open_circuit_potential(
        negative.material, window.negative[1]
    )
    content = document(
        negative,
        positive,
        _separator(options),
        LIPF6_EC_EMC,
        window,
        capacity=nominal_capacity(study),
        cutoffs=(options.cutoff, float(rest)),
        temperature=options.temperature,
        study=study.material.role,
        title=f"{positive.material.name} | {negative.material.name}",
    )
    return Cell(
        content,
        {"negative": negative, "positive": positive},
        False,
        options.cutoff,
        nominal_capacity(other) / nominal_capacity(study),
    )


def half_cell(study: PorousElectrode, options: DFN) -> Cell:
    """Put the electrode opposite lithium metal; a discharge lithiates it.

    BPX has no lithium metal: the document repeats the electrode on the negative side, which
    `against_lithium` replaces.
    """
    window = Window(study.material.lithiation, study.material.lithiation)
    rest = float(open_circuit_potential(study.material, study.material.lithiation[0]))
    content = document(
        study,
        study,
        _separator(options),
        LIPF6_EC_EMC,
        window,
        capacity=nominal_capacity(study),
        cutoffs=(study.material.cutoff, rest),
        temperature=options.temperature,
        study="positive",
        title=f"{study.material.name} | Li",
    )
    return Cell(content, {"positive": study}, True, study.material.cutoff)


def parameters_of(cell: Cell, points: int, options: DFN) -> Any:
    """Make PyBaMM's parameters of a cell on a mesh of `points` cells per domain."""
    parameters = read_bpx(cell.document)
    if cell.half:
        against_lithium(parameters, options.lithium_exchange_current)
    grade(parameters, cell.electrodes, points)
    at_foils = sum(electrode.foil_resistance for electrode in cell.electrodes.values())
    parameters["Contact resistance [Ohm]"] = options.contact_resistance + at_foils  # of 1 m^2
    return parameters


def _separator(options: DFN) -> dict[str, float]:
    return {
        "Thickness [m]": options.separator_thickness,
        "Porosity": options.separator_porosity,
        "Transport efficiency": options.separator_porosity / options.separator_tortuosity,
    }
