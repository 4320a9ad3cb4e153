"""Steady conduction through a voxel volume: div(d grad phi) = 0 by finite volumes.

The driven axis comes first: phi = 1 on the lower face plane and 0 on the upper one, both half a
voxel outside the outermost cell centres, so that the length is n0 voxels and not n0 - 1. A volume
may be shared by ranks, each of which holds a slab of it (`slabs.share_layers`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.voxels.apertures import OPEN, Apertures
from multiscale.voxels.conjugate_gradients import NotConverged as NotConverged
from multiscale.voxels.conjugate_gradients import apply, conjugate_gradients
from multiscale.voxels.multigrid import build_hierarchy
from multiscale.voxels.relaxation import serial
from multiscale.voxels.slabs import Slabs, all_layers, fill_ghosts, next_layers, top_layer, whole

type Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Conduction:
    """The solution of one conduction problem; arrays over cells hold those of this rank.

    Attributes:
        potential: phi of the cells with ghosts, shape (n0 + 2, n1 + 2, n2 + 2).
        flux: total flux through each plane between cell layers, for a unit potential difference, in
            units of (conductivity x face area / voxel edge along axis 0), shape (layers of all
            ranks + 1,).
        conductivity: effective conductivity along axis 0, in the unit of the faces.
        flux_mismatch: (largest - smallest flux) / mean flux over the planes.
        residual: |b - A phi| / |b|.
        iterations: conjugate-gradient iterations.
    """

    potential: Array
    flux: Array
    conductivity: float
    flux_mismatch: float
    residual: float
    iterations: int


def strength(edges: tuple[float, float, float]) -> tuple[float, float, float]:
    """Face area over distance by axis, relative to the driven axis 0: (h0 / ha)^2."""
    h0, h1, h2 = edges
    return 1.0, (h0 / h1) ** 2, (h0 / h2) ** 2


def faces_of_cells(
    d: Array,
    edges: tuple[float, float, float],
    periodic: tuple[bool, bool],
    apertures: Apertures | None = None,
    slabs: Slabs | None = None,
) -> Array:
    """Face conductances from cell conductivities: two half cells in series. Collective.

        T = A_f w_a 2 d_i d_j / (d_i + d_j),    w_a = (h_0 / h_a)^2

    and half a cell, T = 2 A_f d, on the driven face planes.

    Args:
        d: conductivity of this rank's cells, shape (n0, n1, n2), 0 where insulating.
        edges: voxel edges (m), driven axis first.
        periodic: whether axes 1 and 2 wrap around; otherwise their faces are closed (mirror).
        apertures: open fractions A_f, axes in the order of d; 1 where left out.
        slabs: who has which layers; this rank all where left out.

    Returns:
        Lower-face conductance of every cell by axis, shape (3, n0 + 2, n1 + 2, n2 + 2).
    """
    slabs = slabs or whole(d.shape[0], (False, *periodic))
    faces = np.zeros((3, *(n + 2 for n in d.shape)))
    below, above = next_layers(d, slabs)
    driven = slabs.lowest, slabs.highest
    _series(d, below, above, *driven, *strength(edges), *periodic, faces)
    if apertures is not None:
        for lower, part in zip(faces, (apertures.x, apertures.y, apertures.z), strict=True):
            n0, n1, n2 = part.shape
            lower[1 : n0 + 1, 1 : n1 + 1, 1 : n2 + 1] *= part / OPEN
    return faces


@serial
def _series(
    d: Array,
    below: Array,
    above: Array,
    lowest: bool,
    highest: bool,
    w0: float,
    w1: float,
    w2: float,
    periodic1: bool,
    periodic2: bool,
    faces: Array,
) -> None:
    n0, n1, n2 = d.shape
    for i in range(n0):
        for j in range(n1):
            for k in range(n2):
                c = d[i, j, k]
                if c > 0:
                    if i == 0 and lowest:
                        faces[0, 1, j + 1, k + 1] = 2 * w0 * c
                    else:
                        other = below[j, k] if i == 0 else d[i - 1, j, k]
                        faces[0, i + 1, j + 1, k + 1] = w0 * 2 * c * other / (c + other)
                    if i == n0 - 1 and highest:
                        faces[0, n0 + 1, j + 1, k + 1] = 2 * w0 * c
                    elif i == n0 - 1:
                        other = above[j, k]
                        faces[0, n0 + 1, j + 1, k + 1] = w0 * 2 * c * other / (c + other)
                    if j > 0 or periodic1:  # index -1 is the last cell
                        faces[1, i + 1, j + 1, k + 1] = (
                            w1 * 2 * c * d[i, j - 1, k] / (c + d[i, j - 1, k])
                        )
                    if k > 0 or periodic2:
                        faces[2, i + 1, j + 1, k + 1] = (
                            w2 * 2 * c * d[i, j, k - 1] / (c + d[i, j, k - 1])
                        )
        if periodic1:
            for k in range(n2):
                faces[1, i + 1, n1 + 1, k + 1] = faces[1, i + 1, 1, k + 1]
        if periodic2:
            for j in range(n1):
                faces[2, i + 1, j + 1, n2 + 1] = faces[2, i + 1, j + 1, 1]


def conduct(
    faces: Array,
    periodic: tuple[bool, bool],
    slabs: Slabs | None = None,
    *,
    strength: tuple[float, float, float] = (1.0, 1.0, 1.0),
    residual_tolerance: float = 1e-6,
    flux_tolerance: float = 1e-4,
    iteration_limit: int = 500,
    watch: Callable[[int, float], None] = lambda iteration, residual: None,
) -> Conduction:
    """Solve div(d grad phi) = 0 by conjugate gradients with a multigrid W-cycle. Collective.

    Args:
        faces: conductances as from `faces_of_cells`; every open cell must be connected to both
            driven faces.
        periodic: whether axes 1 and 2 wrap around.
        slabs: who has which layers; this rank all where left out.
        strength: conductance of a face in a uniform medium, by axis, as from `strength`.
        residual_tolerance: largest |b - A phi| / |b|.
        flux_tolerance: largest (max - min) / mean of the fluxes through the planes.
        iteration_limit: conjugate-gradient iterations at most.
        watch: called at each iteration with its number and the relative residual.

    Raises:
        NotConverged: the limit was reached first.
        ValueError: no cell is open.
    """
    n0, n1, n2 = (n - 2 for n in faces.shape[1:])
    slabs = slabs or whole(n0, (False, *periodic))
    scale = float(np.sqrt((faces[0, 1] ** 2).sum()))
    if slabs.comm:
        scale = slabs.comm.bcast(scale)  # of the driven plane, which the first rank has
    if scale == 0:
        raise ValueError("nothing conducts between the driven faces")
    levels = build_hierarchy(faces, periodic, strength, slabs)
    x, layers = np.zeros(faces.shape[1:]), slabs.total
    height = np.arange(slabs.begin, slabs.end + 2) - 0.5
    x[:] = np.clip(1 - height / layers, 0, 1)[:, None, None]
    r = np.zeros_like(x)
    apply(x, faces, *periodic, r)
    r *= -1
    flux, mismatch = np.zeros(layers + 1), np.inf

    def done(residual: float) -> bool:
        nonlocal flux, mismatch
        if residual > residual_tolerance:
            return False
        fill_ghosts(x, slabs)
        own = plane_flux(x, faces)
        flux = np.append(all_layers(own[:-1], slabs), top_layer(own[-1:], slabs))
        mismatch = float(np.ptp(flux) / flux.mean())
        return mismatch <= flux_tolerance

    residual, iteration = conjugate_gradients(
        faces, periodic, levels, x, r, scale, done, iteration_limit, watch
    )
    conductivity = float(flux.mean()) * layers / (n1 * n2)
    return Conduction(x, flux, conductivity, mismatch, residual, iteration)


@serial
def plane_flux(x: Array, faces: Array) -> Array:
    """Total flux through each plane between the layers of axis 0, both ends included."""
    n0, n1, n2 = x.shape
    flux = np.zeros(n0 - 1)
    for i in range(1, n0):
        total = 0.0
        for j in range(1, n1 - 1):
            for k in range(1, n2 - 1):
                total += faces[0, i, j, k] * (x[i - 1, j, k] - x[i, j, k])
        flux[i - 1] = total
    return flux
