"""Errors of S2, lineal path and chord lengths against the scatter of Boolean models."""

import numpy as np
import pytest

from multiscale.voxels.chords import (
    chord_lengths,
    chord_lengths_with_error,
    lineal_path,
    lineal_path_with_error,
)
from multiscale.voxels.tiles import error_of_ratio, tile_bounds, tile_of
from multiscale.voxels.two_point import two_point_probability, two_point_with_error

N, RADIUS, MANY = 36, 2.0, 24
EDGE = np.ones(3)


def void(seed: int) -> np.ndarray:
    """What overlapping spheres at random points leave, half the volume; periodic."""
    rng = np.random.default_rng(seed)
    count = rng.poisson(np.log(2) / (4 / 3 * np.pi * RADIUS**3) * N**3)
    left, x = np.ones((N, N, N), bool), np.arange(N) + 0.5
    for centre in rng.random((count, 3)) * N:
        a, b, c = ((x - at + N / 2) % N - N / 2 for at in centre)
        left &= a[:, None, None] ** 2 + b[None, :, None] ** 2 + c**2 > RADIUS**2
    return left


def test_stated_errors_are_the_scatter_of_realisations() -> None:
    """Root mean square of the stated errors over the standard deviation of 24 realisations: S2
    0.8 to 0.6 as pairs reach out of their tile, L and p about 0.9; their own scatter is 15 %."""
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"S2": [], "L": [], "p": []}
    for seed in range(MANY):
        phase = void(seed)
        _, *s2 = two_point_with_error(phase, EDGE, (True, True, False), 8.0)
        found["S2"].append((s2[0], s2[1]))
        found["L"].append(lineal_path_with_error(phase, 2, False))
        found["p"].append(chord_lengths_with_error(phase, 0, True))
    for name, bins in (("S2", slice(0, 8)), ("L", slice(0, 8)), ("p", slice(1, 8))):
        value, error = (np.array(each)[:, bins] for each in zip(*found[name], strict=True))
        ratio = np.sqrt(np.mean(error**2, axis=0)) / value.std(axis=0, ddof=1)
        assert (ratio > 0.5).all() and (ratio < 1.5).all(), (name, ratio)
        assert 0.65 < ratio.mean() < 1.2, (name, ratio)


@pytest.mark.parametrize("periodic", [(True, True, False), (False, False, False)])
def test_tiles_add_up_to_the_box(periodic: tuple[bool, bool, bool]) -> None:
    """The curves are those without errors, where tiles are unlike and r exceeds the box too."""
    phase, edge = void(1)[:20, :17, :11], np.array([1.0, 1.3, 0.7])
    for reach in (6.0, 40.0):
        r, s2, error = two_point_with_error(phase, edge, periodic, reach)
        plain = two_point_probability(phase, edge, periodic, reach)
        np.testing.assert_array_equal((r, s2), plain)
        assert error.shape == s2.shape and (error >= 0).all()
    for axis in range(3):
        one, wraps = lineal_path_with_error(phase, axis, periodic[axis])[0], periodic[axis]
        np.testing.assert_array_equal(one, lineal_path(phase, axis, wraps))
        chords, error = chord_lengths_with_error(phase, axis, wraps)
        np.testing.assert_array_equal(chords, chord_lengths(phase, axis, wraps))
        assert error.shape == chords.shape and np.isfinite(error).all()


def test_error_of_a_ratio_of_equal_parts_is_that_of_a_mean() -> None:
    """s/sqrt(g), of parts of one size."""
    a = np.random.default_rng(3).random(9)
    assert error_of_ratio(a, np.ones(9)) == pytest.approx(a.std(ddof=1) / 3)
    assert error_of_ratio(2 * a, a) == pytest.approx(0, abs=1e-15)
    assert tile_bounds(20) == [0, 7, 14, 20]
    rows = np.arange(20)
    assert [np.flatnonzero(tile_of(rows, 0 * rows, 20, 5) == 3 * k)[0] for k in range(3)] == [
        0, 7, 14,
    ]  # fmt: skip
