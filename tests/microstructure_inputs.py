"""What the microstructure stage takes, for its tests."""

from typing import Any

from mpi4py import MPI

import numpy as np
from recipes import cathode_recipe

from multiscale.coupling.context import Context
from multiscale.records import Electrode, Formulation, Powder

type Inputs = tuple[Powder, Formulation, Electrode]


def lognormal_powder(d10: float, d50: float, d90: float, density: float) -> Powder:
    """Thirty classes, logarithmically spaced over three standard deviations."""
    width = np.log(d90 / d10) / (2 * 1.2816)
    x = np.linspace(-3, 3, 30)
    share = np.exp(-(x**2) / 2)
    return Powder(
        material="NMC622",
        density=density,
        diameter=d50 * np.exp(width * x),
        volume_fraction=share / share.sum(),
    )


def cathode(porosity: float = 0.30, slope: float = 0.3, loading: float = 0.1) -> Inputs:
    """NMC622, PVDF and carbon black 96/2/2; the binder rises by `slope` towards the separator."""
    powder = lognormal_powder(5e-6, 10e-6, 17e-6, 4750.0)
    formulation = cathode_recipe(additive_density=1800.0)
    solid = loading * (0.96 / 4750 + 0.02 / 1800 + 0.02 / 1780)
    z = (np.arange(20) + 0.5) / 20
    pressing: dict[str, Any] = {
        "line_load": 5e5,
        "gap": 3e-5,
        "set_gap": 2e-5,
        "peak_pressure": 1e8,
        "springback": 0.02,
        "roll_flattening": 1.2,
        "nip_length": 3e-3,
        "roll_work": 10.0,
        "nip_thickness": np.array([4e-5, 3e-5, 3.1e-5]),
        "nip_pressure": np.array([0.0, 1e8, 0.0]),
    }
    state = {
        "thickness": solid / (1 - porosity),
        "porosity": porosity,
        "density": loading * (1 - porosity) / solid,
    }
    electrode = Electrode(
        **state,
        **pressing,
        active_mass=0.96 * loading,
        additive_mass=0.02 * loading,
        binder_mass=np.array([0.02 * loading]),
        solvent_mass=0.0,
        elongation=1.0,
        z=z,
        binder=1 + slope * (2 * z - 1)[None],
        roll_temperature=353.0,
        web_speed=0.1,
        width=0.3,
        foil="aluminium",
        foil_thickness=15e-6,
        error=dict.fromkeys((*state, *pressing), 0.0),
    )
    return powder, formulation, electrode


def context(seed: int = 1) -> Context:
    return Context(MPI.COMM_WORLD, MPI.COMM_WORLD.Dup(), seed=seed)
