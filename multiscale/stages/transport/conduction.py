"""Conduction along one axis, on the voxels and on every second voxel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.record import FloatArray
from multiscale.voxels import laplace
from multiscale.voxels.layers import layer_conductivity, layer_mean, plane_potential
from multiscale.voxels.percolation import percolating

type Labels = np.ndarray[Any, np.dtype[np.uint8]]
type Axis = Literal[0, 1, 2]

# The driven axis comes first, the others follow in cyclic order; the packing repeats in x and y.
ORDER = {0: (0, 1, 2), 1: (1, 2, 0), 2: (2, 0, 1)}
PERIODIC = (True, True, False)


@dataclass(frozen=True)
class Transport:
    """Effective conduction along one axis.

    Attributes:
        conductivity: D_eff, in the unit of the phases' conductivities; 0 without percolation.
        layers: D of each layer along the axis, shape (layers,).
        percolating: share of the conductor (weighted with `content`) that connects both faces.
        flux_mismatch: (max - min) / mean of the fluxes through the voxel layers.
        ceiling: what the layers would conduct with their phases side by side (Wiener), shape
            (layers,).
        coarse: D_eff on voxels of twice the edge.
        coarse_layers: the layers there, shape (layers,).
        error: estimated |D_eff - D of vanishing voxels|.
        layers_error: the same of each layer, shape (layers,).
    """

    conductivity: float
    layers: FloatArray
    percolating: float
    flux_mismatch: float
    ceiling: FloatArray
    coarse: float
    coarse_layers: FloatArray
    error: float
    layers_error: FloatArray


def transport_along(
    axis: Axis,
    label: Labels,
    edges: FloatArray,
    d: FloatArray,
    content: FloatArray,
    layers: int,
    residual_tolerance: float,
    flux_tolerance: float,
    watch: Callable[[int, float], None],
) -> Transport:
    """Solve along `axis` on the voxels and on every second voxel; the value is that of the voxels.

    Staircase voxels converge with first order, D(v) = D + c v, and |D(v) - D(2v)| estimates the
    distance of D(v) from D; twice that is stated. The flux mismatch adds the algebraic part.
    `extrapolated` goes on from here.

    Args:
        axis: 0, 1, 2 for x, y, z.
        label: phase of each voxel, shape (nx, ny, nz).
        edges: voxel edges (m).
        d: conductivity of each phase.
        content: what of a phase counts in `percolating`.
        layers: number of layers along the axis.
        residual_tolerance, flux_tolerance: see `laplace.conduct`.
        watch: called at each iteration on the voxels.

    Raises:
        StageFailed: the solve did not converge.
    """

    def on(voxels: Labels, size: FloatArray, tell: Callable[[int, float], None]) -> Transport:
        try:
            return _solve(
                axis, voxels, size, d, content, layers, residual_tolerance, flux_tolerance, tell
            )
        except laplace.NotConverged as error:
            raise StageFailed(
                f"{error} along {'xyz'[axis]}; raise the tolerances or check the labels"
            ) from error

    fine = on(label, edges, watch)
    sparse, size = every_second(label, edges)
    coarse = on(sparse, size, lambda iteration, residual: None)
    error = (
        2 * abs(fine.conductivity - coarse.conductivity) + fine.flux_mismatch * fine.conductivity
    )
    by_layer = 2 * np.abs(fine.layers - coarse.layers) + fine.flux_mismatch * fine.layers
    return replace(
        fine,
        coarse=coarse.conductivity,
        coarse_layers=coarse.layers,
        error=error,
        layers_error=by_layer,
    )


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

    Args:
        t: as from `transport_along`. It is returned if it is not `resolved`, if both values agree
            within the flux mismatch, or if D would lie above the ceiling of the layers in series.
    """
    change = abs(t.conductivity - t.coarse)
    if change <= t.flux_mismatch * t.conductivity or not resolved(t):
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
        error=change + t.flux_mismatch * value,
        layers_error=np.abs(t.layers - t.coarse_layers)
        + np.abs(layers - own)
        + t.flux_mismatch * layers,
    )


def every_second(label: Labels, edges: FloatArray) -> tuple[Labels, FloatArray]:
    """The image of voxels twice as large: one label of each 2 x 2 x 2, unbiased."""
    n = np.array(label.shape)
    m = np.maximum(n // 2, 1)
    picks = [
        np.floor((np.arange(count) + 0.5) * whole / count).astype(int)
        for count, whole in zip(m, n, strict=True)
    ]
    return label[np.ix_(*picks)], edges * n / m


def _solve(
    axis: Axis,
    label: Labels,
    edges: FloatArray,
    d: FloatArray,
    content: FloatArray,
    layers: int,
    residual_tolerance: float,
    flux_tolerance: float,
    watch: Callable[[int, float], None],
) -> Transport:
    order = ORDER[axis]
    label = np.ascontiguousarray(label.transpose(order))
    size = tuple(float(edges[a]) for a in order)
    periodic = PERIODIC[order[1]], PERIODIC[order[2]]
    through = percolating((d > 0)[label], periodic)
    amount = content[label]
    total = float(amount.sum())
    share = float(amount[through].sum()) / total if total > 0 else 0.0
    del amount
    if not through.any():
        return _plain(0.0, np.zeros(layers), 0.0, 0.0, np.zeros(layers))
    best = float(d.max())
    cells = np.where(through, (d / best)[label], 0.0)
    faces = laplace.faces_of_cells(cells, size, periodic)  # type: ignore[arg-type]  # three edges
    strength = laplace.strength(size)  # type: ignore[arg-type]
    result = laplace.conduct(
        faces,
        periodic,
        strength=strength,
        residual_tolerance=residual_tolerance,
        flux_tolerance=flux_tolerance,
        watch=watch,
    )
    planes = plane_potential(result.potential, faces, cells)
    conductivity = best * result.conductivity
    by_layer = layer_conductivity(conductivity, planes, layers)
    ceiling = best * layer_mean(cells.mean(axis=(1, 2)), layers)
    return _plain(conductivity, by_layer, share, result.flux_mismatch, ceiling)


def _plain(
    conductivity: float, layers: FloatArray, share: float, mismatch: float, ceiling: FloatArray
) -> Transport:
    """One solve on its own, without an estimate of its error."""
    none = np.zeros_like(layers)
    return Transport(conductivity, layers, share, mismatch, ceiling, 0.0, none, 0.0, none)


def phase_profile(label: Labels, weight: FloatArray, layers: int) -> FloatArray:
    """Mean of `weight[label]` in each layer along z."""
    slices = np.stack([(label == phase).mean(axis=(0, 1)) for phase in range(weight.size)])
    return layer_mean(weight @ slices, layers)


def contact_profile(label: Labels, edges: FloatArray, a: int, b: int, layers: int) -> FloatArray:
    """Share of the faces between phases a and b that lies in each layer along z; mean 1.

    Voxel faces overrate an area by its shape, much the same in every layer: only shares are used.
    """
    by_slice = np.zeros(label.shape[2])
    for axis, area in enumerate((edges[1] * edges[2], edges[2] * edges[0], edges[0] * edges[1])):
        other = np.roll(label, -1, axis)
        touching = ((label == a) & (other == b)) | ((label == b) & (other == a))
        if axis == 2:
            touching[:, :, -1] = False
        count = touching.sum(axis=(0, 1)) * area
        if axis == 2:  # a face between two slices belongs to both
            count = 0.5 * (count + np.concatenate([[0.0], count[:-1]]))
        by_slice += count
    mean = by_slice.mean()
    return layer_mean(by_slice / mean, layers) if mean > 0 else np.zeros(layers)
