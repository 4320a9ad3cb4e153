"""An NMC622 cathode and a graphite anode with profiles to be set, as the cell stage takes them."""

from __future__ import annotations

from mpi4py import MPI

import numpy as np

from multiscale.coupling.context import Context
from multiscale.records import EffectiveProperties, Electrode, Formulation, Powder
from multiscale.records.record import FloatArray

Inputs = tuple[Powder, Formulation, Electrode, EffectiveProperties]
LAYERS = 20
Z = (np.arange(LAYERS) + 0.5) / LAYERS


def context() -> Context:
    return Context(MPI.COMM_WORLD, MPI.COMM_WORLD.Dup())


def powder(material: str = "NMC622") -> Powder:
    diameter = np.geomspace(4e-6, 20e-6, 20)
    share = np.exp(-0.5 * (np.log(diameter / 10e-6) / 0.45) ** 2)
    density = 2240.0 if material == "graphite" else 4750.0
    return Powder(material, density, diameter, share / share.sum())


def formulation(material: str = "NMC622") -> Formulation:
    if material == "graphite":
        return Formulation(
            "water",
            "CMC,SBR",
            "carbon black",
            0.5,
            0.97,
            0.0,
            np.array([0.015, 0.015]),
            1900.0,
            np.array([1600.0, 1000.0]),
            1000.0,
        )
    return Formulation(
        "NMP",
        "PVDF",
        "carbon black",
        0.69,
        0.96,
        0.02,
        np.array([0.02]),
        1900.0,
        np.array([1780.0]),
        1030.0,
    )


def electrode(material: str = "NMC622", porosity: float = 0.33) -> Electrode:
    recipe, mass = formulation(material), 0.12 if material == "graphite" else 0.2
    active, additive = recipe.active_mass_fraction * mass, recipe.additive_mass_fraction * mass
    binder = recipe.binder_mass_fraction * mass
    solids = (
        active / powder(material).density
        + additive / recipe.additive_density
        + float((binder / recipe.binder_density).sum())
    )
    thickness = solids / (1 - porosity)
    known = {
        "line_load": 5e5,
        "gap": thickness,
        "set_gap": thickness,
        "peak_pressure": 1e8,
        "springback": 0.05,
        "roll_flattening": 1.3,
        "roll_work": 300.0,
        "nip_length": 2e-3,
    }
    return Electrode(
        nip_thickness=np.full(3, thickness),
        nip_pressure=np.array([0.0, 1e8, 0.0]),
        thickness=thickness,
        porosity=porosity,
        density=mass / thickness,
        active_mass=active,
        additive_mass=additive,
        binder_mass=binder,
        solvent_mass=0.0,
        elongation=1.0,
        z=Z,
        binder=np.ones((binder.size, LAYERS)),
        roll_temperature=300.0,
        web_speed=0.5,
        width=0.3,
        foil="aluminium",
        foil_thickness=15e-6,
        **known,
        error={name: 0.0 for name, port in Electrode.ports().items() if port.computed},
    )


def effective(
    material: str = "NMC622",
    *,
    gradient: float = 0.0,
    tau: float = 3.0,
    sigma: float = 1.0,
    share: float = 0.8,
    active: FloatArray | None = None,
    porosity: FloatArray | None = None,
) -> EffectiveProperties:
    """Profiles of an electrode; `gradient` > 0 is denser at the top; `share`: free surface."""
    made, dust = electrode(material), powder(material)
    mean = made.active_mass / dust.density / made.thickness
    solid = mean * (1 + gradient * (2 * Z - 1)) if active is None else active
    open_ = made.porosity - (solid - solid.mean()) if porosity is None else porosity
    radius = 0.5 / float((dust.volume_fraction / dust.diameter).sum())
    values = {
        "diffusivity": np.full(3, made.porosity / tau),
        "diffusivity_tensor": made.porosity / tau * np.eye(3),
        "tortuosity": np.full(3, tau),
        "conductivity": np.full(3, sigma),
        "conductivity_tensor": sigma * np.eye(3),
        "heat_conductivity": np.full(3, 1.0),
        "heat_conductivity_tensor": np.eye(3),
        "permeability": np.full(3, 5e-15),
        "permeability_tensor": 5e-15 * np.eye(3),
        "electrode_tortuosity": tau,
        "foil_resistance": 0.0,
        "active_area": 3 * mean / radius * share,
        "tortuosity_profile": np.full(LAYERS, tau),
        "conductivity_profile": np.full(LAYERS, sigma),
    }
    return EffectiveProperties(
        thickness=made.thickness,
        porosity=made.porosity,
        active_fraction=mean,
        flux_mismatch=np.full(3, 1e-4),
        percolating=np.ones(3),
        permeability_error=np.zeros(3),
        diffusivity_tensor_error=np.zeros((3, 3)),
        conductivity_tensor_error=np.zeros((3, 3)),
        heat_conductivity_tensor_error=np.zeros((3, 3)),
        permeability_tensor_error=np.zeros((3, 3)),
        z=Z,
        porosity_profile=open_,
        active_profile=solid,
        area_profile=3 * solid / radius * share,
        **values,
        error={name: 0.0 for name, port in EffectiveProperties.ports().items() if port.computed},
    )


def inputs(material: str = "NMC622", **profiles: float) -> Inputs:
    return (
        powder(material),
        formulation(material),
        electrode(material),
        effective(material, **profiles),
    )
