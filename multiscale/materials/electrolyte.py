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
        thermodynamic_factor: 1 + dln f/dln c, an expression in the same x.
        transference: t+ of the cation.
        activation_energy: of conductivity and diffusivity, J/mol.
        concentration: at rest, mol/m^3.
        measured: least and largest concentration of the measurements, mol/m^3.
        source: where the numbers come from.
    """

    conductivity: str
    diffusivity: str
    thermodynamic_factor: str
    transference: float
    activation_energy: float
    concentration: float
    measured: tuple[float, float]
    source: str


# Fits say nothing outside their data: Nyman's D(c) even rises again above 2.26 M. c is therefore
# held at the ends of the range by smooth bounds, which change it by less than 1e-9 from 0.3 to
# 1.4 M and by 1 % at the ends; a kink would cost the time integration many steps.
#   c_high = c / [1 + (c / 2 M)^64]^(1/64),   c_within = [c_high^64 + (0.2 M)^64]^(1/64),   in M
# Down to c = 0 the fits of kappa and D behave; only the thermodynamic factor is held there too.
_HIGH = "(x / 1000 / (1 + (x / 2000) ** 64) ** 0.015625)"
_WITHIN = f"({_HIGH} ** 64 + 0.2 ** 64) ** 0.015625"

LIPF6_EC_EMC = Electrolyte(
    conductivity=f"0.1297 * {_HIGH} ** 3 - 2.51 * {_HIGH} ** 1.5 + 3.329 * {_HIGH}",
    diffusivity=f"8.794e-11 * {_HIGH} ** 2 - 3.972e-10 * {_HIGH} + 4.862e-10",
    # Landesfeind's fit in c and T at 298.15 K
    thermodynamic_factor=(
        f"0.3066 + 2.4966 * ({_WITHIN}) - 0.8805 * ({_WITHIN}) ** 2 + 0.259 * ({_WITHIN}) ** 3"
    ),
    transference=0.2594,
    activation_energy=17100.0,
    concentration=1000.0,
    measured=(200.0, 2000.0),
    source="Nyman 2008, from 200 to 2000 mol/m3 and held beyond; thermodynamic factor: "
    "Landesfeind 2019",
)


def conductivity(electrolyte: Electrolyte, c: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate kappa(c) in S/m; c in mol/m^3."""
    return _evaluate(electrolyte.conductivity, c)


def diffusivity(electrolyte: Electrolyte, c: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate D(c) in m^2/s; c in mol/m^3."""
    return _evaluate(electrolyte.diffusivity, c)


def thermodynamic_factor(
    electrolyte: Electrolyte, c: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Evaluate 1 + dln f/dln c; c in mol/m^3."""
    return _evaluate(electrolyte.thermodynamic_factor, c)


def _evaluate(expression: str, c: float | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(eval(expression, {"__builtins__": {}, "x": c}))
