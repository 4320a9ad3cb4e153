"""Diffusion through voxels with partly open faces: exact, published and independent numbers."""

import numba
import numpy as np
import pytest

from multiscale.stages.transport.tortuosity import Boundary, effective_diffusivity
from multiscale.stages.transport.volume import Image
from multiscale.voxels import laplace
from multiscale.voxels.apertures import face_apertures, solid_fractions
from multiscale.voxels.diffusion import diffuse, effective_tensor
from multiscale.voxels.percolation import percolating
from tests.voxel_images import blobs, cubic_spheres, sphere_lattice

EVERYWHERE = (True, True)
NOWHERE = (False, False)
CUBE = (1.0, 1.0, 1.0)
TIGHT = {"residual_tolerance": 1e-11, "flux_tolerance": 1e-10}


def conduct(d, periodic=EVERYWHERE, edges=CUBE, apertures=None, **options):
    return diffuse(np.asarray(d, np.float32), edges, periodic, apertures, **options)


def lattice(name, fraction, per_diameter):
    """D of a lattice of insulating spheres, one cubic cell, by apertures."""
    centre, radius = cubic_spheres(name, fraction)
    n = round(per_diameter / (2 * radius[0]))
    shape = (n, n, n)
    faces = face_apertures(centre, radius, shape, np.full(3, 1 / n), (True, True, True))
    return conduct(np.ones(shape), apertures=faces)


@pytest.mark.parametrize("shape", [(20, 20, 20), (13, 1, 7), (5, 21, 8), (1, 1, 1), (31, 2, 3)])
def test_open_box_and_straight_channels_have_tau_one(shape):
    """Case 1."""
    edges = (1e-6, 2e-6, 0.3e-6)
    assert conduct(np.ones(shape), edges=edges).conductivity == pytest.approx(1, abs=1e-10)
    channels = (np.indices(shape)[2] % 3 == 0).astype(float)
    for periodic in (EVERYWHERE, NOWHERE):
        found = conduct(channels, periodic, edges, **TIGHT)
        assert channels.mean() / found.conductivity == pytest.approx(1, abs=1e-10)


def test_laminates_in_series_and_parallel():
    """Case 2."""
    d = np.ones((20, 20, 20))
    d[10:] = 10
    for edges in (CUBE, (3e-7, 1e-7, 2e-7)):
        series = conduct(d, edges=edges, **TIGHT)
        parallel = conduct(d.transpose(1, 0, 2), edges=edges, **TIGHT)
        assert series.conductivity == pytest.approx(20 / 11, rel=1e-7)  # faces in single precision
        assert parallel.conductivity == pytest.approx(5.5, rel=1e-7)


def test_dead_end_does_not_conduct():
    """Case 3; islands and dead ends beside a channel carry nothing and do no harm."""
    pore = np.zeros((10, 50, 50))
    pore[:8, 25, 25] = 1
    with pytest.raises(ValueError, match="nothing conducts"):
        conduct(pore)
    pore[:, 3, 3] = 1
    pore[4:7, 40:44, 10:13] = 1
    found = conduct(pore, **TIGHT)
    assert found.conductivity == pytest.approx(1 / 2500, rel=1e-9)
    assert found.through.sum() == 10


@pytest.mark.parametrize("boundary", Boundary)
def test_dead_end_has_an_infinite_tortuosity(boundary):
    """Case 3 as `multiscale tortuosity` solves it: D = 0 and tau = inf along all axes, exactly."""
    pore = np.zeros((10, 50, 50), np.uint8)
    pore[:8, 25, 25] = 1
    d = np.array([0.0, 1.0])
    found = effective_diffusivity(Image(pore), np.ones(3), d, d, boundary)
    assert (found.voxels == 0).all() and (found.coarse == 0).all() and (found.value == 0).all()
    assert found.content > 0 and (found.tortuosity(found.value) == np.inf).all()
    assert (found.error <= 1e-6).all()


def test_slanted_strip():
    """Case 4, from the tests of TauFactor: a staircase of 2 x 2 cells."""
    strip = np.zeros((20, 21, 21))
    for i in range(20):
        strip[i, i : i + 2, i : i + 2] = 1
    found = conduct(strip, NOWHERE, **TIGHT)
    assert strip.mean() / found.conductivity == pytest.approx(7.51667, abs=1e-5)


EXACT = [
    ("sc", 0.1, 0.857112),
    ("sc", 0.2, 0.726703),
    ("sc", 0.3, 0.605661),
    ("sc", 0.4, 0.490110),
    ("sc", 0.5, 0.37374),
    ("sc", np.pi / 6, 0.34372),
    ("bcc", 0.3, 0.608272),
    ("bcc", 0.5, 0.39574),
    ("bcc", 0.6, 0.29752),
    ("bcc", np.pi * 3**0.5 / 8, 0.21718),
    ("fcc", 0.3, 0.608390),
    ("fcc", 0.5, 0.396538),
    ("fcc", 0.6, 0.29917),
    ("fcc", np.pi / 18**0.5, 0.15995),
]


@pytest.mark.parametrize(("name", "fraction", "exact"), EXACT)
def test_lattices(name, fraction, exact):
    """Case 5: 2 % at 12 voxels per diameter, 0.5 % at 32; always above, and by second order."""
    coarse, fine = (lattice(name, fraction, n).conductivity / exact - 1 for n in (12, 32))
    assert 0 < coarse < 0.02
    assert -2e-4 < fine < 0.005
    assert fine < 0.4 * coarse


def test_apertures_of_second_order():
    """Observed order over 12 to 48 voxels per diameter at SC 0.3 (staircase: 1)."""
    n = np.array([12, 24, 48])
    error = [lattice("sc", 0.3, k).conductivity / 0.605661 - 1 for k in n]
    order = -np.polyfit(np.log(n), np.log(error), 1)[0]
    assert order == pytest.approx(2.0, abs=0.4)


def test_staircase_is_the_special_case():
    """Plain voxels through this solver give the table of plain voxels (4.3)."""
    for name, fraction, n, reference in (
        ("sc", 0.3, 32, 0.59215),
        ("sc", np.pi / 6, 64, 0.334),
        ("fcc", 0.6, 64, 0.27779),
        ("fcc", np.pi / 18**0.5, 32, 0.11332),
        ("fcc", np.pi / 18**0.5, 64, 0.13456),
    ):
        found = conduct(sphere_lattice(name, fraction, n), **TIGHT)
        assert found.conductivity == pytest.approx(reference, abs=1e-5)


@pytest.mark.parametrize("periodic", [EVERYWHERE, (True, False), NOWHERE])
@pytest.mark.parametrize("contrast", [1.0, 10.0])
def test_same_as_the_solver_in_double_precision(periodic, contrast):
    """Odd sizes and flat voxels, islands, one and two conductors: two codes, same equations."""
    field = blobs((23, 25, 21), 1.5, seed=1)
    d = np.select([field < 0.3, field < 0.5], [0.0, contrast], 1.0)
    edges = (1.0, 0.7, 1.6)
    kept = np.where(percolating(d > 0, periodic), d, 0.0)
    faces = laplace.faces_of_cells(kept, edges, periodic)
    reference = laplace.conduct(
        faces, periodic, strength=laplace.strength(edges), residual_tolerance=1e-11,
        flux_tolerance=1e-9,
    )  # fmt: skip
    found = conduct(d, periodic, edges, **TIGHT)
    assert found.conductivity == pytest.approx(reference.conductivity, rel=2e-7)
    inner = reference.potential[1:-1, 1:-1, 1:-1]
    assert found.potentials()[kept > 0] == pytest.approx(inner[kept > 0], abs=1e-6)
    assert (found.through == (kept > 0)).all()


def test_checkerboard():
    """Case 7: sqrt(d1 d2) at contrast 10, 2 % at 512 x 512."""
    i, j, _ = np.indices((512, 512, 1))
    d = np.where(((i + 128) // 256 + j // 256) % 2 == 0, 1.0, 10.0)
    assert conduct(d).conductivity == pytest.approx(np.sqrt(10), rel=0.02)


def test_dilute_conducting_spheres():
    """Case 22: Maxwell at contrast 10 and 5 %, 1.1169."""
    spheres = ~sphere_lattice("sc", 0.05, 48)
    phi, contrast = spheres.mean(), 10
    maxwell = (2 + contrast + 2 * phi * (contrast - 1)) / (2 + contrast - phi * (contrast - 1))
    assert maxwell == pytest.approx(1.1169, abs=2e-3)
    found = conduct(np.where(spheres, 10.0, 1.0)).conductivity
    assert found == pytest.approx(maxwell, rel=0.005)


def test_bounds_hold_for_packings():
    """Case 9: Hashin-Shtrikman from above for random overlapping spheres, all axes together."""
    rng = np.random.default_rng(4)
    n = 40
    for count in (20, 60):
        centre, radius = rng.random((count, 3)), rng.uniform(0.08, 0.2, count)
        faces = face_apertures(centre, radius, (n, n, n), np.full(3, 1 / n), (True, True, True))
        porosity = float(np.mean([face.mean() for face in (faces.x, faces.y, faces.z)])) / 255
        tensor = effective_tensor(np.ones((n, n, n), np.float32), CUBE, faces)
        bound = 2 * porosity / (3 - porosity)
        # The bound in its form for anisotropic mixtures, one insulator.
        left = (1 / (1 - np.linalg.eigvalsh(tensor))).sum()
        assert left <= 1 + 2 / (1 - porosity) + 1e-6
        assert np.trace(tensor) / 3 < bound


@pytest.mark.parametrize(("edges", "rounding"), [(CUBE, 1e-8), ((1.0, 1.2, 0.9), 3e-8)])
def test_tensor_is_symmetric_and_turns_with_the_image(edges, rounding):
    """Case 11: reciprocity, and a quarter turn with its apertures, to 1e-8.

    On flat voxels the conductances, kept in single precision, are rounded otherwise when turned.
    """
    rng = np.random.default_rng(5)
    shape = (20, 24, 27)
    centre = rng.random((25, 3)) * np.array(shape) * edges
    radius = rng.uniform(2.5, 5, 25)
    faces = face_apertures(centre, radius, shape, np.array(edges), (True, True, True))
    d = np.where(blobs(shape, 2.0, seed=4) < 0.5, 1.0, 0.4).astype(np.float32)
    tight = {"residual_tolerance": 1e-12}
    one = effective_tensor(d, edges, faces, **tight)
    assert one == pytest.approx(one.T, abs=1e-8)
    assert abs(one - np.diag(np.diag(one))).max() > 1e-3
    order = (2, 0, 1)
    turned = effective_tensor(
        np.ascontiguousarray(d.transpose(order)),
        tuple(edges[a] for a in order),
        faces.along(order),
        **tight,
    )
    assert turned == pytest.approx(one[np.ix_(order, order)], abs=rounding)


def test_tensor_of_a_slanted_laminate():
    """Layers at 45 degrees: principal values near 20/11 and 5.5, off-diagonal half the spread."""
    i, j, _ = np.indices((128, 128, 1))
    d = np.where((i + j) // 64 % 2 == 0, 1.0, 10.0).astype(np.float32)
    tensor = effective_tensor(d, CUBE)
    mean, spread = (5.5 + 20 / 11) / 2, (5.5 - 20 / 11) / 2
    assert tensor[0, 0] == pytest.approx(mean, rel=0.02)
    assert tensor[0, 1] == pytest.approx(-spread, rel=0.03)
    assert tensor[0, 2] == 0


def test_tensor_agrees_with_driven_planes():
    """Between mirror planes of a lattice the driven problem is the periodic one."""
    centre, radius = cubic_spheres("bcc", 0.6)
    faces = face_apertures(centre, radius, (24, 24, 24), np.full(3, 1 / 24), (True, True, True))
    d = np.ones((24, 24, 24), np.float32)
    tensor = effective_tensor(d, CUBE, faces)
    assert np.diag(tensor) == pytest.approx(
        np.full(3, conduct(d, apertures=faces, **TIGHT).conductivity), rel=1e-3
    )
    assert abs(tensor - np.diag(np.diag(tensor))).max() < 1e-6


def overlapping_spheres(n, rng):
    """Pore between spheres of 8 voxels' mean radius, pore fraction 0.35, with mirror sides."""
    radius = np.clip(rng.lognormal(np.log(8), 0.3, 100_000), 3, 20)
    count = round(-np.log(0.35) / (4 / 3 * np.pi * np.mean(radius**3)) * (n + 40) ** 3)
    centre, radius = rng.random((count, 3)) * (n + 40) - 20, radius[:count]
    return solid_fractions(centre, radius, (n, n, n), np.ones(3), (False,) * 3, 2) < 0.5


def test_iterations_do_not_grow_with_the_volume():
    """Overlapping spheres: constant; narrow random pores of a Gaussian field: a few more."""
    rng = np.random.default_rng(1)
    spheres, blobby = [], []
    for n in (48, 96, 144):
        tight = {"flux_tolerance": 1e-5}
        spheres.append(conduct(overlapping_spheres(n, rng), NOWHERE, **tight).iterations)
        blobby.append(conduct(blobs((n, n, n), 3.0, seed=2) < 0.4, **tight).iterations)
    assert max(spheres) <= 10
    assert max(spheres) - min(spheres) <= 2
    assert max(blobby) <= 14


def test_same_bits_for_any_number_of_threads():
    """Case 24, threads."""
    d = blobs((45, 44, 43), 2.0, seed=5) < 0.5
    most = numba.get_num_threads()
    found = []
    for threads in (1, most):
        numba.set_num_threads(threads)
        found.append(conduct(d))
    numba.set_num_threads(most)
    assert (found[0].potentials() == found[-1].potentials()).all()
    assert found[0].conductivity == found[-1].conductivity


def test_memory_per_voxel():
    """48 bytes in staircase mode: faces, potential, four vectors and the levels."""
    from multiscale.voxels.checkerboard import padded
    from multiscale.voxels.defect_correction import DefectCorrection
    from multiscale.voxels.slabs import whole
    from multiscale.voxels.transmissibility import transmissibilities

    cells, wraps = (96, 96, 96), (False, True, True)
    faces = transmissibilities(np.ones(cells, np.float32), CUBE, wraps)
    phi = np.zeros(padded(cells))
    solver = DefectCorrection(
        faces, cells, wraps, whole(96, wraps), np.zeros(3), phi, 1.0, 10, lambda i, r: None
    )
    arrays = [faces, phi, solver.e, solver.p, solver.q]
    for depth, grid in enumerate(solver.blocks.grids):
        arrays += [grid.x, grid.b] + ([grid.faces] if depth else [])
    ghosts = np.prod(padded(cells)) / np.prod(cells)
    assert sum(a.nbytes for a in arrays) / np.prod(cells) / ghosts < 45


def test_no_convergence_is_an_error():
    with pytest.raises(laplace.NotConverged, match="after 2 iterations"):
        conduct(blobs((20, 20, 20), 2.0, seed=7) < 0.5, iteration_limit=2, **TIGHT)
