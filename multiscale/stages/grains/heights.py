"""Where what was in solution is when it has set: in the liquid, at the heights of the film model.

    n = (N - 1 + s)/s,    integral of n eps from 0 to xi_k = (k - 1/2)/M of the whole,   k = 1 ... M

N is the profile of a binder over its mean, by a film model whose liquid fills a like share of all
heights; s the share of it that moves, n the profile of that share; eps the share of a height that
grains leave to the liquid. M spheres stand for equal parts of it, so that they have its profile
without any scatter. Flow, diffusion, gelling and adsorption, which make N, are the film model's.

All of the carbon-binder domain, over its mean, is then

    (1 - sum m) eps/<eps> + sum m n eps/<n eps>

with m the share of the domain that moves as a binder and <> the mean over the height: neither part
gains or loses.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from multiscale.bridges.profiles import edges_between
from multiscale.records import DryCoating, FloatArray


@dataclass(frozen=True)
class Solute:
    """What was in solution, in slices over the height of the film.

    Attributes:
        edges: of the slices over the height, shape (slice + 1,).
        content: n of each binder, shape (binder, slice).
        count: spheres M of each, shape (binder,).
        moving: share m of the domain that moves as each, shape (binder,).
    """

    edges: FloatArray = field(repr=False)
    content: FloatArray = field(repr=False)
    count: NDArray[np.int64]
    moving: FloatArray

    def domain(self, liquid: FloatArray) -> FloatArray:
        """Give the domain, what moved and what sits on solids, over its mean, shape (slice,).

        Args:
            liquid: eps, shape (slice,).
        """
        parts = np.vstack([liquid, self.content * liquid])
        mean = np.maximum(parts @ np.diff(self.edges), 1e-300)
        return np.asarray(np.append(1 - self.moving.sum(), self.moving) / mean @ parts)

    def heights(self, liquid: FloatArray) -> FloatArray:
        """Give xi of all spheres, binder after binder, shape (spheres,).

        Args:
            liquid: eps, shape (slice,).
        """
        found = [np.empty(0)]
        for n, M in zip(self.content, self.count, strict=True):
            below = np.concatenate([[0.0], np.cumsum(n * liquid * np.diff(self.edges))])
            if M:
                found.append(np.interp((np.arange(M) + 0.5) / M, below / below[-1], self.edges))
        return np.concatenate(found)


def solute_of(coating: DryCoating, count: NDArray[np.int64], moving: FloatArray) -> Solute:
    """Take what was in solution from the film model.

    Args:
        coating: of the film model.
        count: spheres of each binder, shape (binder,).
        moving: share of the domain that moves as each binder, shape (binder,).
    """
    moves = np.maximum(coating.binder_mobile, 1e-300)[:, None]
    content = np.maximum((coating.binder - 1 + moves) / moves, 0.0)  # round-off where all has left
    return Solute(edges_between(coating.z), content, count, moving)
