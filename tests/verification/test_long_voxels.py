"""Images whose slices lie farther apart than their pixels: the same numbers as on cubes."""

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from multiscale.stages.transport.tortuosity import Boundary, Diffusivity, effective_diffusivity
from multiscale.stages.transport.volume import Image
from multiscale.voxels.characterise import characterise
from multiscale.voxels.distance import distance_inside, whole_squares
from multiscale.voxels.segmentation import split_particles

LONG = np.array([1.0, 1.0, 2.0])


def solved(label: np.ndarray, edge: np.ndarray, boundary: Boundary, d: float = 0.0) -> Diffusivity:
    phases = np.array([d, 1.0])
    content = np.array([float(d > 0), 1.0])
    return effective_diffusivity(Image(label), edge, phases, content, boundary, [0, 1, 2])


def balls(shape: tuple[int, int, int], edge: np.ndarray, radius: float) -> np.ndarray:
    """One ball in the middle of a box, as voxels of phase 0 in phase 1."""
    x = np.meshgrid(*((np.arange(n) + 0.5) * e - n * e / 2 for n, e in zip(shape, edge,
                    strict=True)), indexing="ij")  # fmt: skip
    return (sum(a * a for a in x) > radius**2).astype(np.uint8)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_straight_channels_have_tortuosity_one(axis: int) -> None:
    label = np.zeros((12, 12, 12), np.uint8)
    np.moveaxis(label, axis, 0)[:, 2:7, 3:9] = 1
    found = solved(label, LONG, Boundary.MIRROR)
    on = np.diag(found.voxels)
    assert on[axis] == pytest.approx(label.mean(), rel=1e-5)
    assert found.tortuosity(on)[axis] == pytest.approx(1, rel=1e-5)
    assert found.tortuosity(found.value)[axis] == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("axis", [0, 2])
def test_laminates_have_wieners_values(axis: int) -> None:
    """Layers of 0.2 and 1: harmonic mean across, arithmetic mean along, as on cubes."""
    label = np.zeros((12, 12, 12), np.uint8)
    np.moveaxis(label, axis, 0)[4:8] = 1
    mean, across = 0.2 * 2 / 3 + 1 / 3, 1 / (2 / 3 / 0.2 + 1 / 3)
    wanted = np.where(np.arange(3) == axis, across, mean)
    for edge in (LONG, np.ones(3)):
        found = solved(label, edge, Boundary.PERIODIC, d=0.2)
        np.testing.assert_allclose(np.diag(found.voxels), wanted, rtol=1e-5)


def test_a_lattice_of_spheres_is_that_of_cubes() -> None:
    """Insulating spheres, 30 %, at the sites of a cube: within the stated error of the exact
    value, D = 1 - 3 f/(2 + f - 0.979 f^(10/3)) [McKenzie1978]."""
    n, f = 24, 0.3
    radius = n * (3 * f / (4 * np.pi)) ** (1 / 3)
    exact = 1 - 3 * f / (2 + f - 0.979 * f ** (10 / 3))
    cubes = solved(balls((n, n, n), np.ones(3), radius), np.ones(3), Boundary.PERIODIC)
    long = solved(balls((n, n, n // 2), LONG, radius), LONG, Boundary.PERIODIC)
    for found in (cubes, long):
        np.testing.assert_array_less(np.abs(found.value - exact), np.maximum(found.error, 0.004))
    np.testing.assert_allclose(long.value, cubes.value, rtol=0.02)


def test_distances_are_those_of_long_voxels() -> None:
    phase = np.random.default_rng(1).random((14, 10, 12)) > 0.05
    assert whole_squares([20e-9, 20e-9, 50e-9]) == (4, 4, 25)
    assert whole_squares([0.5, 0.5, 0.4997]) == (1, 1, 1)
    for squares in ((1, 1, 4), (4, 25, 4)):
        found = distance_inside(phase, (False, False, False), squares)
        exact = distance_transform_edt(phase, sampling=np.sqrt(squares))
        np.testing.assert_allclose(found, exact, rtol=1e-6)


def test_particles_and_areas_are_those_of_the_shapes() -> None:
    """Eight touching balls of radius 9 in a cube of 36: their number, contacts and surface."""
    solid = np.tile(balls((18, 18, 9), LONG, 9.0), (2, 2, 2)) == 0
    assert split_particles(solid, (False, False, False), edge=LONG).max() == 8
    found = characterise(solid.astype(np.uint8), LONG, (False, False, False))
    assert found.network.coordination.size == 8 and (found.network.coordination == 3).all()
    area, error = found.surface
    assert area == pytest.approx(8 * 4 * np.pi * 81 / 36**3, abs=max(error, 0.05 * area))
    # Chords of a ball have the mean 4 V/S = 4/3 r along any axis; to half a voxel.
    assert (np.abs(found.chord[1] - 12.0) < LONG / 2).all()
