"""Steady conduction through a network of conductances between two driven planes.

    sum_j T_ij (phi_i - phi_j) + (l_i + u_i) phi_i = l_i,    phi = 1 below and 0 above

by conjugate gradients, preconditioned by one cycle of `network_levels`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse.csgraph import connected_components

from multiscale.voxels.aggregation import Network
from multiscale.voxels.conjugate_gradients import NotConverged
from multiscale.voxels.network_levels import coarsen, cycle, levels_of

type Array = np.ndarray[Any, np.dtype[np.float64]]
type Index = np.ndarray[Any, np.dtype[np.int32]]
type Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Driven:
    """A network between two planes.

    Attributes:
        network: the nodes; `ground` is l + u, `block` where they are.
        lower, upper: conductances l and u of each node to the planes, shape (n,).
    """

    network: Network
    lower: Array
    upper: Array


@dataclass(frozen=True)
class Flow:
    """What flows through a network for a potential difference of one.

    Attributes:
        potential: of the nodes, shape (n,).
        flux: through each plane between the layers of the driven axis, both ends included.
        level: potential of each plane, weighted with its flux.
        flux_mismatch: (largest - smallest) / mean of the fluxes.
        iterations: of conjugate gradients.
    """

    potential: Array
    flux: Array
    level: Array
    flux_mismatch: float
    iterations: int


def through(driven: Driven) -> Mask:
    """Nodes that are joined to both planes."""
    _, part = connected_components(driven.network.links, directed=False)
    count = int(part.max(initial=-1)) + 1
    both = np.zeros((2, count), bool)
    both[0, part[driven.lower > 0]] = True
    both[1, part[driven.upper > 0]] = True
    return np.asarray(both.all(axis=0)[part])


def part_of(driven: Driven, kept: Mask) -> Driven:
    """The network of some of its nodes, which no link leaves."""
    network = driven.network
    lower, upper = driven.lower[kept], driven.upper[kept]
    links = network.links[kept][:, kept]
    own = Network(links, lower + upper, network.block[:, kept], np.empty(0, np.int32))
    return Driven(own, lower, upper)


def conduct(
    driven: Driven,
    layer: Index,
    layers: int,
    shape: tuple[int, int, int],
    weight: Array,
    *,
    residual_tolerance: float,
    flux_tolerance: float,
    watch: Callable[[int, float], None],
    iteration_limit: int = 500,
) -> Flow:
    """Solve for the potentials.

    Args:
        driven: a network of which every node is joined to both planes.
        layer: of each node along the driven axis, shape (n,).
        layers: of the volume.
        shape: blocks of the network along the axes.
        weight: conductance between blocks in a uniform medium, by axis.
        residual_tolerance: largest |b - A phi| / |b|.
        flux_tolerance: largest (max - min) / mean of the fluxes through the planes.
        watch: called at each iteration with its number and the relative residual.
        iteration_limit: iterations at most.

    Raises:
        NotConverged: the limit was reached first.
    """
    network, b = driven.network, driven.lower
    levels = levels_of(coarsen(network, np.array(shape), weight)[0])
    finest, diagonal = levels.levels[0], network.diagonal
    x = 1 - (layer + 0.5) / layers
    r = b - diagonal * x + network.links @ x
    p, scale, rz = np.zeros_like(x), np.sqrt(_dot(b, b)), 1.0
    for iteration in range(iteration_limit + 1):
        residual = float(np.sqrt(_dot(r, r)) / scale)
        watch(iteration, residual)
        if residual <= residual_tolerance:
            flow = _flow(driven, x, layer, layers, iteration)
            if flow.flux_mismatch <= flux_tolerance:
                return flow
        finest.b[:], finest.x[:] = r, 0
        cycle(levels)
        rz, before = _dot(r, finest.x), rz
        p = finest.x + (rz / before if iteration else 0.0) * p
        q = diagonal * p - network.links @ p
        alpha = rz / _dot(p, q)
        x += alpha * p
        r -= alpha * q
    raise NotConverged(
        f"conduction solve: relative residual {residual:.1e} after {iteration_limit} iterations"
    )


def _dot(a: Array, b: Array | Index) -> float:
    """Scalar product, the same for any number of threads, which BLAS does not promise."""
    return float(np.einsum("i,i->", a, b))


def _flow(driven: Driven, x: Array, layer: Index, layers: int, iterations: int) -> Flow:
    """Sum what passes each plane; a plane cuts the network in two."""
    links = driven.network.links.tocoo()
    i, j = links.coords
    up = layer[i] < layer[j]
    i, j, q = i[up], j[up], links.data[up] * (x[i[up]] - x[j[up]])
    flux, work = np.zeros(layers + 1), np.zeros(layers + 1)
    steps = layer[j] - layer[i]
    for step in range(1, int(steps.max(initial=1)) + 1):
        far = steps >= step
        plane = layer[i[far]] + step
        share = (step - 0.5) / steps[far]  # of the way
        at = x[i[far]] + share * (x[j[far]] - x[i[far]])
        flux += np.bincount(plane, q[far], layers + 1)
        work += np.bincount(plane, q[far] * at, layers + 1)
    flux[0] = _dot(driven.lower, 1 - x)
    flux[-1] = _dot(driven.upper, x)
    level = np.append(1.0, work[1:-1] / flux[1:-1])
    mismatch = float(np.ptp(flux) / flux.mean())
    return Flow(x, flux, np.append(level, 0.0), mismatch, iterations)


def mean_flux(
    driven: Driven,
    flow: Flow,
    place: Index,
    shape: tuple[int, int, int],
    edge: Array,
    wraps: list[bool],
    axis: int,
) -> Array:
    """Sum of current times way over all conductances, over the length along the axis [A].

    That is the mean flux along x, y, z times the cross-section.

    Args:
        driven, flow: the network and what flows.
        place: voxel of each node, shape (3, n).
        shape, edge: voxels of the volume and their edges [m].
        wraps: axes along which links go round.
        axis: the driven one.
    """
    links = driven.network.links.tocoo()
    once = links.coords[0] < links.coords[1]
    i, j = links.coords[0][once], links.coords[1][once]
    q = links.data[once] * (flow.potential[i] - flow.potential[j])
    total = np.zeros(3)
    for a in range(3):
        way = place[a, j] - place[a, i]
        if wraps[a]:
            way -= shape[a] * np.rint(way / shape[a]).astype(np.int32)
        total[a] = _dot(q, way) * edge[a]
    total[axis] += (flow.flux[0] + flow.flux[-1]) * edge[axis] / 2
    return total / (shape[axis] * edge[axis])
