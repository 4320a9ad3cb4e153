"""Images with known transport, for tests of voxel solvers."""

from typing import Any

import numpy as np

from multiscale.voxels.apertures import solid_fractions

type Array = np.ndarray[Any, np.dtype[Any]]
type Cells = np.ndarray[Any, np.dtype[np.float64]]

CUBIC = {
    "sc": [(0.5, 0.5, 0.5)],
    "bcc": [(0.0, 0.0, 0.0), (0.5, 0.5, 0.5)],
    "fcc": [(0.0, 0.0, 0.0), (0.5, 0.5, 0.0), (0.5, 0.0, 0.5), (0.0, 0.5, 0.5)],
}


def cubic_spheres(lattice: str, fraction: float) -> tuple[Cells, Cells]:
    """Centres and radii of the spheres of one cubic cell of edge 1."""
    centres = np.array(CUBIC[lattice])
    radius = (3 * fraction / (4 * np.pi * len(centres))) ** (1 / 3)
    return centres, np.full(len(centres), radius)


def sphere_lattice(lattice: str, fraction: float, n: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Cells outside the spheres of one cubic cell with n voxels per edge (voxel centres decide)."""
    centres, radius = cubic_spheres(lattice, fraction)
    axis = (np.arange(n) + 0.5) / n
    outside = np.ones((n, n, n), bool)
    for centre in centres:
        gaps = [np.abs(axis - c) for c in centre]
        x, y, z = np.ix_(*(np.minimum(g, 1 - g) for g in gaps))
        outside &= x**2 + y**2 + z**2 > radius[0] ** 2
    return outside


def blobs(shape: tuple[int, ...], size: float, seed: int) -> Cells:
    """A periodic Gaussian random field, ranked to 0..1: `blobs(...) < f` has volume fraction f."""
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(seed).standard_normal(shape)
    field = gaussian_filter(noise, size, mode="wrap").ravel()
    rank = np.empty(field.size)
    rank[np.argsort(field, kind="stable")] = (np.arange(field.size) + 0.5) / field.size
    return rank.reshape(shape)


def coated_spheres(seed: int, n: int = 16) -> tuple[Array, Array, dict[str, Array]]:
    """Overlapping spheres with films of a voxel and heaps: labels, halves, and the spheres."""
    rng, box = np.random.default_rng(seed), (True, True, True)
    centre, radius = rng.random((9, 3)) * n, rng.uniform(0.16, 0.26, 9) * n
    fine = 2 * n
    x = (np.indices((fine,) * 3) + 0.5) / 2
    gap = np.full((fine,) * 3, np.inf)
    for c, r in zip(centre, radius, strict=True):
        apart = np.abs(x - c[:, None, None, None])
        apart = np.minimum(apart, n - apart)
        gap = np.minimum(gap, np.sqrt((apart**2).sum(axis=0)) - r)
    heaps = blobs((fine,) * 3, 1.5, seed) < 0.15
    halves = (gap > 0) & ((gap < rng.uniform(0.4, 1.0)) | heaps)
    solid = solid_fractions(centre, radius, (n, n, n), np.ones(3), box) > 0.5
    label = np.where(solid, 1, np.where(halves[::2, ::2, ::2], 2, 0)).astype(np.uint8)
    return label, halves, {"centre": centre, "radius": radius}
