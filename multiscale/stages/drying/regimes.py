"""How the solids of a film dry: evenly, with a packed skin, or settled on the foil [Cardinal2010].

    Pe  = E h_0/D_0,  D_0 = (k phi/mu) dSigma/dphi     fall of the surface over spreading
    N_s = U_0/E,      U_0 = drho g d^2/(18 mu)         settling of a grain over fall
    Y   = tau_y/(drho g d)                             yield stress over weight of a grain

N_s counts only where Y is below 0.1: a stiffer suspension carries its grains [Beris1985].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.skeleton import GRAVITY, Skeleton

CARRIES = 0.1  # Y above which grains do not settle; 0.05 to 0.15
Regime = Literal["uniform", "evaporation", "sedimentation"]


@dataclass(frozen=True)
class Setting:
    """Where a film stands on the map: Pe, N_s and Y as above."""

    peclet: float
    settling: float
    yielding: float

    @property
    def regime(self) -> Regime:
        """The regime that these numbers lie in."""
        return regime(self.peclet, self.settling if self.yielding < CARRIES else 0.0)


def regime(peclet: float, settling: float) -> Regime:
    """Name the regime at Pe and N_s."""
    if settling > 1:
        return "sedimentation"
    return "evaporation" if peclet > 1 else "uniform"


def setting_of(
    skeleton: Skeleton,
    excess_density: float,
    phi: float,
    height: float,
    E: float,
    mu: float,
    yield_stress: float,
) -> Setting:
    """Place a film on the map.

    Args:
        skeleton: what its solids resist with.
        excess_density: solids over liquid, kg/m^3.
        phi: initial solid fraction.
        height: initial, m.
        E: rate of fall of the surface, m/s.
        mu: viscosity of the liquid, Pa s.
        yield_stress: tau_y of the suspension at rest, Pa.
    """
    at = np.array([phi])
    D_0 = float(skeleton.mobility(at)[0][0] * skeleton.stress(at)[1][0]) / mu
    weight = excess_density * GRAVITY * skeleton.diameter
    U_0 = weight * skeleton.diameter / (18 * mu)
    return Setting(E * height / D_0, U_0 / E, yield_stress / weight)


def regime_map(peclet: FloatArray, settling: FloatArray) -> list[list[Regime]]:
    """Give the regime at each pair, rows over N_s and columns over Pe."""
    return [[regime(float(p), float(s)) for p in peclet] for s in settling]
