"""Conduction from particle to particle through their contacts: a network of resistors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

type Array = np.ndarray[Any, np.dtype[np.float64]]
type Index = NDArray[np.int64]


def contact_conductance(conductivity: float, contact_radius: Array, resistance: float) -> Array:
    """Compute the conductance of round contacts between good particles [S].

        1/G = 1/(2 sigma a) + r/(pi a^2)

    The first part is the constriction on both sides of a small contact [Holm1967].

    Args:
        conductivity: sigma of the particles [S/m].
        contact_radius: a [m].
        resistance: r, specific resistance of the contact [Ohm m^2].
    """
    return np.asarray(
        1 / (1 / (2 * conductivity * contact_radius) + resistance / (np.pi * contact_radius**2))
    )


def network_conductivity(
    i: Index, j: Index, across: Array, conductance: Array, box: Array
) -> Array:
    """Compute the effective conductivity tensor of particles joined by contacts.

    Each particle has one potential, and the network repeats with the box. For a mean gradient of 1
    along each axis b,

        sum_j G_ij (across_ij,b + u_j - u_i) = 0,    K_ab = (1/V) sum_ij across_ij,a G_ij (...)

    A box that does not repeat along an axis has no contact across its ends, and no entry there.

    Args:
        i, j: particles in contact, shape (m,).
        across: vectors from centre i to centre j, the short way round [m], shape (m, 3).
        conductance: of the contacts [S], shape (m,).
        box: edge lengths [m], shape (3,).

    Returns:
        K [S/m], shape (3, 3), symmetric.
    """
    from scipy.sparse import coo_array, diags_array
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import splu

    count = int(max(i.max(initial=0), j.max(initial=0))) + 1
    half = coo_array((conductance, (i, j)), shape=(count, count)).tocsr()
    links = half + half.T
    # One particle of each cluster holds the level of the potentials.
    _, cluster = connected_components(links, directed=False)
    held = np.zeros(count)
    held[np.unique(cluster, return_index=True)[1]] = conductance.max(initial=1.0)
    matrix = diags_array(np.asarray(links.sum(axis=1)).ravel() + held) - links
    tensor, solve = np.zeros((3, 3)), splu(matrix.tocsc()).solve
    for b in range(3):
        drive = conductance * across[:, b]
        u = solve(np.bincount(i, drive, count) - np.bincount(j, drive, count))
        tensor[:, b] = (across * (drive + conductance * (u[j] - u[i]))[:, None]).sum(axis=0)
    return tensor / float(np.prod(box))
