"""Solvents of electrode slurries: what evaporates, at which cost in heat, and how it flows.

Sources are listed in docs/explanation/drying.md.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from multiscale.materials.lookup import lookup
from multiscale.materials.range import TemperatureRange

MOLAR_MASS_AIR = 28.97e-3  # kg/mol
FULLER_VOLUME_AIR = 19.7  # cm^3/mol [Fuller1966]


@dataclass(frozen=True)
class Solvent(ABC):
    """A pure liquid whose properties are functions of the temperature T (K), at 101 325 Pa.

    Attributes:
        name: as in the case file.
        molar_mass: kg/mol.
        diffusion_volume: sum of Fuller's atomic volumes, cm^3/mol [Fuller1966].
        heat_capacity: of the liquid, J/(kg K); constant within 5 % over the range.
        explosive_limit: vapour mole fraction in air above which it can explode; None: it cannot.
        exhaust_limit: largest vapour mole fraction that a dryer's exhaust usually carries.
        range: temperatures at which the correlations hold.
    """

    name: ClassVar[str]
    molar_mass: ClassVar[float]
    diffusion_volume: ClassVar[float]
    heat_capacity: ClassVar[float]
    explosive_limit: ClassVar[float | None]
    exhaust_limit: ClassVar[float]
    range: ClassVar[TemperatureRange]

    @abstractmethod
    def saturation_pressure(self, T: float) -> float:
        """Vapour pressure of the pure liquid, Pa."""

    @abstractmethod
    def latent_heat(self, T: float) -> float:
        """Heat of vaporisation, J/kg."""

    @abstractmethod
    def density(self, T: float) -> float:
        """Density of the liquid, kg/m^3."""

    @abstractmethod
    def viscosity(self, T: float) -> float:
        """Dynamic viscosity of the liquid, Pa s."""

    @abstractmethod
    def surface_tension(self, T: float) -> float:
        """Surface tension against air, N/m."""

    def vapour_diffusivity(self, T: float) -> float:
        """Diffusivity of the vapour in air at 101 325 Pa, m^2/s [Fuller1966].

        D = 0.00143 T^1.75 / (p M^(1/2) (v_s^(1/3) + v_air^(1/3))^2) in cm^2/s, p in bar,
        M = 2/(1/M_s + 1/M_air) in g/mol.
        """
        self.range.check(T)
        M = 2e3 / (1 / self.molar_mass + 1 / MOLAR_MASS_AIR)
        v = self.diffusion_volume ** (1 / 3) + FULLER_VOLUME_AIR ** (1 / 3)
        return 1e-4 * 0.00143 * T**1.75 / (1.01325 * math.sqrt(M) * v**2)


@dataclass(frozen=True)
class NMP(Solvent):
    """N-methyl-2-pyrrolidone."""

    name = "NMP"
    molar_mass = 99.13e-3
    diffusion_volume = 5 * 15.9 + 9 * 2.31 + 4.54 + 6.11 - 18.3
    heat_capacity = 1.70e3  # technical data sheets: 1.68 to 1.76 kJ/(kg K) around 20 degC
    explosive_limit = 0.013
    exhaust_limit = 0.25 * explosive_limit
    range = TemperatureRange("NMP", 273.15, 433.15)

    def saturation_pressure(self, T: float) -> float:
        """Antoine fit to the Landolt-Boernstein correlation, Pa.

        1.7 % from 20 to 130 degC, extrapolated beyond.
        """
        return 10 ** (9.81380 - 2032.57 / (self.range.check(T) - 50.029))

    def latent_heat(self, T: float) -> float:
        """Linear through 556 kJ/kg at 25 degC and 488 kJ/kg at 120 degC, within 0.5 %, J/kg."""
        return 556.3e3 - 720.0 * (self.range.check(T) - 298.15)

    def density(self, T: float) -> float:
        """Quadratic fit [NMP], kg/m^3; 1 027.7 at 25 degC."""
        self.range.check(T)
        return 1262.02 - 0.70026 * T - 2.8771e-4 * T**2

    def viscosity(self, T: float) -> float:
        """Arrhenius through 1.66 mPa s at 25 degC and 1.13 mPa s at 50 degC, Pa s.

        Above 50 degC it extrapolates; the drying model uses the ratio to 25 degC only.
        """
        return 1.66e-3 * math.exp(1490.0 * (1 / self.range.check(T) - 1 / 298.15))

    def surface_tension(self, T: float) -> float:
        """40.7 mN/m at 25 degC [NMP], zero at the critical point as (1 - T/T_c)^(11/9), N/m."""
        T_c = 721.6
        return float(40.7e-3 * ((1 - self.range.check(T) / T_c) / (1 - 298.15 / T_c)) ** (11 / 9))


@dataclass(frozen=True)
class Water(Solvent):
    """Water, by the correlations of IAPWS and the measurements they rest on."""

    name = "water"
    molar_mass = 18.015e-3
    diffusion_volume = 13.1
    heat_capacity = 4.19e3  # 4.18 to 4.22 kJ/(kg K) from 0 to 100 degC
    explosive_limit = None
    exhaust_limit = 0.10
    range = TemperatureRange("water", 273.16, 433.15)

    def saturation_pressure(self, T: float) -> float:
        """Wagner's equation as in [IAPWS1992], Pa."""
        T_c, p_c = 647.096, 22.064e6
        v = 1 - self.range.check(T) / T_c
        a = (-7.85951783, 1.84408259, -11.7866497, 22.6807411, -15.9618719, 1.80122502)
        n = (1.0, 1.5, 3.0, 3.5, 4.0, 7.5)
        return p_c * math.exp(T_c / T * sum(ai * v**ni for ai, ni in zip(a, n, strict=True)))

    def latent_heat(self, T: float) -> float:
        """Quadratic through the steam table at 0, 50 and 100 degC, J/kg; 0.5 % at 150 degC."""
        t = self.range.check(T) - 273.15
        return 2500.9e3 - 2311.0 * t - 1.34 * t**2

    def density(self, T: float) -> float:
        """[Kell1975] at atmospheric pressure, kg/m^3."""
        t = self.range.check(T) - 273.15
        a = (999.83952, 16.945176, -7.9870401e-3, -46.170461e-6, 105.56302e-9, -280.54253e-12)
        return sum(ai * t**i for i, ai in enumerate(a)) / (1 + 16.879850e-3 * t)

    def viscosity(self, T: float) -> float:
        """[Kestin1978], Pa s."""
        t = self.range.check(T) - 273.15
        s = 20 - t
        exponent = s / (t + 96) * (1.2364 - 1.37e-3 * s + 5.7e-6 * s**2)
        return float(1.002e-3 * 10**exponent)

    def surface_tension(self, T: float) -> float:
        """[Vargaftik1983], N/m."""
        v = 1 - self.range.check(T) / 647.15
        return float(235.8e-3 * v**1.256 * (1 - 0.625 * v))


SOLVENTS: dict[str, Solvent] = {s.name: s for s in (NMP(), Water())}


def solvent(name: str) -> Solvent:
    """Find a solvent by its name.

    Raises:
        CaseError: it is not known.
    """
    return lookup("solvent", SOLVENTS, name)
