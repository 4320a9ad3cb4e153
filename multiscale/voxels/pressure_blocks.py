"""Preconditioner of creeping flow: the diagonal, and the pressure in blocks of pore.

Diagonal scaling alone lets pressure spread by one cell in an iteration. Through narrow throats a
level of pressure settles between whole pores only after very many: 2800 iterations in a coating of
128 x 120 x 120 voxels. The density's own part of the equations is a Laplacian of the pore space,

    rho - sum_i w_i rho(x - c_i) = -(1/6) lap rho + ...

and of what it leaves behind only the long waves are slow. So each part of a small block of cells
that hangs together gets one unknown, and a direct solve adds its share to the diagonal's: 160
iterations in the same coating.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.lattice import Array, Lattice

type Index = NDArray[np.int64]

CONDUCTANCE = 1 / 6
# Smaller blocks save iterations; so many parts still factorise within a second.
SMALLEST_BLOCK, LARGEST_PARTS = 3, 60_000


def pressure_blocks(
    lattice: Lattice, shape: tuple[int, ...], diagonal: Array, driven_repeats: bool
) -> Callable[[Array, Array], None]:
    """Build z = P v with P = 1/diagonal + R' A_c^-1 R on the density, symmetric and positive.

    R sums over the parts. A_c joins parts i and j by the faces between them, and parts at the
    driven planes, where the pressure is given, to these:

        A_ij = -n_ij/(6 H),    a block of edge H being H times as far from the next as a cell

    Args:
        lattice: pore cells and links.
        shape: of the volume, driven axis first.
        diagonal: of the system, shape (n + 1, 4).
        driven_repeats: whether axis 0 is periodic; then nothing fixes the level of the pressure.

    Returns:
        A function that writes P v into its second argument, both of the diagonal's shape or flat.
    """
    part, solve = _factorise(lattice, shape, driven_repeats)
    n = part.size

    def precondition(v: Array, z: Array) -> None:
        np.divide(v, diagonal.reshape(v.shape), out=z)
        density, update = v.reshape(-1, 4)[:n, 0], z.reshape(-1, 4)[:n, 0]
        update += solve(np.bincount(part, density))[part]

    return precondition


def _factorise(
    lattice: Lattice, shape: tuple[int, ...], driven_repeats: bool
) -> tuple[Index, Callable[[Array], Array]]:
    """The part of each cell, and the solve between the parts."""
    from scipy.sparse import coo_array, diags_array
    from scipy.sparse.linalg import splu

    here, there = _faces(lattice)
    edge = SMALLEST_BLOCK
    while True:
        part = _parts(lattice, shape, edge, here, there)
        count = int(part.max()) + 1
        if count <= LARGEST_PARTS or edge >= max(shape):
            break
        edge += 1
    crossing = part[here] != part[there]
    i, j = part[here[crossing]], part[there[crossing]]
    half = coo_array((np.full(i.size, CONDUCTANCE / edge), (i, j)), shape=(count, count)).tocsr()
    links = half + half.T
    ground = np.zeros(count)
    if not driven_repeats:
        outer = (lattice.layer == 0) | (lattice.layer == shape[0] - 1)
        ground += 2 * CONDUCTANCE / edge * np.bincount(part[outer], minlength=count)
    total = links.sum(axis=1) + ground
    # The excess makes the matrix regular where nothing holds the level; a lone part has no links.
    matrix = diags_array(total * (1 + 1e-7) + 1e-12) - links
    solve: Any = splu(
        matrix.tocsc(),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    ).solve
    return part, solve


def _faces(lattice: Lattice) -> tuple[Index, Index]:
    """Pairs of pore cells that share a face: the links along the axes."""
    n = lattice.cell.size
    pairs = [
        (np.flatnonzero(lattice.neighbour[:, axis] < n), lattice.neighbour[:, axis])
        for axis in range(3)
    ]
    here = np.concatenate([at for at, _ in pairs])
    there = np.concatenate([below[at] for at, below in pairs]).astype(np.int64)
    return here, there


def _parts(lattice: Lattice, shape: tuple[int, ...], edge: int, here: Index, there: Index) -> Index:
    """Number of the connected part of a block that each pore cell belongs to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = lattice.cell.size
    at = [coordinate // edge for coordinate in np.unravel_index(lattice.cell, shape)]
    block = np.ravel_multi_index(tuple(at), tuple(-(-m // edge) for m in shape))
    same = block[here] == block[there]
    inner = coo_array((np.ones(int(same.sum()), np.int8), (here[same], there[same])), shape=(n, n))
    return np.asarray(connected_components(inner, directed=False)[1], np.int64)
