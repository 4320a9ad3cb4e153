"""A blocking electrode whose volume ranks share by slabs: as on one, bit by bit."""

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.voxels.apertures import face_apertures, solid_fractions
from multiscale.voxels.blocking import Charging, charging, interface_source
from multiscale.voxels.slabs import Slabs, share_layers, whole
from tests.voxel_images import blobs

EDGES, PERIODIC = (1.0, 1.2, 1.0), (True, False)
WRAPS = (False, *PERIODIC)
WEIGHT = np.array([1.0, 0.0, 0.4])


def grains() -> np.ndarray:
    """Active grains and domain; a dead end runs to and fro between the slabs of three ranks."""
    label = np.select(
        [blobs((37, 21, 22), 2.0, 6) < 0.5, blobs((37, 21, 22), 1.0, 7) < 0.3], [1, 2]
    )
    label[:, :9] = 1
    label[4:, 1] = label[4, 1:4] = label[4:30, 3] = label[30, 3:6] = label[6:31, 5] = 0
    return label.astype(np.uint8)


def stairs(slabs: Slabs) -> Charging:
    label = np.ascontiguousarray(grains()[slabs.begin : slabs.end])
    source = interface_source(label, EDGES, WRAPS, 1, WEIGHT, slabs)
    return charging(WEIGHT[label], EDGES, PERIODIC, source, None, slabs)


def spheres(slabs: Slabs) -> Charging:
    """Open fractions of faces; cells with their centre in a sphere insulate."""
    rng, shape = np.random.default_rng(8), (37, 18, 14)
    centre, radius = rng.random((60, 3)) * shape * EDGES, rng.uniform(1.0, 3.0, 60)
    ball = centre, radius, shape, np.array(EDGES), WRAPS
    part = (slice(slabs.begin, slabs.end), slice(None), slice(None))
    solid = solid_fractions(*ball, part=part) > 0.5
    source = interface_source(solid.astype(np.uint8), EDGES, WRAPS, 1, WEIGHT, slabs)
    apertures = face_apertures(*ball, part)
    return charging(np.where(solid, 0.0, 1.0), EDGES, PERIODIC, source, apertures, slabs)


@pytest.mark.mpi(3)
def test_slabs_charge_as_the_whole_does() -> None:
    """2 and 3 ranks: D_e, what is reached, residual and iterations of one."""
    world = MPI.COMM_WORLD
    for electrode in (stairs, spheres):
        alone = electrode(whole(37, WRAPS))
        assert 0.5 < alone.reached <= 1 and 0 < alone.conductivity < 1
        for ranks in range(2, world.size + 1):
            some = world.Split(0 if world.rank < ranks else MPI.UNDEFINED)
            if some != MPI.COMM_NULL:
                assert electrode(share_layers(some, 37, WRAPS)) == alone
                some.Free()
