"""Preconditioner of creeping flow: the diagonal, and the pressure in blocks of pore.

Diagonal scaling alone lets pressure spread by one cell in an iteration. Through narrow throats a
level of pressure settles between whole pores only after very many: 2800 iterations in a coating of
128 x 120 x 120 voxels. The density's own part of the equations is a Laplacian of the pore space,

    rho - sum_i w_i rho(x - c_i) = -(1/6) lap rho + ...

and of what it leaves behind only the long waves are slow. So each part of a small block of cells
that hangs together gets one unknown, and a direct solve adds its share to the diagonal's: 160
iterations in the same coating.

Ranks that share a volume count the pieces of the parts, which lie in one layer and so on one rank.
What joins the pieces, and the sums over them, are gathered; every rank solves between all parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, diags_array, vstack
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from multiscale.voxels.lattice import Array, Lattice, fill_ghosts
from multiscale.voxels.slabs import from_all

type Index = NDArray[np.int64]

CONDUCTANCE = 1 / 6
# Smaller blocks save iterations; so many parts still factorise within a second.
SMALLEST_BLOCK, LARGEST_PARTS = 3, 60_000


def pressure_blocks(
    lattice: Lattice, shape: tuple[int, ...], diagonal: Array
) -> Callable[[Array, Array], None]:
    """Build z = P v with P = 1/diagonal + R' A_c^-1 R on the density, symmetric and positive.
    Collective, and so is P.

    R sums over the parts. A_c joins parts i and j by the faces between them, and parts at the
    driven planes, where the pressure is given, to these:

        A_ij = -n_ij/(6 H),    a block of edge H being H times as far from the next as a cell

    Args:
        lattice: pore cells and links. Where axis 0 is periodic nothing fixes the level of the
            pressure.
        shape: of this rank's cells, driven axis first.
        diagonal: of the system, shape (rows + 1, 4).

    Returns:
        A function that writes P v into its second argument, both of the diagonal's shape or flat.
    """
    n, slabs = lattice.cell.size, lattice.slabs
    edge, longest = SMALLEST_BLOCK, max(slabs.total, *shape[1:])
    faces = _faces(lattice)
    while True:
        pieces = _pieces(lattice, shape, edge, *faces)
        parts = int(pieces.part.max()) + 1
        if parts <= LARGEST_PARTS or edge >= longest:
            break
        edge += 1
    solve = _factorise(pieces, parts, edge)
    piece, part = pieces.own, pieces.part
    mine = part[pieces.first : pieces.first + pieces.count][piece]

    def precondition(v: Array, z: Array) -> None:
        np.divide(v, diagonal.reshape(v.shape), out=z)
        density, update = v.reshape(-1, 4)[:n, 0], z.reshape(-1, 4)[:n, 0]
        # First by pieces: then the order of the sums is the same for any number of ranks.
        by_piece = np.concatenate(from_all(np.bincount(piece, density, pieces.count), slabs))
        update += solve(np.bincount(part, by_piece))[mine]

    return precondition


@dataclass(frozen=True)
class Pieces:
    """What of each block lies in one layer of axis 0 and hangs together there.

    Attributes:
        own: piece of each of this rank's cells, counted from the first one, shape (n,).
        first, count: of this rank's pieces.
        part: part of its block that each piece of all ranks belongs to.
        links: number of faces between pieces of unlike blocks.
        driven: number of faces of each piece on the driven planes.
    """

    own: Index
    first: int
    count: int
    part: Index
    links: csr_array
    driven: Array


def _pieces(
    lattice: Lattice, shape: tuple[int, ...], edge: int, here: Index, there: Index
) -> Pieces:
    """Cut blocks of this edge into layers, and join what hangs together in each. Collective."""
    n, slabs = lattice.cell.size, lattice.slabs
    block = _blocks(lattice, shape, edge)
    same = block[here] == block[there]
    inside = same & (lattice.layer[here] == lattice.layer[there])
    ones = np.ones(int(inside.sum()), np.int8)
    graph = coo_array((ones, (here[inside], there[inside])), shape=(n, n))
    count, own = connected_components(graph, directed=False)
    own = own.astype(np.int64)
    counts = from_all(count, slabs)
    first = sum(counts[: slabs.rank])
    number = np.zeros(lattice.rows, np.int64)
    number[:n] = own + first
    fill_ghosts(number, lattice)

    def faces(chosen: NDArray[np.bool_]) -> csr_array:
        i, j = number[here[chosen]] - first, number[there[chosen]]
        rows = coo_array((np.ones(i.size), (i, j)), shape=(count, sum(counts))).tocsr()
        return vstack(from_all(rows, slabs), format="csr")

    _, part = connected_components(faces(same & ~inside), directed=False)
    at, driven = lattice.layer[:n], np.zeros(n)
    if slabs.lowest:
        driven += at == 0
    if slabs.highest:
        driven += at == shape[0] - 1
    by_piece = np.concatenate(from_all(np.bincount(own, driven, count), slabs))
    return Pieces(own, first, count, part.astype(np.int64), faces(~same), by_piece)


def _factorise(pieces: Pieces, parts: int, edge: int) -> Callable[[Array], Array]:
    """The solve between the parts of all ranks."""
    links = pieces.links.tocoo()
    i, j = (pieces.part[end] for end in links.coords)
    half = coo_array((links.data, (i, j)), shape=(parts, parts)).tocsr()
    joined = CONDUCTANCE / edge * (half + half.T)
    # Half a cell from the driven planes.
    ground = 2 * CONDUCTANCE / edge * np.bincount(pieces.part, pieces.driven)
    total = joined.sum(axis=1) + ground
    # The excess makes the matrix regular where nothing holds the level; a lone part has no links.
    matrix = diags_array(total * (1 + 1e-7) + 1e-12) - joined
    solve: Any = splu(
        matrix.tocsc(),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    ).solve
    return solve


def _faces(lattice: Lattice) -> tuple[Index, Index]:
    """Each pore cell and the row that shares its lower face: the links along the axes."""
    below = [lattice.neighbour[:, axis] for axis in range(3)]
    here = [np.flatnonzero(row < lattice.rows) for row in below]
    there = [row[at] for row, at in zip(below, here, strict=True)]
    return np.concatenate(here), np.concatenate(there).astype(np.int64)


def _blocks(lattice: Lattice, shape: tuple[int, ...], edge: int) -> Index:
    """Block of the whole volume that each row lies in. Collective."""
    n, slabs = lattice.cell.size, lattice.slabs
    place = np.unravel_index(lattice.cell, shape)
    at = ((place[0] + slabs.begin) // edge, place[1] // edge, place[2] // edge)
    count = tuple(-(-m // edge) for m in (slabs.total, *shape[1:]))
    block = np.zeros(lattice.rows, np.int64)
    block[:n] = np.ravel_multi_index(at, count)
    fill_ghosts(block, lattice)
    return block
