"""Resistance of a porous electrode that charges without reacting: what impedance sees.

Ions enter from the separator and charge the double layer; nothing leaves at the foil. At low
frequency the potential is uniform to leading order, so that every piece of interface takes the same
current density, and the electrode is a capacitor in series with a resistance R_0,

    Z = 1/(i w C) + R_0,    div(d grad phi) = -q,    R_0 = int q phi dV    for a unit current.

In a homogeneous medium R_0 is a third of the resistance R_ion of the medium; R_ion = 3 R_0 is read
from measured spectra whatever the medium is [Landesfeind2016, Nguyen2020].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.apertures import Apertures
from multiscale.voxels.conjugate_gradients import conjugate_gradients, dot
from multiscale.voxels.laplace import Array, faces_of_cells, strength
from multiscale.voxels.multigrid import build_hierarchy
from multiscale.voxels.relaxation import serial

type Mask = NDArray[np.bool_]
type Labels = NDArray[np.uint8]


@dataclass(frozen=True)
class Charging:
    """The electrode under a uniform charging current.

    Attributes:
        conductivity: D_e = L/(3 R_0 A), the conductivity of the homogeneous medium with this R_0,
            in the unit of d; 0 where no interface is reached.
        reached: share of the interface that the ions reach from the separator.
        residual: |b - A phi| / |b|.
        iterations: conjugate-gradient iterations.
    """

    conductivity: float
    reached: float
    residual: float
    iterations: int


def charging(
    d: Array,
    edges: tuple[float, float, float],
    periodic: tuple[bool, bool],
    source: Array,
    apertures: Apertures | None = None,
    *,
    residual_tolerance: float = 1e-6,
    iteration_limit: int = 500,
    watch: Callable[[int, float], None] = lambda iteration, residual: None,
) -> Charging:
    """Solve for the ions that charge the interface from the upper plane of axis 0.

        sum over faces T (phi_i - phi_j) = q_i,    sum q = 1,    phi = 0 on the upper plane
        R_0 = sum q_i phi_i - (1/6) sum q_i^2 / (w_0 d_i)

    The second sum is what a current that grows evenly across a cell dissipates less than one that
    grows at its centre: with it a uniform or layered medium comes out exactly on any voxels.

    Args:
        d: conductivity of the cells, shape (n0, n1, n2), foil first; 0 where insulating.
        edges: voxel edges [m], axis 0 first.
        periodic: whether axes 1 and 2 wrap around.
        source: interface of each cell, in any unit.
        apertures: open fractions of the faces, axes in the order of d.
        residual_tolerance: largest |b - A phi| / |b|.
        iteration_limit: conjugate-gradient iterations at most.
        watch: called at each iteration with its number and the relative residual.

    Raises:
        NotConverged: the limit was reached first.
    """
    faces = faces_of_cells(d, edges, periodic, apertures)
    faces[0, 1] = 0  # nothing leaves at the foil
    reached = np.zeros(faces.shape[1:], np.bool_)
    _reach(faces, *periodic, reached)
    _close(faces, reached)
    q = np.zeros(faces.shape[1:])
    q[1:-1, 1:-1, 1:-1] = np.where(reached[1:-1, 1:-1, 1:-1], source, 0.0)
    taken, offered = float(q.sum()), float(source.sum())
    if taken == 0:
        return Charging(0.0, 0.0, 0.0, 0)
    q /= taken
    x, r = np.zeros_like(q), q.copy()
    levels = build_hierarchy(faces, periodic, strength(edges))
    residual, iterations = conjugate_gradients(
        faces,
        periodic,
        levels,
        x,
        r,
        float(np.sqrt(dot(q, q, levels.slabs))),
        lambda residual: residual <= residual_tolerance,
        iteration_limit,
        watch,
    )
    n0, n1, n2 = d.shape
    inner = q[1:-1, 1:-1, 1:-1]
    # Cut cells may hold interface with their centre in a solid: they get the plain sum.
    even = np.divide(inner**2, d, out=np.zeros(d.shape), where=d > 0).sum() / 6
    resistance = dot(q, x, levels.slabs) - float(even)
    return Charging(n0 / (3 * resistance * n1 * n2), taken / offered, residual, iterations)


def interface_source(
    label: Labels,
    edges: tuple[float, float, float],
    periodic: tuple[bool, bool, bool],
    solid: int,
    weight: Array,
) -> Array:
    """Interface of every cell with the phase `solid`, by faces.

    Faces overrate an area by its direction, much the same everywhere; only shares are used.

    Args:
        label: phase of each cell.
        edges: voxel edges [m], in the order of the axes.
        periodic: which axes repeat.
        solid: the phase that is charged.
        weight: of each phase beside it.
    """
    area = np.prod(edges) / np.array(edges)
    charged = label == solid
    faces = np.zeros(label.shape)
    for axis in range(3):
        for side in (-1, 1):
            beside = np.roll(charged, side, axis)
            if not periodic[axis]:
                end = [slice(None)] * 3
                end[axis] = slice(0, 1) if side == 1 else slice(-1, None)
                beside[tuple(end)] = False
            faces += area[axis] * beside
    return np.asarray(np.where(charged, 0.0, weight[label] * faces))


@serial
def _reach(faces: Array, periodic1: bool, periodic2: bool, reached: Mask) -> None:
    """Mark the cells that open faces connect to the upper plane of axis 0."""
    n0, n1, n2 = reached.shape[0] - 2, reached.shape[1] - 2, reached.shape[2] - 2
    stack = np.empty((n0 * n1 * n2, 3), np.int32)
    top = 0
    for j in range(1, n1 + 1):
        for k in range(1, n2 + 1):
            if faces[0, n0 + 1, j, k] > 0:
                reached[n0, j, k] = True
                stack[top] = n0, j, k
                top += 1
    while top > 0:
        top -= 1
        i, j, k = stack[top]
        for axis in range(3):
            for side in range(2):
                at = [i, j, k]
                at[axis] += side
                if faces[axis, at[0], at[1], at[2]] == 0:
                    continue
                at[axis] += side - 1
                if periodic1:
                    at[1] = (at[1] - 1) % n1 + 1
                if periodic2:
                    at[2] = (at[2] - 1) % n2 + 1
                a, b, c = at
                if 1 <= a <= n0 and 1 <= b <= n1 and 1 <= c <= n2 and not reached[a, b, c]:
                    reached[a, b, c] = True
                    stack[top] = a, b, c
                    top += 1


@serial
def _close(faces: Array, reached: Mask) -> None:
    """Close the faces of cells that are not reached; an open face has both its cells reached."""
    n0, n1, n2 = reached.shape[0] - 2, reached.shape[1] - 2, reached.shape[2] - 2
    for i in range(1, n0 + 1):
        for j in range(1, n1 + 1):
            for k in range(1, n2 + 1):
                if not reached[i, j, k]:
                    for axis in range(3):
                        faces[axis, i, j, k] = 0
                    faces[0, i + 1, j, k] = 0
                    faces[1, i, j + 1, k] = 0
                    faces[2, i, j, k + 1] = 0
