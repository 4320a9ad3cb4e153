"""Compaction laws: porosity against stress, and Meyer's porosity against line load.

The exponential law in stress is what the roll-gap model integrates. Meyer's law is its shorthand
for a whole nip; Heckel's and Kawakita's are there to compare fits of plate-press data with.
"""

import numpy as np

from multiscale.records import FloatArray


def porosity_at_stress(
    stress: FloatArray | float, porosity_0: float, porosity_min: float, sigma_c: float
) -> FloatArray:
    """Compact under a uniaxial stress: eps = eps_min + (eps_0 - eps_min) exp(-sigma/sigma_c).

    Args:
        stress: through-thickness stress sigma, Pa.
        porosity_0: porosity eps_0 at no stress, 1.
        porosity_min: porosity eps_min that no stress gets below, 1.
        sigma_c: stress scale, Pa.

    Returns:
        Porosity under the stress, 1.
    """
    return porosity_min + (porosity_0 - porosity_min) * np.exp(-np.asarray(stress) / sigma_c)


def stress_at_porosity(
    porosity: FloatArray | float, porosity_0: float, porosity_min: float, sigma_c: float
) -> FloatArray:
    """Invert `porosity_at_stress`: sigma = -sigma_c ln[(eps - eps_min)/(eps_0 - eps_min)], Pa."""
    return -sigma_c * np.log((np.asarray(porosity) - porosity_min) / (porosity_0 - porosity_min))


def meyer_porosity(
    line_load: FloatArray | float,
    porosity_0: float,
    porosity_min: float,
    gamma_c: float,
    largest_before: float = 0.0,
) -> FloatArray:
    """Compact in a nip: eps = eps_min + (eps_0 - eps_min) exp(-q/gamma_c) [Meyer2017].

    Args:
        line_load: roll force per coated width q, N/m.
        porosity_0: porosity before the first pass, 1.
        porosity_min: least porosity, 1.
        gamma_c: compaction resistance, N/m; fitted per material, loading and roll.
        largest_before: largest q of earlier passes, N/m; lighter passes change nothing.

    Returns:
        Porosity after, 1.
    """
    q = np.maximum(line_load, largest_before)
    return porosity_min + (porosity_0 - porosity_min) * np.exp(-q / gamma_c)


def meyer_density(
    line_load: FloatArray | float, density_0: float, density_max: float, gamma_c: float
) -> FloatArray:
    """Write Meyer's law for the density, rho_max - (rho_max - rho_0) exp(-q/gamma_c), kg/m^3."""
    return density_max - (density_max - density_0) * np.exp(-np.asarray(line_load) / gamma_c)


def meyer_line_load(
    porosity: FloatArray | float, porosity_0: float, porosity_min: float, gamma_c: float
) -> FloatArray:
    """Invert `meyer_porosity`: q = -gamma_c ln[(eps - eps_min)/(eps_0 - eps_min)], N/m."""
    return stress_at_porosity(porosity, porosity_0, porosity_min, gamma_c)


def fit_exponential(stress: FloatArray, porosity: FloatArray) -> tuple[float, float]:
    """Fit eps_min and sigma_c (Pa) to a plate-press curve whose first point is at no stress."""
    from scipy.optimize import curve_fit  # slow to import

    scale = float(np.max(stress))

    def law(s: FloatArray, porosity_min: float, sigma_c: float) -> FloatArray:
        return porosity_at_stress(s, float(porosity[0]), porosity_min, sigma_c)

    start = (0.9 * float(np.min(porosity)), 0.3)
    (porosity_min, sigma_c), _ = curve_fit(law, stress / scale, porosity, start)
    return float(porosity_min), float(sigma_c * scale)


def fit_heckel(stress: FloatArray, porosity: FloatArray) -> tuple[float, float]:
    """Fit ln(1/eps) = K sigma + A [Heckel1961]; gives K (1/Pa) and A."""
    slope, intercept = np.polyfit(stress, np.log(1 / porosity), 1)
    return float(slope), float(intercept)


def fit_kawakita(
    stress: FloatArray, porosity: FloatArray, porosity_0: float
) -> tuple[float, float]:
    """Fit sigma/C = sigma/a + 1/(a b), C = 1 - (1 - eps_0)/(1 - eps) [Kawakita1971].

    Returns:
        a (1) and b (1/Pa).
    """
    compaction = 1 - (1 - porosity_0) / (1 - porosity)
    slope, intercept = np.polyfit(stress, stress / compaction, 1)
    return float(1 / slope), float(slope / intercept)
