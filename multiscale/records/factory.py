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
    added: Annotated[
        FloatArray,
        profile(
            "kg/J",
            "mass brought to each step beside the product of the step before",
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
            "capital, labour, energy and upkeep of each step; nothing for a bought part, whose "
            "price holds them",
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
        float,
        scalar(
            "1",
            "energy of all steps per cell energy (kWh/kWh); its error, like that of all totals: "
            "what the cell energy's error makes of it",
            low=0,
            computed=True,
        ),
    ]
    total_cost: Annotated[
        float,
        scalar("EUR/J", "cost of all steps", low=0, computed=True, display="EUR/(kW*h)"),
    ]
    total_co2: Annotated[
        float,
        scalar(
            "kg/J",
            "CO2 of the energy used, materials not counted",
            low=0,
            computed=True,
            display="kg/(kW*h)",
        ),
    ]
    total_yield: Annotated[float, scalar("1", "product of the yields", low=0, high=1)]
    cell_energy: Annotated[
        float,
        scalar(
            "J/m^2",
            "cell energy per electrode area at the declared rate",
            low=0,
            computed=True,
            display="W*h/m^2",
        ),
    ]
    modelled_energy_share: Annotated[
        float,
        scalar(
            "1",
            "share of the total energy that is heat or work given by the drying and calendering "
            "models; the rest follows from priors",
            low=0,
            high=1,
            display="percent",
        ),
    ]
    modelled_cost_share: Annotated[
        float,
        scalar(
            "1",
            "share of the total cost in steps whose masses and machine times the process models "
            "give; prices are priors everywhere",
            low=0,
            high=1,
            display="percent",
        ),
    ]

    def __post_init__(self) -> None:
        super().__post_init__()
        lost = self.mass_in - self.mass_out - self.scrap - self.emission
        if (np.abs(lost) > 1e-10 * self.mass_in).any():
            raise HandoverError(
                f"the masses of the factory's steps ({self.steps}) do not close: "
                f"in - out - scrap - emission = {lost} kg/J"
            )
        came = np.concatenate(([0.0], self.mass_out[:-1])) + self.added
        wrong = np.abs(came - self.mass_in) > 1e-8 * self.mass_in
        if wrong.any():
            k = int(wrong.argmax())
            raise HandoverError(
                f"the masses do not close before the factory's step '{self.steps.split(',')[k]}': "
                f"{came[k]:.9g} kg/J come from the step before and from outside, "
                f"{self.mass_in[k]:.9g} kg/J enter; the recipe's solvent must be what the dryer "
                "took out and what it left"
            )
