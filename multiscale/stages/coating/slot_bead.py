"""Coating window of a slot die: visco-capillary lubrication of the bead."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos

from multiscale.errors import StageFailed
from multiscale.stages.coating.gap_flow import pressure_gradient

TOLERANCE = 1e-13  # of a film thickness, m
_BRETHERTON = 1.34  # capillary pressure of the downstream meniscus [Ruschak1976]


@dataclass(frozen=True)
class Die:
    """Slot die and slurry.

    Attributes:
        gap: between lips and web H, m.
        downstream_lip, upstream_lip: lengths L_D, L_U, m.
        dynamic_angle, static_angle: contact angles at web and lip, rad.
        vacuum: ambient pressure minus pressure upstream of the bead, Pa.
        surface_tension: N/m.
        tau_y, k, n: Herschel-Bulkley parameters, Pa, Pa s^n, 1.
    """

    gap: float
    downstream_lip: float
    upstream_lip: float
    dynamic_angle: float
    static_angle: float
    vacuum: float
    surface_tension: float
    tau_y: float
    k: float
    n: float

    def capillary_number(self, speed: float) -> float:
        """Ca = eta(U/H) U/sigma with the apparent viscosity at the nominal rate in the gap."""
        rate = speed / self.gap
        return (self.tau_y + self.k * rate**self.n) / rate * speed / self.surface_tension


def pressure_gap(t: float, bead: float, speed: float, die: Die) -> float:
    """Give the pressure that the bead lacks to be steady, Pa; 0 at the steady film thickness.

    1.34 Ca^(2/3) sigma/t + G(U t) L_D + G(0) L_B - (sigma/H)(cos th_d + cos th_s) - dp_vac = 0

    with G(q) = dp/dx of a Herschel-Bulkley fluid in the gap at the flow rate q; a Newtonian fluid
    has G(U t) = (6 mu U/H²)(1 - 2 t/H).

    Args:
        t: wet film thickness, m.
        bead: length of the bead under the upstream lip L_B, m.
        speed: web speed U, m/s.
        die: die and slurry.

    Source: [Ruschak1976], [Higgins1980].
    """
    fluid = (die.tau_y, die.k, die.n)
    downstream = pressure_gradient(speed * t, speed, die.gap, *fluid) * die.downstream_lip
    upstream = pressure_gradient(0.0, speed, die.gap, *fluid) * bead
    meniscus = _BRETHERTON * die.capillary_number(speed) ** (2 / 3) * die.surface_tension / t
    corner = die.surface_tension / die.gap * (cos(die.dynamic_angle) + cos(die.static_angle))
    return float(meniscus + downstream + upstream - corner - die.vacuum)


def steady_thickness(bead: float, speed: float, die: Die) -> float:
    """Give the film thickness whose bead has the upstream length `bead`, m.

    bead = 0 is the thinnest film (air entrainment), bead = L_U the thickest (swelling).

    Raises:
        StageFailed: no thickness between H/1000 and 20 H balances the bead.
    """
    from scipy.optimize import brentq

    low, high = 1e-3 * die.gap, 20.0 * die.gap
    if pressure_gap(low, bead, speed, die) < 0.0 or pressure_gap(high, bead, speed, die) > 0.0:
        raise StageFailed(
            f"coating: no steady bead under the die at {speed:.3g} m/s with a vacuum of "
            f"{die.vacuum:.0f} Pa; lower the vacuum or change the slot gap"
        )
    return float(
        brentq(pressure_gap, low, high, args=(bead, speed, die), xtol=TOLERANCE, rtol=1e-11)
    )


def low_flow_limit(capillary_number: float) -> float:
    """Give the thinnest film over the gap where only menisci act.

    t_min/H = [1 + 2/(1.34 Ca^(2/3))]^-1 [Ruschak1976]; holds for Ca below about 0.1.
    """
    return float(1.0 / (1.0 + 2.0 / (_BRETHERTON * capillary_number ** (2 / 3))))
