"""What spheres hold between heights, and how much liquid they leave there.

    V = pi (r^2 t - t^3/3 + 2 r^3/3) of a sphere between -r and t,   eps = 1 - sum V/(A dz)

The film model spreads its liquid alike over all heights. Grains do not: wide ones leave room at the
flat foil and under the flat surface, and what is in the liquid is there too.
"""

from __future__ import annotations

import numpy as np

from multiscale.records import FloatArray


def profile_of(
    z: FloatArray, radius: FloatArray, edges: FloatArray, weight: FloatArray | float = 1.0
) -> FloatArray:
    """Give the volume of spheres between heights.

    Args:
        z: heights of the centres, shape (n,).
        radius: shape (n,).
        edges: increasing, shape (k + 1,).
        weight: of each sphere, shape (n,).
    """
    t = np.clip(edges[:, None] - z, -radius, radius)
    cap = radius**2 * t - t**3 / 3 + 2 / 3 * radius**3
    below = np.pi * np.sum(weight * cap, axis=1)
    return np.asarray(np.diff(below))


def share_of(
    z: FloatArray, radius: FloatArray, edges: FloatArray, weight: FloatArray | float = 1.0
) -> FloatArray:
    """Give the volume of spheres in slices over the mean; a weight counts each of them."""
    volume = profile_of(z, radius, edges, weight)
    return np.asarray(volume / volume.sum() / np.diff(edges))


def liquid_between(z: FloatArray, radius: FloatArray, edges: FloatArray, area: float) -> FloatArray:
    """Give the share eps of slices that grains leave to the liquid.

    Args:
        z: heights of the grains' centres, shape (n,).
        radius: shape (n,).
        edges: of the slices, increasing, shape (k + 1,).
        area: of a slice.
    """
    solid = profile_of(z, radius, edges) / (area * np.diff(edges))
    return np.maximum(1 - solid, 0.0)
