"""Cutting the box into bricks: division, ownership, balance, and what is refused."""

from __future__ import annotations

from mpi4py import MPI

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multiscale.errors import CaseError
from multiscale.particles.bricks import (
    Bricks,
    balanced,
    bricks,
    check_width,
    heights,
    imbalance,
)
from multiscale.particles.migrate import Ragged, migrate

PERIODIC = (True, True, False)
CUBE = np.eye(3)


class Ranks:
    """A communicator's size and rank, where nothing is sent."""

    def __init__(self, size: int, rank: int = 0) -> None:
        self.size, self.rank = size, rank


def cut(*dims: int, comm: object = MPI.COMM_SELF) -> Bricks:
    """Equal bricks of a box that ends in z."""
    cuts = tuple(np.linspace(0, 1, p + 1) for p in dims)
    return Bricks(comm, dims, cuts, PERIODIC)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ranks", "lengths", "axes", "dims"),
    [
        (1, (1, 1, 1), "xy", (1, 1, 1)),
        (2, (1, 2, 9), "xy", (1, 2, 1)),
        (4, (1, 1, 1), "xy", (4, 1, 1)),  # as much surface as 2 x 2, half the messages
        (6, (1, 1, 1), "xy", (3, 2, 1)),
        (27, (1, 1, 1), "xyz", (3, 3, 3)),
        (8, (4, 1, 1), "xy", (8, 1, 1)),
        (7, (1, 1, 1), "x", (7, 1, 1)),
    ],
)
def test_the_division_has_the_least_surface(ranks, lengths, axes, dims) -> None:
    assert bricks(Ranks(ranks), lengths, PERIODIC, axes).dims == dims


def test_bricks_stay_as_wide_as_the_halo() -> None:
    assert bricks(Ranks(4), (1, 1, 1), PERIODIC, "xy", reach=0.3).dims == (2, 2, 1)
    with pytest.raises(CaseError, match=r"carries 9 ranks at most \(3 x 3 x 1\)") as told:
        bricks(Ranks(11), (1, 1, 1), PERIODIC, "xy", reach=0.3)
    assert told.value.agreed
    check_width(cut(4, 2, 1), CUBE, 0.25)
    with pytest.raises(CaseError, match=r"8 ranks cut the particle box of 1 x 1 x 1 m"):
        check_width(cut(4, 2, 1), CUBE, 0.26)


def test_a_tilted_box_is_lower_than_its_edges_are_long() -> None:
    H = np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 3.0]])
    assert heights(H) == pytest.approx([2 / np.sqrt(2), 1, 3])


@given(st.tuples(*[st.integers(1, 4)] * 3), st.integers(0, 2**32 - 1))
def test_each_particle_lies_in_the_brick_of_its_owner(dims, seed) -> None:
    s = np.random.default_rng(seed).random((50, 3))
    s[0] = 0.0
    owner = cut(*dims).owner(s)
    for rank in range(np.prod(dims)):
        brick = cut(*dims, comm=Ranks(np.prod(dims), rank))
        mine = s[owner == rank]
        assert np.all(mine >= brick.lower) and np.all(mine < brick.upper)


def test_the_last_bricks_own_what_lies_beyond_the_ends() -> None:
    assert cut(1, 1, 3).owner(np.array([[0.5, 0.5, -0.2], [0.5, 0.5, 1.4]])).tolist() == [0, 2]


def test_neighbours_are_mutual_and_end_with_the_box() -> None:
    all_bricks = [cut(2, 3, 2, comm=Ranks(12, rank)) for rank in range(12)]
    for rank, brick in enumerate(all_bricks):
        for a in range(3):
            if brick.right[a] != MPI.PROC_NULL:
                assert all_bricks[brick.right[a]].left[a] == rank
        assert brick.left[0] == brick.right[0]  # two periodic bricks
        assert (brick.left[2] == MPI.PROC_NULL) == (brick.place[2] == 0)


@given(st.integers(2, 6), st.floats(1.0, 4.0), st.integers(0, 2**32 - 1))
def test_slabs_bear_equal_weight(slabs, skew, seed) -> None:
    """A density ~ x^(1/skew - 1), weighted by random pair counts; integers sum exactly."""
    rng = np.random.default_rng(seed)
    s = rng.random((5000, 3))
    s[:, 0] **= skew
    weight = rng.integers(1, 9, 5000).astype(float)
    even = balanced(cut(slabs, 1, 1), s, weight, CUBE, 0.0)
    load = np.bincount(even.owner(s), weight, slabs)
    assert load.max() / load.mean() < 1.15  # a bin at the dense end holds many at skew 4
    shuffled = rng.permutation(5000)
    again = balanced(cut(slabs, 1, 1), s[shuffled], weight[shuffled], CUBE, 0.0)
    assert np.array_equal(even.cuts[0], again.cuts[0])


@given(st.integers(2, 6), st.floats(0.0, 1.0), st.integers(0, 2**32 - 1))
def test_no_slab_is_made_narrower_than_the_halo(slabs, share, seed) -> None:
    s = np.random.default_rng(seed).random((200, 3)) ** 8
    even = balanced(cut(slabs, 1, 1), s, np.ones(200), CUBE, share / slabs)
    assert np.all(np.diff(even.cuts[0]) >= share / slabs * (1 - 1e-9))
    assert even.cuts[0][0] == 0.0 and even.cuts[0][-1] == 1.0
    check_width(even, CUBE, share / slabs)


def test_without_weight_the_cuts_stay() -> None:
    none = balanced(cut(3, 1, 1), np.empty((0, 3)), np.empty(0), CUBE, 0.1)
    assert np.array_equal(none.cuts[0], cut(3, 1, 1).cuts[0])
    with pytest.raises(CaseError, match="carries 4 ranks at most"):
        balanced(cut(3, 1, 1), np.empty((0, 3)), np.empty(0), CUBE, 0.4)


def test_one_rank_alone_is_balanced_and_keeps_all() -> None:
    assert imbalance(MPI.COMM_SELF, 7.0) == imbalance(MPI.COMM_SELF, 0.0) == 1.0
    s = np.random.default_rng(1).random((9, 3))
    history = Ragged(np.ones(9, np.int32), (np.arange(9.0),))
    (kept,), (same,) = migrate(cut(1, 1, 1), s, [s], [history])
    assert kept is s and same is history
