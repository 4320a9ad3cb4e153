"""Dry air at 101 325 Pa as a function of the temperature T (K).

Sources are listed in docs/explanation/drying.md.
"""

from __future__ import annotations

from multiscale.materials.range import TemperatureRange

PRESSURE = 101325.0  # Pa
GAS_CONSTANT = 8.314462618  # J/(mol K)
MOLAR_MASS = 28.965e-3  # kg/mol
RANGE = TemperatureRange("air", 250.0, 500.0)


def density(T: float) -> float:
    """Ideal gas: rho = p M/(R T), kg/m^3; 0.05 % in the range."""
    return PRESSURE * MOLAR_MASS / (GAS_CONSTANT * RANGE.check(T))


def heat_capacity(T: float) -> float:
    """Quadratic in the Celsius temperature, J/(kg K); 0.1 % against [Lemmon2000]."""
    t = RANGE.check(T) - 273.15
    return 1005.7 + 0.017 * t + 3.6e-4 * t**2


def conductivity(T: float) -> float:
    """Sutherland's form, W/(m K); 1 % in the range [White2006].

    lambda = 0.0241 (T/273.15)^1.5 (273.15 + 194)/(T + 194)
    """
    RANGE.check(T)
    return float(0.0241 * (T / 273.15) ** 1.5 * (273.15 + 194.0) / (T + 194.0))
