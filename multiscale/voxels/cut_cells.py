"""What lies in the open part of cells that spheres cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.apertures import Apertures
from multiscale.voxels.checkerboard import Singles, Wraps, layer
from multiscale.voxels.slabs import Slabs, next_layers, whole


def fill_cut_cells(
    d: Singles,
    solid: NDArray[np.bool_],
    apertures: Apertures,
    wraps: Wraps,
    beyond: float,
    slabs: Slabs | None = None,
) -> None:
    """Give the open part of cells with their centre in a sphere the conductivity next to it.

        d_i = sum_j A_ij d_j / sum_j A_ij    over the neighbours j that have one

    Twice, because thin gaps between spheres may hold two such cells side by side. Collective.

    Args:
        d: conductivity of the open part of this rank's cells, 0 where `solid`; changed in place.
        solid: cells with their centre in a sphere.
        apertures: open fractions of the faces.
        wraps: periodic axes.
        beyond: conductivity of what is left, deeper in such gaps.
        slabs: who has which layers of axis 0; this rank all where left out.
    """
    slabs = slabs or whole(d.shape[0], wraps)
    faces = apertures.x, apertures.y, apertures.z
    known = ~solid
    for _ in range(2):
        before = known.copy()
        around = (*next_layers(d, slabs), *next_layers(before, slabs))
        _spread(d, before, known, *around, *faces, wraps)
    d[~known] = beyond  # where no face is open this carries nothing


@layer
def _spread(  # type: ignore[no-untyped-def]
    d, known, filled, d_below, d_above, known_below, known_above, ax, ay, az, wraps
):
    n = d.shape
    for i in range(n[0]):
        for j in range(n[1]):
            for k in range(n[2]):
                if known[i, j, k]:
                    continue
                total, weight = 0.0, 0.0
                for side in range(2):
                    at = i + 2 * side - 1
                    if at < 0:
                        there, d_there = known_below[j, k], d_below[j, k]
                    elif at == n[0]:
                        there, d_there = known_above[j, k], d_above[j, k]
                    else:
                        there, d_there = known[at, j, k], d[at, j, k]
                    if there:
                        total += ax[i + side, j, k] * d_there
                        weight += ax[i + side, j, k]
                for side in range(2):
                    at = j + 2 * side - 1
                    if (wraps[1] or 0 <= at < n[1]) and known[i, at % n[1], k]:
                        total += ay[i, j + side, k] * d[i, at % n[1], k]
                        weight += ay[i, j + side, k]
                for side in range(2):
                    at = k + 2 * side - 1
                    if (wraps[2] or 0 <= at < n[2]) and known[i, j, at % n[2]]:
                        total += az[i, j, k + side] * d[i, j, at % n[2]]
                        weight += az[i, j, k + side]
                if weight > 0:
                    d[i, j, k] = total / weight
                    filled[i, j, k] = True
