"""Resistance of a porous electrode that charges without reacting: what impedance sees.

Ions enter from the separator and charge the double layer; nothing leaves at the foil. At low
frequency the potential is uniform to leading order, so that every piece of interface takes the same
current density, and the electrode is a capacitor in series with a resistance R_0,

    Z = 1/(i w C) + R_0,    div(d grad phi) = -q,    R_0 = int q phi dV    for a unit current.

In a homogeneous medium R_0 is a third of the resistance R_ion of the medium; R_ion = 3 R_0 is read
from measured spectra whatever the medium is [Landesfeind2016, Nguyen2020].

Ranks may share the volume by slabs; the result is the same bit by bit for any number of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.apertures import Apertures
from multiscale.voxels.clusters import Mask, close_islands
from multiscale.voxels.conjugate_gradients import conjugate_gradients, dot
from multiscale.voxels.laplace import Array, faces_of_cells, strength
from multiscale.voxels.multigrid import build_hierarchy
from multiscale.voxels.slabs import Slabs, all_layers, next_layers, whole
from multiscale.voxels.transmissibility import transmissibilities

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
    slabs: Slabs | None = None,
    *,
    residual_tolerance: float = 1e-6,
    iteration_limit: int = 500,
    watch: Callable[[int, float], None] = lambda iteration, residual: None,
) -> Charging:
    """Solve for the ions that charge the interface from the upper plane of axis 0. Collective.

        sum over faces T (phi_i - phi_j) = q_i,    sum q = 1,    phi = 0 on the upper plane
        R_0 = sum q_i phi_i - (1/6) sum q_i^2 / (w_0 d_i)

    The second sum is what a current that grows evenly across a cell dissipates less than one that
    grows at its centre: with it a uniform or layered medium comes out exactly on any voxels.

    Args:
        d: conductivity of this rank's cells, shape (n0, n1, n2), foil first; 0 where insulating.
        edges: voxel edges [m], axis 0 first.
        periodic: whether axes 1 and 2 wrap around.
        source: interface of each cell, in any unit.
        apertures: open fractions of the faces, axes in the order of d.
        slabs: who has which layers; this rank all where left out.
        residual_tolerance: largest |b - A phi| / |b|.
        iteration_limit: conjugate-gradient iterations at most.
        watch: called at each iteration with its number and the relative residual.

    Raises:
        NotConverged: the limit was reached first.
    """
    wraps = False, *periodic
    slabs = slabs or whole(d.shape[0], wraps)
    singles = transmissibilities(d.astype(np.float32), edges, wraps, apertures, slabs)
    n0, n1, n2 = d.shape
    reached: Mask = close_islands(singles, (n0, n1, n2), wraps, slabs, lower=False)
    del singles
    charge = np.where(reached, source, 0.0)
    taken, offered = _total(charge, slabs), _total(source, slabs)
    if taken == 0:
        return Charging(0.0, 0.0, 0.0, 0)
    charge /= taken
    # Cut cells may hold interface with their centre in a solid: they get the plain sum.
    even = _total(np.divide(charge**2, d, out=np.zeros(d.shape), where=d > 0), slabs) / 6
    faces = faces_of_cells(np.where(reached, d, 0.0), edges, periodic, apertures, slabs)
    if slabs.lowest:
        faces[0, 1] = 0  # nothing leaves at the foil
    q = np.zeros(faces.shape[1:])
    q[1:-1, 1:-1, 1:-1] = charge
    del charge, reached
    x, r = np.zeros_like(q), q.copy()
    residual, iterations = conjugate_gradients(
        faces,
        periodic,
        build_hierarchy(faces, periodic, strength(edges), slabs),
        x,
        r,
        float(np.sqrt(dot(q, q, slabs))),
        lambda residual: residual <= residual_tolerance,
        iteration_limit,
        watch,
    )
    resistance = dot(q, x, slabs) - even
    conductivity = slabs.total / (3 * resistance * n1 * n2)
    return Charging(conductivity, taken / offered, residual, iterations)


def _total(values: Array, slabs: Slabs) -> float:
    """Sum over the cells of all ranks, layer by layer. Collective."""
    return float(all_layers(np.array([layer.sum() for layer in values]), slabs).sum())


def interface_source(
    label: Labels,
    edges: tuple[float, float, float],
    periodic: tuple[bool, bool, bool],
    solid: int,
    weight: Array,
    slabs: Slabs | None = None,
) -> Array:
    """Interface of every cell with the phase `solid`, by faces. Collective.

    Faces overrate an area by its direction, much the same everywhere; only shares are used.

    Args:
        label: phase of each cell of this rank.
        edges: voxel edges [m], in the order of the axes.
        periodic: which axes repeat.
        solid: the phase that is charged.
        weight: of each phase beside it.
        slabs: who has which layers of axis 0; this rank all where left out.
    """
    area = np.prod(edges) / np.array(edges)
    charged = label == solid
    below, above = next_layers(charged, slabs or whole(len(label), periodic))
    around = np.concatenate([below[None], charged, above[None]])
    for axis in (1, 2):
        one = [(1, 1) if a == axis else (0, 0) for a in range(3)]
        around = np.pad(around, one, mode="wrap" if periodic[axis] else "constant")
    faces = np.zeros(label.shape)
    for axis in range(3):
        for side in (0, 2):
            beside = [slice(1, -1)] * 3
            beside[axis] = slice(side, side + label.shape[axis])
            faces += area[axis] * around[tuple(beside)]
    return np.asarray(np.where(charged, 0.0, weight[label] * faces))
