"""What the solids resist with: weight, drag, osmotic pressure and the yield of their network.

    u_s = -(k/mu) (d Sigma/dz + drho g phi)        solids against the liquid
    k phi = (d^2/18) K(phi)                        K: hindered settling, dense: Carman and Kozeny
    Sigma = Pi + P_y
    Pi  = (k_B T/V_p) phi/(1 - phi/phi_m)          osmotic, diverges at close packing
    P_y = p_0 [(phi/phi_g)^m - 1]_+                compressive yield above the gel point phi_g

K is (1 - phi)^6.55 [Richardson1954, Batchelor1972] up to phi = 1/4.55, where the slope of Carman
and Kozeny's (1 - phi)^3/phi is the same; beyond it is the latter, with the constant 198 instead of
180 that makes the two meet. Air enters the pores between grains at the pressure [White1982]

    p_e = psi 6 sigma cos(theta) phi/((1 - phi) d),   psi = 1 for throats between spheres.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from multiscale.records.record import FloatArray

BOLTZMANN = 1.380649e-23
GRAVITY = 9.80665
HINDRANCE = 6.55  # Batchelor's dilute limit
MATCHED = 1 / (HINDRANCE - 2)  # where d ln K/dphi of both laws is the same
_KOZENY = (1 - MATCHED) ** (HINDRANCE - 3) * MATCHED
SETTLES_FASTEST = 1 / (1 + HINDRANCE)  # phi K(phi) has its maximum there


@dataclass(frozen=True)
class Skeleton(ABC):
    """Grains and the network between them; how that yields, a law or a table says.

    Attributes:
        diameter: d, m.
        excess_density: drho, solids over liquid, kg/m^3; 0 where a yield stress holds the grains.
        temperature: T of the osmotic pressure, K.
        close_packing: phi_m, the largest solid fraction.
        suction: psi 6 sigma cos(theta)/d, Pa.
    """

    diameter: float
    excess_density: float
    temperature: float
    close_packing: float
    suction: float

    def mobility(self, phi: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give k phi, m^2, and its derivative."""
        K, slope = hindrance(phi)
        stokes = self.diameter**2 / 18
        return stokes * K, stokes * slope

    def permeability(self, phi: FloatArray) -> FloatArray:
        """Give k, m^2."""
        return np.asarray(self.mobility(phi)[0] / phi)

    def stress(self, phi: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give Sigma, Pa, and its derivative."""
        thermal = BOLTZMANN * self.temperature / (math.pi / 6 * self.diameter**3)
        free = 1 - phi / self.close_packing
        yields, stiffness = self.yield_stress(phi)
        return thermal * phi / free + yields, thermal / free**2 + stiffness

    @abstractmethod
    def yield_stress(self, phi: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give P_y, Pa, and its derivative."""

    def weight(self) -> float:
        """Give drho g, N/m^3."""
        return self.excess_density * GRAVITY

    def air_entry(self, phi: FloatArray | float) -> FloatArray:
        """Give p_e between grains at a solid fraction, Pa."""
        return np.asarray(self.suction * np.asarray(phi) / (1 - np.asarray(phi)))


@dataclass(frozen=True)
class PowerLawSkeleton(Skeleton):
    """Grains whose network yields by the power law.

    Attributes:
        gel_point: phi_g.
        exponent: m.
        strength: p_0, Pa.
    """

    gel_point: float
    exponent: float
    strength: float

    def yield_stress(self, phi: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give P_y, Pa, and its derivative."""
        ratio = np.maximum(phi / self.gel_point, 1.0)
        power = ratio ** (self.exponent - 1)
        yields = self.strength * (power * ratio - 1)
        stiffness = self.strength * self.exponent / self.gel_point * power * (phi > self.gel_point)
        return yields, stiffness


def suction_between(diameter: float, tension: float, wetting: float, factor: float) -> float:
    """Give psi 6 sigma cos(theta)/d, Pa.

    Args:
        diameter: d, m.
        tension: sigma, N/m.
        wetting: cos(theta).
        factor: psi.
    """
    return factor * 6 * tension * wetting / diameter


def air_entry(suction: float, phi: float) -> float:
    """Give p_e at one solid fraction, Pa."""
    return suction * phi / (1 - phi)


def hindrance(phi: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give K and its derivative; K is 1 for a grain alone."""
    free = 1 - np.maximum(phi, 0.0)
    dilute = free**HINDRANCE
    thick = np.maximum(phi, MATCHED)
    dense = _KOZENY * free**3 / thick
    return (
        np.where(phi < MATCHED, dilute, dense),
        np.where(phi < MATCHED, -HINDRANCE * dilute / free, -dense * (3 / free + 1 / thick)),
    )


def strength_at_packing(packing: float, gel_point: float, exponent: float, suction: float) -> float:
    """Give p_0 at which P_y reaches the air-entry pressure at the packing, Pa.

    Args:
        packing: solid fraction at which slow drying ends shrinkage.
        gel_point: phi_g, below it.
        exponent: m.
        suction: psi 6 sigma cos(theta)/d, Pa.
    """
    return air_entry(suction, packing) / ((packing / gel_point) ** exponent - 1)
