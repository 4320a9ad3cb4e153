"""The carbon-black network in the polymer solution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import StageFailed
from multiscale.stages.slurry.crowding import krieger_dougherty

REFERENCE_FRACTION = 0.02
_AGGREGATE_PACKING = 0.64


@dataclass(frozen=True)
class CarbonNetwork:
    """A gel of carbon-black aggregates.

    Attributes:
        yield_stress: of the medium at a carbon fraction of 0.02, Pa.
        exponent: growth of the yield stress with the carbon fraction.
        swelling: volume of an aggregate, occluded liquid included, over its carbon volume.
    """

    yield_stress: float
    exponent: float
    swelling: float


# Adjusted to the same public slurry data as the binders: docs/explanation/slurry.md.
NETWORKS = {
    "PVDF": CarbonNetwork(20.5, 2.11, 6.0),
    "CMC": CarbonNetwork(0.874, 3.12, 12.9),
}


def gel_strength(network: CarbonNetwork, phi_c: float) -> float:
    """Give tau_0 = tau_ref (phi_c/0.02)^m, Pa, with the carbon fraction phi_c in the medium."""
    return network.yield_stress * (phi_c / REFERENCE_FRACTION) ** network.exponent


def aggregate_crowding(swelling: float, phi_c: float, phi_latex: float) -> float:
    """Give the viscosity factor of swollen aggregates and latex in the medium.

    Raises:
        StageFailed: they fill the liquid.
    """
    filled = swelling * phi_c + phi_latex
    if filled >= 0.95 * _AGGREGATE_PACKING:
        raise StageFailed(
            f"slurry: additive and latex fill {filled:.2f} of the liquid between the particles and "
            f"jam near {_AGGREGATE_PACKING}; use less additive or more solvent"
        )
    return krieger_dougherty(filled, _AGGREGATE_PACKING)


def casson(
    rate: NDArray[np.float64], tau_0: float, viscosity: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the stress of flocs that break up in shear, sqrt(tau) = sqrt(tau_0) + sqrt(eta gamma).

    Args:
        rate: shear rate, 1/s.
        tau_0: yield stress, Pa.
        viscosity: of the liquid around the flocs, at `rate`, Pa s.

    Source: [Casson1959].
    """
    return (np.sqrt(tau_0) + np.sqrt(viscosity * rate)) ** 2
