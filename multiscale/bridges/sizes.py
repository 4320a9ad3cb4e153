"""Particle sizes for a box, from the powder's volume-weighted distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import StageFailed

Floats = NDArray[np.float64]


def sample_diameters(
    diameter: Floats,
    volume_fraction: Floats,
    volume: float,
    largest: float,
    remedy: str = "raise microstructure.lateral_size",
) -> Floats:
    """Choose whole particles whose cumulative volume follows the distribution closely.

    From the largest class down, n_k is the nearest whole number to (f_k V + carry) / v_k with
    v_k = pi d_k^3 / 6; the volume left over is carried to the next smaller class. The
    volume-weighted distribution is then off by at most half a particle at every size, and the
    scatter of random draws, in which one large particle can be a tenth of the box, is avoided.

    Args:
        diameter: diameter of each size class [m].
        volume_fraction: share of each class in the solid volume.
        volume: solid volume in the box [m^3].
        largest: diameter above which particles do not fit [m]; their volume goes to the next sizes.
        remedy: what the user can do where too many do not fit.

    Returns:
        Diameters, largest first [m].

    Raises:
        StageFailed: fewer than two particles fit, or a quarter of the powder does not.
    """
    too_large = float(volume_fraction[diameter > largest].sum())
    if too_large > 0.25:
        raise StageFailed(
            f"{100 * too_large:.0f} % of the powder's volume is coarser than "
            f"{largest * 1e6:.3g} um, the largest particle that fits in the box; {remedy}"
        )
    counts, sizes, carry = [], [], 0.0
    for k in np.argsort(diameter)[::-1]:
        v = np.pi / 6 * diameter[k] ** 3
        carry += volume_fraction[k] * volume
        n = max(int(np.rint(carry / v)), 0) if diameter[k] <= largest else 0
        carry -= n * v
        counts.append(n)
        sizes.append(diameter[k])
    particles = np.repeat(sizes, counts)
    if particles.size < 2:
        raise StageFailed(f"{particles.size} particles fit in the box; {remedy}")
    return np.asarray(particles, np.float64)
