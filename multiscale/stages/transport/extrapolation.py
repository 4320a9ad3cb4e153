"""From the voxels and voxels of twice the edge to vanishing ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.transport.problem import Transport

ROUNDING = 1e-6  # relative, of bounds that meet


def resolved(t: Transport) -> bool:
    """Whether v and 2v show the same paths: D(2v) lies between D(v) / 2 and 3 D(v) / 2.

    Where it does not (paths one voxel wide break at 2v), the two are no start of a series.
    """
    return abs(t.conductivity - t.coarse) <= 0.5 * t.conductivity


def extrapolated(t: Transport) -> Transport:
    """Go on to vanishing voxels, as far as the solves tell; cut surfaces are returned as they are.

    Between the bounds of what the voxels conduct as they are, where both are known; else by what
    two sizes of them show.
    """
    if t.cut:
        return t
    return between_bounds(t) if t.upper > 0 else by_two_sizes(t)


def between_bounds(t: Transport) -> Transport:
    """Extrapolate with first order, but not below the middle of what the voxels may conduct.

        D = max(2 D(v) - D(2v), (D(v) + D+)/2),    error = max(|D(v) - D(2v)|, (D+ - D(v))/2)

    D -+ error holds both bounds, D(v) and D+, and so what the voxels conduct as they are. What is
    meant by them, surfaces without steps, conducts more than the steps where it insulates, and by
    experience lies above the middle. The step alone may vanish by chance where voxels of twice the
    edge show other shapes. Layers are scaled as by `by_two_sizes`; D stays below their ceiling.
    """
    least = 1 / t.ceiling
    most, width = float(1 / least.mean()), t.upper - t.conductivity
    if width <= ROUNDING * t.conductivity:
        return t
    step, middle = abs(t.conductivity - t.coarse), t.conductivity + width / 2
    value = min(max(2 * t.conductivity - t.coarse, middle), most)
    layers = _scaled(t, least, value)
    error = max(step, width / 2) + t.flux_mismatch * value
    by_layer = np.abs(t.layers - t.coarse_layers) + t.flux_mismatch * layers
    return replace(
        t,
        conductivity=value,
        layers=layers,
        error=error,
        layers_error=np.maximum(by_layer, error / value * layers),
    )


def by_two_sizes(t: Transport) -> Transport:
    """Extrapolate to vanishing voxels with first order; what cannot be is returned as it is.

        D = 2 D(v) - D(2v),    error = |D(v) - D(2v)|

    D(v) = D + c v^p would need |D(v) - D(2v)| / (2^p - 1) in place of |D(v) - D(2v)|; the error
    covers p from 0.6 upwards. Along the axis the resistance above the least that the layers can
    have (Wiener) is scaled, so that the layers in series still make the whole and none conducts
    better than its phases side by side:

        1 / D_l = 1 / D_l,max + s (1 / D_l(v) - 1 / D_l,max)

    What the order of elements changes is added to the errors.

    Args:
        t: as from `transport_along`. It is returned if it is not `resolved`, if both values agree
            within the flux mismatch, or if D would lie above the ceiling of the layers in series.
    """
    change = abs(t.conductivity - t.coarse)
    if change <= t.flux_mismatch * t.conductivity or not resolved(t):
        return t
    value, least = 2 * t.conductivity - t.coarse, 1 / t.ceiling
    if 1 / value < least.mean() or not (1 / t.layers > least).any():
        return t
    layers = _scaled(t, least, value)
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


def _scaled(t: Transport, least: FloatArray, value: float) -> FloatArray:
    """Layers that make `value` in series, by one factor on their resistance above the least."""
    excess = np.maximum(1 / t.layers - least, 0.0)
    return np.asarray(1 / (least + excess * (1 / value - least.mean()) / excess.mean()))
