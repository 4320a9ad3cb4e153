"""Where what was in solution is when it has set: at the heights that the film model says.

    n(xi) = (N(xi) - 1 + s)/s,    integral of n from 0 to xi_k = (k - 1/2)/M,    k = 1 ... M

N is the profile of a binder over its mean, s the share of it that moves, n the profile of that
share. M spheres stand for equal parts of it, so that they have its profile without any scatter.
Flow, diffusion, gelling and adsorption, which make that profile, are the film model's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.bridges.profiles import edges_between
from multiscale.records import DryCoating, FloatArray


def heights_by_film(coating: DryCoating, counts: NDArray[np.int64]) -> FloatArray:
    """Give the heights over that of the film, binder after binder, shape (spheres,).

    Args:
        coating: of the film model.
        counts: spheres of each binder, shape (binder,).
    """
    edges = edges_between(coating.z)
    found = [np.empty(0)]
    for N, s, M in zip(coating.binder, coating.binder_mobile, counts, strict=True):
        if M:
            n = np.maximum((N - 1 + s) / s, 0.0)  # round-off where all of it has left
            below = np.concatenate([[0.0], np.cumsum(n * np.diff(edges))])
            found.append(np.interp((np.arange(M) + 0.5) / M, below / below[-1], edges))
    return np.concatenate(found)
