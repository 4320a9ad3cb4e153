"""Radii of very many spheres: runs of equal ones, so that every rank can know them all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Radii:
    """Radii of spheres that are numbered from 0, as runs of equal ones.

    Attributes:
        value: of each run [m], shape (runs,).
        end: number behind the last sphere of each run, shape (runs,).
    """

    value: Floats
    end: Integers

    def __len__(self) -> int:
        return int(self.end[-1]) if len(self.end) else 0

    @property
    def count(self) -> Integers:
        """Spheres of each run, shape (runs,)."""
        return np.diff(self.end, prepend=0)

    @property
    def volume(self) -> float:
        """Volume of all spheres [m3]."""
        return float(np.sum(self.count * (4 / 3 * np.pi * self.value**3)))

    def run(self, ids: Integers) -> Integers:
        """Give the run of each of these spheres, shape (m,)."""
        return np.searchsorted(self.end, ids, side="right")

    def of(self, ids: Integers) -> Floats:
        """Give the radii of these spheres [m], shape (m,)."""
        return np.asarray(self.value[self.run(ids)])

    def every(self) -> Floats:
        """Give the radii of all spheres [m], shape (n,)."""
        return np.repeat(self.value, self.count)

    def share(self, which: NDArray[np.bool_], rank: int, ranks: int) -> Integers:
        """Give the numbers of an even share of the spheres of some runs, in rising order.

        Args:
            which: the runs, shape (runs,).
            rank: whose share.
            ranks: among how many the spheres are dealt.
        """
        begin, count = (self.end - self.count)[which], self.count[which]
        low, high = begin + count * rank // ranks, begin + count * (rank + 1) // ranks
        parts = [np.arange(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True)]
        return np.concatenate([np.empty(0, np.int64), *parts])


def radii_of(radius: Floats) -> Radii:
    """Write the radii of all spheres, shape (n,), as runs."""
    radius = np.asarray(radius, float)
    last = np.flatnonzero(np.append(radius[1:] != radius[:-1], len(radius) > 0))
    return Radii(radius[last], last + 1)
