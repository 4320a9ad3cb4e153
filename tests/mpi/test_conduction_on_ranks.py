"""Islands of a far stronger conductor in one volume on several ranks: as on one, bit by bit."""

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.voxels import laplace
from multiscale.voxels.layers import plane_potential
from multiscale.voxels.mean_flux import mean_flux
from multiscale.voxels.percolation import percolating
from multiscale.voxels.slabs import Slabs, share_layers, whole

EDGES, PERIODIC = (1.0, 1.2, 1.0), (True, False)
WRAPS = (False, *PERIODIC)


def islands() -> np.ndarray:
    """Blocks of four conductivities, contrast 1e5, with holes; an odd number of layers."""
    rng = np.random.default_rng(1)
    d = rng.choice([0, 1e-3, 0.1, 100.0], (13, 10, 11), p=[0.3, 0.3, 0.2, 0.2])
    d = np.kron(d, np.ones((3, 2, 2)))[:37]
    return np.where(percolating(d > 0, PERIODIC), d, 0.0)


def solve(d: np.ndarray, slabs: Slabs) -> tuple[laplace.Conduction, np.ndarray, np.ndarray]:
    own = np.ascontiguousarray(d[slabs.begin : slabs.end])
    faces = laplace.faces_of_cells(own, EDGES, PERIODIC, None, slabs)
    found = laplace.conduct(faces, PERIODIC, slabs, strength=laplace.strength(EDGES))
    planes = plane_potential(found.potential, faces, own, slabs)
    return found, planes, mean_flux(found.potential, faces, EDGES, PERIODIC, slabs)


@pytest.mark.mpi(4)
def test_slabs_give_what_one_rank_gives() -> None:
    """2, 3 and 4 ranks: potential, fluxes, layers and lateral flux of one."""
    d, world = islands(), MPI.COMM_WORLD
    alone, planes, lateral = solve(d, whole(len(d), WRAPS))
    for ranks in range(2, world.size + 1):
        some = world.Split(0 if world.rank < ranks else MPI.UNDEFINED)
        if some == MPI.COMM_NULL:
            continue
        slabs = share_layers(some, len(d), WRAPS)
        found, *rest = solve(d, slabs)
        own = found.potential[1:-1, 1:-1, 1:-1]
        assert np.array_equal(own, alone.potential[1 + slabs.begin : 1 + slabs.end, 1:-1, 1:-1])
        assert np.array_equal(found.flux, alone.flux)
        assert np.array_equal(rest[0], planes) and np.array_equal(rest[1], lateral)
        some.Free()
