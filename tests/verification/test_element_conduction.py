"""Conduction on finite elements: exact cases, and an independent check of the voxel solver."""

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.fem.conduction import conduct
from multiscale.voxels.diffusion import diffuse
from tests.voxel_images import sphere_lattice

CUBE = (1.0, 1.0, 1.0)


def finite_volumes(d):
    found = diffuse(
        d.astype(np.float32), CUBE, (False, False), residual_tolerance=1e-10, flux_tolerance=1e-9
    )
    return found.conductivity


def refined(d, times):
    """The same geometry in smaller cells."""
    return np.kron(d, np.ones((times,) * 3))


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("axis, exact", [(0, 20 / 11), (1, 5.5), (2, 5.5)])
def test_laminate(degree, axis, exact):
    """4.5-2: layers of 10 and 1 in series 20/11 and side by side 5.5, on flat cells, to 1e-9."""
    layers = np.repeat([10.0, 1.0], 3)
    d = np.moveaxis(np.broadcast_to(layers, (4, 5, 6)), 2, axis)
    found = conduct(d, (1.0, 1.3, 0.8), degree, MPI.COMM_SELF)
    assert found.conductivity == pytest.approx(exact, rel=1e-9)


def test_brackets_with_finite_volumes():
    """SC lattice, 0.3: volumes rise and elements fall on smaller cells of the same geometry.

    The energy of elements is an upper bound that quadratic ones tighten. The two methods share
    no code.
    """
    d = sphere_lattice("sc", 0.3, 8).astype(float)
    below = [finite_volumes(refined(d, times)) for times in (1, 2, 4)]
    above = [conduct(refined(d, n), CUBE, 1, MPI.COMM_SELF).conductivity for n in (1, 2, 4)]
    quadratic = conduct(refined(d, 2), CUBE, 2, MPI.COMM_SELF).conductivity
    assert below[0] < below[1] < below[2] < above[2] < above[1] < above[0]
    assert below[2] < quadratic < above[1]
    assert above[2] - below[2] < 0.03 * above[2]


@pytest.mark.mpi(2)
def test_two_ranks_agree_with_one():
    _agree_with_one()


@pytest.mark.mpi(3)
def test_three_ranks_agree_with_one():
    _agree_with_one()


def _agree_with_one():
    """4.5-24: a hole and a contrast of 20, to 1e-10."""
    x, y, z = np.mgrid[0:9, 0:8, 0:8] + 0.5
    hole = (x - 4) ** 2 + (y - 4) ** 2 + (z - 4) ** 2 < 9
    d = np.where(hole, 0.0, np.where(y > 5, 20.0, 1.0))
    for degree in (1, 2):
        together, alone = (
            conduct(d, CUBE, degree, comm).conductivity for comm in (MPI.COMM_WORLD, MPI.COMM_SELF)
        )
        assert together == pytest.approx(alone, rel=1e-10)


def test_staircase_lattice():
    """4.3, SC 0.3 at 16: volumes .58144; elements lie between that and exact spheres, .605661."""
    d = sphere_lattice("sc", 0.3, 16).astype(float)
    volumes, elements = finite_volumes(d), conduct(d, CUBE, 2, MPI.COMM_SELF).conductivity
    assert volumes == pytest.approx(0.58144, abs=1e-5)
    assert volumes < elements < 0.605661
    assert elements == pytest.approx(0.605661, rel=0.02)
