"""Flow curve of a slurry: medium x network x crowding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.stages.slurry.crowding import rate_amplification, stress_amplification
from multiscale.stages.slurry.medium import cross
from multiscale.stages.slurry.network import casson

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Suspended:
    """Particles in a polymer solution that carries a network.

    Attributes:
        phi: volume fraction of active material.
        eta_r: its relative viscosity.
        solvent_viscosity: Pa s.
        eta_0: viscosity of the medium at low shear, latex and aggregates included, Pa s.
        relaxation_time: Cross time of the medium, s; 0 where it does not thin.
        cross_exponent: of the medium.
        tau_0: yield stress of the medium, Pa.
    """

    phi: float
    eta_r: float
    solvent_viscosity: float
    eta_0: float
    relaxation_time: float
    cross_exponent: float
    tau_0: float

    @property
    def yield_stress(self) -> float:
        """sqrt(eta_r (1 - phi)) tau_0, Pa."""
        return stress_amplification(self.eta_r, self.phi) * self.tau_0


def shear_stress(rate: Array, s: Suspended) -> Array:
    """Give the stress of the suspension at each applied rate.

    gamma_l = gamma sqrt(eta_r/(1 - phi))                      rate in the medium
    tau     = sqrt(eta_r (1 - phi)) tau_l(gamma_l)             [Chateau2008]
    tau_l   = (sqrt(tau_0) + sqrt(eta_m(gamma_l) gamma_l))²    network in the medium [Casson1959]

    Without a network this is tau = eta_m(gamma_l) eta_r gamma.

    Args:
        rate: applied shear rates, 1/s.
        s: the suspension.

    Returns:
        Shear stresses, Pa.
    """
    local = rate * rate_amplification(s.eta_r, s.phi)
    eta_m = cross(local, s.eta_0, s.solvent_viscosity, s.relaxation_time, s.cross_exponent)
    return stress_amplification(s.eta_r, s.phi) * casson(local, s.tau_0, eta_m)
