"""A small packing with bonds, between its spheres and to the foil."""

import numpy as np

from multiscale.voxels.bridges import Bridges


def bonded(shape, edge, seed=3):
    """Spheres at random, and bonds of the near ones through the sides x and y; exact fractions."""
    rng = np.random.default_rng(seed)
    box, n = shape * edge, 24
    centre = np.round(rng.random((n, 3)) * box * 64) / 64
    radius = np.round(rng.uniform(1.5, 2.5, n) * 64) / 64
    axis = centre[None] - centre[:, None]
    axis[..., :2] -= box[:2] * np.rint(axis[..., :2] / box[:2])
    near = np.linalg.norm(axis, axis=2) < 1.3 * (radius + radius[:, None])
    i, j = np.nonzero(np.triu(near, 1))
    foil = np.flatnonzero(centre[:, 2] < 1.3 * radius)
    down = np.zeros((foil.size, 3))
    down[:, 2] = -centre[foil, 2]
    start = np.concatenate([centre[i], centre[foil]])
    other = np.concatenate([radius[j], np.zeros(foil.size)])
    ends = np.column_stack([np.concatenate([radius[i], radius[foil]]), other])
    of = Bridges(start, np.concatenate([axis[i, j], down]), ends, 0.5 * ends[:, 0])
    return centre, radius, of
