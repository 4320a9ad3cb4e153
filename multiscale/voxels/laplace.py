"""Steady conduction through a voxel volume: div(d grad phi) = 0 by finite volumes.

The driven axis comes first: phi = 1 on the lower face plane and 0 on the upper one, both half a
voxel outside the outermost cell centres, so that the length is n0 voxels and not n0 - 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import prange

from multiscale.voxels.apertures import OPEN, Apertures
from multiscale.voxels.multigrid import Hierarchy, build_hierarchy, precondition
from multiscale.voxels.relaxation import kernel, outflow, serial, wrap

type Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Conduction:
    """The solution of one conduction problem.

    Attributes:
        potential: phi of the cells with ghosts, shape (n0 + 2, n1 + 2, n2 + 2).
        flux: total flux through each plane between cell layers, for a unit potential difference, in
            units of (conductivity x face area / voxel edge along axis 0), shape (n0 + 1,).
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


class NotConverged(ArithmeticError):
    """The iteration stopped before its tolerances were reached."""


def strength(edges: tuple[float, float, float]) -> tuple[float, float, float]:
    """Face area over distance by axis, relative to the driven axis 0: (h0 / ha)^2."""
    h0, h1, h2 = edges
    return 1.0, (h0 / h1) ** 2, (h0 / h2) ** 2


def faces_of_cells(
    d: Array,
    edges: tuple[float, float, float],
    periodic: tuple[bool, bool],
    apertures: Apertures | None = None,
) -> Array:
    """Face conductances from cell conductivities: two half cells in series.

        T = A_f w_a 2 d_i d_j / (d_i + d_j),    w_a = (h_0 / h_a)^2

    and half a cell, T = 2 A_f d, on the driven face planes.

    Args:
        d: conductivity of the cells, shape (n0, n1, n2), 0 where insulating.
        edges: voxel edges (m), driven axis first.
        periodic: whether axes 1 and 2 wrap around; otherwise their faces are closed (mirror).
        apertures: open fractions A_f, axes in the order of d; 1 where left out.

    Returns:
        Lower-face conductance of every cell by axis, shape (3, n0 + 2, n1 + 2, n2 + 2).
    """
    faces = np.zeros((3, *(n + 2 for n in d.shape)))
    _series(d, *strength(edges), *periodic, faces)
    if apertures is not None:
        for lower, part in zip(faces, (apertures.x, apertures.y, apertures.z), strict=True):
            n0, n1, n2 = part.shape
            lower[1 : n0 + 1, 1 : n1 + 1, 1 : n2 + 1] *= part / OPEN
    return faces


@serial
def _series(
    d: Array, w0: float, w1: float, w2: float, periodic1: bool, periodic2: bool, faces: Array
) -> None:
    n0, n1, n2 = d.shape
    for i in range(n0):
        for j in range(n1):
            for k in range(n2):
                c = d[i, j, k]
                if c > 0:
                    if i == 0:
                        faces[0, 1, j + 1, k + 1] = 2 * w0 * c
                    else:
                        faces[0, i + 1, j + 1, k + 1] = (
                            w0 * 2 * c * d[i - 1, j, k] / (c + d[i - 1, j, k])
                        )
                    if i == n0 - 1:
                        faces[0, n0 + 1, j + 1, k + 1] = 2 * w0 * c
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
    *,
    strength: tuple[float, float, float] = (1.0, 1.0, 1.0),
    residual_tolerance: float = 1e-6,
    flux_tolerance: float = 1e-4,
    iteration_limit: int = 500,
    watch: Callable[[int, float], None] = lambda iteration, residual: None,
) -> Conduction:
    """Solve div(d grad phi) = 0 by conjugate gradients with a multigrid W-cycle.

    Args:
        faces: conductances as from `faces_of_cells`; every open cell must be connected to both
            driven faces.
        periodic: whether axes 1 and 2 wrap around.
        strength: conductance of a face in a uniform medium, by axis, as from `strength`.
        residual_tolerance: largest |b - A phi| / |b|.
        flux_tolerance: largest (max - min) / mean of the fluxes through the planes.
        iteration_limit: conjugate-gradient iterations at most.
        watch: called at each iteration with its number and the relative residual.

    Raises:
        NotConverged: the limit was reached first.
        ValueError: no cell is open.
    """
    if not faces[0].any():
        raise ValueError("nothing conducts between the driven faces")
    n0, n1, n2 = (n - 2 for n in faces.shape[1:])
    levels = build_hierarchy(faces, periodic, strength)
    x = np.zeros(faces.shape[1:])
    x[:] = np.clip(1 - (np.arange(n0 + 2) - 0.5) / n0, 0, 1)[:, None, None]
    r = np.zeros_like(x)
    apply(x, faces, *periodic, r)
    r *= -1
    flux, mismatch = np.zeros(n0 + 1), np.inf

    def done(residual: float) -> bool:
        nonlocal flux, mismatch
        if residual > residual_tolerance:
            return False
        flux = plane_flux(x, faces)
        mismatch = float(np.ptp(flux) / flux.mean())
        return mismatch <= flux_tolerance

    residual, iteration = conjugate_gradients(
        faces,
        periodic,
        levels,
        x,
        r,
        float(np.sqrt((faces[0, 1] ** 2).sum())),
        done,
        iteration_limit,
        watch,
    )
    return Conduction(x, flux, float(flux.mean()) * n0 / (n1 * n2), mismatch, residual, iteration)


def conjugate_gradients(
    faces: Array,
    periodic: tuple[bool, bool],
    levels: Hierarchy,
    x: Array,
    r: Array,
    scale: float,
    done: Callable[[float], bool],
    iteration_limit: int,
    watch: Callable[[int, float], None],
) -> tuple[float, int]:
    """Improve x until `done`, with one multigrid cycle as preconditioner.

    Args:
        faces, periodic: the matrix.
        levels: its hierarchy, as from `build_hierarchy`.
        x: start and result; its ghost layers of axis 0 hold the potentials of the driven faces.
        r: residual of x, kept up to date.
        scale: norm that the residual is compared with.
        done: says from the relative residual whether to stop.
        iteration_limit: iterations at most.
        watch: called at each iteration with its number and the relative residual.

    Returns:
        The relative residual and the iterations taken.

    Raises:
        NotConverged: the limit was reached first.
    """
    p, q = np.zeros_like(x), np.zeros_like(x)
    rz, iteration = 1.0, 0
    while True:
        residual = float(np.sqrt(dot(r, r))) / scale
        watch(iteration, residual)
        if done(residual):
            return residual, iteration
        if iteration == iteration_limit:
            raise NotConverged(
                f"conduction solve: relative residual {residual:.1e} after {iteration} iterations"
            )
        precondition(levels, r, q)
        rz, before = dot(r, q), rz
        combine(1.0, q, rz / before if iteration else 0.0, p)
        apply(p, faces, *periodic, q)
        alpha = rz / dot(p, q)
        combine(alpha, p, 1.0, x)
        combine(-alpha, q, 1.0, r)
        iteration += 1


@kernel
def apply(x: Array, faces: Array, periodic1: bool, periodic2: bool, y: Array) -> None:
    """y = A x; the ghost layers of axis 0 hold the potentials of the driven faces."""
    wrap(x, periodic1, periodic2)
    n0, n1, n2 = x.shape
    for i in prange(1, n0 - 1):
        for j in range(1, n1 - 1):
            for k in range(1, n2 - 1):
                y[i, j, k] = outflow(x, faces, i, j, k)


@kernel
def _dot_by_slab(x: Array, y: Array) -> Array:
    n0, n1, n2 = x.shape
    slab = np.zeros(n0)
    for i in prange(1, n0 - 1):
        total = 0.0
        for j in range(1, n1 - 1):
            for k in range(1, n2 - 1):
                total += x[i, j, k] * y[i, j, k]
        slab[i] = total
    return slab


def dot(x: Array, y: Array) -> float:
    """Scalar product over the cells, added up slab by slab: the same for any number of threads."""
    return float(_dot_by_slab(x, y).sum())


@kernel
def combine(a: float, x: Array, b: float, y: Array) -> None:
    """y = a x + b y over the cells."""
    n0, n1, n2 = y.shape
    for i in prange(1, n0 - 1):
        for j in range(1, n1 - 1):
            for k in range(1, n2 - 1):
                y[i, j, k] = a * x[i, j, k] + b * y[i, j, k]


@serial
def plane_flux(x: Array, faces: Array) -> Array:
    """Total flux through each plane between the layers of axis 0, driven planes included."""
    n0, n1, n2 = x.shape
    flux = np.zeros(n0 - 1)
    for i in range(1, n0):
        total = 0.0
        for j in range(1, n1 - 1):
            for k in range(1, n2 - 1):
                total += faces[0, i, j, k] * (x[i - 1, j, k] - x[i, j, k])
        flux[i - 1] = total
    return flux
