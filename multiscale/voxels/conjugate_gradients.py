"""Conjugate gradients on voxels in double precision, with one multigrid cycle as preconditioner.

A volume may be shared by ranks, each with the cells of its slab. Sums are taken layer by layer and
then in order: the result is the same bit by bit for any number of threads and ranks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import prange

from multiscale.voxels.multigrid import Hierarchy, precondition
from multiscale.voxels.relaxation import kernel, outflow, wrap
from multiscale.voxels.slabs import Slabs, all_layers, fill_ghosts

type Array = np.ndarray[Any, np.dtype[np.float64]]


class NotConverged(ArithmeticError):
    """The iteration stopped before its tolerances were reached."""


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
    """Improve x until `done`. Collective over the slabs of the hierarchy.

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
    slabs = levels.slabs
    p, q = np.zeros_like(x), np.zeros_like(x)
    rz, iteration = 1.0, 0
    while True:
        residual = float(np.sqrt(dot(r, r, slabs))) / scale
        watch(iteration, residual)
        if done(residual):
            return residual, iteration
        if iteration == iteration_limit:
            raise NotConverged(
                f"conduction solve: relative residual {residual:.1e} after {iteration} iterations"
            )
        precondition(levels, r, q)
        rz, before = dot(r, q, slabs), rz
        combine(1.0, q, rz / before if iteration else 0.0, p)
        fill_ghosts(p, slabs)
        apply(p, faces, *periodic, q)
        alpha = rz / dot(p, q, slabs)
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


def dot(x: Array, y: Array, slabs: Slabs) -> float:
    """Scalar product over the cells of all ranks. Collective."""
    return float(all_layers(_dot_by_slab(x, y)[1:-1], slabs).sum())


@kernel
def combine(a: float, x: Array, b: float, y: Array) -> None:
    """y = a x + b y over the cells."""
    n0, n1, n2 = y.shape
    for i in prange(1, n0 - 1):
        for j in range(1, n1 - 1):
            for k in range(1, n2 - 1):
                y[i, j, k] = a * x[i, j, k] + b * y[i, j, k]
