"""Friction between the cells of creeping flow where the edges h_a of a cell differ.

Momentum is taken as the flow through a cell's faces, j_a/h_a. Then mass and pressure are those of
cubes in steps of cells, and so are the weights w_i. What differs is the momentum that a link k_i
passes on, a symmetric matrix of either cell's j_b/h_b:

    V_i = kappa 3 w_i k_i k_i' + diag(E_i)
    sum_i V_i,ab (c_i.grad)^2/(2 h_a h_b) = nu (lap + 2 kappa grad div)

    E_ia = kappa 3 w_i ((h_a/h_b)^2 - 1)              diagonal link in the plane of a and b
    E_ia = nu (1 + kappa (1 - h_a^2 sum_b 1/h_b^2))   link along a, over the other two axes b
    E_ib = nu (1 - kappa) (h_b/h_a)^2                 link along a

kappa = 1 is the isotropy of cubes, where E = 0. No V_i may drive what it should brake, which asks
for kappa < 1/(S - 2) and is met by

    kappa = 1/(S - 1),    S = largest h_a^2 sum_b 1/h_b^2, 2 for cubes

On long cells the seven-point Laplacian is left, and links along the axes carry nearly all friction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange

from multiscale.voxels.lattice import DIRECTION, REST, VISCOSITY, WEIGHT, Array, Lattice

ROUNDING = 1e-9  # voxels whose edges differ by less are cubes
_ROOT3 = np.sqrt(3.0)
_CX, _CY, _CZ = (np.ascontiguousarray(DIRECTION[:, a], np.float64) for a in range(3))
_W = np.ascontiguousarray(WEIGHT)

kernel = njit(parallel=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract"})


@dataclass(frozen=True)
class Friction:
    """What links of a box pass on.

    Attributes:
        edges: h, over that along axis 0.
        kappa: share of the isotropic part that cubes have, in (0, 1].
        excess: E, shape (18, 3).
        total: diagonal of sum_i V_i, shape (3,).
    """

    edges: Array
    kappa: float
    excess: Array
    total: Array

    @property
    def cubic(self) -> bool:
        """Whether the edges are equal."""
        return bool((self.edges == 1).all())


def box_friction(edges: tuple[float, float, float]) -> Friction:
    """Find the friction of links between boxes, in units of their first edge.

    Args:
        edges: edge lengths of a cell, driven axis first, in any unit.
    """
    h = np.asarray(edges, float) / edges[0]
    if np.abs(h - 1).max() < ROUNDING:
        return Friction(np.ones(3), 1.0, np.zeros((18, 3)), np.ones(3))
    ratio = h[:, None] ** 2 / h**2  # (h_a/h_b)^2
    across = ratio.sum(axis=1) - 1  # h_a^2 sum_b 1/h_b^2
    kappa = 1 / (float(across.max()) - 1)
    excess = np.zeros((18, 3))
    for i, k in enumerate(DIRECTION):
        along = np.flatnonzero(k)
        if along.size == 1:
            a = along[0]
            excess[i] = VISCOSITY * (1 - kappa) * ratio[:, a]
            excess[i, a] = VISCOSITY * (1 + kappa * (1 - across[a]))
        else:
            for a, b in (along, along[::-1]):
                excess[i, a] = kappa * 3 * WEIGHT[i] * (ratio[a, b] - 1)
    return Friction(h, kappa, excess, kappa + excess.sum(axis=0))


def apply_to_boxes(y: Array, lattice: Lattice, friction: Friction, out: Array) -> None:
    """Write the operator of `stokes.creep` on y = (rho, sqrt(3) j_a/h_a) into `out`: symmetric.

    At a wall the share q of a link away V_i acts whole, over q, on the cell's own momentum. A
    mirror gives back the momentum of the mirrored cell, turned around where it is driven so.
    """
    links = lattice.neighbour, lattice.first, lattice.into, lattice.source, lattice.outof
    _apply(y, *links, lattice.sign, lattice.slip, lattice.wall, friction.kappa, friction.excess,
           friction.total, out)  # fmt: skip


@kernel
def _apply(  # type: ignore[no-untyped-def]
    y, neighbour, first, into, source, outof, sign, slip, wall, kappa, excess, total, out
):
    for x in prange(neighbour.shape[0]):
        r, a, b, c = REST * y[x, 0], 0.0, 0.0, 0.0
        u, v, w = 0.0, 0.0, 0.0  # by the excess
        for i in range(18):
            m = neighbour[x, i]
            even = _W[i] * y[m, 0]
            odd = _W[i] * _ROOT3 * (_CX[i] * y[m, 1] + _CY[i] * y[m, 2] + _CZ[i] * y[m, 3])
            f = even + kappa * odd
            r += even + odd
            a += _CX[i] * f
            b += _CY[i] * f
            c += _CZ[i] * f
            u += excess[i, 0] * y[m, 1]
            v += excess[i, 1] * y[m, 2]
            w += excess[i, 2] * y[m, 3]
        for s in range(first[x], first[x + 1]):
            i, o, m = into[s], outof[s], source[s]
            even = sign[s] * _W[o] * y[m, 0]
            odd = sign[s] * _ROOT3 * _W[o] * (
                _CX[o] * y[m, 1] + _CY[o] * y[m, 2] + _CZ[o] * y[m, 3]
            )  # fmt: skip
            f = even + slip[s] * kappa * odd
            r += even + odd
            a += _CX[i] * f
            b += _CY[i] * f
            c += _CZ[i] * f
            # A wall turns all of the momentum around, a mirror what crosses it.
            g = -slip[s] if wall[s] else sign[s]
            u += (g if wall[s] or _CX[i] == _CX[o] else -g) * excess[i, 0] * y[m, 1]
            v += (g if wall[s] or _CY[i] == _CY[o] else -g) * excess[i, 1] * y[m, 2]
            w += (g if wall[s] or _CZ[i] == _CZ[o] else -g) * excess[i, 2] * y[m, 3]
        out[x, 0] = y[x, 0] - r
        out[x, 1] = _ROOT3 * a + u - total[0] * y[x, 1]
        out[x, 2] = _ROOT3 * b + v - total[1] * y[x, 2]
        out[x, 3] = _ROOT3 * c + w - total[2] * y[x, 3]


def edge_friction(lattice: Lattice, special: Any, axis: int, friction: Friction) -> Array:
    """What special links that end where they began add to the size of the operator's diagonal.

    Args:
        lattice: the links.
        special: which of its special links.
        axis: of the momentum.
        friction: of the links.
    """
    i, slip = lattice.into[special], lattice.slip[special]
    along = DIRECTION[i, axis]
    isotropic: Array = 3 * WEIGHT[i] * slip * along**2
    if friction.cubic:
        return isotropic
    sign = lattice.sign[special]
    turned = np.where(lattice.wall[special], slip, np.where(along != 0, sign, -sign))
    return friction.kappa * isotropic + friction.excess[i, axis] * turned
