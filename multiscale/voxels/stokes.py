"""Creeping flow through the pores: the steady state of a lattice-Boltzmann scheme, found directly.

With both relaxation times of the two-relaxation-time scheme at 1 the populations after collision
follow from density and momentum alone, f_i = w_i (rho + 3 c_i.j), and the steady state is a linear
system in these four. A steady state depends on the magic parameter Lambda = (tau+ - 1/2)(tau- -
1/2) only, here 1/4, and so on no viscosity [Ginzburg2008]. The system is symmetric; MINRES solves
it in some hundred iterations where time stepping needs some ten thousand steps.

Ranks may share the volume by slabs. Sums are taken layer by layer and then in order: the flow is
the same bit by bit for any number of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit, prange

from multiscale.voxels.box_friction import Friction, apply_to_boxes, box_friction, edge_friction
from multiscale.voxels.clusters import close_islands
from multiscale.voxels.lattice import (
    DIRECTION,
    REST,
    VISCOSITY,
    WEIGHT,
    Array,
    Field,
    Lattice,
    Mask,
    fill_ghosts,
    link_pores,
)
from multiscale.voxels.minres import NotConverged, minres
from multiscale.voxels.pressure_blocks import pressure_blocks
from multiscale.voxels.slabs import Slabs, all_layers, from_all, whole
from multiscale.voxels.transmissibility import transmissibilities

__all__ = ["Flow", "NotConverged", "creep"]

_ROOT3 = np.sqrt(3.0)
_CX, _CY, _CZ = (np.ascontiguousarray(DIRECTION[:, a], np.float64) for a in range(3))
_W = np.ascontiguousarray(WEIGHT)

kernel = njit(parallel=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract"})
serial = njit(cache=True, error_model="numpy")


@dataclass(frozen=True)
class Flow:
    """The flow that a pressure gradient G along axis 0 drives.

    Attributes:
        permeability: mu U / G with the superficial velocity U, in squares of the first edge.
        flux: flow through the planes between the layers of axis 0, over their mean.
        flux_mismatch: (largest - smallest) of these; 0 where nothing flows.
        residual: norm of what is left of the equations, over that of the force.
        iterations: MINRES iterations.
        velocity: mu u / G of this rank's cells in the same, shape (n0, n1, n2, 3).
        mean_velocity: its mean over the volume, solids included, shape (3,). Along axis 0 it is the
            permeability where walls lie half way between cubes, elsewhere up to second order.
    """

    permeability: float
    flux: Array
    flux_mismatch: float
    residual: float
    iterations: int
    velocity: Field
    mean_velocity: Array


def creep(
    pore: Mask,
    periodic: tuple[bool, bool, bool],
    slabs: Slabs | None = None,
    *,
    level: Field | None = None,
    edges: tuple[float, float, float] = (1.0, 1.0, 1.0),
    residual_tolerance: float = 1e-3,
    flux_tolerance: float = 1e-3,
    iteration_limit: int = 20_000,
    watch: Callable[[int, float], None] = lambda iteration, residual: None,
) -> Flow:
    """Solve the Stokes equations -grad p + mu lap u + G e_0 = 0, div u = 0 with no slip on solids.
    Collective.

    The walls act by their friction. A link that a wall cuts after the share q of its length takes

        6 w_i (c_i.j) c_i / (2 q)

    from the momentum of its cell: bounce-back for q = 1/2, else the one-sided difference to the
    wall where it is. That keeps mass and the symmetry of the system, and converges with second
    order [Gibou2002].

    The flux mismatch bounds the algebraic error of the permeability in practice: in pores of a
    tomography it was three times as large, around spheres far larger.

    Args:
        pore: cells of this rank with fluid, driven axis first, at least two layers.
        periodic: axes that wrap around. Where axis 0 does not, the pressure is constant on its two
            face planes, half a voxel outside the outermost centres; other axes are mirrored.
        slabs: who has which layers; this rank all where left out.
        level: function with its zero on the walls, as in `lattice.link_pores`.
        edges: of a cell along the axes, in any unit; results are in units of the first.
        residual_tolerance: largest residual.
        flux_tolerance: largest flux mismatch.
        iteration_limit: iterations at most.
        watch: called now and then with the iteration and the residual.

    Raises:
        NotConverged: the limit was reached first.
    """
    slabs = slabs or whole(len(pore), periodic)
    through = _through(pore, periodic, slabs)
    if not any(from_all(bool(through.any()), slabs)):
        nothing = np.zeros((*pore.shape, 3), np.float32)
        return Flow(0.0, np.zeros(slabs.total - 1), 0.0, 0.0, 0, nothing, np.zeros(3))
    lattice = link_pores(through, level, periodic, slabs)
    n = lattice.cell.size
    friction = box_friction(edges)
    cubic = friction.cubic
    force = np.zeros((lattice.rows + 1, 4))
    force[:n, 1] = -_ROOT3 * VISCOSITY  # G h^2 / mu = 1
    links = _links(lattice)

    def operator(y: Array, out: Array) -> None:
        fill_ghosts(y, lattice)
        if cubic:
            _apply(y, *links, out)
        else:
            apply_to_boxes(y, lattice, friction, out)

    def dot(a: Array, b: Array) -> float:
        return float(all_layers(_dot_by_layer(a, b, 4 * lattice.start), slabs).sum())

    def done(y: Array, residual: float) -> bool:
        if residual > residual_tolerance:
            return False
        q = _plane_flux(y, lattice)
        return float(np.ptp(q)) <= flux_tolerance * abs(float(q.mean()))

    precondition = pressure_blocks(lattice, pore.shape, _diagonal(lattice, friction))
    y, residual, iterations = minres(
        operator, force, precondition, dot, done, iteration_limit, watch
    )
    q = _plane_flux(y, lattice)
    velocity = np.zeros((pore.size, 3), np.float32)
    velocity[lattice.cell] = y[:n, 1:] / _ROOT3 * friction.edges
    velocity[lattice.cell, 0] -= VISCOSITY / 2  # half of the force, since j is after collision
    mean, area = float(q.mean()), pore.shape[1] * pore.shape[2]
    return Flow(
        mean / area,
        q / mean,
        float(np.ptp(q) / mean),
        residual,
        iterations,
        velocity.reshape(*pore.shape, 3),
        _mean_velocity(y, lattice, area) * friction.edges,
    )


def _mean_velocity(y: Array, lattice: Lattice, area: int) -> Array:
    """Mean of mu u / G over the volume, summed layer by layer. Collective.

    Half of the force is taken off, since j is after collision. The scheme is symmetric, and so are
    these means of flows that repeat: that along b under a gradient along a is that along a under
    one along b.

    Args:
        y: solution, rows as of the lattice.
        lattice: the links.
        area: cells of a layer.
    """
    bounds = zip(lattice.start[:-1], lattice.start[1:], strict=True)
    by_layer = np.array([y[begin:end, 1:].sum(axis=0) / _ROOT3 for begin, end in bounds])
    by_layer[:, 0] -= VISCOSITY / 2 * np.diff(lattice.start)
    return all_layers(by_layer, lattice.slabs).sum(axis=0) / (area * lattice.slabs.total)


def _through(pore: Mask, periodic: tuple[bool, bool, bool], slabs: Slabs) -> Mask:
    """Pores that connect both ends of axis 0 by faces. Collective."""
    n0, n1, n2 = pore.shape
    wraps = False, *periodic[1:]
    driven = replace(slabs, periodic=False)
    faces = transmissibilities(pore.astype(np.float32), (1.0, 1.0, 1.0), wraps, None, driven)
    return close_islands(faces, (n0, n1, n2), wraps, driven)


def _links(lattice: Lattice) -> tuple[Any, ...]:
    return (
        lattice.neighbour,
        lattice.first,
        lattice.into,
        lattice.source,
        lattice.outof,
        lattice.sign,
        lattice.slip,
    )


@kernel
def _apply(y, neighbour, first, into, source, outof, sign, slip, out):  # type: ignore[no-untyped-def]
    """out = J (y - M y) with y = (rho, sqrt(3) j), J = diag(1, -1, -1, -1): symmetric.

    M streams the populations and takes their moments, rho' = sum f_i, j' = sum c_i f_i.
    """
    for x in prange(neighbour.shape[0]):
        r, a, b, c = REST * y[x, 0], 0.0, 0.0, 0.0
        for i in range(18):
            m = neighbour[x, i]
            f = _W[i] * (
                y[m, 0] + _ROOT3 * (_CX[i] * y[m, 1] + _CY[i] * y[m, 2] + _CZ[i] * y[m, 3])
            )
            r += f
            a += _CX[i] * f
            b += _CY[i] * f
            c += _CZ[i] * f
        for s in range(first[x], first[x + 1]):
            i, o, m = into[s], outof[s], source[s]
            even = sign[s] * _W[o] * y[m, 0]
            odd = sign[s] * _ROOT3 * _W[o] * (
                _CX[o] * y[m, 1] + _CY[o] * y[m, 2] + _CZ[o] * y[m, 3]
            )  # fmt: skip
            f = even + slip[s] * odd
            r += even + odd
            a += _CX[i] * f
            b += _CY[i] * f
            c += _CZ[i] * f
        out[x, 0] = y[x, 0] - r
        out[x, 1] = _ROOT3 * a - y[x, 1]
        out[x, 2] = _ROOT3 * b - y[x, 2]
        out[x, 3] = _ROOT3 * c - y[x, 3]


def _diagonal(lattice: Lattice, friction: Friction) -> Array:
    """Size of the operator's diagonal by row, shape (rows + 1, 4), with the walls' friction."""
    n = lattice.cell.size
    diagonal = np.ones((lattice.rows + 1, 4))
    diagonal[:n, 1:] = friction.total
    wall = lattice.source == np.repeat(np.arange(n), np.diff(lattice.first))
    wall &= lattice.outof == (lattice.into + 9) % 18
    at, i = lattice.source[wall], lattice.into[wall]
    diagonal[:n, 0] -= REST + np.bincount(at, WEIGHT[i], n)
    for axis in range(3):
        diagonal[:n, 1 + axis] += np.bincount(at, edge_friction(lattice, wall, axis, friction), n)
    return diagonal


@kernel
def _dot_by_layer(a, b, start):  # type: ignore[no-untyped-def]
    """Scalar products of each layer's part of two flat arrays."""
    layers = start.size - 1
    part = np.zeros(layers)
    for layer in prange(layers):
        total = 0.0
        for k in range(start[layer], start[layer + 1]):
            total += a[k] * b[k]
        part[layer] = total
    return part


def _plane_flux(y: Array, lattice: Lattice) -> Array:
    """Mass that crosses the plane above each layer of axis 0; the last may be the seam. Collective.

    Each rank counts what comes into its layers.
    """
    fill_ghosts(y, lattice)
    entered = _entered(y, lattice.layer, lattice.start.size - 1, *_links(lattice))
    from_below, from_above = all_layers(entered, lattice.slabs).T
    flux = np.roll(from_below, -1) - from_above
    return flux if lattice.slabs.periodic else flux[:-1]


@serial
def _entered(y, layer, layers, neighbour, first, into, source, outof, sign, slip):  # type: ignore[no-untyped-def]
    """Mass that enters each layer from the one below and from the one above, shape (layers, 2)."""
    mass = np.zeros((layers, 2))
    nothing = layer.size
    for x in range(neighbour.shape[0]):
        for i in range(18):
            m = neighbour[x, i]
            if _CX[i] != 0 and m < nothing:
                mass[layer[x], 0 if _CX[i] > 0 else 1] += _W[i] * (
                    y[m, 0] + _ROOT3 * (_CX[i] * y[m, 1] + _CY[i] * y[m, 2] + _CZ[i] * y[m, 3])
                )
        for s in range(first[x], first[x + 1]):
            i, o, m = into[s], outof[s], source[s]
            if layer[m] != layer[x]:
                mass[layer[x], 0 if _CX[i] > 0 else 1] += sign[s] * _W[o] * (
                    y[m, 0] + _ROOT3 * (_CX[o] * y[m, 1] + _CY[o] * y[m, 2] + _CZ[o] * y[m, 3])
                )  # fmt: skip
    return mass
