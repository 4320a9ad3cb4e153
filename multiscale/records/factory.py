"""What the electrode costs to make."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from multiscale.errors import HandoverError
from multiscale.records.record import FloatArray, Record, profile, scalar, text


@dataclass(frozen=True)
class FactoryFigures(Record):
    """Mass, energy and cost of each step per kWh of good cell output."""

    steps: Annotated[str, text("step names, comma separated, in the order of axis 'step'")]
    yields: Annotated[
        FloatArray, profile("1", "good output over input of each step", "step", low=0, high=1)
    ]
    mass_in: Annotated[
        FloatArray,
        profile(
            "kg/J",
            "mass that enters each step, per cell energy",
            "step",
            low=0,
            display="kg/(kW*h)",
        ),
    ]
    mass_out: Annotated[
        FloatArray,
        profile(
            "kg/J",
            "product mass that leaves each step, per cell energy",
            "step",
            low=0,
            display="kg/(kW*h)",
        ),
    ]
    scrap: Annotated[
        FloatArray, profile("kg/J", "scrap of each step", "step", low=0, display="kg/(kW*h)")
    ]
    emission: Annotated[
        FloatArray,
        profile(
            "kg/J", "solvent that leaves each step as vapour", "step", low=0, display="kg/(kW*h)"
        ),
    ]
    electricity: Annotated[
        FloatArray, profile("1", "electric energy of each step per cell energy", "step", low=0)
    ]
    heat: Annotated[
        FloatArray, profile("1", "fuel heat of each step per cell energy", "step", low=0)
    ]
    material_cost: Annotated[
        FloatArray,
        profile("EUR/J", "material bought at each step", "step", low=0, display="EUR/(kW*h)"),
    ]
    conversion_cost: Annotated[
        FloatArray,
        profile(
            "EUR/J",
            "capital, labour, energy and upkeep of each step",
            "step",
            low=0,
            display="EUR/(kW*h)",
        ),
    ]
    investment: Annotated[
        FloatArray,
        profile(
            "EUR/W",
            "capital of each step over the plant's output",
            "step",
            low=0,
            display="EUR/(kW*h/year)",
        ),
    ]
    total_energy: Annotated[
        float, scalar("1", "energy of all steps per cell energy (kWh/kWh)", low=0)
    ]
    total_cost: Annotated[float, scalar("EUR/J", "cost of all steps", low=0, display="EUR/(kW*h)")]
    total_co2: Annotated[
        float,
        scalar("kg/J", "CO2 of the energy used, materials not counted", low=0, display="kg/(kW*h)"),
    ]
    total_yield: Annotated[float, scalar("1", "product of the yields", low=0, high=1)]
    cell_energy: Annotated[
        float,
        scalar(
            "J/m^2", "cell energy per electrode area at the declared rate", low=0, display="W*h/m^2"
        ),
    ]

    def __post_init__(self) -> None:
        super().__post_init__()
        gap = np.abs(self.mass_in - self.mass_out - self.scrap - self.emission)
        if (gap > 1e-10 * self.mass_in).any():
            raise HandoverError(
                f"the masses of the factory's steps ({self.steps}) do not close: "
                f"in - out - scrap - emission = {gap} kg/J"
            )
