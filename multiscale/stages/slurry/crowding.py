"""Amplification of the medium's flow by the particles in it."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

EINSTEIN = 2.5  # intrinsic viscosity of rigid spheres


def krieger_dougherty(phi: float, phi_m: float, intrinsic: float = EINSTEIN) -> float:
    """Give eta_r = (1 - phi/phi_m)^(-[eta] phi_m) [KriegerDougherty1959]."""
    return float((1.0 - phi / phi_m) ** (-intrinsic * phi_m))


def maron_pierce(phi: float, phi_m: float) -> float:
    """Give eta_r = (1 - phi/phi_m)^-2 [MaronPierce1956]."""
    return float((1.0 - phi / phi_m) ** -2)


def boyer(phi: float, phi_m: float) -> float:
    """Give the relative viscosity of rough spheres, measured at constant particle pressure.

    eta_r = 1 + 2.5 phi/(1 - phi/phi_m) + mu_c (phi/(phi_m - phi))²,
    mu_c = 0.32 + 0.38/[1 + 0.005 (phi/(phi_m - phi))²] [Boyer2011].
    """
    s = (phi / (phi_m - phi)) ** 2
    return float(1.0 + 2.5 * phi / (1.0 - phi / phi_m) + (0.32 + 0.38 / (1.0 + 0.005 * s)) * s)


LAWS: dict[str, Callable[[float, float], float]] = {
    "krieger-dougherty": krieger_dougherty,
    "maron-pierce": maron_pierce,
    "boyer": boyer,
}


def rate_amplification(eta_r: float, phi: float) -> float:
    """Give the root-mean-square rate in the medium over the applied one, sqrt(eta_r/(1 - phi)).

    Source: [Chateau2008].
    """
    return sqrt(eta_r / (1.0 - phi))


def stress_amplification(eta_r: float, phi: float) -> float:
    """Give the suspension's stress over the medium's stress at its local rate.

    tau/tau_l = eta_r / sqrt(eta_r/(1 - phi)) = sqrt(eta_r (1 - phi)), for a yield stress as for a
    viscous one [Chateau2008].
    """
    return sqrt(eta_r * (1.0 - phi))
