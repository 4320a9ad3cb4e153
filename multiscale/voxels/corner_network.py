"""Conduction between the corners of cells: a bound from above, as their centres give from below.

Between centres joined through faces (two half cells in series) the flux of the solution is a flux
that the cells admit, at no less than its dissipation: the conductivity comes out too low. Between
corners joined along edges (the four cells around an edge side by side) the potential of the
solution is a potential that the cells admit, at no less than its dissipation: it comes out too
high. Both are Thomson's and Dirichlet's principles with the integrals by the trapezoidal rule,
which never underrates a square.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba import prange

from multiscale.voxels import laplace
from multiscale.voxels.checkerboard import (
    Cells,
    Doubles,
    Singles,
    Wraps,
    gather,
    layer,
    padded,
    parallel,
)
from multiscale.voxels.clusters import close_islands
from multiscale.voxels.defect_correction import DefectCorrection, Watch
from multiscale.voxels.slabs import Slabs, from_all, next_layers
from multiscale.voxels.transmissibility import strength


def corners(cells: Cells, wraps: Wraps) -> Cells:
    """How many corners carry an unknown: those between the driven planes, period by period."""
    n0, n1, n2 = cells
    return n0 - 1, n1 if wraps[1] else n1 + 1, n2 if wraps[2] else n2 + 1


def conductivity_from_above(
    d: Singles,
    edges: tuple[float, float, float],
    wraps: Wraps,
    slabs: Slabs,
    *,
    by_blocks: bool,
    residual_tolerance: float = 1e-6,
    flux_tolerance: float = 1e-4,
    iteration_limit: int = 500,
    watch: Watch = lambda iteration, residual: None,
) -> float:
    """Compute an upper bound of the conductivity of cells along axis 0. Collective.

        sum over edges T (u_i - u_j) = 0,    T = w_a (d_1 + d_2 + d_3 + d_4)/4,    u = 1, 0
        D <= n_0/(n_1 n_2) sum over cells int d |grad u|^2,    u trilinear between its corners

    The bound holds for any u; that of the network is near the best.

    Args:
        d: conductivity of this rank's cells and of the layer after them, shape (m0 + 1, n1, n2).
        edges: cell edges [m], driven axis first.
        wraps: which axes repeat; axis 0 does not.
        slabs: who has which layers of corners.
        by_blocks: whether the contrast is moderate, so that the solver of `diffusion` converges;
            otherwise that of `laplace` is used.
        residual_tolerance, flux_tolerance, iteration_limit, watch: as for `laplace.conduct`.

    Raises:
        NotConverged: the limit was reached first.
    """
    n0, n1, n2 = slabs.total + 1, d.shape[1], d.shape[2]
    cells = (d.shape[0] - 1, *corners((n0, n1, n2), wraps)[1:])
    w = np.array(strength(edges), np.float32)
    around = _with_neighbours(d, wraps)
    faces = np.zeros((3, *padded(cells)), np.float32)
    _join_corners(around, w, wraps, cells, faces)
    through = close_islands(faces, cells, wraps, slabs)
    if not any(from_all(bool(through.any()), slabs)):
        return 0.0
    enough = {"residual_tolerance": residual_tolerance, "flux_tolerance": flux_tolerance}
    if by_blocks:
        u = _by_blocks(faces, cells, wraps, slabs, enough, iteration_limit, watch)
    else:
        plain = np.zeros((3, *(n + 2 for n in cells)))
        _lay_out(faces, cells, plain)
        found = laplace.conduct(
            plain, wraps[1:], slabs, strength=strength(edges), iteration_limit=iteration_limit,
            watch=watch, **enough,
        )  # fmt: skip
        u = found.potential[1:-1, 1:-1, 1:-1]
    u[~through] = np.nan  # islands take a potential of their own and dissipate nothing
    below, above = next_layers(u, slabs)
    if slabs.lowest:
        below[:] = 1
    planes = [below, *u, *([above] if slabs.highest else [])]
    by_layer = np.array([
        _dissipation(around[i], low, high, w, wraps)
        for i, (low, high) in enumerate(pairwise(planes))
    ])  # fmt: skip
    total = sum(float(part) for part in np.concatenate(from_all(by_layer, slabs)))
    return total * n0 / (n1 * n2)


def _by_blocks(
    faces: Singles,
    cells: Cells,
    wraps: Wraps,
    slabs: Slabs,
    enough: dict[str, float],
    iteration_limit: int,
    watch: Watch,
) -> Doubles:
    """Potential of the corners of this rank, by the solver for moderate contrasts."""
    scale = np.sqrt(np.square(faces[0, :, 1], dtype=np.float64).sum())
    if slabs.comm:
        scale = slabs.comm.bcast(scale)  # of the driven plane, which the first rank has
    phi = np.zeros(padded(cells))
    depth = np.arange(slabs.begin, slabs.end + 2) / (slabs.total + 1)
    phi[:] = (1 - depth)[:, None, None]
    solver = DefectCorrection(
        faces, cells, wraps, slabs, np.zeros(3), phi, float(scale), iteration_limit, watch
    )
    solver.run(**enough)
    u = np.empty(cells)
    gather(phi, cells, u)
    return u


def _with_neighbours(d: Singles, wraps: Wraps) -> Singles:
    """The cells with those beside them along axes 1 and 2: index 0 is before the first."""
    around = np.zeros((d.shape[0], d.shape[1] + 2, d.shape[2] + 2), np.float32)
    around[:, 1:-1, 1:-1] = d
    if wraps[1]:
        around[:, 0], around[:, -1] = around[:, -2], around[:, 1]
    if wraps[2]:
        around[:, :, 0], around[:, :, -1] = around[:, :, -2], around[:, :, 1]
    return around


@layer
def _join_layer(  # type: ignore[no-untyped-def]
    i, p, w, wraps, cells, faces
):
    n0, n1, n2 = cells
    if i == n0:
        for j in range(n1):  # to the driven plane, or to the next rank's corners
            for k in range(n2):
                c, m = (i + j + k) & 1, k // 2 + 1
                t = p[i, j, k] + p[i, j, k + 1] + p[i, j + 1, k] + p[i, j + 1, k + 1]
                faces[0, c, i + 1, j + 1, m] = w[0] * t / 4
        return
    for j in range(n1 + 1):
        for k in range(n2 + 1):
            c, m = (i + j + k) & 1, k // 2 + 1
            if j < n1 and k < n2:
                t = p[i, j, k] + p[i, j, k + 1] + p[i, j + 1, k] + p[i, j + 1, k + 1]
                faces[0, c, i + 1, j + 1, m] = w[0] * t / 4
            if k < n2 and (wraps[1] or 0 < j < n1):
                t = p[i, j, k] + p[i, j, k + 1] + p[i + 1, j, k] + p[i + 1, j, k + 1]
                faces[1, c, i + 1, j + 1, m] = w[1] * t / 4
            if j < n1 and (wraps[2] or 0 < k < n2):
                t = p[i, j, k] + p[i, j + 1, k] + p[i + 1, j, k] + p[i + 1, j + 1, k]
                faces[2, c, i + 1, j + 1, m] = w[2] * t / 4


@parallel
def _join_corners(p, w, wraps, cells, faces):  # type: ignore[no-untyped-def]
    for i in prange(1, cells[0] + 2):  # from 0 Numba would count unsigned
        _join_layer(i - 1, p, w, wraps, cells, faces)


@layer
def _lay_out(faces, cells, plain):  # type: ignore[no-untyped-def]
    """Faces by colours as those of `laplace`, those behind the last cells included."""
    for axis in range(3):
        for i in range(cells[0] + 1):
            for j in range(cells[1] + 1):
                for k in range(cells[2] + 1):
                    c, m = (i + j + k) & 1, k // 2 + 1
                    plain[axis, i + 1, j + 1, k + 1] = faces[axis, c, i + 1, j + 1, m]


@layer
def _square(a, b, c, d):  # type: ignore[no-untyped-def]
    """Mean over a square of the square of what is bilinear between a, b and, opposite, c, d."""
    edges = a * a + b * b + c * c + d * d + (a + d) * (b + c)
    return (2 * edges + a * d + b * c) / 18


@layer
def _dissipation(p, low, high, w, wraps):  # type: ignore[no-untyped-def]
    """Sum over the cells between two layers of corners of int d |grad u|^2."""
    m1, m2 = low.shape
    total = 0.0
    for j in range(p.shape[0] - 2):
        for k in range(p.shape[1] - 2):
            d = float(p[j + 1, k + 1])
            if d == 0:
                continue
            y, z = (j + 1) % m1, (k + 1) % m2
            a, b, c, e = low[j, k], low[j, z], low[y, k], low[y, z]
            f, g, h, q = high[j, k], high[j, z], high[y, k], high[y, z]
            here = (
                w[0] * _square(f - a, g - b, h - c, q - e)
                + w[1] * _square(c - a, e - b, h - f, q - g)
                + w[2] * _square(b - a, e - c, g - f, q - h)
            )
            total += 0.0 if np.isnan(here) else d * here
    return total
