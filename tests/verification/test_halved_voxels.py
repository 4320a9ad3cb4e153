"""Faces of voxels from an image on half their edge: exact numbers."""

import numpy as np
import pytest

from multiscale.voxels import laplace
from multiscale.voxels.halved import faces_of_halved
from tests.voxel_images import sphere_lattice

TIGHT = {"residual_tolerance": 1e-12, "flux_tolerance": 1e-11}


def conduct(label, d, edges=(1.0, 1.0, 1.0), periodic=(True, True)):
    faces = faces_of_halved(np.asarray(label, np.uint8), np.asarray(d, float), edges, periodic)
    return laplace.conduct(faces, periodic, strength=laplace.strength(edges), **TIGHT).conductivity


@pytest.mark.parametrize("edges", [(1.0, 1.0, 1.0), (3e-7, 1e-7, 2e-7)])
@pytest.mark.parametrize("periodic", [(True, True), (False, False)])
def test_laminates_in_series_and_parallel(edges, periodic):
    """Case 2; the layers end within voxels: fractions of 5/12 and 7/12."""
    label = np.zeros((24, 24, 24), int)
    label[:10] = 1
    series = conduct(label, [1, 10], edges, periodic)
    assert series == pytest.approx(1 / (14 / 24 + 1 / 24), rel=1e-10)
    parallel = conduct(label.transpose(1, 0, 2), [1, 10], edges, periodic)
    assert parallel == pytest.approx(14 / 24 + 100 / 24, rel=1e-10)


def test_films_and_strands_half_a_voxel_thick_conduct_with_their_section():
    film, strand = np.zeros((2, 16, 16, 16), int)
    film[:, 5], strand[:, 5:8, 4] = 1, 1
    assert conduct(film, [0, 7]) == pytest.approx(7 / 16, rel=1e-10)
    assert conduct(strand, [0, 7]) == pytest.approx(7 * 3 / 256, rel=1e-10)


@pytest.mark.parametrize(
    ("name", "fraction", "plain", "exact"),
    [("sc", 0.3, 0.59836, 0.605661), ("fcc", 0.6, 0.27779, 0.29917)],
)
def test_voxels_lie_between_their_image_and_the_exact_value(name, fraction, plain, exact):
    """Case 5, insulating spheres: no worse than plain voxels of half the edge (their table)."""
    assert plain < conduct(sphere_lattice(name, fraction, 64), [0, 1]) < exact


def test_an_odd_image_is_refused():
    with pytest.raises(ValueError, match="even sides"):
        conduct(np.ones((4, 5, 4), int), [0, 1])
