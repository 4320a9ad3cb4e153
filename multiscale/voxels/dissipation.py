"""What the flux of a driven problem dissipates in the cells themselves."""

from __future__ import annotations

import numpy as np
from numba import prange

from multiscale.voxels.apertures import OPEN, Apertures
from multiscale.voxels.checkerboard import Singles, inline, layer, parallel
from multiscale.voxels.diffusion import Diffusion
from multiscale.voxels.slabs import all_layers, next_layers
from multiscale.voxels.transmissibility import strength


def conductivity_of_flux(
    found: Diffusion,
    d: Singles,
    edges: tuple[float, float, float],
    apertures: Apertures | None = None,
) -> float:
    """Compute the conductivity that the flux of a solution proves. Collective.

        E = sum over cells and axes (q-^2 + q- q+ + q+^2)/(3 w_a d),    D' = D Q/E

    Finite volumes book half of a cell's resistance with either face, (q-^2 + q+^2)/2, as if the
    flux changed at the centre. It may change evenly, which dissipates less: D <= D', and D' too is
    a lower bound of what the cells conduct (Thomson's principle: no flux of the same total
    dissipates less than the true one). Their distance is large where paths bend within few cells.
    Where faces are partly open, the flux density j = q/A and the open area A both change evenly,

        E = sum (A- (3 j-^2 + 2 j- j+ + j+^2) + A+ (j-^2 + 2 j- j+ + 3 j+^2))/(12 w_a d)

    (j the same at both faces where a wall closes one), which is E for A- = A+ = 1, and proves a
    bound between flat walls only.

    Args:
        found: as from `diffusion.diffuse`.
        d: conductivity of this rank's cells, shape (n0, n1, n2).
        edges: cell edges [m], driven axis first.
        apertures: open fractions A of the faces, axes in the order of d; 1 where left out.
    """
    weight = 1 / np.array(strength(edges))
    by_layer = np.zeros(found.cells[0])
    share = None if apertures is None else (apertures.x, apertures.y, apertures.z)
    part = weight / (3 if share is None else 12)
    _by_layer(found.potential, found.faces, d, share, found.cells, part, by_layer)
    dissipated = float(all_layers(by_layer, found.slabs).sum())
    return found.conductivity * float(found.flux.mean()) / dissipated


@parallel
def _by_layer(x, f, d, share, cells, weight, by_layer):  # type: ignore[no-untyped-def]
    for i in prange(1, cells[0] + 1):  # from 0 Numba would count unsigned
        by_layer[i - 1] = _layer(x, f, d, share, i - 1, cells, weight)


@layer
def _layer(x, f, d, share, i, cells, weight):  # type: ignore[no-untyped-def]
    """Numba compiles one of the two branches: without `share` all faces are open."""
    total = 0.0
    for j in range(cells[1]):
        for k in range(cells[2]):
            if d[i, j, k] == 0:
                continue
            c, p, q, m = (i + j + k) & 1, i + 1, j + 1, k // 2 + 1
            o, below, above = 1 - c, (k + 1) // 2, (k + 1) // 2 + 1
            u = x[c, p, q, m]
            a = f[0, c, p, q, m] * (x[o, p - 1, q, m] - u)
            b = f[0, o, p + 1, q, m] * (u - x[o, p + 1, q, m])
            e = f[1, c, p, q, m] * (x[o, p, q - 1, m] - u)
            g = f[1, o, p, q + 1, m] * (u - x[o, p, q + 1, m])
            r = f[2, c, p, q, m] * (x[o, p, q, below] - u)
            s = f[2, o, p, q, above] * (u - x[o, p, q, above])
            if share is None:
                here = weight[0] * (a * a + a * b + b * b)
                here += weight[1] * (e * e + e * g + g * g)
                here += weight[2] * (r * r + r * s + s * s)
            else:
                here = weight[0] * _evenly(a, b, share[0][i, j, k], share[0][i + 1, j, k])
                here += weight[1] * _evenly(e, g, share[1][i, j, k], share[1][i, j + 1, k])
                here += weight[2] * _evenly(r, s, share[2][i, j, k], share[2][i, j, k + 1])
            total += here / d[i, j, k]
    return total


@inline
def _evenly(a, b, low, high):  # type: ignore[no-untyped-def]
    """12 int j^2 A over a cell between faces with fluxes a and b, open by low/255 and high/255."""
    if low == 0 or high == 0:  # a slanting wall: the density stays
        return 6 * OPEN * (a * a / low if low > 0 else b * b / high if high > 0 else 0.0)
    j, k = a * OPEN / low, b * OPEN / high
    return (low * (3 * j * j + 2 * j * k + k * k) + high * (j * j + 2 * j * k + 3 * k * k)) / OPEN


def spread_of_faces(found: Diffusion, d: Singles) -> float:
    """Compute by how much D rises if faces between unlike cells conduct side by side. Collective.

        S = n_0/(n_1 n_2) sum over faces (T+ - T) (phi_i - phi_j)^2,
        T+/T = (d_i + d_j)^2 / (4 d_i d_j)

    to first order in T+ - T, which is its upper bound (Dirichlet's principle). Two half cells in
    series are right for an interface that lies in the face, half of either side by side for one
    across it: steps of an oblique interface are between.

    Args:
        found: as from `diffusion.diffuse`.
        d: conductivity of what is open in this rank's cells, shape (n0, n1, n2).
    """
    below, _ = next_layers(d, found.slabs)
    by_layer = np.zeros(found.cells[0])
    _spread_by_layer(found.potential, found.faces, d, below, found.slabs.lowest, by_layer)
    n1, n2 = found.cells[1:]
    return float(all_layers(by_layer, found.slabs).sum()) * found.slabs.total / (n1 * n2)


def spread_of_conductances(found: Diffusion, more: Singles) -> float:
    """Compute by how much D rises if open faces conduct more by `more`, to first order. Collective.

        S = n_0/(n_1 n_2) sum over faces dT (phi_i - phi_j)^2

    Args:
        found: as from `diffusion.drive`.
        more: dT of the lower faces of this rank's cells, by colours.
    """
    by_layer = np.zeros(found.cells[0])
    _more_by_layer(found.potential, found.faces, more, found.cells, by_layer)
    n1, n2 = found.cells[1:]
    return float(all_layers(by_layer, found.slabs).sum()) * found.slabs.total / (n1 * n2)


@parallel
def _more_by_layer(x, f, more, cells, by_layer):  # type: ignore[no-untyped-def]
    for i in prange(1, cells[0] + 1):  # from 0 Numba would count unsigned
        by_layer[i - 1] = _more(x, f, more, cells, i - 1)


@layer
def _more(x, f, more, cells, i):  # type: ignore[no-untyped-def]
    total = 0.0
    for j in range(cells[1]):
        for k in range(cells[2]):
            c, p, q, m = (i + j + k) & 1, i + 1, j + 1, k // 2 + 1
            o, here = 1 - c, x[(i + j + k) & 1, i + 1, j + 1, k // 2 + 1]
            below = (x[o, p - 1, q, m], x[o, p, q - 1, m], x[o, p, q, (k + 1) // 2])
            for axis in range(3):
                if f[axis, c, p, q, m] > 0:
                    total += more[axis, c, p, q, m] * (below[axis] - here) ** 2
    return total


@inline
def _excess(t, one, other, step):  # type: ignore[no-untyped-def]
    if t == 0 or one == other:
        return 0.0
    return t * (one - other) ** 2 / (4 * one * other) * step**2


@parallel
def _spread_by_layer(x, f, d, below, lowest, by_layer):  # type: ignore[no-untyped-def]
    for i in prange(1, d.shape[0] + 1):  # from 0 Numba would count unsigned
        by_layer[i - 1] = _spread(x, f, d, below, lowest, i - 1)


@layer
def _spread(x, f, d, below, lowest, i):  # type: ignore[no-untyped-def]
    n1, n2 = d.shape[1:]
    total = 0.0
    for j in range(n1):
        for k in range(n2):
            c, p, q, m = (i + j + k) & 1, i + 1, j + 1, k // 2 + 1
            o, here, own = 1 - c, x[(i + j + k) & 1, i + 1, j + 1, k // 2 + 1], d[i, j, k]
            if i > 0 or not lowest:
                other = below[j, k] if i == 0 else d[i - 1, j, k]
                total += _excess(f[0, c, p, q, m], own, other, x[o, p - 1, q, m] - here)
            # Index -1 is the last cell; where the axis does not repeat that face is closed.
            total += _excess(f[1, c, p, q, m], own, d[i, j - 1, k], x[o, p, q - 1, m] - here)
            low = x[o, p, q, (k + 1) // 2]
            total += _excess(f[2, c, p, q, m], own, d[i, j, k - 1], low - here)
    return total
