"""MINRES for symmetric indefinite systems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange

type Array = np.ndarray[Any, np.dtype[np.float64]]

_CHECK = 20

kernel = njit(parallel=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract"})


class NotConverged(ArithmeticError):
    """The iteration stopped before its tolerances were reached."""


def minres(
    operator: Callable[[Array, Array], None],
    b: Array,
    precondition: Callable[[Array, Array], None],
    dot: Callable[[Array, Array], float],
    done: Callable[[Array, float], bool],
    iteration_limit: int,
    watch: Callable[[int, float], None],
) -> tuple[Array, float, int]:
    """Solve A x = b for a symmetric A, definite or not, from x = 0 [Paige1975].

    The residual in the norm of the preconditioner's inverse falls in every iteration. A may be
    singular where b lies in its range.

    Args:
        operator: writes A x into its second argument; may fill what the first holds of others.
        b: right-hand side, any shape.
        precondition: writes P v into its second argument, P symmetric and positive definite.
        dot: scalar product, over all ranks where several solve together.
        done: says from x and the relative residual whether to stop; asked now and then.
        iteration_limit: iterations at most.
        watch: called as often, with the iteration and the relative residual.

    Returns:
        x, the relative residual and the iterations taken.

    Raises:
        NotConverged: the limit was reached first.
    """
    shape, n = b.shape, b.size
    x, old, w, w_old, next_, z, z_next = (np.zeros(n) for _ in range(7))
    v = b.reshape(n).copy()
    precondition(v, z)
    beta = start = float(np.sqrt(dot(v, z)))
    _divide(v, z, beta)
    rest, cos, sin, cos_old, sin_old = beta, 1.0, 0.0, 1.0, 0.0
    previous = 0.0
    for iteration in range(1, iteration_limit + 1):
        operator(z.reshape(shape), next_.reshape(shape))
        alpha = dot(next_, z)
        # Lanczos: the next direction, orthogonal to the last two.
        _orthogonalise(next_, v, old, alpha, previous)
        precondition(next_, z_next)
        beta_next = float(np.sqrt(dot(next_, z_next)))
        # Givens rotations of the last two steps, then that of this one.
        third, shifted = sin_old * previous, cos_old * previous
        second, diagonal_ = cos * shifted + sin * alpha, cos * alpha - sin * shifted
        first = float(np.hypot(diagonal_, beta_next))
        cos_old, sin_old = cos, sin
        cos, sin = diagonal_ / first, beta_next / first
        _advance(x, w, w_old, z, first, second, third, cos * rest)
        w, w_old = w_old, w
        rest *= -sin
        old, v, next_ = v, next_, old
        z, z_next = z_next, z
        _divide(v, z, beta_next)
        previous = beta_next
        residual = abs(rest) / start
        if iteration % _CHECK == 0 or residual < 1e-14:
            watch(iteration, residual)
            if done(x.reshape(shape), residual):
                return x.reshape(shape), residual, iteration
    raise NotConverged(f"relative residual {residual:.1e} after {iteration_limit} iterations")


@kernel
def _orthogonalise(u, v, old, alpha, beta):  # type: ignore[no-untyped-def]
    """u -= alpha v + beta old."""
    for k in prange(u.size):
        u[k] -= alpha * v[k] + beta * old[k]


@kernel
def _advance(x, w, w_old, z, first, second, third, step):  # type: ignore[no-untyped-def]
    """The next search direction, written over the oldest, and the step along it."""
    for k in prange(x.size):
        d = (z[k] - second * w[k] - third * w_old[k]) / first
        w_old[k] = d
        x[k] += step * d


@kernel
def _divide(v, z, beta):  # type: ignore[no-untyped-def]
    for k in prange(v.size):
        v[k] /= beta
        z[k] /= beta
