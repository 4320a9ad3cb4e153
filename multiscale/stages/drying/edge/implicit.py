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

Order = NDArray[np.int64]
TOTALS = 3  # unknowns that depend on all others


class _Factors(NamedTuple):
    """L and U of B, in the order of the band, and the rows of the totals."""

    band: NDArray[Any]
    pivots: NDArray[np.int32]
    totals: Any
    diagonal: NDArray[Any]
    trs: Any


class StripRadau(Radau):  # type: ignore[misc]  # scipy has no types
    """Radau IIA of order 5 [Hairer1996] with banded linear algebra.

    Args:
        fun, t0, y0, t_bound, options: as of scipy's `Radau`; the Jacobian is sparse.
        column: column that each unknown but the totals belongs to, from the edge inwards.
        reach: columns over which a row of the Jacobian reaches.
    """

    def __init__(
        self,
        fun: Any,
        t0: float,
        y0: FloatArray,
        t_bound: float,
        *,
        column: Order,
        reach: int,
        **options: Any,
    ) -> None:
        super().__init__(fun, t0, y0, t_bound, **options)
        self._order = np.argsort(column, kind="stable")
        self._place = np.empty_like(self._order)
        self._place[self._order] = np.arange(column.size)
        first = np.searchsorted(column[self._order], np.arange(column.max() + 2))
        ahead = np.minimum(column[self._order] + reach + 1, column.max() + 1)
        self._half = int((first[ahead] - 1 - np.arange(column.size)).max())
        # Pivots are chosen, and masses kept, among unknowns of like size.
        self._size = np.asarray(self.atol)[:-TOTALS] if np.ndim(self.atol) else np.ones(column.size)
        self.lu, self.solve_lu = self._factorise, self._solve

    def _factorise(self, matrix: Any) -> _Factors:
        self.nlu += 1
        n, half = self._order.size, self._half
        every = matrix.tocoo()
        inner = every.row < n
        row, column = self._place[every.row[inner]], self._place[every.col[inner]]
        band = np.zeros((3 * half + 1, n), every.dtype, order="F")
        scale = self._size[every.col[inner]] / self._size[every.row[inner]]
        band[2 * half + row - column, column] = every.data[inner] * scale
        trf, trs = get_lapack_funcs(("gbtrf", "gbtrs"), (band,))
        factors, pivots, failed = trf(band, half, half, overwrite_ab=True)
        if failed > 0:
            raise np.linalg.LinAlgError("a column of the web has a singular balance")
        totals = matrix.tocsr()[n:]
        return _Factors(factors, pivots, totals[:, :n], totals[:, n:].diagonal(), trs)

    def _solve(self, factors: _Factors, right: NDArray[Any]) -> NDArray[Any]:
        n, half = self._order.size, self._half
        scaled = (right[:n] / self._size)[self._order]
        inner, _ = factors.trs(factors.band, half, half, scaled, factors.pivots)
        found = np.empty(right.size, factors.band.dtype)
        found[self._order] = inner
        found[:n] *= self._size
        found[n:] = (right[n:] - factors.totals @ found[:n]) / factors.diagonal
        return found
