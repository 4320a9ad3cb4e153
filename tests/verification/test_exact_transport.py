"""Exactness of conduction, a column of the tensor, and spheres that percolate."""

import numpy as np
import pytest

from multiscale.voxels.area import interface_area
from multiscale.voxels.diffusion import diffuse, effective_tensor
from multiscale.voxels.laplace import conduct, faces_of_cells, strength
from multiscale.voxels.mean_flux import mean_flux, mean_flux_by_colours
from multiscale.voxels.packing import contacts
from tests.voxel_images import sphere_lattice

EVERYWHERE = (True, True)
EDGES = (1.0, 1.3, 0.8)


@pytest.mark.parametrize("shape", [(24, 5, 6), (7, 8, 9)])
def test_homogeneous_medium_has_a_linear_potential(shape):
    """phi = 1 - (i + 1/2)/n to 1e-12, on flat voxels, by both solvers, from another start."""
    line = 1 - (np.arange(shape[0]) + 0.5) / shape[0]
    expected = np.broadcast_to(line[:, None, None], shape)
    for d in (1.0, 0.3):
        found = diffuse(np.full(shape, d, np.float32), EDGES, EVERYWHERE, residual_tolerance=1e-13)
        assert found.potentials() == pytest.approx(expected, abs=1e-12)
        faces = faces_of_cells(np.full(shape, d), EDGES, EVERYWHERE)
        plain = conduct(faces, EVERYWHERE, strength=strength(EDGES), residual_tolerance=1e-13)
        assert plain.potential[1:-1, 1:-1, 1:-1] == pytest.approx(expected, abs=1e-12)


def test_laminate_has_a_broken_line():
    """Layers of 10 and 1 in series: the potential of each layer by hand, to 1e-10."""
    d = np.repeat([10.0, 1.0], 6)[:, None, None] * np.ones((12, 3, 4))
    faces = faces_of_cells(d, (1.0, 1.0, 1.0), EVERYWHERE)
    found = conduct(faces, EVERYWHERE, residual_tolerance=1e-14, flux_tolerance=1e-12)
    resistance = 1 / d[:, 0, 0]
    expected = 1 - (np.cumsum(resistance) - resistance / 2) / resistance.sum()
    assert found.potential[1:-1, 1, 1] == pytest.approx(expected, abs=1e-10)


def test_column_of_the_tensor_of_a_slanted_laminate():
    """Layers at 45 degrees: the lateral flux of a driven volume is the tensor's entry, 5 %."""
    n0, n1 = 96, 16
    i, j = np.indices((n0, n1))
    d = np.where((i + j) % 16 < 8, 10.0, 1.0)[:, :, None].astype(np.float32)
    tensor = effective_tensor(d, (1.0, 1.0, 1.0))
    found = diffuse(d, (1.0, 1.0, 1.0), EVERYWHERE, residual_tolerance=1e-8)
    column = mean_flux_by_colours(found, (1.0, 1.0, 1.0))
    assert column[0] == pytest.approx(found.conductivity, rel=1e-4)
    assert column[1] == pytest.approx(tensor[1, 0], rel=0.05)
    assert abs(column[2]) < 1e-6
    faces = faces_of_cells(d.astype(float), (1.0, 1.0, 1.0), EVERYWHERE)
    plain = conduct(faces, EVERYWHERE, residual_tolerance=1e-8)
    same = mean_flux(plain.potential, faces, (1.0, 1.0, 1.0), EVERYWHERE)
    assert same == pytest.approx(column, rel=1e-4, abs=1e-6)


def test_case_10_overlapping_spheres_percolate():
    """phi_c = 0.2896 of overlapping spheres, +- 0.01: the volume at which contacts span the box.

    Spheres are added one by one to boxes of 20 radii that repeat along x and y; the share at which
    half of the boxes span is taken from the mean over twelve.
    """
    rng, edge = np.random.default_rng(7), 20.0
    thresholds = []
    for _ in range(12):
        centre = rng.random((1200, 3)) * edge
        i, j, _, _ = contacts(centre, np.ones(len(centre)), np.full(3, edge))
        parent = np.arange(len(centre) + 2)

        def root(a, parent=parent):
            while parent[a] != a:
                parent[a] = a = parent[parent[a]]
            return a

        order = np.argsort(np.maximum(i, j), kind="stable")
        i, j, at = i[order], j[order], 0
        for last in range(len(centre)):
            while at < len(i) and max(i[at], j[at]) == last:
                parent[root(i[at])] = root(j[at])
                at += 1
            if centre[last, 2] < 1:
                parent[root(last)] = root(len(centre))
            if centre[last, 2] > edge - 1:
                parent[root(last)] = root(len(centre) + 1)
            if root(len(centre)) == root(len(centre) + 1):
                thresholds.append((last + 1) * 4 * np.pi / 3 / edge**3)
                break
    assert len(thresholds) == 12
    assert 1 - np.exp(-np.mean(thresholds)) == pytest.approx(0.2896, abs=0.01)


def test_case_23_surface_of_simple_cubic_spheres():
    """a = 3 phi/R of spheres that do not touch: 2 % at 32 voxels per edge."""
    solid = ~sphere_lattice("sc", 0.3, 32)
    label = np.tile(solid, (1, 1, 3)).astype(np.uint8)
    area, _ = interface_area(label, np.full(3, 1 / 32), 1, 0, (True, True))
    radius = (3 * 0.3 / (4 * np.pi)) ** (1 / 3)
    assert float(area.mean()) == pytest.approx(3 * 0.3 / radius, rel=0.02)
