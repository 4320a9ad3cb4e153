"""The polymer solution between the particles, with the fine particles it carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import HandoverError
from multiscale.materials.binder import binder
from multiscale.materials.lookup import lookup
from multiscale.stages.slurry.composition import Composition
from multiscale.stages.slurry.network import NETWORKS, aggregate_crowding, gel_strength

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DissolvedBinder:
    """How a dissolved binder thickens its solvent.

    Attributes:
        intrinsic_viscosity: [eta], m³/kg.
        martin: k_M of the Martin equation.
        relaxation: Cross time over zero-shear viscosity, lambda/eta_0, 1/Pa; 0 for no thinning.
        cross_exponent: m of the Cross law.
    """

    intrinsic_viscosity: float
    martin: float
    relaxation: float
    cross_exponent: float


# Adjusted to public slurry data, not to binder solutions: docs/explanation/slurry.md.
DISSOLVED = {
    "PVDF": DissolvedBinder(0.20, 0.224, 0.0, 1.0),
    "CMC": DissolvedBinder(1.00, 0.203, 8.0e-3, 0.785),
}


@dataclass(frozen=True)
class Medium:
    """What flows between the active particles.

    Attributes:
        solvent_viscosity: Pa s.
        eta_0: viscosity at low shear, fine particles included, network excluded, Pa s.
        relaxation: Cross time over eta_0, 1/Pa.
        cross_exponent: of the Cross law.
        tau_0: yield stress of the additive's network, Pa.
        particles: volume fraction of swollen aggregates and latex in the medium.
    """

    solvent_viscosity: float
    eta_0: float
    relaxation: float
    cross_exponent: float
    tau_0: float
    particles: float


def mix_medium(
    mixture: Composition, binders: Sequence[str], binder_density: Array, solvent_viscosity: float
) -> Medium:
    """Give the medium of a slurry with one dissolved binder and any latex.

    Args:
        mixture: the slurry.
        binders: names in the order of the mixture.
        binder_density: of each, kg/m³.
        solvent_viscosity: at the slurry's temperature, Pa s.

    Raises:
        HandoverError: not exactly one binder dissolves.
        CaseError: a binder is not known.
    """
    names = [name.strip() for name in binders]
    latex = [binder(name).chi is None for name in names]
    if latex.count(False) != 1:
        raise HandoverError(
            f"slurry: needs exactly one dissolved binder (known: {', '.join(sorted(DISSOLVED))}), "
            f"got {', '.join(names)}"
        )
    at = latex.index(False)
    polymer, network = lookup("dissolved binder", DISSOLVED, names[at]), NETWORKS[names[at]]
    phi_p, between = float(mixture.volume[3 + at]), 1.0 - float(mixture.volume[0])
    phi_latex = float(mixture.volume[3:].sum() - phi_p) / between
    phi_c = float(mixture.volume[1]) / between
    c = binder_density[at] * phi_p / (phi_p + mixture.volume[2])  # kg polymer per m³ of solution
    thickening = martin(float(polymer.intrinsic_viscosity * c), polymer.martin)
    fine = aggregate_crowding(network.swelling, phi_c, phi_latex)
    return Medium(
        solvent_viscosity,
        solvent_viscosity * thickening * fine,
        polymer.relaxation,
        polymer.cross_exponent,
        gel_strength(network, phi_c),
        network.swelling * phi_c + phi_latex,
    )


def martin(x: float, k_m: float) -> float:
    """Give eta_0/eta_s = 1 + x exp(k_M x) with the overlap number x = [eta] c [Martin1951]."""
    return 1.0 + x * exp(k_m * x)


def cross(rate: Array, eta_0: float, eta_inf: float, time: float, m: float) -> Array:
    """Give eta = eta_inf + (eta_0 - eta_inf)/(1 + (lambda gamma)^m), Pa s [Cross1965]."""
    return eta_inf + (eta_0 - eta_inf) / (1.0 + (time * rate) ** m)
