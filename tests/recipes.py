"""The recipe and the ranks that many tests share."""

from typing import Any

from mpi4py import MPI

import numpy as np

from multiscale.coupling.context import Context
from multiscale.records import Formulation

CATHODE: dict[str, Any] = {
    "solvent": "NMP",
    "binders": "PVDF",
    "additive": "carbon black",
    "solids_mass_fraction": 0.69,
    "active_mass_fraction": 0.96,
    "additive_mass_fraction": 0.02,
    "binder_mass_fraction": np.array([0.02]),
    "additive_density": 1900.0,
    "binder_density": np.array([1780.0]),
    "solvent_density": 1028.0,
}


def cathode_recipe(**change: Any) -> Formulation:
    """NMC622, PVDF and carbon black 96/2/2 by mass, 69 % solids in NMP."""
    return Formulation(**(CATHODE | change))


def serial() -> Context:
    """One rank, no progress."""
    return Context(comm=MPI.COMM_SELF, control=MPI.COMM_SELF)
