"""What each layer along the driven axis contributes: potential drops and layer means."""

from __future__ import annotations

from typing import Any

import numpy as np

from multiscale.voxels.checkerboard import Singles
from multiscale.voxels.relaxation import serial
from multiscale.voxels.slabs import Slabs, all_layers, next_layers, whole

type Array = np.ndarray[Any, np.dtype[np.float64]]


def plane_potential(potential: Array, faces: Array, d: Array, slabs: Slabs | None = None) -> Array:
    """Potential of each plane between the layers of axis 0, weighted with its flux. Collective.

        U(z) = sum_f q_f phi_f / sum_f q_f,    phi_f = (d_i phi_i + d_j phi_j) / (d_i + d_j)

    With this weight the flux times the drop of U over a layer is the power dissipated in the
    layer, so that U never rises and no layer conducts better than the Wiener bound of what it
    contains.

    Args:
        potential: cell potentials with ghosts, shape (n0 + 2, n1 + 2, n2 + 2).
        faces: the conductances they were solved with.
        d: cell conductivities of this rank, shape (n0, n1, n2).
        slabs: who has which layers; this rank all where left out.

    Returns:
        U on all planes, 1 on the first and 0 on the last.
    """
    slabs = slabs or whole(d.shape[0], (False, False, False))
    below, _ = next_layers(d, slabs)
    planes = np.ones(d.shape[0])
    _weigh(potential, faces, d, below, 1 if slabs.lowest else 0, planes)
    return np.append(all_layers(planes, slabs), 0.0)


@serial
def _weigh(x: Array, faces: Array, d: Array, layer_below: Array, first: int, planes: Array) -> None:
    n0, n1, n2 = d.shape
    for i in range(first, n0):
        power, flux = 0.0, 0.0
        for j in range(n1):
            for k in range(n2):
                conductance = faces[0, i + 1, j + 1, k + 1]
                if conductance > 0:
                    below, above = x[i, j + 1, k + 1], x[i + 1, j + 1, k + 1]
                    d_below = layer_below[j, k] if i == 0 else d[i - 1, j, k]
                    d_above = d[i, j, k]
                    q = conductance * (below - above)
                    power += q * (d_below * below + d_above * above) / (d_below + d_above)
                    flux += q
        planes[i] = power / flux


def plane_potential_by_colours(
    x: Array, faces: Singles, d: Singles, slabs: Slabs | None = None, upper: Singles | None = None
) -> Array:
    """The same for a solution stored by colours, as from `diffusion.diffuse`. Collective.

    Args:
        x: cell potentials by colours, with the ghosts that the solver left.
        faces: the conductances they were solved with.
        d: cell conductivities of this rank, those of the lower halves where these differ.
        slabs: who has which layers; this rank all where left out.
        upper: conductivities of the upper halves of the cells; d where left out.
    """
    slabs = slabs or whole(d.shape[0], (False, False, False))
    upper = d if upper is None else upper
    below, _ = next_layers(upper, slabs)
    planes = np.ones(d.shape[0])
    _weigh_by_colours(x, faces, d, upper, below, 1 if slabs.lowest else 0, planes)
    return np.append(all_layers(planes, slabs), 0.0)


@serial
def _weigh_by_colours(
    x: Array,
    faces: Singles,
    d: Singles,
    upper: Singles,
    layer_below: Singles,
    first: int,
    planes: Array,
) -> None:
    n0, n1, n2 = d.shape
    for i in range(first, n0):
        power, flux = 0.0, 0.0
        for j in range(n1):
            for k in range(n2):
                c, m = (i + j + k) & 1, k // 2 + 1
                conductance = float(faces[0, c, i + 1, j + 1, m])
                if conductance > 0:
                    below, above = x[1 - c, i, j + 1, m], x[c, i + 1, j + 1, m]
                    d_below = float(layer_below[j, k] if i == 0 else upper[i - 1, j, k])
                    d_above = float(d[i, j, k])
                    q = conductance * (below - above)
                    power += q * (d_below * below + d_above * above) / (d_below + d_above)
                    flux += q
        planes[i] = power / flux


def layer_conductivity(conductivity: float, planes: Array, layers: int) -> Array:
    """Conductivity of each of `layers` equal layers in series.

        D_l = D / (n dU_l),    hence    1 / D = (1 / n) sum_l 1 / D_l

    Args:
        conductivity: D of the whole, along the axis of the layers.
        planes: potential of the planes from 1 to 0, as from `plane_potential`.
        layers: number n of layers; their bounds may lie inside voxels.
    """
    cell = np.linspace(0, 1, planes.size)
    drop = -np.diff(np.interp(np.linspace(0, 1, layers + 1), cell, planes))
    return np.asarray(conductivity / (layers * drop))


def layer_mean(by_slice: Array, layers: int) -> Array:
    """Mean of a slice profile over `layers` equal layers, whose bounds may lie inside slices."""
    total = np.concatenate([[0.0], np.cumsum(by_slice)])
    bounds = np.interp(
        np.linspace(0, by_slice.size, layers + 1), np.arange(by_slice.size + 1), total
    )
    return np.diff(bounds) * layers / by_slice.size
