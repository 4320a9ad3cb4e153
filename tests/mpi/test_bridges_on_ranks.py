"""A bonded packing labelled by slabs: what one rank finds, bit by bit."""

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.voxels.slabs import Slabs, share_layers
from multiscale.voxels.voxelise import radius_factor
from tests.bonded_spheres import bonded

WORLD = MPI.COMM_WORLD
SHAPE, EDGE = (24, 20, 48), np.array([0.5, 0.625, 0.375])


def phases(slabs: Slabs | None = None) -> tuple[np.ndarray, float]:
    """Two of three spheres first; then the third ones and the bridges between all of them."""
    centre, radius, bridges = bonded(SHAPE, EDGE)
    first = np.arange(radius.size) % 3 > 0
    active, _ = radius_factor(centre[first], radius[first], SHAPE, EDGE, 6912, slabs=slabs)
    rest = centre[~first], radius[~first]
    domain, factor = radius_factor(*rest, SHAPE, EDGE, 2765, active, slabs, bridges)
    return active + 2 * domain.astype(np.uint8), factor


@pytest.mark.mpi(3)
def test_a_bonded_packing_on_two_and_three_ranks():
    alone, factor = phases()
    assert np.bincount(alone.ravel())[1:].tolist() == [6912, 2765]
    for ranks in (2, 3):
        some = WORLD.Split(0 if WORLD.rank < ranks else MPI.UNDEFINED)
        if some != MPI.COMM_NULL:
            slabs = share_layers(some, SHAPE[2], (False, False, False))
            label, its = phases(slabs)
            assert np.array_equal(label, alone[:, :, slabs.begin : slabs.end])
            assert its == factor
            some.Free()
