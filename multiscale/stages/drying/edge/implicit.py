"""Implicit steps of the balances across the web, with linear systems that are bands.

Where the unknowns stand column by column, a row of the Jacobian reaches over two columns to each
side; the totals at the end depend on all unknowns but nothing depends on them:

    [ B  0 ] [x]   [b]
    [ R  d ] [t] = [s]      B x = b by a banded LU, then t = (s - R x)/d.

A general sparse LU fills in for those rows and takes ten times as long.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import Radau
from scipy.linalg import get_lapack_funcs

from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge.differences import Jacobian

Order = NDArray[np.int64]
TOTALS = 3  # unknowns that depend on all others


class _Factors(NamedTuple):
    """L and U of B, in the order of the band, and the rows of the totals."""

    band: NDArray[Any]
    pivots: NDArray[np.int32]
    totals: FloatArray
    diagonal: float | complex
    trs: Any


class _Shift:
    """Stands for I where Radau writes s I - J and hands that on: no matrix is made of it."""

    __array_ufunc__ = None  # so that a number of numpy's times it asks `__rmul__`

    def __init__(self, size: complex = 1.0) -> None:
        self.size = size

    def __rmul__(self, size: complex) -> _Shift:
        return _Shift(size)

    def __sub__(self, jacobian: Jacobian) -> tuple[complex, Jacobian]:
        return self.size, jacobian


class StripRadau(Radau):  # type: ignore[misc]  # scipy has no types
    """Radau IIA of order 5 [Hairer1996] with banded linear algebra.

    Args:
        fun, t0, y0, t_bound, options: as of scipy's `Radau`; `jac` gives a `Jacobian`.
        column: column that each unknown but the totals belongs to, from the edge inwards.
        pattern: rows and columns of the Jacobian's entries.
        reach: columns over which a row reaches.
    """

    def __init__(
        self,
        fun: Any,
        t0: float,
        y0: FloatArray,
        t_bound: float,
        *,
        column: Order,
        pattern: tuple[Order, Order],
        reach: int,
        **options: Any,
    ) -> None:
        super().__init__(fun, t0, y0, t_bound, **options)
        n = column.size
        self._order = np.argsort(column, kind="stable")
        place = np.empty_like(self._order)
        place[self._order] = np.arange(n)
        first = np.searchsorted(column[self._order], np.arange(column.max() + 2))
        ahead = np.minimum(column[self._order] + reach + 1, column.max() + 1)
        self._half = half = int((first[ahead] - 1 - np.arange(n)).max())
        row, entry = place[pattern[0]], place[pattern[1]]
        self._entries = (2 * half + row - entry, entry)
        # Pivots are chosen, and masses kept, among unknowns of like size.
        self._size = np.asarray(self.atol)[:-TOTALS] if np.ndim(self.atol) else np.ones(n)
        self._scale = self._size[pattern[1]] / self._size[pattern[0]]
        self.I, self.lu, self.solve_lu = _Shift(), self._factorise, self._solve

    def _validate_jac(self, jac: Any, sparsity: Any) -> tuple[Any, Jacobian]:
        def counted(t: float, y: FloatArray, rates: FloatArray | None = None) -> Jacobian:
            self.njev += 1
            found: Jacobian = jac(t, y)
            return found

        self.njev = 0
        return counted, counted(self.t, self.y)

    def _factorise(self, matrix: tuple[complex, Jacobian]) -> _Factors:
        """Factorise s I - J."""
        self.nlu += 1
        shift, jacobian = matrix
        half = self._half
        band = np.zeros((3 * half + 1, self._order.size), type(shift), order="F")
        band[self._entries] = -jacobian.inner * self._scale
        band[2 * half] += shift
        trf, trs = get_lapack_funcs(("gbtrf", "gbtrs"), (band,))
        factors, pivots, failed = trf(band, half, half, overwrite_ab=True)
        if failed > 0:
            raise np.linalg.LinAlgError("a column of the web has a singular balance")
        return _Factors(factors, pivots, -jacobian.totals, shift, trs)

    def _solve(self, factors: _Factors, right: NDArray[Any]) -> NDArray[Any]:
        n, half = self._order.size, self._half
        scaled = (right[:n] / self._size)[self._order]
        inner, _ = factors.trs(factors.band, half, half, scaled, factors.pivots)
        found = np.empty(right.size, factors.band.dtype)
        found[self._order] = inner
        found[:n] *= self._size
        found[n:] = (right[n:] - factors.totals @ found[:n]) / factors.diagonal
        return found
