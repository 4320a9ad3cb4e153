"""Transport in the liquid electrolyte: 1 M LiPF6 in EC:EMC 3:7 by weight, 25 degC [Nyman2008].

The expressions take c in mol/m^3 under the name x, as a BPX document does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Electrolyte:
    """A binary electrolyte.

    Attributes:
        conductivity: kappa in S/m, an expression in x = c in mol/m^3.
        diffusivity: D in m^2/s, an expression in the same x.
        transference: t+ of the cation.
        activation_energy: of both, J/mol.
        concentration: at rest, mol/m^3.
        source: where the numbers come from.
    """

    conductivity: str
    diffusivity: str
    transference: float
    activation_energy: float
    concentration: float
    source: str


# The thermodynamic factor is 1 here, as BPX has no field for it.
LIPF6_EC_EMC = Electrolyte(
    conductivity="0.1297 * (x / 1000) ** 3 - 2.51 * (x / 1000) ** 1.5 + 3.329 * (x / 1000)",
    diffusivity="8.794e-11 * (x / 1000) ** 2 - 3.972e-10 * (x / 1000) + 4.862e-10",
    transference=0.2594,
    activation_energy=17100.0,
    concentration=1000.0,
    source="Nyman 2008; valid from 200 to 2000 mol/m3",
)


def conductivity(electrolyte: Electrolyte, c: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate kappa(c) in S/m; c in mol/m^3."""
    return np.asarray(eval(electrolyte.conductivity, {"__builtins__": {}, "x": c}))


def diffusivity(electrolyte: Electrolyte, c: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate D(c) in m^2/s; c in mol/m^3."""
    return np.asarray(eval(electrolyte.diffusivity, {"__builtins__": {}, "x": c}))
