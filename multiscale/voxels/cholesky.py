"""Dense Cholesky factorisation in a fixed order of operations.

LAPACK would do, but its sums depend on the number of threads; these do not. Loops instead of array
expressions compile in a fraction of the time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from multiscale.voxels.relaxation import serial

type Array = np.ndarray[Any, np.dtype[np.float64]]


@serial
def cholesky(matrix: Array) -> Array:
    """Lower factor L of a symmetric positive definite matrix, A = L L^T."""
    n = matrix.shape[0]
    factor = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            rest = matrix[i, j]
            for k in range(j):
                rest -= factor[i, k] * factor[j, k]
            factor[i, j] = np.sqrt(rest) if i == j else rest / factor[j, j]
    return factor


@serial
def cholesky_solve(factor: Array, b: Array) -> Array:
    """Solve L L^T x = b."""
    n = b.size
    x = b.copy()
    for i in range(n):
        for k in range(i):
            x[i] -= factor[i, k] * x[k]
        x[i] /= factor[i, i]
    for i in range(n - 1, -1, -1):
        x[i] /= factor[i, i]
        for k in range(i):
            x[k] -= factor[i, k] * x[i]
    return x
