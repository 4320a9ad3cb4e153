"""The slurry after mixing."""

from dataclasses import dataclass
from typing import Annotated

from multiscale.records.record import Closure, FloatArray, Record, closure, profile, scalar


@dataclass(frozen=True)
class Suspension(Record):
    """Mixed slurry: composition by mass and by volume, and its flow curve.

    "Solids" are active material, additive and binder, dissolved binder included.
    """

    temperature: Annotated[
        float, scalar("K", "slurry temperature", low=250, high=400, display="degC")
    ]
    density: Annotated[float, scalar("kg/m^3", "slurry density", low=500, high=6000)]
    active_mass_fraction: Annotated[
        float, scalar("1", "active material in the slurry, by mass", low=0, high=1)
    ]
    additive_mass_fraction: Annotated[
        float, scalar("1", "additive in the slurry, by mass", low=0, high=1)
    ]
    binder_mass_fraction: Annotated[
        FloatArray, profile("1", "each binder in the slurry, by mass", "binder", low=0, high=1)
    ]
    solvent_mass_fraction: Annotated[
        float, scalar("1", "solvent in the slurry, by mass", low=0, high=1)
    ]
    solid_fraction: Annotated[float, scalar("1", "volume fraction of all solids", low=0, high=0.74)]
    active_fraction: Annotated[
        float, scalar("1", "volume fraction of active material", low=0, high=0.74)
    ]
    maximum_packing: Annotated[
        float, scalar("1", "solid fraction at which the suspension jams", low=0.1, high=0.9)
    ]
    flow_curve: Annotated[
        Closure, closure("Pa", "shear stress over shear rate", x_unit="1/s", low=0)
    ]
    yield_stress: Annotated[
        float, scalar("Pa", "Herschel-Bulkley yield stress", low=0, high=1e4, computed=True)
    ]
    consistency: Annotated[
        float,
        scalar(
            "Pa*s",
            "Herschel-Bulkley K at a rate scale of 1/s (Pa s^n)",
            low=0,
            high=1e5,
            computed=True,
        ),
    ]
    flow_index: Annotated[
        float, scalar("1", "Herschel-Bulkley exponent n", low=0.05, high=2, computed=True)
    ]
    medium_viscosity: Annotated[
        float,
        scalar("Pa*s", "polymer solution between the particles, at low shear", low=1e-5, high=1e4),
    ]
