"""The gas side: how fast a surface of known temperature gives off vapour."""

from __future__ import annotations

import math
from dataclasses import dataclass

from multiscale.materials import air
from multiscale.materials.solvent import Solvent


@dataclass(frozen=True)
class Air:
    """Drying air over the film.

    Attributes:
        T: temperature, K.
        alpha: heat-transfer coefficient to the coating, W/(m^2 K).
        alpha_bottom: heat-transfer coefficient to the bare foil, W/(m^2 K).
        y: mole fraction of vapour.
        radiation: absorbed radiation, W/m^2.
        alpha_roll: heat-transfer coefficient to heated rollers, W/(m^2 K).
        T_roll: their temperature, K.
    """

    T: float
    alpha: float
    alpha_bottom: float
    y: float
    radiation: float = 0.0
    alpha_roll: float = 0.0
    T_roll: float = 0.0

    def heat(self, T: float) -> float:
        """Heat given to a web of temperature T (K), W/m^2."""
        from_air = (self.alpha + self.alpha_bottom) * (self.T - T)
        return from_air + self.alpha_roll * (self.T_roll - T) + self.radiation


def lewis_number(solvent: Solvent, T: float) -> float:
    """Give Le = lambda/(rho c_p D_v) of air with the solvent's vapour at T (K)."""
    a = air.conductivity(T) / (air.density(T) * air.heat_capacity(T))
    return a / solvent.vapour_diffusivity(T)


def mass_transfer(solvent: Solvent, T: float, alpha: float) -> float:
    """Give the mass-transfer coefficient beta = alpha/(rho c_p) Le^(-2/3), m/s.

    Args:
        T: film temperature of the boundary layer, mean of surface and air, K.
        alpha: heat-transfer coefficient, W/(m^2 K).
    """
    return alpha / (air.density(T) * air.heat_capacity(T)) * lewis_number(solvent, T) ** (-2 / 3)


def evaporation_rate(
    solvent: Solvent,
    T: float,
    gas: Air,
    activity: float = 1.0,
    pore_radius: float = 0.0,
    wetted: float = 1.0,
    dry_layer: float = 0.0,
) -> float:
    """Give the evaporation rate with Stefan's correction, kg/(m^2 s); negative: vapour condenses.

    m = B M p/(R T_f) ln((1 - y_inf)/(1 - y_s)),  y_s = a p_sat(T)/p  [VDI2010]
    1/B = 1/(A beta) + s/D_v: boundary layer and dry layer one behind the other [Stefan1873]

    Args:
        T: temperature of the surface, K.
        gas: the drying air.
        activity: a, of the solvent at the surface.
        pore_radius: radius of the surface pores, m.
        wetted: share of the surface that is wet; see `wetted_area`.
        dry_layer: s, length of free air that resists as the dry pores above the liquid do, m.
    """
    T_f = 0.5 * (T + gas.T)
    beta = mass_transfer(solvent, T_f, gas.alpha)
    y_s = activity * solvent.saturation_pressure(T) / air.PRESSURE
    # The rate has no bound at the boiling point; the integrator's trial steps may ask beyond it.
    y_s = min(y_s, 1 - 1e-9)
    layer = solvent.vapour_diffusivity(T_f) / beta
    driving = math.log1p(-gas.y) - math.log1p(-y_s)  # exact for traces as well
    beta *= wetted_area(wetted, pore_radius / layer)
    if beta == 0:
        return 0.0
    transfer = 1 / (1 / beta + dry_layer / solvent.vapour_diffusivity(T_f))
    molar = transfer * air.PRESSURE / (air.GAS_CONSTANT * T_f)
    return solvent.molar_mass * molar * driving


def wetted_area(wetted: float, pore: float) -> float:
    """Give the evaporation of a partly wet surface over that of a wet one [Suzuki1968].

    A = 1/(1 + (2/pi)(r/delta) sqrt(pi/(4 f)) (sqrt(pi/(4 f)) - 1))

    Args:
        wetted: f, wet share of the surface.
        pore: r/delta, pore radius over the thickness D_v/beta of the diffusion boundary layer.
    """
    if wetted <= 0:
        return 0.0
    s = math.sqrt(math.pi / (4 * wetted))
    return 1 / (1 + 2 / math.pi * pore * s * max(s - 1, 0.0))


def solvent_activity(phi: float, chi: float) -> float:
    """Give the solvent's activity in a polymer solution [Flory1953].

    ln a = ln phi + (1 - phi) + chi (1 - phi)^2

    Args:
        phi: solvent's volume fraction in the solution.
        chi: Flory-Huggins parameter.
    """
    return phi * math.exp((1 - phi) + chi * (1 - phi) ** 2)
