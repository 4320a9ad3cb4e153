"""Lineal path, chords, surface, percolation and contact networks against known values."""

import numpy as np
import pytest
from scipy.spatial import cKDTree
from voxel_images import blobs

from multiscale.voxels.characterise import characterise, percolating_share, percolation
from multiscale.voxels.chords import chord_lengths, lineal_path, mean_chord
from multiscale.voxels.contact_network import ContactNetwork, contact_network, fabric_error
from multiscale.voxels.packing import contacts, pack
from multiscale.voxels.segmentation import split_particles
from multiscale.voxels.statistics import (
    error_by_columns,
    representative_edge,
    representative_error,
)
from multiscale.voxels.surface import specific_surface, surface_by_correlation
from multiscale.voxels.voxelise import surface_distances

UNIT = np.ones(3)
BOX = (True, True, False)
WINDOW = (False, False, False)
RADIUS = 8.0


def boolean_distance(eta, radius, n, rng):
    """Distance to spheres at random points, periodic in x and y, cut open in z."""
    count = round(eta / (4 / 3 * np.pi * radius**3) * n * n * (n + 4 * radius))
    centre = rng.random((count, 3)) * [n, n, n + 4 * radius] - [0, 0, 2 * radius]
    return surface_distances(centre, np.full(count, radius), (n, n, n), UNIT)[0]


@pytest.fixture(scope="module")
def voids():
    """Void between overlapping spheres, six boxes for each porosity."""
    rng = np.random.default_rng(8)
    return {
        eps: [boolean_distance(-np.log(eps), RADIUS, 96, rng) > 0 for _ in range(6)]
        for eps in (0.3, 0.5)
    }


@pytest.mark.parametrize("eps", [0.3, 0.5])
def test_case_8_lineal_path_of_the_void(voids, eps):
    """L(z) = eps^(1 + 3 z/(4 R)): 3 % up to z = R, as a share of the realised porosity."""
    z = np.array([0, 2, 4, 6, 8])
    measured = np.mean([lineal_path(v, axis, False) for v in voids[eps] for axis in (0, 2)], axis=0)
    realised = np.mean([v.mean() for v in voids[eps]])
    exact = realised ** (1 + 3 * z / (4 * RADIUS))
    assert measured[z] == pytest.approx(exact, rel=0.03)


def test_lineal_path_does_not_depend_on_the_window(voids):
    """The mean over narrow windows is that of the whole boxes: unbiased."""
    whole = np.mean([lineal_path(v, 2, False)[:12] for v in voids[0.5]], axis=0)
    parts = [lineal_path(v[:, :, k : k + 16], 2, False)[:12]
             for v in voids[0.5] for k in range(0, 96, 16)]  # fmt: skip
    assert np.mean(parts, axis=0) == pytest.approx(whole, rel=0.03)


def test_lineal_path_by_brute_force():
    """Every start counted one by one, with and without repeats."""
    rng = np.random.default_rng(1)
    phase = rng.random((3, 4, 9)) < 0.7
    phase[0, 0] = True
    for periodic in (False, True):
        line = np.concatenate((phase, phase), axis=2) if periodic else phase
        for n in range(9):
            starts = range(9 if periodic else 9 - n)
            hits = [line[:, :, k : k + n + 1].all(axis=2) for k in starts]
            assert lineal_path(phase, 2, periodic)[n] == pytest.approx(np.mean(hits))


def test_chords_of_independent_voxels_are_geometric():
    """Chord lengths p^(l-1) (1 - p), in windows barely longer than the chords: unbiased."""
    phase = np.random.default_rng(2).random((400, 400, 12)) < 0.6
    density = chord_lengths(phase, 2, False)
    exact = 0.6 ** np.arange(1, 9) * 0.4 / 0.6
    # Chords of more than ten voxels are never seen whole: 0.6 % of all.
    assert density[1:9] * (1 - 0.6**10) == pytest.approx(exact, rel=0.05)


def test_mean_chord_is_four_fractions_over_surface(voids):
    """l = 4 eps/s_v, with s_v R = -3 eps ln eps: 6 %; chords between voxel centres are missed,
    1/(2 l) = 3 % of the exponential ones in the void and some in the solid."""
    chord = np.mean([mean_chord(v, a, BOX[a]) for v in voids[0.5] for a in range(3)])
    realised = np.mean([np.log(v.mean()) for v in voids[0.5]])
    assert chord == pytest.approx(4 * RADIUS / (-3 * realised), rel=0.06)
    assert chord > 4 * RADIUS / (-3 * realised)


def test_chords_by_hand():
    """Runs of two and three; a run over the seam is one chord where the line repeats."""
    line = np.array([1, 0, 1, 1, 1, 0, 0, 1], bool).reshape(1, 1, 8)
    assert mean_chord(line, 2, False) == 3
    assert mean_chord(line, 2, True) == 2.5
    assert chord_lengths(np.ones((1, 1, 5), bool), 2, True).sum() == 0


@pytest.mark.parametrize("eps", [0.3, 0.5])
def test_case_5_two_estimators_agree(voids, eps):
    """s_v R = -3 eps ln eps of the realised eps: slope of S2 5 %; the stated error covers it."""
    exact = np.array([-3 * v.mean() * np.log(v.mean()) / RADIUS for v in voids[eps]])
    slope = np.mean([surface_by_correlation(v, UNIT, BOX) for v in voids[eps]])
    assert slope == pytest.approx(exact.mean(), rel=0.05)
    found = np.array([specific_surface(v, UNIT, BOX) for v in voids[eps]])
    assert found[:, 0].mean() == pytest.approx(exact.mean(), rel=0.02)
    assert np.mean(np.abs(found[:, 0] - exact) < found[:, 1]) > 0.8


def threshold(field, periodic):
    """Share of the lowest values that just connects the faces of axis 0, by bisection."""
    ranked = np.sort(field, axis=None)
    low, high = 0, ranked.size - 1
    while high - low > ranked.size // 2000:
        middle = (low + high) // 2
        spans = percolating_share(field <= ranked[middle], periodic)[0] > 0
        low, high = (low, middle) if spans else (middle, high)
    return high / ranked.size


def test_case_9_site_percolation():
    """p_c = 0.3116 of the simple cubic lattice, 6-connected: mean threshold at L = 64 +- 0.005."""
    rng = np.random.default_rng(9)
    found = [threshold(rng.random((64, 64, 64)), (False, True, True)) for _ in range(6)]
    assert np.mean(found) == pytest.approx(0.3116, abs=0.005)


def test_case_10_void_percolates_down_to_three_per_cent():
    """Void between overlapping spheres spans at 0.08 and not at 0.01 (threshold about 0.03)."""
    rng = np.random.default_rng(10)
    n, radius = 112, 14.0
    spans = {
        eps: [
            percolating_share(boolean_distance(-np.log(eps), radius, n, rng) > 0, BOX).max() > 0
            for _ in range(3)
        ]
        for eps in (0.08, 0.01)
    }
    assert all(spans[0.08])
    assert not any(spans[0.01])


@pytest.mark.slow
def test_case_10_threshold_of_the_void():
    """Void between overlapping spheres spans down to 0.030 +- 0.01 of the volume.

    Spheres of one size grow around 400 points until the void no longer spans: eight boxes of eight
    radii, three axes. Voxels lose throats: linear from 8 and 16 of them per radius to none lost.
    """
    rng, mean = np.random.default_rng(10), {}
    points = [rng.random((400, 3)) for _ in range(8)]
    for n in (64, 128):
        x = np.stack(np.indices((n, n, n)), axis=-1) / n + 0.5 / n
        depth = (-cKDTree(p, boxsize=1.0).query(x)[0].astype(np.float32) for p in points)
        turned = (np.ascontiguousarray(np.moveaxis(d, axis, 0)) for d in depth for axis in range(3))
        mean[n] = np.mean([threshold(d, (False, True, True)) for d in turned])
    assert mean[64] > mean[128]
    assert 2 * mean[128] - mean[64] == pytest.approx(0.030, abs=0.01)


@pytest.mark.parametrize(
    ("points", "neighbours", "nearest"),
    [
        ([(0, 0, 0)], 6, 1.0),
        ([(0, 0, 0), (0.5, 0.5, 0.5)], 8, np.sqrt(3) / 2),
        ([(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)], 12, np.sqrt(0.5)),
    ],
    ids=["sc", "bcc", "fcc"],
)
def test_case_11_networks_of_lattices(points, neighbours, nearest):
    """Segmented touching spheres: number and coordination exact, fabric a third each."""
    n, cells = 24, 2
    cell = np.indices((cells,) * 3).reshape(3, -1).T
    centre = ((np.array(points)[None] + cell[:, None]).reshape(-1, 3) + 0.02) * n
    size = n * cells
    x = np.indices((size,) * 3) + 0.5
    ids, best = np.zeros((size,) * 3, np.int32), np.full((size,) * 3, np.inf)
    for number, c in enumerate(centre, start=1):
        across = x - c[:, None, None, None]
        across -= size * np.rint(across / size)
        distance = np.sqrt((across**2).sum(axis=0))
        mine = (distance < nearest * n / 2) & (distance < best)
        ids[mine], best[mine] = number, distance[mine]
    network = contact_network(ids, UNIT, (True, True, True))
    if neighbours < 12:  # two cells across, SC and BCC neighbours meet on both sides as one pair
        assert (network.coordination == {6: 3, 8: 8}[neighbours]).all()
    else:
        assert (network.coordination == neighbours).all()
    assert network.fabric == pytest.approx(np.eye(3) / 3, abs=1e-12)


def test_contacts_of_an_image_are_those_of_the_packing():
    """Spheres packed, drawn and segmented again: number within 10 %, coordination within 15 %."""
    rng = np.random.default_rng(12)
    radius = rng.uniform(6, 9, 160)
    box = np.full(3, 96.0)
    radius *= np.cbrt(0.55 * box.prod() / np.sum(4 / 3 * np.pi * radius**3))
    centre = pack(radius, box, rng, lambda share, overlap: None)
    solid = surface_distances(centre, radius, (96, 96, 96), UNIT)[0] <= 0
    ids = split_particles(solid, BOX)
    assert ids.max() == pytest.approx(160, rel=0.1)
    true = 2 * len(contacts(centre, radius, box, tolerance=0.1)[0]) / 160
    network = contact_network(ids, UNIT, BOX)
    assert network.coordination.mean() == pytest.approx(true, rel=0.15)
    assert np.trace(network.fabric) == pytest.approx(1)


def test_one_particle_is_not_split_and_two_are():
    """A rough ball is one, two that just touch are two, two that nearly coincide are one."""
    x = np.indices((24, 24, 44)) + 0.5

    def two(gap):
        return np.any(
            [
                ((x - np.array(c)[:, None, None, None]) ** 2).sum(axis=0) < 81
                for c in ((12, 12, 22 - gap / 2), (12, 12, 22 + gap / 2))
            ],
            axis=0,
        )

    assert split_particles(two(0.0), WINDOW).max() == 1
    assert split_particles(two(17.5), WINDOW).max() == 2
    assert split_particles(two(4.0), WINDOW).max() == 1


def test_representative_error_in_a_window():
    """Without repeats the estimate is that of the scatter between windows: a factor of 1.5."""
    fields = [blobs((96, 96, 24), 2.0, seed) < 0.4 for seed in range(5)]
    windows = [f[i : i + 48, j : j + 48] for f in fields for i in (0, 48) for j in (0, 48)]
    scatter = np.std([w.mean() for w in windows], ddof=1)
    stated = np.sqrt(np.mean([representative_error(w, (False, False)) ** 2 for w in windows]))
    assert 1 / 1.5 < stated / scatter < 1.5


def test_representative_edge_of_overlapping_discs():
    """Between discs of a Boolean model <(phi - <phi>)^2> A = 2 pi int r (S2(r) - phi^2) dr.

    S2 = exp(-theta (2 pi R^2 - lens(r))); twenty boxes of 192 x 192, phi = 1/2, R = 5 voxels.
    """
    R, n, theta = 5.0, 192, np.log(2) / (25 * np.pi)
    r = np.linspace(0, 2 * R, 2001)
    lens = 2 * R**2 * np.arccos(r / (2 * R)) - r / 2 * np.sqrt(4 * R**2 - r**2)
    c = np.trapezoid(2 * np.pi * r * (np.exp(theta * lens) - 1) / 4, r)
    rng, x, found = np.random.default_rng(4), np.arange(n) + 0.5, []
    for _ in range(20):
        void = np.ones((n, n, 1), bool)
        for centre in n * rng.random((rng.poisson(theta * n**2), 2)):
            dx, dy = (np.abs(x - c) for c in centre)
            near = np.minimum(dx, n - dx)[:, None] ** 2 + np.minimum(dy, n - dy) ** 2 < R**2
            void[near] = False
        found.append(representative_edge(void, np.full(3, 1e-7), 0.02))
    edge, error = np.array(found).T
    expected = 1e-7 * np.sqrt(c) / 0.02
    assert np.sqrt(np.mean(edge**2)) == pytest.approx(expected, rel=0.1)
    assert 0.5 < np.mean(np.abs(edge - expected) < error) < 0.95


def test_errors_of_chords_and_shares_are_their_scatter():
    """Twenty windows of 48 x 48 x 24, structures of four voxels: a factor of 2, axis by axis."""
    fields = [blobs((96, 96, 24), 1.5, seed) < 0.33 for seed in range(5)]
    windows = [f[i : i + 48, j : j + 48] for f in fields for i in (0, 48) for j in (0, 48)]

    def chords(phase):
        return np.array([mean_chord(phase, axis, False) for axis in range(3)])

    def of_chords(phase):
        return chords(phase), error_by_columns(chords, phase)

    def of_shares(phase):
        return percolation(phase, WINDOW)

    for measure in (of_chords, of_shares):
        found, error = np.swapaxes([measure(w) for w in windows], 0, 1)
        ratio = (error**2).mean(axis=0) ** 0.5 / found.std(axis=0, ddof=1)
        assert ((0.5 < ratio) & (ratio < 2)).all(), ratio


def test_error_of_the_fabric_is_its_scatter():
    """Points in a box with their near pairs as contacts, sixty draws: sqrt(2) times it, 25 %.

    Here contacts are independent, and each is left out with both its ends.
    """
    fabric, stated = [], []
    for seed in range(60):
        place = np.random.default_rng(seed).random((80, 3))
        across = place[:, None] - place[None]
        across -= np.rint(across)
        distance = np.linalg.norm(across, axis=2)
        i, j = np.nonzero(np.triu(distance < 0.25, 1))
        normal = across[i, j] / distance[i, j, None]
        pairs, count = np.stack([i, j], axis=1) + 1, np.bincount([*i, *j], minlength=80)
        network = ContactNetwork(pairs, normal, count, normal.T @ normal / len(normal))
        fabric.append(network.fabric)
        stated.append(fabric_error(network))
    scatter, rms = np.std(fabric, axis=0, ddof=1), np.mean(np.square(stated), axis=0) ** 0.5
    assert rms / scatter == pytest.approx(np.full((3, 3), np.sqrt(2)), rel=0.25)


def test_characterise_adds_up():
    """Three phases: fractions make one, chords and percolation of each, interfaces by pair."""
    label = np.zeros((20, 20, 24), np.uint8)
    label[:, :, 8:16] = 1
    label[:, :, 16:] = 2
    found = characterise(label, 2 * UNIT, BOX)
    assert found.fraction == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert found.percolating == pytest.approx(np.array([[1, 1, 0]] * 3))
    plane = 1 / (24 * 2.0)
    assert found.interface["active-pore"][0] == pytest.approx(plane, rel=0.08)
    assert found.interface["active-cbd"][0] == pytest.approx(plane, rel=0.08)
    assert found.interface["cbd-pore"][0] == 0
    assert found.chord[1, 2] == 16
    assert found.network.coordination.tolist() == [0]
    # Layers are the same in every column, and one particle has no contact to leave out.
    for error in (found.percolating_error, found.chord_error, found.fabric_error):
        assert error == pytest.approx(np.zeros((3, 3)))
