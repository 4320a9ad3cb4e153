"""Creeping flow through one volume on several ranks: as on one, bit by bit."""

from collections.abc import Iterator
from typing import Any

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.stages.transport.flow import flow_along
from multiscale.stages.transport.problem import Geometry
from multiscale.stages.transport.volume import Image
from multiscale.voxels.permeability import permeability, smoothed
from multiscale.voxels.slabs import Slabs, share_layers
from multiscale.voxels.stokes import creep
from tests.transport_case import packing
from tests.voxel_images import blobs

# Odd and even lengths; driven between faces of constant pressure, or all around.
VOLUMES = [((37, 14, 13), (False, True, False)), ((34, 13, 12), (True, True, True))]
LABELS, AXIS, AROUND = (17, 18, 14), 1, (True, False, True)


def groups(layers: int, wraps: tuple[bool, bool, bool]) -> Iterator[Slabs]:
    """The volume shared by the first 2, 3 and 4 ranks; nothing on those that stand by."""
    for ranks in range(2, MPI.COMM_WORLD.size + 1):
        some = MPI.COMM_WORLD.Split(0 if MPI.COMM_WORLD.rank < ranks else MPI.UNDEFINED)
        if some != MPI.COMM_NULL:
            yield share_layers(some, layers, wraps)
            some.Free()


@pytest.mark.mpi(4)
def test_slabs_flow_as_the_whole_does() -> None:
    """Case 24 for flow on 2, 3 and 4 ranks: K as a tensor, its error, velocity, iterations."""
    for shape, around in VOLUMES:
        pore = blobs(shape, 1.5, 3) < 0.6
        for level in (None, smoothed(pore, around)):  # walls half way, and where they are
            check_flow(pore, around, level)
            closed = pore.copy()
            closed[shape[0] // 2] = False
            for slabs in groups(shape[0], around):
                found = creep(closed[slabs.begin : slabs.end], around, slabs, level=None)
                assert found.permeability == 0 and found.flux.shape == (shape[0] - 1,)
        check_flow(pore, around, level, edges=(1.0, 0.5, 2.0))
    pore = blobs(LABELS, 1.5, 3) < 0.6
    for level in (None, smoothed(pore, AROUND)):
        check_permeability(pore, level)
    check_stage()


def check_flow(
    pore: Any,
    around: tuple[bool, bool, bool],
    level: Any,
    edges: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> None:
    alone = creep(pore, around, level=level, edges=edges)
    assert alone.permeability > 0
    for slabs in groups(len(pore), around):
        mine = slice(slabs.begin, slabs.end)
        own = None if level is None else smoothed(pore[mine], around, slabs)
        assert level is None or np.array_equal(own, level[mine])
        found = creep(pore[mine], around, slabs, level=own, edges=edges)
        assert found.permeability == alone.permeability
        assert np.array_equal(found.flux, alone.flux)
        assert np.array_equal(found.velocity, alone.velocity[mine])
        assert np.array_equal(found.mean_velocity, alone.mean_velocity)
        assert (found.residual, found.iterations) == (alone.residual, alone.iterations)


def check_permeability(pore: Any, level: Any) -> None:
    """The same value, the same on voxels twice as large, the same error."""
    alone = permeability(pore, np.ones(3), AXIS, AROUND, level=level)
    assert alone.value > 0 and alone.coarse > 0
    for slabs in groups(pore.shape[AXIS], (AROUND[1], AROUND[2], AROUND[0])):
        mine = (slice(None), slice(slabs.begin, slabs.end), slice(None))
        own = None if level is None else level[mine]
        assert permeability(pore[mine], np.ones(3), AXIS, AROUND, slabs, level=own) == alone


def check_stage() -> None:
    """Spheres by their distance and domain by its labels, as the stage sees them."""
    m = packing((17, 18, 20))
    geometry = Geometry(Image(m.label), m.voxel_size, (True, True, False), m.centre, m.radius)

    def watch(iteration: int, residual: float) -> None:
        pass

    alone = flow_along(1, geometry, watch)
    assert alone.value > 0
    for slabs in groups(m.label.shape[1], (True, False, True)):
        assert flow_along(1, geometry, watch, slabs.comm) == alone
