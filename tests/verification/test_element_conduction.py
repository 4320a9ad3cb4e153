"""Conduction on finite elements: exact cases, and an independent check of the voxel solver."""

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.fem.boxes import make_boxes, stiffness_of
from multiscale.fem.conduction import charging_conductivity, conduct, layer_power, solve
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


@pytest.mark.parametrize("degree", [1, 2])
def test_periodic_sides(degree):
    """A repeating image may start anywhere and be cut out twice; mirrors conduct another amount."""
    x, y, z = np.mgrid[0:4, 0:5, 0:6] + 0.5
    d = np.where((abs(x - y) < 1) | (abs(y - z) < 1), 10.0, 1.0)
    images = d, np.roll(d, (2, 1), axis=(1, 2)), np.tile(d, (1, 2, 1))
    first, *others = (
        conduct(image, (1.0, 1.3, 0.8), degree, MPI.COMM_SELF, periodic=(True, True)).conductivity
        for image in images
    )
    assert others == pytest.approx([first, first], rel=1e-9)
    mirrored = conduct(d, (1.0, 1.3, 0.8), degree, MPI.COMM_SELF).conductivity
    assert abs(mirrored - first) > 1e-3 * first


@pytest.mark.mpi(2)
def test_two_ranks_agree_with_one():
    _agree_with_one()


@pytest.mark.mpi(3)
def test_three_ranks_agree_with_one():
    _agree_with_one()


def _agree_with_one():
    """4.5-24: a hole and a contrast of 20, mirrored and periodic, to 1e-10."""
    x, y, z = np.mgrid[0:9, 0:8, 0:8] + 0.5
    hole = (x - 4) ** 2 + (y - 4) ** 2 + (z - 4) ** 2 < 9
    d = np.where(hole, 0.0, np.where(y > 5, 20.0, 1.0))
    for degree, around in [(1, (True, False)), (2, (False, False)), (2, (True, True))]:
        together, alone = (
            conduct(d, CUBE, degree, comm, 1e-12, around)
            for comm in (MPI.COMM_WORLD, MPI.COMM_SELF)
        )
        for name in ("conductivity", "power", "flux", "cross"):
            assert getattr(together, name) == pytest.approx(
                getattr(alone, name), rel=1e-10, abs=1e-10
            )


def smooth_energy(degree, n):
    """Energy of elements between two layers of d = 3 and 1 whose ends are held at cosines.

        u = f(x) cos(pi y) cos(pi z),    f'' = 2 pi^2 f,    f and d f' continuous at x = 1/2,

    f(0) = 1, f(1) = -1; the sides are mirrors. Returns it with the exact one,
    int d |grad u|^2 = (1/4) (d f f')(1) - (1/4) (d f f')(0).
    """
    k, d = np.sqrt(2) * np.pi, np.where(np.arange(n) < n // 2, 3.0, 1.0)
    half = np.exp(np.array([k, -k]) / 2)
    # f = a e^kx + b e^-kx to the left, c e^kx + e e^-kx to the right.
    system = np.array(
        [
            [1, 1, 0, 0],
            [0, 0, *half**2],
            [*half, *-half],
            [3 * half[0], -3 * half[1], -half[0], half[1]],
        ]
    )
    a, b, c, e = np.linalg.solve(system, [1, -1, 0, 0])
    exact = -(c * half[0] ** 2 - e * half[1] ** 2) * k / 4 - 3 * k * (a - b) / 4
    comm = MPI.COMM_SELF
    cells = np.broadcast_to(d[:, None, None], (n, n, n)).copy()
    boxes = make_boxes(cells, (1 / n,) * 3, comm)
    stiffness = stiffness_of(boxes, cells, degree, (False, False), comm)
    u = stiffness.matrix.createVecRight()
    x, y, z = stiffness.place.T / (2 * n)
    u.array[:] = (1 - 2 * x) * np.cos(np.pi * y) * np.cos(np.pi * z)
    ends = np.flatnonzero((stiffness.depth == 0) | (stiffness.depth == 1))
    solve(stiffness, u, 0.0 * u, ends, 1e-12, comm)
    return layer_power(stiffness, u, comm).sum(), exact


@pytest.mark.parametrize("degree, sizes", [(1, (8, 16, 32)), (2, (6, 10, 16))])
def test_order_of_the_energy(degree, sizes):
    """4.5-10: the error of the energy falls with order 2 and 4, +- 0.2."""
    found, exact = zip(*(smooth_energy(degree, n) for n in sizes), strict=True)
    error = np.abs(np.array(found) / exact - 1)
    order = -np.polyfit(np.log(sizes), np.log(error), 1)[0]
    assert order == pytest.approx(2 * degree, abs=0.2)


def test_charging_of_layers():
    """Two layers charged evenly: R_0 = int z^2 / d, exact with quadratic elements; order 2 else."""
    d = np.repeat([0.2, 1.0], 4)
    exact = 1 / (3 * (0.5**3 / 0.2 + (1 - 0.5**3) / 1.0) / 3)

    def found(degree, times):
        cells = np.broadcast_to(np.repeat(d, times)[:, None, None], (8 * times, 2, 3)).copy()
        edges = 1 / (8 * times), 1.0, 0.7
        return charging_conductivity(cells, np.ones_like(cells), edges, degree, MPI.COMM_SELF)

    assert found(2, 1) == pytest.approx(exact, rel=1e-9)
    coarse, fine = (found(1, times) / exact - 1 for times in (1, 2))
    assert coarse / fine == pytest.approx(4, rel=0.05)


def test_checkerboard():
    """4.5-7, contrast 10: elements fall, volumes rise to sqrt(10), 2 % on 64 cells."""
    x, y = np.mgrid[0:64, 0:64]
    d = np.where((x < 32) == (y < 32), 10.0, 1.0)[..., None]
    above = conduct(d, CUBE, 2, MPI.COMM_SELF).conductivity
    assert finite_volumes(d) < np.sqrt(10) < above
    assert above == pytest.approx(np.sqrt(10), rel=0.02)


def test_dilute_spheres():
    """4.5-22, contrast 10, 5 %: Maxwell at the cells' own fraction, 0.5 %."""
    inside = ~sphere_lattice("sc", 0.05, 40)[:20, :20, :20]
    phi = inside.mean()
    maxwell = (12 + 18 * phi) / (12 - 9 * phi)
    found = conduct(np.where(inside, 10.0, 1.0), CUBE, 2, MPI.COMM_SELF).conductivity
    assert found == pytest.approx(maxwell, rel=5e-3)


@pytest.mark.parametrize(
    "lattice, fraction, exact",
    [
        ("sc", 0.3, 0.605661),
        ("sc", np.pi / 6, 0.34372),
        ("bcc", 0.5, 0.39574),
        ("fcc", 0.6, 0.29917),
    ],
)
def test_spheres_tend_to_the_exact_value(lattice, fraction, exact):
    """4.2 on an eighth of the cell: nearer on finer voxels, and within the stated error.

    The error is what the stage states: the step to voxels of twice the edge, extrapolated, and
    what the degree changes.
    """
    eighth = [
        sphere_lattice(lattice, fraction, 2 * n)[:n, :n, :n].astype(float) for n in (8, 16, 32)
    ]
    crude, coarse, fine = (conduct(d, CUBE, 1, MPI.COMM_SELF).conductivity for d in eighth)
    quadratic = conduct(eighth[1], CUBE, 2, MPI.COMM_SELF).conductivity
    value = 2 * fine - coarse
    error = abs(fine - coarse) + abs(coarse - quadratic)
    assert abs(fine - exact) < abs(crude - exact)
    assert abs(value - exact) < error


def test_staircase_lattice():
    """4.3, SC 0.3 at 16: volumes .58144; elements lie between that and exact spheres, .605661."""
    d = sphere_lattice("sc", 0.3, 16).astype(float)
    volumes, elements = finite_volumes(d), conduct(d, CUBE, 2, MPI.COMM_SELF).conductivity
    assert volumes == pytest.approx(0.58144, abs=1e-5)
    assert volumes < elements < 0.605661
    assert elements == pytest.approx(0.605661, rel=0.02)
