"""The local current of a driven problem against the fluxes that it was solved for."""

import numpy as np
import pytest

from multiscale.voxels.current_density import current_density
from multiscale.voxels.diffusion import diffuse
from multiscale.voxels.mean_flux import mean_flux_by_colours
from tests.voxel_images import blobs

EDGES = (1.0e-6, 2.0e-6, 0.5e-6)


def test_every_slice_carries_the_flux_of_the_whole():
    d = np.where(blobs((24, 20, 17), 2.0, seed=3) < 0.5, 1.0, 0.25).astype(np.float32)
    found = diffuse(d, EDGES, (True, True), flux_tolerance=1e-5)
    j = current_density(found, EDGES)
    by_slice = j[0].mean(axis=(1, 2), dtype=float)
    np.testing.assert_allclose(by_slice, found.conductivity, rtol=found.flux_mismatch + 1e-6)


def test_mean_over_the_box_is_the_column_of_the_tensor():
    d = np.where(blobs((24, 20, 17), 2.0, seed=3) < 0.5, 1.0, 0.25).astype(np.float32)
    found = diffuse(d, EDGES, (True, True), residual_tolerance=1e-8)
    mean = current_density(found, EDGES).mean(axis=(1, 2, 3), dtype=float)
    column = mean_flux_by_colours(found, EDGES)
    np.testing.assert_allclose(mean[1:], column[1:], atol=1e-6 * column[0])
    assert mean[0] == pytest.approx(found.conductivity, rel=found.flux_mismatch + 1e-6)


def test_layers_across_the_current_carry_what_their_own_conductivity_lets_through():
    """Layers side by side: j = d in each, whatever the edges."""
    d = np.ones((9, 7, 6), np.float32)
    d[:, 3:] = 0.5
    j = current_density(diffuse(d, EDGES, (False, True), residual_tolerance=1e-10), EDGES)
    np.testing.assert_allclose(j[0], d, rtol=1e-5)
    np.testing.assert_allclose(j[1:], 0, atol=1e-5)
