"""Analytic limits of the porous-electrode model, against which the tests hold it."""

from __future__ import annotations

from math import cosh, sinh, sqrt

from multiscale.materials.electrochemistry import FARADAY, GAS_CONSTANT


def butler_volmer(i0: float, overpotential: float, temperature: float) -> float:
    """Current over the interface, 2 i0 sinh(F eta / 2RT), A/m^2, for transfer coefficients 1/2.

    Args:
        i0: exchange current, A/m^2.
        overpotential: eta, V.
        temperature: T, K.
    """
    return 2 * i0 * sinh(FARADAY * overpotential / (2 * GAS_CONSTANT * temperature))


def charge_transfer_resistance(i0: float, temperature: float) -> float:
    """Butler-Volmer at small overpotential, RT / (F i0), ohm m^2."""
    return GAS_CONSTANT * temperature / (FARADAY * i0)


def secondary_resistance(
    thickness: float, kappa: float, sigma: float, area: float, charge_transfer: float
) -> float:
    """Resistance of a porous electrode with linear kinetics and no concentration gradient, ohm m^2.

    R (kappa + sigma) / L = 1 + [2 + (sigma/kappa + kappa/sigma) cosh nu] / (nu sinh nu),
    nu^2 = a L^2 (1/kappa + 1/sigma) / r   [NewmanTobias1962].

    Args:
        thickness: L, m.
        kappa, sigma: effective ionic and electronic conductivity, S/m.
        area: a, interface per volume, 1/m.
        charge_transfer: r of the interface, ohm m^2.
    """
    nu = thickness * sqrt(area * (1 / kappa + 1 / sigma) / charge_transfer)
    shape = (2 + (sigma / kappa + kappa / sigma) * cosh(nu)) / (nu * sinh(nu))
    return thickness / (kappa + sigma) * (1 + shape)


def separator_concentration_drop(
    current: float, thickness: float, diffusivity: float, efficiency: float, transference: float
) -> float:
    """Steady difference of salt concentration, (1 - t+) i L / (F D B), mol/m^3.

    Args:
        current: i, A/m^2.
        thickness: L, m.
        diffusivity: D of the electrolyte, m^2/s.
        efficiency: B = eps / tau.
        transference: t+.
    """
    return (1 - transference) * current * thickness / (FARADAY * diffusivity * efficiency)


def surface_lag(flux: float, radius: float, diffusivity: float, maximum: float) -> float:
    """Lithiation of a particle's surface beyond its mean, j R / (5 D c_max), after a while.

    Args:
        flux: j into the particle, mol/m^2/s.
        radius: R, m.
        diffusivity: D_s, m^2/s.
        maximum: c_max, mol/m^3.
    """
    return flux * radius / (5 * diffusivity * maximum)
