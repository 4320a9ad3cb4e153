"""The start of very many particles: each rank holds its share, and the places are the same."""

from __future__ import annotations

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.errors import CaseError
from multiscale.particles import placing
from multiscale.particles.placing import Room, place
from multiscale.particles.radii import Radii, radii_of
from multiscale.particles.scattering import scatter

COMM = MPI.COMM_WORLD
SIZES = Radii(np.array([4.0, 3.0, 1.1, 1.0, 0.6]), np.cumsum([12, 20, 300, 500, 1100]))
PERIODIC = (True, True, False)


def least_distance(x: np.ndarray, r: np.ndarray, edge: float) -> float:
    """Distance of the nearest two spheres over the sum of their radii, pair by pair."""
    least = np.inf
    for k in range(1, len(x)):
        d = x[:k] - x[k]
        d -= np.where(PERIODIC, edge * np.rint(d / edge), 0.0)
        least = min(least, float((np.linalg.norm(d, axis=1) / (r[:k] + r[k])).min()))
    return least


@pytest.mark.parametrize("ranks", [pytest.param(n, marks=pytest.mark.mpi(n)) for n in (1, 2, 3)])
def test_places_are_the_same_bits_on_any_ranks(ranks: int) -> None:
    """Five sizes in a box that is closed along z; nobody holds more than a brick's share."""
    edge = (SIZES.volume / 0.19) ** (1 / 3)
    x, ids = scatter(SIZES, (edge,) * 3, PERIODIC, 7, COMM)
    whole = [np.concatenate(parts) for parts in zip(*COMM.allgather((ids, x)), strict=True)]
    order = np.argsort(whole[0])
    alone, numbers = scatter(SIZES, (edge,) * 3, PERIODIC, 7, MPI.COMM_SELF)
    assert np.array_equal(whole[0][order], np.arange(len(SIZES)))
    assert np.array_equal(whole[1][order], alone[np.argsort(numbers)])
    assert len(ids) < 1.3 * len(SIZES) / COMM.size
    if COMM.size == 1:
        r = SIZES.every()
        assert 1.0 <= least_distance(whole[1][order], r, edge) < 1.01
        z = whole[1][order][:, 2]
        assert (z >= r).all() and (z <= edge - r).all()
        other, _ = scatter(SIZES, (edge,) * 3, PERIODIC, 8, COMM)
        assert np.abs(np.corrcoef(other[:, 0], x[:, 0])[0, 1]) < 0.1  # another seed
        assert abs(x[:, 0].mean() / edge - 0.5) < 4 / np.sqrt(12 * len(x))


@pytest.mark.mpi(2)
def test_a_start_of_many_grows_on_all_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond what one rank makes: no overlap at the end, the same bits as on one rank, and refused
    together where none fit."""
    monkeypatch.setattr(placing, "ON_ONE_RANK", 0)
    n, fraction = 200, 0.3
    edge = (n * 4 / 3 * np.pi / fraction) ** (1 / 3)
    x, ids = place(np.ones(n), Room((edge,) * 3, PERIODIC), 1, COMM)
    found = [np.concatenate(parts) for parts in zip(*COMM.allgather((ids, x)), strict=True)]
    assert np.array_equal(np.sort(found[0]), np.arange(n))
    assert least_distance(found[1], np.ones(n), edge) >= 1.0
    alone, numbers = place(np.ones(n), Room((edge,) * 3, PERIODIC), 1, MPI.COMM_SELF)
    assert np.array_equal(found[1][np.argsort(found[0])], alone[np.argsort(numbers)])
    monkeypatch.setattr("multiscale.particles.scattering._ROUNDS", 1)
    with pytest.raises(CaseError, match="no place was found") as told:
        place(np.ones(n), Room((edge,) * 3, PERIODIC), 1, COMM)
    assert told.value.agreed


def test_runs_are_the_radii_of_all() -> None:
    r = np.array([3.0, 3.0, 2.0, 2.0, 2.0, 3.0])
    runs = radii_of(r)
    assert runs.value.tolist() == [3.0, 2.0, 3.0] and len(runs) == 6
    assert np.array_equal(runs.every(), r) and np.array_equal(runs.of(np.array([5, 2])), r[[5, 2]])
    assert runs.volume == pytest.approx(4 / 3 * np.pi * np.sum(r**3))
    shares = [runs.share(np.array([True, False, True]), k, 2).tolist() for k in (0, 1)]
    assert shares == [[0], [1, 5]]
