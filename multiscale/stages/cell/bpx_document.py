"""The full cell as a BPX 1.1 document: scalars for everyone, our profiles as user-defined tables.

BPX knows one number per electrode. Its active fraction is implied by surface and radius,
eps_s = a R / 3, so `Surface area per unit volume` is that of bare spheres; what conductive additive
and binder cover goes into the reaction rate constant. The tables of the electrode under study
carry the same quantities through the thickness.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from multiscale.materials.electrochemistry import FARADAY
from multiscale.materials.electrolyte import Electrolyte
from multiscale.stages.cell.balancing import PorousElectrode, Window
from multiscale.stages.cell.layers import Layers, mean

BPX_VERSION = "1.1.0"
REFERENCE_TEMPERATURE = 298.15  # K
# BPX has no field for it
THERMODYNAMIC_FACTOR = "Electrolyte thermodynamic factor"


def document(
    negative: PorousElectrode,
    positive: PorousElectrode,
    separator: dict[str, float],
    electrolyte: Electrolyte,
    window: Window,
    *,
    capacity: float,
    cutoffs: tuple[float, float],
    temperature: float,
    study: str,
    title: str,
) -> dict[str, Any]:
    """Write a cell of 1 m^2 as a BPX document.

    Args:
        negative, positive: the electrodes.
        separator: BPX's fields of it.
        electrolyte: transport in it.
        window: lithiation of both electrodes at either end.
        capacity: of 1C, C/m^2.
        cutoffs: lower voltage, and voltage at rest when charged, V.
        temperature: of the cell, K.
        study: the electrode whose profiles are written, "negative" or "positive".
        title: of the document.
    """
    studied = {"negative": negative, "positive": positive}[study]
    return {
        "Header": {
            "BPX": BPX_VERSION,
            "Title": title,
            "Model": "DFN",
            "Description": _DESCRIPTION,
            "References": "; ".join(
                [negative.material.source, positive.material.source, electrolyte.source]
            ),
        },
        "Parameterisation": {
            "Cell": {
                "Electrode area [m2]": 1.0,
                "External surface area [m2]": 2.0,
                "Volume [m3]": negative.thickness + separator["Thickness [m]"] + positive.thickness,
                "Number of electrode pairs connected in parallel to make a cell": 1,
                "Lower voltage cut-off [V]": cutoffs[0],
                "Upper voltage cut-off [V]": cutoffs[1],
                "Nominal cell capacity [A.h]": capacity / 3600,
                "Reference temperature [K]": REFERENCE_TEMPERATURE,
            },
            "Electrolyte": {
                "Cation transference number": electrolyte.transference,
                "Conductivity [S.m-1]": electrolyte.conductivity,
                "Diffusivity [m2.s-1]": electrolyte.diffusivity,
                "Conductivity activation energy [J.mol-1]": electrolyte.activation_energy,
                "Diffusivity activation energy [J.mol-1]": electrolyte.activation_energy,
            },
            "Negative electrode": _electrode(negative, window.negative),
            "Positive electrode": _electrode(positive, window.positive),
            "Separator": separator,
            "User-defined": {
                "Open-circuit voltage at 0% SOC [V]": cutoffs[0],
                "Open-circuit voltage at 100% SOC [V]": cutoffs[1],
                THERMODYNAMIC_FACTOR: electrolyte.thermodynamic_factor,
                **_profiles(studied, study),
            },
        },
        "State": {
            "Initial conditions": {
                "Initial temperature [K]": temperature,
                "Initial electrolyte concentration [mol.m-3]": electrolyte.concentration,
            },
            "Thermal environment": {"Ambient temperature [K]": temperature},
        },
    }


_DESCRIPTION = (
    "A cell of 1 m2, coated on one side. The user-defined tables hold the electrode under study "
    "against the distance from its current collector in m, at the centres of layers that fill its "
    "thickness."
)

_TABLES = {
    "electrolyte": "porosity profile",
    "active": "active material volume fraction profile",
    "efficiency": "transport efficiency profile",
    "conductivity": "conductivity profile [S.m-1]",
    "area": "active surface area per unit volume profile [m-1]",
}


def accessible_share(electrode: PorousElectrode) -> float:
    """Active interface over the surface of bare spheres, int a dz / int 3 eps_s / R dz."""
    layers = electrode.layers
    return mean(layers, layers.area) * electrode.radius / (3 * mean(layers, layers.active))


def _electrode(electrode: PorousElectrode, window: tuple[float, float]) -> dict[str, Any]:
    layers, material = electrode.layers, electrode.material
    # i0 = F K sqrt(c/c0 x (1 - x)): half of F K at x = 1/2
    rate = 2 * material.exchange_current / FARADAY
    return {
        "Thickness [m]": electrode.thickness,
        "Porosity": mean(layers, layers.electrolyte),
        "Transport efficiency": 1 / mean(layers, 1 / layers.efficiency),
        "Conductivity [S.m-1]": 1 / mean(layers, 1 / layers.conductivity),
        "Particle radius [m]": electrode.radius,
        "Surface area per unit volume [m-1]": 3 * mean(layers, layers.active) / electrode.radius,
        "Minimum stoichiometry": window[0],
        "Maximum stoichiometry": window[1],
        "Maximum concentration [mol.m-3]": electrode.maximum_concentration,
        "OCP [V]": material.ocp,
        "Entropic change coefficient [V.K-1]": 0.0,
        "Diffusivity [m2.s-1]": material.diffusivity,
        "Diffusivity activation energy [J.mol-1]": material.diffusivity_energy,
        "Reaction rate constant [mol.m-2.s-1]": rate * accessible_share(electrode),
        "Reaction rate constant activation energy [J.mol-1]": material.exchange_current_energy,
    }


def _profiles(electrode: PorousElectrode, study: str) -> dict[str, Any]:
    layers, name = electrode.layers, f"{study.capitalize()} electrode"
    centres = _centres(layers) * electrode.thickness
    tables = {
        f"{name} {label}": {"x": centres.tolist(), "y": getattr(layers, field).tolist()}
        for field, label in _TABLES.items()
    }
    return {f"{name} active material density [kg.m-3]": electrode.density, **tables}


def _centres(layers: Layers) -> np.ndarray[Any, np.dtype[np.float64]]:
    return (layers.edges[1:] + layers.edges[:-1]) / 2
