"""Dense Cholesky factorisation in a fixed order of operations.

LAPACK would do, but its sums depend on the number of threads; these do not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

type Array = np.ndarray[Any, np.dtype[np.float64]]


@njit(cache=True, error_model="numpy")
def cholesky(matrix: Array) -> Array:
    """Lower factor L of a symmetric positive definite matrix, A = L L^T."""
    n = matrix.shape[0]
    factor = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            rest = matrix[i, j] - np.sum(factor[i, :j] * factor[j, :j])
            factor[i, j] = np.sqrt(rest) if i == j else rest / factor[j, j]
    return factor


@njit(cache=True, error_model="numpy")
def cholesky_solve(factor: Array, b: Array) -> Array:
    """Solve L L^T x = b."""
    n = b.size
    x = b.copy()
    for i in range(n):
        x[i] = (x[i] - np.sum(factor[i, :i] * x[:i])) / factor[i, i]
    for i in range(n - 1, -1, -1):
        x[i] /= factor[i, i]
        x[:i] -= factor[i, :i] * x[i]
    return x
