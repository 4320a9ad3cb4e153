"""From the voxels and voxels of twice the edge to vanishing ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from multiscale.stages.transport.problem import Transport


def resolved(t: Transport) -> bool:
    """Whether v and 2v show the same paths: D(2v) lies between D(v) / 2 and 3 D(v) / 2.

    Where it does not (paths one voxel wide break at 2v), the two are no start of a series.
    """
    return abs(t.conductivity - t.coarse) <= 0.5 * t.conductivity


def extrapolated(t: Transport) -> Transport:
    """Extrapolate to vanishing voxels with first order; what cannot be is returned as it is.

        D = 2 D(v) - D(2v),    error = |D(v) - D(2v)|

    D(v) = D + c v^p would need |D(v) - D(2v)| / (2^p - 1) in place of |D(v) - D(2v)|; the error
    covers p from 0.6 upwards. Along the axis the resistance above the least that the layers can
    have (Wiener) is scaled, so that the layers in series still make the whole and none conducts
    better than its phases side by side:

        1 / D_l = 1 / D_l,max + s (1 / D_l(v) - 1 / D_l,max)

    What the order of elements changes is added to the errors.

    Args:
        t: as from `transport_along`. It is returned if its surfaces are no staircases, if it is not
            `resolved`, if both values agree within the flux mismatch, or if D would lie above the
            ceiling of the layers in series.
    """
    change = abs(t.conductivity - t.coarse)
    if t.cut or change <= t.flux_mismatch * t.conductivity or not resolved(t):
        return t
    value, least = 2 * t.conductivity - t.coarse, 1 / t.ceiling
    excess = np.maximum(1 / t.layers - least, 0.0)
    if 1 / value < least.mean() or not excess.any():
        return t
    layers = 1 / (least + excess * (1 / value - least.mean()) / excess.mean())
    own = 2 * t.layers - t.coarse_layers
    return replace(
        t,
        conductivity=value,
        layers=layers,
        error=change + t.flux_mismatch * value + t.order,
        layers_error=np.abs(t.layers - t.coarse_layers)
        + np.abs(layers - own)
        + (t.flux_mismatch + t.order / t.conductivity) * layers,
    )
