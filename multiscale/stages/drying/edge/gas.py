"""The gas side of many columns at once: the laws of `evaporation`, tabulated over temperature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.materials import air
from multiscale.materials.solvent import Solvent
from multiscale.records.record import FloatArray
from multiscale.stages.drying.evaporation import Air, mass_transfer

STEP = 0.25  # K; cubic splines then err by less than 1e-10


@dataclass(frozen=True)
class Gas:
    """One zone's air over a solvent.

    Attributes:
        air: the drying air at a profile of 1.
        table: T -> (p_sat, Pa; latent heat, J/kg; M beta p/(R T_f), kg/(m^2 s); D_v/beta, m; liquid
            viscosity over that at 25 degC), for air of that temperature.
        low, high: ends of the table, K.
    """

    air: Air
    table: Any
    low: float
    high: float

    def properties(self, T: FloatArray) -> FloatArray:
        """Give the rows of the table at temperatures T (K), shape (5, *T.shape)."""
        found: FloatArray = self.table(np.clip(T, self.low, self.high))
        return np.moveaxis(found, -1, 0)


def tabulate(solvent: Solvent, gas: Air, lowest: float) -> Gas:
    """Tabulate what the gas side depends on between the coldest and the hottest film.

    Args:
        solvent: the liquid.
        gas: the drying air.
        lowest: temperature of the coldest film, K.
    """
    from scipy.interpolate import CubicSpline

    heated = gas.radiation / max(gas.alpha + gas.alpha_bottom, 1e-9)
    low = max(min(lowest, gas.T) - 25.0, solvent.range.low)
    high = min(max(lowest, gas.T + heated) + 15.0, solvent.range.high)
    T = np.linspace(low, high, int((high - low) / STEP) + 2)
    rows = []
    for t in T:
        T_f = 0.5 * (t + gas.T)
        beta = mass_transfer(solvent, T_f, gas.alpha)
        rows.append(
            (
                solvent.saturation_pressure(t),
                solvent.latent_heat(t),
                solvent.molar_mass * beta * air.PRESSURE / (air.GAS_CONSTANT * T_f),
                solvent.vapour_diffusivity(T_f) / beta,
                solvent.viscosity(t) / solvent.viscosity(298.15),
            )
        )
    return Gas(gas, CubicSpline(T, np.array(rows)), low, high)


def rates(
    gas: Gas,
    properties: FloatArray,
    profile: FloatArray,
    solvent: FloatArray,
    polymer: FloatArray,
    pores: FloatArray,
    dry_layer: FloatArray,
    chi: float,
    pore_radius: float,
) -> FloatArray:
    """Give the evaporation rate of each column, kg/(m^2 s); as `Film.rate`.

    Args:
        gas: the drying air.
        properties: of the columns' temperatures.
        profile: transfer coefficients over those in the middle.
        solvent: thickness of the solvent, m.
        polymer: thickness of the dissolved polymer, m.
        pores: thickness of the pores of the packed column, m.
        dry_layer: length of free air that resists as the dried pores do, m; see `Film.dry_layer`.
        chi: Flory-Huggins parameter.
        pore_radius: m.
    """
    p_sat, _, conductance, layer, _ = properties
    L = np.maximum(solvent, 0.0)
    solution = np.maximum(L + polymer, 1e-30)
    phi = L / solution
    activity = phi * np.exp((1 - phi) + chi * (1 - phi) ** 2)
    y_s = np.minimum(activity * p_sat / air.PRESSURE, 1 - 1e-9)
    driving = np.log1p(-gas.air.y) - np.log1p(-y_s)
    wetted = np.clip(solution / pores, 1e-12, 1.0)
    s = np.sqrt(np.pi / (4 * wetted))
    narrowed = 2 / np.pi * pore_radius * profile / layer * s * np.maximum(s - 1, 0.0)
    # Boundary layer and dry layer one behind the other, over D_v.
    rate: FloatArray = conductance * driving / ((1 + narrowed) / profile + dry_layer / layer)
    return rate
