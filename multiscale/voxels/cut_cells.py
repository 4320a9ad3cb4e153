"""What lies in the open part of cells that spheres cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.apertures import Apertures
from multiscale.voxels.checkerboard import Singles, Wraps, layer


def fill_cut_cells(
    d: Singles, solid: NDArray[np.bool_], apertures: Apertures, wraps: Wraps, beyond: float
) -> None:
    """Give the open part of cells with their centre in a sphere the conductivity next to it.

        d_i = sum_j A_ij d_j / sum_j A_ij    over the neighbours j that have one

    Twice, because thin gaps between spheres may hold two such cells side by side.

    Args:
        d: conductivity of the open part of each cell, 0 where `solid`; changed in place.
        solid: cells with their centre in a sphere.
        apertures: open fractions of the faces.
        wraps: periodic axes.
        beyond: conductivity of what is left, deeper in such gaps.
    """
    known = ~solid
    for _ in range(2):
        before = known.copy()
        _spread(d, before, known, apertures.x, apertures.y, apertures.z, wraps)
    d[~known] = beyond  # where no face is open this carries nothing


@layer
def _spread(d, known, filled, ax, ay, az, wraps):  # type: ignore[no-untyped-def]
    n = d.shape
    for i in range(n[0]):
        for j in range(n[1]):
            for k in range(n[2]):
                if known[i, j, k]:
                    continue
                total, weight = 0.0, 0.0
                for axis in range(3):
                    for side in range(2):
                        at = [i, j, k]
                        at[axis] += 2 * side - 1
                        if wraps[axis]:
                            at[axis] %= n[axis]
                        elif at[axis] < 0 or at[axis] >= n[axis]:
                            continue
                        if not known[at[0], at[1], at[2]]:
                            continue
                        if axis == 0:
                            a = ax[i + side, j, k]
                        elif axis == 1:
                            a = ay[i, j + side, k]
                        else:
                            a = az[i, j, k + side]
                        total += a * d[at[0], at[1], at[2]]
                        weight += a
                if weight > 0:
                    d[i, j, k] = total / weight
                    filled[i, j, k] = True
