"""Conduction through voxels against exact, published and independently computed numbers."""

import numpy as np
import pytest

from multiscale.stages.transport.conduction import transport_along
from multiscale.stages.transport.extrapolation import extrapolated
from multiscale.stages.transport.problem import Geometry
from multiscale.stages.transport.volume import Image
from multiscale.voxels import laplace
from multiscale.voxels.layers import layer_conductivity, plane_potential
from multiscale.voxels.percolation import percolating
from tests.voxel_images import blobs, sphere_lattice

EVERYWHERE = (True, True)
NOWHERE = (False, False)
CUBE = (1.0, 1.0, 1.0)


def conduct(d, periodic=EVERYWHERE, edges=CUBE, **options):
    d = np.where(percolating(d > 0, periodic), d, 0.0).astype(float)
    faces = laplace.faces_of_cells(d, edges, periodic)
    strength = laplace.strength(edges)
    return laplace.conduct(faces, periodic, strength=strength, **options)


@pytest.mark.parametrize("shape", [(20, 20, 20), (13, 1, 7), (5, 21, 8), (1, 1, 1)])
def test_open_box_and_straight_channels_have_tau_one(shape):
    """Case 1."""
    d = np.ones(shape)
    edges = (1e-6, 2e-6, 0.3e-6)
    assert conduct(d, edges=edges).conductivity == pytest.approx(1, abs=1e-10)
    channels = (np.indices(shape)[2] % 3 == 0) * d
    for periodic in (EVERYWHERE, NOWHERE):
        result = conduct(channels, periodic, edges, residual_tolerance=1e-12)
        assert channels.mean() / result.conductivity == pytest.approx(1, abs=1e-10)


def test_many_separate_channels_converge():
    """Case 1, with more channels than the coarsest level takes."""
    d = np.zeros((16, 60, 60))
    d[:, ::2, ::2] = 1
    result = conduct(d)
    assert d.mean() / result.conductivity == pytest.approx(1, abs=1e-10)
    assert result.iterations <= 12


def test_laminates_in_series_and_parallel():
    """Case 2."""
    d = np.ones((20, 20, 20))
    d[10:] = 10
    for options in ({}, {"edges": (3e-7, 1e-7, 2e-7)}):
        series = conduct(d, residual_tolerance=1e-12, **options)
        parallel = conduct(d.transpose(1, 0, 2), residual_tolerance=1e-12, **options)
        assert series.conductivity == pytest.approx(20 / 11, abs=1e-10)
        assert parallel.conductivity == pytest.approx(5.5, abs=1e-10)


def test_dead_end_does_not_percolate():
    """Case 3."""
    pore = np.zeros((10, 50, 50), bool)
    pore[:8, 25, 25] = True
    assert not percolating(pore, EVERYWHERE).any()


def test_paths_across_the_seam_percolate():
    """6-connectivity, the periodic seam included: a step over y = 0 and none over a corner."""
    pore = np.zeros((4, 5, 5), bool)
    pore[:2, 0, 2] = pore[1:, 4, 2] = True
    assert percolating(pore, EVERYWHERE).sum() == pore.sum()
    assert not percolating(pore, NOWHERE).any()
    corner = np.zeros((4, 5, 5), bool)
    corner[:2, 0, 2] = corner[2:, 1, 2] = True
    assert not percolating(corner, EVERYWHERE).any()


def test_slanted_strip():
    """Case 4, from the tests of TauFactor: a staircase of 2 x 2 cells."""
    strip = np.zeros((20, 21, 21))
    for i in range(20):
        strip[i, i : i + 2, i : i + 2] = 1
    result = conduct(strip, NOWHERE)
    assert strip.mean() / result.conductivity == pytest.approx(7.51667, abs=1e-5)


STAIRCASE = {
    ("sc", 0.3): ({16: 0.58144, 32: 0.59215, 64: 0.59836}, 0.605661),
    ("sc", np.pi / 6): ({8: 0.25708, 16: 0.29625, 32: 0.3214, 64: 0.334}, 0.34372),
    ("fcc", 0.6): ({16: 0.18011, 32: 0.26143, 64: 0.27779}, 0.29917),
}


@pytest.mark.parametrize(("lattice", "fraction"), STAIRCASE)
def test_staircase_spheres(lattice, fraction):
    """Cases 5 and 6: the table of plain voxels; always below the exact value."""
    table, exact = STAIRCASE[lattice, fraction]
    for n, reference in table.items():
        found = conduct(sphere_lattice(lattice, fraction, n)).conductivity
        assert found == pytest.approx(reference, abs=2e-5)
        assert found < exact


@pytest.mark.parametrize(
    ("lattice", "fraction", "n", "exact"),
    [
        ("sc", 0.3, 32, 0.605661),
        ("sc", 0.3, 64, 0.605661),
        ("sc", np.pi / 6, 16, 0.34372),
        ("sc", np.pi / 6, 32, 0.34372),
        ("sc", np.pi / 6, 64, 0.34372),
        ("fcc", 0.6, 32, 0.29917),
        ("fcc", 0.6, 64, 0.29917),
        ("fcc", np.pi / 18**0.5, 32, 0.15995),
        ("fcc", np.pi / 18**0.5, 64, 0.15995),
    ],
)
def test_extrapolated_spheres_lie_within_the_stated_error(lattice, fraction, n, exact):
    """Table 4.3 at 16 to 64 voxels per diameter: the pair v, 2v against the exact value."""
    label = np.where(sphere_lattice(lattice, fraction, n), 0, 1).astype(np.uint8)
    d = np.array([1.0, 0.0])
    for axis in (0, 2):  # the third axis is a mirror for the first
        t = transport_along(
            axis, Geometry(Image(label), np.ones(3)), d, d, 4, 1e-6, 1e-4, lambda i, r: None
        )
        found = extrapolated(t)
        assert found is not t
        assert abs(found.conductivity - exact) < found.error < t.error
        assert abs(found.conductivity - exact) < abs(t.conductivity - exact) < t.error


def test_staircase_order_is_one():
    """Case 6: observed order 1.0 +- 0.2 over 16 to 128 voxels per edge (touching spheres)."""
    n = np.array([16, 32, 64, 128])
    error = [0.34372 - conduct(sphere_lattice("sc", np.pi / 6, k)).conductivity for k in n]
    order = -np.polyfit(np.log(n), np.log(error), 1)[0]
    assert order == pytest.approx(1.0, abs=0.2)


def test_checkerboard():
    """Case 7: sqrt(d1 d2) at contrast 10, 2 % at 512 x 512 (Keller 1964).

    The driven faces lie in the middle of squares, where the infinite board has its equipotentials.
    """
    i, j, _ = np.indices((512, 512, 1))
    d = np.where(((i + 128) // 256 + j // 256) % 2 == 0, 1.0, 10.0)
    assert conduct(d).conductivity == pytest.approx(np.sqrt(10), rel=0.02)


def test_dilute_conducting_spheres():
    """Case 22: Maxwell at contrast 10 and 5 %."""
    n = 48
    spheres = ~sphere_lattice("sc", 0.05, n)
    d = np.where(spheres, 10.0, 1.0)
    phi, contrast = spheres.mean(), 10
    maxwell = (2 + contrast + 2 * phi * (contrast - 1)) / (2 + contrast - phi * (contrast - 1))
    assert maxwell == pytest.approx(1.1169, abs=2e-3)
    assert conduct(d).conductivity == pytest.approx(maxwell, rel=0.005)


def assembled(d, periodic, edges):
    """D by an assembled matrix and a direct solve: another discretisation code, same equations."""
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import spsolve

    n = d.shape
    number = np.full(n, -1)
    number[d > 0] = np.arange((d > 0).sum())
    rows, columns, values = [], [], []
    for axis in range(3):
        weight = (edges[0] / edges[axis]) ** 2
        for cell in np.argwhere(d > 0):
            other = cell.copy()
            other[axis] += 1
            if other[axis] == n[axis]:
                if axis == 0 or not periodic[axis - 1]:
                    continue
                other[axis] = 0
            a, b = d[tuple(cell)], d[tuple(other)]
            if b > 0:
                i, j, t = number[tuple(cell)], number[tuple(other)], weight * 2 / (1 / a + 1 / b)
                rows += [i, j, i, j]
                columns += [i, j, j, i]
                values += [t, t, -t, -t]
    first, last = number[0][d[0] > 0], number[-1][d[-1] > 0]
    bottom, top = 2 * d[0][d[0] > 0], 2 * d[-1][d[-1] > 0]
    rows += [*first, *last]
    columns += [*first, *last]
    values += [*bottom, *top]
    right = np.zeros((d > 0).sum())
    right[first] = bottom
    potential = spsolve(coo_array((values, (rows, columns))).tocsc(), right)
    return (top * potential[last]).sum() * n[0] / (n[1] * n[2])


@pytest.mark.parametrize("contrast", [1.0, 1e2, 1e5])
@pytest.mark.parametrize("periodic", [EVERYWHERE, (True, False), NOWHERE])
def test_against_an_assembled_direct_solve(contrast, periodic):
    """Odd sizes, flat voxels, islands of a strong conductor in a weak one and in an insulator."""
    field = blobs((13, 15, 11), 1.2, seed=1)
    d = np.select([field < 0.3, field < 0.5], [0.0, contrast], 1.0)
    d = np.where(percolating(d > 0, periodic), d, 0.0) / contrast
    edges = (1.0, 0.7, 1.6)
    result = conduct(d, periodic, edges, residual_tolerance=1e-11, flux_tolerance=1e-8)
    assert result.conductivity == pytest.approx(assembled(d, periodic, edges), rel=1e-8)


def test_iterations_do_not_grow_with_the_volume():
    """Pores from 32^3 to 128^3; islands at a contrast of 1e5 from 32^3 to 64^3."""
    pores, islands = [], []
    for n in (32, 64, 128):
        field, grain = blobs((n, n, n), 3.0, seed=2), blobs((n, n, n), 1.0, seed=3)
        pores.append(conduct(field < 0.4).iterations)
        if n < 128:
            d = np.select([field < 0.4, grain < 0.25], [0.0, 1.0], 1e-5)
            islands.append(conduct(d).iterations)
    assert max(pores) <= 14
    assert max(pores) - min(pores) <= 4
    assert max(islands) <= 30


def test_rotated_images_give_permuted_conductivities():
    """Case 11."""
    d = (blobs((20, 24, 28), 2.0, seed=4) < 0.5).astype(float)
    tight = {"residual_tolerance": 1e-12, "flux_tolerance": 1e-9}
    one = conduct(d, EVERYWHERE, (1.0, 1.2, 0.9), **tight).conductivity
    turned = conduct(d.transpose(0, 2, 1)[::-1], EVERYWHERE, (1.0, 0.9, 1.2), **tight).conductivity
    assert turned == pytest.approx(one, rel=1e-8)


def test_same_bits_for_any_number_of_threads():
    """Case 24, threads."""
    import numba

    d = (blobs((31, 33, 35), 2.0, seed=5) < 0.5).astype(float)
    most = numba.get_num_threads()
    found = []
    for threads in {1, most}:
        numba.set_num_threads(threads)
        found.append(conduct(d))
    numba.set_num_threads(most)
    assert (found[0].potential == found[-1].potential).all()
    assert found[0].conductivity == found[-1].conductivity


def test_layers_in_series_make_the_whole():
    """1 / D = (1 / n) sum 1 / D_l to 1e-10, also where layer bounds cut voxels; laminate exact."""
    d = (blobs((33, 20, 20), 2.0, seed=6) < 0.5).astype(float)
    d = np.where(percolating(d > 0, EVERYWHERE), d, 0.0)
    faces = laplace.faces_of_cells(d, CUBE, EVERYWHERE)
    result = laplace.conduct(faces, EVERYWHERE)
    planes = plane_potential(result.potential, faces, d)
    assert (np.diff(planes) < 0).all()
    for n in (1, 4, 10):
        layers = layer_conductivity(result.conductivity, planes, n)
        assert n / (1 / layers).sum() == pytest.approx(result.conductivity, rel=1e-10)
    slices = layer_conductivity(result.conductivity, planes, 33)
    assert (slices <= d.mean(axis=(1, 2)) * (1 + 1e-6)).all()  # Wiener, slice by slice

    laminate = np.ones((12, 4, 4))
    laminate[6:] = 10
    faces = laplace.faces_of_cells(laminate, CUBE, EVERYWHERE)
    result = laplace.conduct(faces, EVERYWHERE, residual_tolerance=1e-12)
    planes = plane_potential(result.potential, faces, laminate)
    assert layer_conductivity(result.conductivity, planes, 2) == pytest.approx([1, 10], rel=1e-9)


def test_no_convergence_is_an_error():
    d = (blobs((20, 20, 20), 2.0, seed=7) < 0.5).astype(float)
    with pytest.raises(laplace.NotConverged, match="after 2 iterations"):
        conduct(d, iteration_limit=2)


def test_nothing_that_conducts_is_an_error():
    with pytest.raises(ValueError, match="nothing conducts"):
        conduct(np.zeros((4, 4, 4)))
