"""Diffusion between parallel cylinders and between packed spheres, by open fractions."""

import numpy as np
import pytest

from multiscale.voxels.apertures import face_apertures, volume_factor
from multiscale.voxels.diffusion import diffuse
from multiscale.voxels.packing import pack

CUBE = (1.0, 1.0, 1.0)


@pytest.mark.parametrize(("fraction", "exact"), [(0.3, 0.53758), (0.5, 0.32466), (0.7, 0.13454)])
def test_square_array_of_cylinders(fraction, exact):
    """Table 4.2, across insulating cylinders [Perrins1979]: ellipsoids of endless length."""
    n, square = 96, np.pi / fraction
    form = np.diag([square, square, 1e-12])
    faces = face_apertures(np.array([[0.5, 0.5, 0.0]]), form[None], (n, n, 1), np.full(3, 1 / n),
                           (True, True, False))  # fmt: skip
    found = diffuse(np.ones((n, n, 1), np.float32), CUBE, (True, False), faces)
    assert found.conductivity == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize(
    ("fraction", "expected", "within"), [(0.5, 0.375, 0.004), (0.6, 0.281, 0.003)]
)
def test_random_packing(fraction, expected, within):
    """Table 4.2: equal spheres at 11 voxels per diameter, mean over the axes.

    The table's boxes hold 400 spheres and repeat along all axes; these are the middle two thirds of
    600 between planes, brought to the fraction.
    """
    count, per_diameter = 600, 11
    radius = np.full(count, 0.5)
    edge = np.cbrt(count * np.pi / 6 / fraction / 1.5)
    centre = pack(radius, edge * np.array([1, 1, 1.5]), np.random.default_rng(2), lambda *_: None)
    centre[:, 2] -= edge / 4
    n = round(edge * per_diameter)
    box = (n, n, n), np.full(3, edge / n), (True, True, False)
    factor = volume_factor(centre, radius, *box, fraction)
    assert factor == pytest.approx(1, abs=0.03)
    faces = face_apertures(centre, factor * radius, *box)
    found = [
        diffuse(np.ones((n, n, n), np.float32), CUBE, sides, faces.along(order)).conductivity
        for order, sides in (
            ((0, 1, 2), (True, False)),
            ((1, 2, 0), (False, True)),
            ((2, 0, 1), (True, True)),
        )
    ]
    assert np.mean(found) == pytest.approx(expected, abs=within)
