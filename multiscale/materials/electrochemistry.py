"""Intercalation of lithium: open-circuit potential, kinetics and diffusion of active materials.

Potentials are against Li/Li+ at 25 degC and functions of the lithiation x = c_s / c_max. They are
kept as text, since one text serves numpy here, the BPX document and, through it, PyBaMM.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.materials.lookup import lookup

FARADAY = 96485.33212  # C/mol
GAS_CONSTANT = 8.314462618  # J/mol/K


@dataclass(frozen=True)
class Intercalation:
    """Electrochemistry of one active material.

    Attributes:
        name: as in the case file.
        role: the electrode it makes in a cell with another material, "positive" or "negative".
        molar_mass: host per lithium site, kg/mol; c_max = crystal density / molar_mass.
        ocp: potential against Li/Li+ in V, an expression in x with exp and tanh.
        lithiation: least and largest x in use; the nominal capacity lies between them.
        cutoff: lower cut-off voltage against lithium, V.
        diffusivity: of lithium in the particle, m^2/s.
        diffusivity_energy: its activation energy, J/mol.
        exchange_current: at x = 1/2 and the electrolyte's reference concentration, A/m^2.
        exchange_current_energy: its activation energy, J/mol.
        source: where the numbers come from, with the range found in the literature.
    """

    name: str
    role: str
    molar_mass: float
    ocp: str
    lithiation: tuple[float, float]
    cutoff: float
    diffusivity: float
    diffusivity_energy: float
    exchange_current: float
    exchange_current_energy: float
    source: str


# The expression is our monotone fit to the tabulated curve: within 6 mV for x < 0.93, 17 mV in the
# final fall. The table itself rises by 5 mV between x = 0.90 and 0.95, an artefact of its own fit.
# The limits are x at 4.3 V and at 3.0 V.
_NMC622 = Intercalation(
    name="NMC622",
    role="positive",
    molar_mass=0.09693,
    ocp="5.73426522 - 5.44360677 * x + 4.57063171 * x ** 2 - 1.18376236 * x ** 3"
    " - 1.17995842 * exp(136.21511309 * (x - 1))",
    lithiation=(0.3645, 0.9959),
    cutoff=3.0,
    diffusivity=1e-14,
    diffusivity_energy=25e3,
    exchange_current=2.0,
    exchange_current_energy=35e3,
    source="OCP: fit to Kremer 2020 (as tabulated in the test data of 4C multiphysics); D_s within "
    "1e-15..2e-14 m2/s and i0 within 1..5 A/m2 of the literature: order of magnitude only",
)

_NMC111 = Intercalation(
    name="NMC111",
    role="positive",
    molar_mass=0.09646,
    ocp="-3.04420906 * x + 10.04892207 - 0.65637536 * tanh(-4.02134095 * (x - 0.80063948))"
    " + 4.24678547 * tanh(12.17805062 * (x - 7.57659337))"
    " - 0.3757068 * tanh(59.33067782 * (x - 0.99784492))",
    lithiation=(0.42424, 0.96210),
    cutoff=3.0,
    diffusivity=3.2e-14,
    diffusivity_energy=15e3,
    exchange_current=1.112,
    exchange_current_energy=35e3,
    source="About:Energy 2022, 12.5 Ah pouch cell, an example of the BPX standard: all numbers",
)

_GRAPHITE = Intercalation(
    name="graphite",
    role="negative",
    molar_mass=0.072066,
    ocp="0.063 + 0.8 * exp(-75 * (x + 0.001)) - 0.012 * tanh((x - 0.127) / 0.016)"
    " - 0.0118 * tanh((x - 0.155) / 0.016) - 0.0035 * tanh((x - 0.22) / 0.02)"
    " - 0.0095 * tanh((x - 0.19) / 0.013) - 0.0145 * tanh((x - 0.49) / 0.02)"
    " - 0.08 * tanh((x - 1.03) / 0.055)",
    lithiation=(0.005, 0.945),
    cutoff=0.01,
    diffusivity=3e-14,
    diffusivity_energy=30e3,
    exchange_current=2.0,
    exchange_current_energy=50e3,
    source="OCP: Mohtat 2020; D_s within 1e-14..4e-14 m2/s and i0 within 0.5..5 A/m2 of the "
    "literature: order of magnitude only; limits give 350 mAh/g",
)

INTERCALATION = {m.name: m for m in (_NMC622, _NMC111, _GRAPHITE)}


def intercalation(name: str) -> Intercalation:
    """Give the electrochemistry of the active material called `name`.

    Raises:
        CaseError: no electrochemistry is known for it; the message lists what is.
    """
    return lookup("electrochemistry of the active material", INTERCALATION, name)


def open_circuit_potential(
    material: Intercalation, x: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Evaluate U(x) against Li/Li+ in V at 25 degC."""
    names = {"__builtins__": {}, "exp": np.exp, "tanh": np.tanh, "x": np.asarray(x, float)}
    return np.asarray(eval(material.ocp, names))


def maximum_concentration(material: Intercalation, density: float) -> float:
    """Lithium sites per volume, c_max = density / M, mol/m^3, so that capacity follows mass."""
    return density / material.molar_mass


def specific_capacity(material: Intercalation) -> float:
    """Charge per mass between the lithiation limits, F (x_max - x_min) / M, C/kg."""
    low, high = material.lithiation
    return FARADAY * (high - low) / material.molar_mass
