"""What the stated errors of the transport properties do to the cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from multiscale.records import EffectiveProperties
from multiscale.records.record import FloatArray
from multiscale.stages.cell.balancing import PorousElectrode

# An error as large as the value would leave nothing to conduct with at the lower end.
LEAST_SHARE = 0.1


def transport_ends(study: PorousElectrode, effective: EffectiveProperties) -> list[PorousElectrode]:
    """Put eps/tau, sigma and the foil's contact at either end of their stated errors.

    B (1 -+ dB/B) and sigma (1 -+ dsigma/sigma) in every layer, with the errors of the whole volume
    through the thickness, never below a tenth; R_f +- dR_f, never below 0. All move together, so
    that the ends lie apart as far as they can.

    Returns:
        The electrode at the worse and at the better end; nothing if all errors are 0.
    """
    relative = {
        name: effective.error[name] / float(getattr(effective, name)[2])
        for name in ("diffusivity", "conductivity")
    }
    at_foil = effective.error["foil_resistance"]
    if not any(relative.values()) and at_foil == 0:
        return []

    def at(sign: float) -> PorousElectrode:
        ions, electrons = (max(1 + sign * error, LEAST_SHARE) for error in relative.values())
        layers = replace(
            study.layers,
            efficiency=ions * study.layers.efficiency,
            conductivity=electrons * study.layers.conductivity,
        )
        resistance = max(study.foil_resistance - sign * at_foil, 0.0)
        return replace(study, layers=layers, foil_resistance=resistance)

    return [at(-1.0), at(1.0)]


def stated_error(
    fine: Mapping[str, FloatArray],
    coarse: Mapping[str, FloatArray],
    ends: Sequence[Mapping[str, FloatArray]],
) -> dict[str, FloatArray]:
    """Add what the mesh does to what the transport properties' errors do, entry by entry.

    |fine - coarse| + (largest - least of `ends`)/2.

    Args:
        fine: results by name.
        coarse: the same on half the points.
        ends: the same on half the points, at the ends of the transport properties' errors.
    """
    error = {name: np.abs(fine[name] - coarse[name]) for name in fine}
    if ends:
        for name in error:
            error[name] += np.ptp([end[name] for end in ends], axis=0) / 2
    return error
