"""Analytic limits of the drying model, for tests and for judging a result by hand."""

from __future__ import annotations

import numpy as np

from multiscale.materials.solvent import Solvent
from multiscale.records.record import FloatArray
from multiscale.stages.drying.evaporation import Air, evaporation_rate


def wet_bulb(solvent: Solvent, gas: Air) -> float:
    """Give the temperature of a wet film in steady state, K: heat(T) = m(T) dh_v(T).

    Args:
        gas: the drying air.
    """
    from scipy.optimize import brentq

    low, high = solvent.range.low, min(gas.T + 1e-9, solvent.range.high)
    return float(
        brentq(
            lambda T: gas.heat(T) - evaporation_rate(solvent, T, gas) * solvent.latent_heat(T),
            low,
            high,
            xtol=1e-10,
        )
    )


def shrinkage_time(height: float, solids_fraction: float, packing: float, E: float) -> float:
    """Give the end of shrinkage at a constant E, t = h_0 (1 - phi_0/phi_max)/E, s.

    Args:
        height: h_0, m.
        solids_fraction: phi_0.
        packing: phi_max.
        E: m/s.
    """
    return height * (1 - solids_fraction / packing) / E


def slow_drying_profile(xi: FloatArray, E: float, kappa: float) -> FloatArray:
    """Give c over its mean where diffusion wins, c/c_mean = 1 + (E/kappa)(xi^2/2 - 1/6).

    Args:
        xi: height over film height.
        E: m/s.
        kappa: D phi_l^(1+b)/h, m/s.
    """
    return 1 + E / kappa * (np.square(xi) / 2 - 1 / 6)
