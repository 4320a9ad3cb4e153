"""Profiles through the thickness, from the cells of one model to those of another.

The web scale hands profiles to the voxels (binder by height), the voxels to the cell model
(porosity, active material, transport). Both ends hold means over cells.
"""

from __future__ import annotations

import numpy as np

from multiscale.records import FloatArray


def edges_between(centres: FloatArray) -> FloatArray:
    """Give the faces of cells over the thickness, 0 to 1, midway between their centres.

    Args:
        centres: increasing in (0, 1), shape (n,).

    Returns:
        Faces, shape (n + 1,).
    """
    return np.concatenate(([0.0], (centres[1:] + centres[:-1]) / 2, [1.0]))


def remap(values: FloatArray, old: FloatArray, new: FloatArray) -> FloatArray:
    """Give the means over new cells of what is constant in each old one.

    Conserves the integral over the thickness: for amounts, which add.

    Args:
        values: means over the old cells, shape (n,).
        old: faces of the old cells, shape (n + 1,).
        new: faces of the new cells, over the same thickness, shape (m + 1,).

    Returns:
        Means over the new cells, shape (m,).
    """
    below = np.concatenate(([0.0], np.cumsum(values * np.diff(old))))
    return np.asarray(np.diff(np.interp(new, old, below)) / np.diff(new))


def remap_series(values: FloatArray, old: FloatArray, new: FloatArray) -> FloatArray:
    """Do the same for conductivities through the thickness.

    Conserves the resistance of the layers in series: harmonic means.
    """
    return 1 / remap(1 / values, old, new)
