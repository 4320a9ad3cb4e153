"""Exponential fitting: linear elements that are exact at constant velocity."""

from __future__ import annotations

import numpy as np

from multiscale.fem.interval import Array


def fitted(kappa: Array, velocity: Array, width: Array) -> tuple[Array, Array]:
    """Give each cell's diffusivity that makes P1 exact at constant velocity [Scharfetter1969].

    kappa p coth(p),  p = velocity width/(2 kappa); kappa (1 + p^2/3) where the mesh resolves the
    boundary layer, upwinding where it does not.

    Args:
        kappa: diffusivity of the cells, m/s.
        velocity: at the cell centres, m/s.
        width: of the cells.

    Returns:
        The fitted diffusivity and its derivative by kappa, p^2/sinh^2(p).
    """
    half = 0.5 * np.abs(velocity) * width
    p = half / np.maximum(kappa, 1e-300)
    near = np.minimum(p, 1e-3)  # there coth is its series
    far = np.clip(p, 1e-3, 300.0)  # beyond, sinh has no reciprocal
    value = np.where(p <= 1e-3, kappa * (1 + near**2 / 3), half / np.tanh(far))
    slope = np.where(p <= 1e-3, 1 - near**2 / 3, (far / np.sinh(far)) ** 2)
    return value, slope
