"""Placement of the carbon-binder domain against exact volumes and trends."""

import numpy as np
import pytest

from multiscale.bridges.profiles import edges_between, remap
from multiscale.errors import StageFailed
from multiscale.voxels.cbd import (
    ACTIVE,
    CBD,
    PORE,
    fill_bridges,
    fill_by_energy,
    grain_offsets,
    slice_counts,
)
from multiscale.voxels.fibrils import _lay, directions, fill_fibrils
from multiscale.voxels.packing import pack
from multiscale.voxels.voxelise import radius_factor, surface_distances

UNIT = np.ones(3)
VOXEL = np.zeros((1, 3), np.int64)  # a grain of one voxel: the rule as published


def quiet(share):
    """Take the progress and say nothing."""


@pytest.fixture(scope="module")
def packing():
    """Labels of 150 spheres at 0.6 in 64^3 voxels, and s = d_1 + d_2."""
    rng = np.random.default_rng(1)
    radius = rng.uniform(4, 9, 150)
    radius *= np.cbrt(0.6 * 64**3 / np.sum(4 / 3 * np.pi * radius**3))
    centre = pack(radius, 64 * UNIT, rng, lambda share, overlap: None)
    mask, _ = radius_factor(centre, radius, (64, 64, 64), UNIT, round(0.6 * 64**3))
    d1, d2 = surface_distances(centre, radius, mask.shape, UNIT)
    return np.where(mask, ACTIVE, PORE).astype(np.uint8), d1 + d2


def neighbours(label, phase):
    """Face neighbours of each voxel in a phase, periodic in x and y."""
    is_ = (label == phase).astype(int)
    total = sum(np.roll(is_, s, axis) for axis in (0, 1) for s in (1, -1))
    total[:, :, 1:] += is_[:, :, :-1]
    total[:, :, :-1] += is_[:, :, 1:]
    return total


def test_case_13_quota_and_slope(packing):
    """Total exact to a voxel; slope of the slice profile within 2 %."""
    label, spread = packing[0].copy(), packing[1]
    z = (np.arange(40) + 0.5) / 40
    weight = remap(1 + 0.3 * (2 * z - 1), edges_between(z), np.linspace(0, 1, 65))
    total = round(0.11 * label.size)
    quota = slice_counts(weight, total, np.count_nonzero(label == PORE, axis=(0, 1)))
    fill_bridges(label, spread, quota // 2)
    fill_by_energy(label, quota - quota // 2, 0.3, VOXEL, np.random.default_rng(1), 20, quiet)
    assert np.count_nonzero(label == CBD) == total
    assert np.array_equal(label == ACTIVE, packing[0] == ACTIVE)
    middle = (np.arange(64) + 0.5) / 64
    slope, mean = np.polyfit(2 * middle - 1, np.mean(label == CBD, axis=(0, 1)), 1)
    assert slope / mean == pytest.approx(0.3, rel=0.02)


def test_case_13_surplus_goes_to_the_neighbours():
    count = slice_counts(np.array([1.0, 1.0, 1.0, 1.0]), 40, np.array([100, 4, 100, 100]))
    assert count.sum() == 40
    assert count[1] == 4
    assert count[0] + count[2] == 26
    assert count[3] == 10


def test_case_14_energy_rule_follows_w(packing):
    """Active neighbours of the domain fall and its own neighbours rise with w."""
    quota = np.full(64, 350)
    active, own = [], []
    for w in (0.001, 0.25, 0.5, 0.75, 0.999):
        label = packing[0].copy()
        fill_by_energy(label, quota, w, VOXEL, np.random.default_rng(2), 40, quiet)
        domain = label == CBD
        active.append(neighbours(label, ACTIVE)[domain].mean())
        own.append(neighbours(label, CBD)[domain].mean())
    assert (np.diff(active) < 0).all()
    assert (np.diff(own) > 0).all()
    # A film of a voxel leans on the particles, a cluster on itself.
    assert active[0] > 1.5
    assert own[-1] > 1.5 * own[0]


def test_case_14_domain_touches_solid(packing):
    """Grown domain is never adrift: each voxel has a solid neighbour."""
    label = packing[0].copy()
    fill_by_energy(label, np.full(64, 300), 0.9, VOXEL, np.random.default_rng(3), 20, quiet)
    held = neighbours(label, ACTIVE) + neighbours(label, CBD)
    assert (held[label == CBD] > 0).all()


def test_grain_has_the_volume_of_its_ball():
    """Within 7 % from 8 voxels per diameter on; never less than a voxel."""
    edge = np.array([0.5, 0.5, 0.49])
    for diameter in (4.0, 6.0, 10.0):
        volume = len(grain_offsets(diameter, edge)) * edge.prod()
        assert volume == pytest.approx(np.pi / 6 * diameter**3, rel=0.07)
    assert np.array_equal(grain_offsets(0.1, edge), VOXEL)


def test_grains_keep_the_quota_and_touch(packing):
    label = packing[0].copy()
    quota = np.full(64, 300)
    fill_by_energy(label, quota, 0.5, grain_offsets(4, UNIT), np.random.default_rng(3), 20, quiet)
    assert (np.count_nonzero(label == CBD, axis=(0, 1)) == quota).all()
    one = packing[0].copy()
    fill_by_energy(one, quota, 0.5, VOXEL, np.random.default_rng(3), 20, quiet)
    assert neighbours(label, CBD)[label == CBD].mean() > neighbours(one, CBD)[one == CBD].mean()


@pytest.mark.parametrize("s", [0.15, 0.3])
def test_case_15_neck_of_two_spheres(s):
    """Fill to d_1 + d_2 = s R against the ring of a spheroid around two touching spheres: 3 %."""
    n, R = 170, 40.0
    centre = np.array([(85.0, 85.0, 85 - R), (85.0, 85.0, 85 + R)])
    d1, d2 = surface_distances(centre, np.full(2, R), (n, n, n), UNIT)
    label = np.where(d1 <= 0, ACTIVE, PORE).astype(np.uint8)
    spread = d1 + d2
    a = R + s * R / 2  # semi-axis; foci at the centres, c = R
    z = np.linspace(0, min(a, 2 * R), 200_001)
    ring = np.maximum((a**2 - R**2) * (1 - z**2 / a**2) - (R**2 - (z - R) ** 2), 0)
    expected = 2 * np.pi * np.trapezoid(ring, z)
    # Quotas for which every slice reaches the same s, as one capillary pressure would.
    quota = np.count_nonzero((label == PORE) & (spread <= s * R), axis=(0, 1))
    fill_bridges(label, spread, quota)
    filled = label == CBD
    assert filled.sum() == pytest.approx(expected, rel=0.03)
    assert spread[filled].max() <= s * R


def test_fibril_has_the_volume_of_its_rod():
    """pi d^2 L/4 with round ends, at 8 voxels per diameter and any direction: 5 %."""
    d, length = 8.0, 40.0
    rod = np.pi * d**2 * length / 4 + np.pi * d**3 / 6
    for seed in range(4):
        label = np.zeros((64, 64, 96), np.uint8)
        due = np.full(96, label[:, :, 0].size)
        before = due.copy()
        axis = directions(1, np.random.default_rng(seed))
        _lay(label, np.array([[32.3, 31.8, 48.1]]), axis, length, d / 2, np.ones(3), due, 0)
        assert np.count_nonzero(label == CBD) == pytest.approx(rod, rel=0.05)
        assert (before - due).sum() == np.count_nonzero(label == CBD)


def test_fibrils_keep_the_quota_and_point_everywhere(packing):
    label = packing[0].copy()
    quota = np.full(label.shape[2], 60)
    before = np.count_nonzero(label == CBD, axis=(0, 1))
    fill_fibrils(label, quota, 1.0, 20.0, np.ones(3), np.random.default_rng(3))
    assert np.array_equal(np.count_nonzero(label == CBD, axis=(0, 1)) - before, quota)
    drawn = directions(20_000, np.random.default_rng(4))
    assert np.abs(drawn).mean(axis=0) == pytest.approx([0.5] * 3, abs=0.01)
    assert drawn.T @ drawn / len(drawn) == pytest.approx(np.eye(3) / 3, abs=0.01)


def test_fibrils_that_find_no_pore_say_so():
    label = np.full((4, 4, 4), ACTIVE, np.uint8)
    with pytest.raises(StageFailed, match="found no pore"):
        fill_fibrils(label, np.ones(4, int), 1.0, 5.0, np.ones(3), np.random.default_rng(1))
