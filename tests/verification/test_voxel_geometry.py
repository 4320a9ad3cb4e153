"""Voxelisation, interface area, correlation functions and packings against exact values."""

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from multiscale.bridges.sizes import sample_diameters
from multiscale.voxels.apertures import face_apertures, solid_fractions, volume_factor
from multiscale.voxels.area import interface_area, interface_profile
from multiscale.voxels.packing import contacts, mean_overlap, minimise, pack
from multiscale.voxels.statistics import representative_error
from multiscale.voxels.two_point import two_point_probability
from multiscale.voxels.voxelise import radius_factor, surface_distances

UNIT = np.ones(3)


def inside(centre, radius, shape, edge=UNIT):
    """Voxels whose centre lies in a sphere."""
    d1, _ = surface_distances(np.asarray(centre, float), np.asarray(radius, float), shape, edge)
    return d1 <= 0


EVERYWHERE = (True, True, True)


def ball(radius, n, offset=(0.13, 0.29, 0.41)):
    x = np.arange(n) + 0.5 - n / 2
    return (
        (x[:, None, None] - offset[0]) ** 2 + (x[:, None] - offset[1]) ** 2 + (x - offset[2]) ** 2
    ) < radius**2


def faces(phase):
    """Area by counting faces, periodic, in face areas."""
    return sum(np.count_nonzero(phase != np.roll(phase, 1, axis)) for axis in range(3))


def boolean_spheres(porosity, radius, n, rng):
    """Spheres at random points, periodic in x and y, with those that reach in through z."""
    eta = -np.log(porosity)
    count = round(eta / (4 / 3 * np.pi * radius**3) * n * n * (n + 2 * radius))
    centre = rng.random((count, 3)) * [n, n, n + 2 * radius] - [0, 0, radius]
    return inside(centre, np.full(count, radius), (n, n, n))


def area(label, edge=UNIT, first=1, second=0):
    return interface_profile(np.asarray(label, np.uint8), edge, first, second).mean()


@pytest.fixture(scope="module")
def ensembles():
    """Ten realisations of overlapping spheres at two porosities (cases 4 to 7)."""
    rng = np.random.default_rng(5)
    return {eps: [boolean_spheres(eps, 8.0, 128, rng) for _ in range(10)] for eps in (0.3, 0.5)}


def test_case_1_volume_of_a_sphere():
    """R = 20 voxels, centre rule: 0.5 %."""
    solid = inside([(30.2, 29.7, 30.1), (30.2, 29.7, 30.1)], [20, 20], (60, 60, 60))
    assert solid.sum() == pytest.approx(4 / 3 * np.pi * 20**3, rel=5e-3)


def test_case_1_volume_on_slightly_flat_voxels():
    edge = np.array([0.5, 0.5, 0.47])
    solid = inside([(15, 15, 14), (15, 15, 14)], [10, 10], (60, 60, 60), edge)
    assert solid.sum() * edge.prod() == pytest.approx(4 / 3 * np.pi * 10**3, rel=5e-3)


def test_case_1_volume_by_voxel_fractions():
    """R = 20 voxels, fractions of the cut voxels: 0.1 % asked for; overlaps count once."""
    pair, radius = np.array([(30.2, 29.7, 30.1), (30.2, 29.7, 50.1)]), np.array([20.0, 20.0])
    one = solid_fractions(pair[:1], radius[:1], (60, 60, 90), UNIT, EVERYWHERE)
    assert one.sum(dtype=float) == pytest.approx(4 / 3 * np.pi * 20**3, rel=1e-4)
    both = solid_fractions(pair, radius, (60, 60, 90), UNIT, EVERYWHERE)
    lens = np.pi * (4 * 20 + 20) * (2 * 20 - 20) ** 2 / 12
    expected = 2 * 4 / 3 * np.pi * 20**3 - lens
    assert both.sum(dtype=float) == pytest.approx(expected, rel=1e-4)


def test_apertures_of_a_sphere():
    """The faces of each plane leave open what the circle in it leaves, on cubes and flat voxels."""
    for edge in (UNIT, np.array([0.5, 0.7, 0.9])):
        centre, r = np.array([[11.3, 9.9, 10.2]]), 8.0
        shape = tuple(int(n) for n in np.rint(22 / edge))
        open_share = face_apertures(centre, np.array([r]), shape, edge, (False, False, False))
        for axis, faces in enumerate((open_share.x, open_share.y, open_share.z)):
            gap = edge[axis] * np.arange(faces.shape[axis]) - centre[0, axis]
            circle = np.pi * np.maximum(r**2 - gap**2, 0)
            area = edge.prod() / edge[axis]
            covered = (1 - faces / 255).sum(axis=tuple({0, 1, 2} - {axis})) * area
            assert covered == pytest.approx(circle, abs=2e-3 * np.pi * r**2)


def test_apertures_wrap_and_cut():
    """A sphere over an edge of the box appears on all sides of periodic axes, and is cut at z."""
    centre, radius = np.array([[0.4, 10.0, 19.0]]), np.array([5.0])
    found = face_apertures(centre, radius, (20, 20, 20), UNIT, (True, True, False))
    moved = face_apertures(
        centre + np.array([10, 0, 0]), radius, (20, 20, 20), UNIT, (True, True, False)
    )
    assert (np.roll(found.y, 10, axis=0) == moved.y).all()
    assert (found.x[0] == found.x[-1]).all() and (found.x[0] < 255).any()
    assert (found.z[:, :, 0] == 255).all() and (found.z[:, :, -1] < 255).any()


def test_overlaps_on_faces_count_once():
    """Random overlapping spheres against points in each face: 1.5 % rms, no bias."""
    rng = np.random.default_rng(8)
    centre, radius = rng.random((30, 3)) * 16, rng.uniform(2, 4, 30)
    found = face_apertures(centre, radius, (16, 16, 16), UNIT, EVERYWHERE).x[:-1] / 255
    t = (np.arange(20) + 0.5) / 20
    y = (np.arange(16)[:, None] + t).ravel()
    x = np.arange(16.0)
    inside = np.zeros((16, 320, 320), bool)
    for c, r in zip(centre, radius, strict=True):
        gaps = [np.abs(a - b) for a, b in zip((x, y, y), c, strict=True)]
        gx, gy, gz = np.ix_(*(np.minimum(g, 16 - g) for g in gaps))
        inside |= gx**2 + gy**2 + gz**2 < r**2
    covered = inside.reshape(16, 16, 20, 16, 20).mean(axis=(2, 4))
    assert np.sqrt(np.mean((1 - covered - found) ** 2)) < 0.015
    assert np.mean(1 - covered - found) == pytest.approx(0, abs=5e-4)


def test_volume_factor_meets_the_mass():
    rng = np.random.default_rng(3)
    centre, radius = rng.random((40, 3)) * 40, rng.uniform(3, 6, 40)
    shape, wraps = (40, 40, 40), (True, True, False)
    factor = volume_factor(centre, radius, shape, UNIT, wraps, 0.3)
    solid = solid_fractions(centre, factor * radius, shape, UNIT, wraps)
    assert solid.mean(dtype=float) == pytest.approx(0.3, abs=2e-6)


@pytest.mark.parametrize("radius", [7, 14, 28])
def test_case_2_counting_faces_is_half_too_large(radius):
    """Face counting gives 1.5 times the area at every resolution, the Crofton formula the area."""
    solid = ball(radius, 3 * radius)
    true = 4 * np.pi * radius**2
    assert faces(solid) / true == pytest.approx(1.5, rel=1e-2)
    assert area(solid) * solid.size / true == pytest.approx(1, rel=5e-3)


@pytest.mark.parametrize("normal, bias", [((0, 1, 1), np.sqrt(2)), ((1, 1, 1), np.sqrt(3))])
def test_case_2_planes(normal, bias):
    """Face counting errs by sqrt(2), sqrt(3) on tilted planes; 13 directions by less than 8 %."""
    n = 60
    x = np.indices((n, n, n))
    phase = np.tensordot(normal, x, 1) % n < n // 2
    true = 2 * np.linalg.norm(normal) / n
    assert faces(phase) / n**3 / true == pytest.approx(bias, rel=1e-2)
    assert area(phase) / true == pytest.approx(1, abs=0.08)


def test_case_3_small_sphere():
    """R = 7 voxels in 20^3: 2 % (smoothed gradients reach +1.25 %, marching cubes +0.01 %)."""
    solid = ball(7, 20)
    assert area(solid) * 20**3 / (4 * np.pi * 49) == pytest.approx(1, abs=0.02)


def test_area_on_flat_voxels():
    """The weights of the directions follow the shape of the voxel."""
    edge = np.array([0.5, 0.5, 0.35])
    solid = inside([(15, 15, 10), (15, 15, 10)], [8, 8], (60, 60, 60), edge)
    assert area(solid, edge) * 60**3 * edge.prod() == pytest.approx(4 * np.pi * 64, rel=5e-3)


def test_areas_of_three_phases_add_up():
    label = ball(7, 20).astype(np.uint8)
    label[:, :, 10:][label[:, :, 10:] == 0] = 2
    half = 2 * np.pi * 49 / 20**3
    assert area(label, first=1, second=2) == pytest.approx(half, rel=0.08)
    assert area(label, first=1, second=0) == pytest.approx(half, rel=0.08)


def test_extrapolated_area_of_touching_spheres():
    """Gaps thinner than a voxel close: a first-order bias that the pair of grids removes."""
    n = 100
    rng = np.random.default_rng(7)
    radius = rng.uniform(6, 14, 120)
    radius *= np.cbrt(0.6 * n**3 / np.sum(4 / 3 * np.pi * radius**3))
    centre = pack(radius, n * UNIT, rng, lambda share, overlap: None)
    label = inside(centre, radius, (n, n, n)).astype(np.uint8)
    true = np.sum(4 * np.pi * radius**2) / n**3
    extrapolated, error = interface_area(label, UNIT, 1, 0)
    assert area(label) < 0.96 * true
    assert extrapolated.mean() == pytest.approx(true, rel=0.015)
    assert abs(extrapolated.mean() - true) < error


@pytest.mark.parametrize("eps", [0.3, 0.5])
def test_case_4_porosity_of_overlapping_spheres(ensembles, eps):
    """exp(-eta) with eta = n 4 pi R^3 / 3, within 3 sigma of the ten boxes' mean."""
    pore = [1 - solid.mean() for solid in ensembles[eps]]
    assert np.mean(pore) == pytest.approx(eps, abs=3 * np.std(pore, ddof=1) / np.sqrt(10))


@pytest.mark.parametrize("eps, expected", [(0.3, 1.08358), (0.5, 1.03972)])
def test_case_5_surface_of_overlapping_spheres(ensembles, eps, expected):
    """s_v R = -3 eps ln eps: 2 %, ten boxes."""
    label = [solid.astype(np.uint8) for solid in ensembles[eps]]
    measured = np.mean([interface_area(one, UNIT, 1, 0)[0].mean() for one in label])
    assert 8 * measured == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    "eps, expected",
    [(0.3, (0.192809, 0.131112, 0.099811)), (0.5, (0.387646, 0.310464, 0.265344))],
)
def test_cases_6_and_7_two_point_probability(ensembles, eps, expected):
    """S2 of the void at r/R = 0.5, 1, 1.5; S2(0) = eps, S2(inf) = eps^2, S2'(0) = -s_v/4."""
    curves = [
        two_point_probability(~solid, UNIT, (True, True, False), 40.0) for solid in ensembles[eps]
    ]
    r, s2 = curves[0][0], np.mean([s for _, s in curves], axis=0)
    realised = np.mean([1 - solid.mean() for solid in ensembles[eps]])
    assert np.interp([4, 8, 12], r, s2) == pytest.approx(expected, rel=0.02)
    assert s2[0] == pytest.approx(realised, rel=1e-5)
    assert s2[r > 20].mean() == pytest.approx(eps**2, rel=0.02)
    slope = np.polyfit(r[:3], s2[:3], 2)[1]
    assert slope == pytest.approx(3 * eps * np.log(eps) / 8 / 4, rel=0.05)


@pytest.mark.parametrize(
    "name, cell, points, phi, neighbours",
    [
        ("SC", (1, 1, 1), [(0, 0, 0)], np.pi / 6, 6),
        ("BCC", (1, 1, 1), [(0, 0, 0), (0.5, 0.5, 0.5)], np.pi * np.sqrt(3) / 8, 8),
        (
            "FCC",
            (1, 1, 1),
            [(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)],
            np.pi / np.sqrt(18),
            12,
        ),
    ],
)
def test_case_11_lattices(name, cell, points, phi, neighbours):
    """Volume fraction 0.5 %, coordination exact, isotropic fabric."""
    points = np.array(points, float)
    nearest = {"SC": 1.0, "BCC": np.sqrt(3) / 2, "FCC": np.sqrt(0.5)}[name]
    cells = np.indices((3, 3, 5)).reshape(3, -1).T
    centre = (points[None] + cells[:, None]).reshape(-1, 3)
    radius = np.full(len(centre), nearest / 2)
    n = 60
    solid = inside(centre + 0.01, radius, (3 * n, 3 * n, 4 * n), UNIT / n)[:, :, n : 3 * n]
    assert solid.mean() == pytest.approx(phi, rel=5e-3)

    i, j, _, normal = contacts(centre, radius, np.array([3.0, 3.0, 6.0]), tolerance=1e-6)
    middle = np.abs(centre[:, 2] - 2) < 0.3
    degree = np.bincount(np.concatenate((i, j)), minlength=len(centre))
    assert (degree[middle] == neighbours).all()
    of_middle = np.concatenate((normal[middle[i]], normal[middle[j]]))
    fabric = of_middle.T @ of_middle / len(of_middle)
    assert fabric == pytest.approx(np.eye(3) / 3, abs=1e-12)


def test_radius_factor_gives_the_exact_volume():
    """Overlapping spheres lose volume; the common factor restores it to one voxel."""
    rng = np.random.default_rng(3)
    centre, radius = rng.random((40, 3)) * 40, rng.uniform(3, 6, 40)
    count = 30_000
    mask, factor = radius_factor(centre, radius, (40, 40, 40), UNIT, count)
    assert mask.sum() == count
    assert np.count_nonzero(mask != inside(centre, factor * radius, mask.shape)) <= 2


def test_distances_match_brute_force():
    rng = np.random.default_rng(4)
    centre, radius = rng.random((6, 3)) * 24, rng.uniform(2, 7, 6)
    d1, d2 = surface_distances(centre, radius, (24, 24, 24), UNIT)
    x = np.moveaxis(np.indices((24, 24, 24)), 0, -1) + 0.5
    across = x[..., None, :] - centre
    across[..., :2] -= 24 * np.rint(across[..., :2] / 24)
    d = np.sort(np.linalg.norm(across, axis=-1) - radius, axis=-1)
    outside = d[..., 0] > 0
    assert d1[outside] == pytest.approx(d[..., 0][outside], abs=1e-5)
    assert d2[outside] == pytest.approx(d[..., 1][outside], abs=1e-5)


def test_packing_below_close_packing_has_no_overlap():
    """Equal spheres at 0.58 (random close packing: 0.64): overlaps below c over the diameter."""
    radius = np.full(300, 0.5)
    side = np.cbrt(300 * np.pi / 6 / 0.58)
    box = np.array([side, side, side])
    centre = pack(radius, box, np.random.default_rng(1), lambda share, overlap: None)
    assert mean_overlap(centre, radius, box) < 0.0025
    below, above = centre[:, 2] - 0.5, side - 0.5 - centre[:, 2]
    assert min(below.min(), above.min()) > -0.02  # many pulls can add up at a plane


def pull(gap, c, reach):
    """Force that a gap exerts: outwards where the spheres overlap, inwards up to the range."""
    return np.clip(gap, None, np.maximum(c * (reach - gap) / (reach - c), 0))


def test_compressed_packing_is_in_equilibrium():
    """At 0.72 equal spheres must overlap; every sphere's contact and wall forces still balance."""
    n = 200
    radius = np.full(n, 0.5)
    box = np.full(3, np.cbrt(n * np.pi / 6 / 0.72))
    centre = pack(radius, box, np.random.default_rng(2), lambda share, overlap: None)
    cohesion, reach = 0.005 * 0.5, 0.25 * 0.5
    i, j, distance, normal = contacts(centre, radius, box, tolerance=0.25)
    force = np.zeros((n, 3))
    towards = pull(distance - 1, cohesion, reach)[:, None] * normal
    np.add.at(force, i, towards)
    np.add.at(force, j, -towards)
    foil, top = centre[:, 2] - 0.5, box[2] - 0.5 - centre[:, 2]
    force[:, 2] += pull(top, cohesion, reach) - pull(foil, cohesion, reach)
    assert mean_overlap(centre, radius, box) > 0.01
    assert np.abs(force).max() < 0.01 * (1 - distance).max()


def test_cohesion_closes_a_gap_within_its_range_only():
    """Far from the planes two spheres 0.2 radii apart come to touch, two 0.3 apart stay."""
    radius, box = np.full(4, 1.0), np.array([40.0, 40.0, 40.0])
    centre = np.array([[9.0, 9, 20], [11.2, 9, 20], [29.0, 29, 20], [31.3, 29, 20]])
    assert minimise(centre, radius, box, 4000, 1e-4, 0.005, 0.25)
    gap = np.linalg.norm(centre[1::2] - centre[::2], axis=1) - 2
    assert gap == pytest.approx([0, 0.3], abs=1e-4)


@pytest.fixture(scope="module")
def dry_packing():
    """A dry cathode at 50 % porosity: 0.44 active material, log-normal 5/10/17 um."""
    x = np.linspace(-3, 3, 30)
    diameter = 10 * np.exp(np.log(17 / 5) / (2 * 1.2816) * x)
    share = np.exp(-(x**2) / 2)
    box = np.array([60.0, 60.0, 89.0])
    radius = sample_diameters(diameter, share / share.sum(), 0.44 * box.prod(), 45.0) / 2
    return pack(radius, box, np.random.default_rng(1), lambda share, overlap: None), radius, box


def test_dry_coating_is_a_network(dry_packing):
    """Four to six contacts (gap below 1 % of the diameters), and all but 2 % tied to both faces."""
    centre, radius, box = dry_packing
    n = radius.size
    i, j, distance, _ = contacts(centre, radius, box, tolerance=0.05)
    touch = distance < 1.01 * (radius[i] + radius[j])
    i, j = i[touch], j[touch]
    assert 4 < 2 * i.size / n < 6
    assert mean_overlap(centre, radius, box) < 1e-3
    foil = np.flatnonzero(centre[:, 2] < 1.01 * radius)
    top = np.flatnonzero(box[2] - centre[:, 2] < 1.01 * radius)
    row = np.concatenate((i, foil, top))
    column = np.concatenate((j, np.full(foil.size, n), np.full(top.size, n + 1)))
    links = coo_array((np.ones(row.size), (row, column)), shape=(n + 2, n + 2))
    _, cluster = connected_components(links, directed=False)
    assert cluster[n] == cluster[n + 1]
    assert np.sum(radius[cluster[:n] == cluster[n]] ** 3) > 0.98 * np.sum(radius**3)


def test_dry_coating_fills_its_thickness(dry_packing):
    """Cohesion leaves no empty layer: the upper half holds its share, both faces are touched."""
    centre, radius, box = dry_packing
    solid = radius_factor(centre, radius, (60, 60, 90), box / (60, 60, 90), round(0.44 * 324_000))
    by_slice = solid[0].mean(axis=(0, 1))
    assert by_slice[:45].mean() == pytest.approx(by_slice[45:].mean(), rel=0.2)
    assert by_slice[[2, -3]].min() > 0.1
    assert by_slice[10:-10].min() > 0.3


def test_representative_error_of_independent_columns():
    """For independent columns the standard error is that of a mean of independent numbers."""
    rng = np.random.default_rng(6)
    expected = np.sqrt(0.3 * 0.7 / 96**2)
    got = [
        representative_error(np.repeat(rng.random((96, 96, 1)) < 0.3, 4, axis=2)) for _ in range(30)
    ]
    assert np.sqrt(np.mean(np.square(got))) == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize("periodic", [(True, True, False), (False, False, False), (True,) * 3])
def test_a_part_of_the_voxels_is_as_in_the_whole(periodic):
    """Any slab, bit by bit: ranks voxelise what they need."""
    rng = np.random.default_rng(8)
    shape, edge = (14, 12, 10), np.array([1.0, 0.8, 1.3])
    centre, radius = rng.random((30, 3)) * shape * edge, rng.uniform(0.8, 3.5, 30)
    whole = face_apertures(centre, radius, shape, edge, periodic)
    solid = solid_fractions(centre, radius, shape, edge, periodic)
    for axis in range(3):
        part = [slice(None)] * 3
        part[axis] = slice(3, 8)
        found = face_apertures(centre, radius, shape, edge, periodic, tuple(part))
        for normal, name in enumerate("xyz"):
            planes = list(part)
            planes[axis] = slice(3, 9 if normal == axis else 8)
            assert (getattr(found, name) == getattr(whole, name)[tuple(planes)]).all()
        own = solid_fractions(centre, radius, shape, edge, periodic, part=tuple(part))
        assert (own == solid[tuple(part)]).all()
