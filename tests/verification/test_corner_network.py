"""Bounds of the conductivity of an image from both sides: exact cases, order, ranks."""

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.voxels.corner_network import conductivity_from_above
from multiscale.voxels.diffusion import diffuse
from multiscale.voxels.slabs import share_layers, whole
from tests.voxel_images import blobs, sphere_lattice

CUBE = (1.0, 1.0, 1.0)
EVERYWHERE = (True, True)


def above(d, periodic=EVERYWHERE, edges=CUBE, comm=None, by_blocks=True):
    d = np.asarray(d, np.float32)
    wraps, between = (False, *periodic), d.shape[0] - 1
    slabs = share_layers(comm, between, wraps) if comm else whole(between, wraps)
    own = np.ascontiguousarray(d[slabs.begin : slabs.end + 1])
    return conductivity_from_above(own, edges, wraps, slabs, by_blocks=by_blocks,
                                   residual_tolerance=1e-9, flux_tolerance=1e-8)  # fmt: skip


def below(d, periodic=EVERYWHERE, edges=CUBE):
    return diffuse(np.asarray(d, np.float32), edges, periodic).conductivity


@pytest.mark.parametrize("periodic", [EVERYWHERE, (False, True)])
def test_laminates_are_exact(periodic):
    """Case 2: both bounds meet."""
    d = np.ones((12, 10, 7))
    d[6:] = 10
    edges = (1.0, 0.7, 1.5)
    assert above(d, periodic, edges) == pytest.approx(20 / 11, rel=1e-6)
    assert above(d.transpose(1, 0, 2), periodic, edges) == pytest.approx(5.5, rel=1e-6)


def test_bounds_close_in_on_the_image_as_its_cells_are_cut():
    """SC lattice, 0.3 on 8 voxels, cells cut in 1, 2, 4: the brackets lie in each other."""
    d = sphere_lattice("sc", 0.3, 8).astype(float)
    bounds = [(below(c), above(c)) for c in (np.kron(d, np.ones((n,) * 3)) for n in (1, 2, 4))]
    lower, upper = np.array(bounds).T
    assert lower[0] < lower[1] < lower[2] < upper[2] < upper[1] < upper[0]
    widths = upper - lower
    assert widths[0] == pytest.approx(0.0371, abs=2e-4)
    assert (widths[1:] / widths[:-1] < 0.65).all()  # singular edges: less than second order


def test_islands_dead_ends_and_both_solvers():
    """Odd sizes, flat voxels, mirrors, and an insulator; a closed image conducts nothing."""
    field = blobs((13, 14, 15), 1.3, 3)
    d = np.select([field < 0.45, field < 0.7], [0.0, 0.3], 1.0)
    edges, periodic = (1.0, 0.7, 1.5), (True, False)
    found = above(d, periodic, edges)
    assert found == pytest.approx(above(d, periodic, edges, by_blocks=False), rel=1e-6)
    assert below(d, periodic, edges) < found < d.mean()
    d[6] = 0
    assert above(d, periodic, edges) == 0


@pytest.mark.mpi(3)
def test_ranks_give_the_same_bits():
    field = blobs((30, 9, 10), 1.5, 5)
    d = np.select([field < 0.4, field < 0.7], [0.0, 0.2], 1.0)
    for by_blocks in (True, False):
        shared = above(d, comm=MPI.COMM_WORLD, by_blocks=by_blocks)
        assert shared == above(d, by_blocks=by_blocks)
