"""Particles on several ranks: nobody is lost, and each pair is seen from both sides.

The reference is the whole system on every rank: the union of owned particles must be all of them,
each ghost must be the image of its owner's particle, and the pairs within reach must be those that
a search over all pairs and images finds.
"""

from __future__ import annotations

import itertools

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.errors import CaseError
from multiscale.particles.bricks import Bricks, balanced, bricks, heights, imbalance
from multiscale.particles.halo import Halo
from multiscale.particles.migrate import Ragged, migrate
from multiscale.particles.window import Window, window_of

COMM = MPI.COMM_WORLD
ORIGIN = np.array([-1.0, 2.0, 0.5])
RATE = np.array([[0.1, 0.7, 0.0], [0.0, -0.2, 0.0], [0.0, 0.0, 0.1]])  # shear, squeeze and stretch
SKIN = 0.1

# Axes that may be cut, and which are periodic.
BOXES = [
    ("xy", (True, True, False)),
    ("xyz", (True, True, True)),
    ("z", (True, True, False)),
    ("y", (False, True, True)),
]


def on(*counts: int) -> pytest.MarkDecorator:
    """Run a test on each of these numbers of ranks."""
    marked = [pytest.param(n, marks=pytest.mark.mpi(n)) for n in counts]
    return pytest.mark.parametrize("ranks", marked)


class System:
    """All particles, known to every rank: radii of two sizes in a tilted box."""

    def __init__(self, n: int, scale: float = 1.0) -> None:
        rng = np.random.default_rng(3)
        self.H = scale * np.array([[6.0, 2.9, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 5.5]])
        self.s = rng.random((n, 3))
        self.radius = np.where(rng.random(n) < 0.5, 0.4, 0.1)
        self.reach = self.radius + 0.4 + SKIN
        self.v, self.spin = rng.normal(size=(2, n, 3))

    @property
    def x(self) -> np.ndarray:
        return ORIGIN + self.s @ self.H.T

    def share(self, where: Bricks) -> np.ndarray:
        """Ids owned by this rank when rank 0 had all."""
        ids = np.arange(len(self.s)) if COMM.rank == 0 else np.empty(0, np.int64)
        (mine,), _ = migrate(where, self.s[ids], [ids])
        return mine

    def pairs(self, periodic: tuple[bool, bool, bool]) -> set[tuple[int, ...]]:
        """(i, j, k): particle i and the image k of particle j are within reach, both ways."""
        found: set[tuple[int, ...]] = set()
        for k in itertools.product(*[(-1, 0, 1) if p else (0,) for p in periodic]):
            i, j = near(self.x, self.radius, self.x + self.H @ k, self.radius)
            found |= {(a, b, *k) for a, b in zip(i.tolist(), j.tolist(), strict=True)}
        return {p for p in found if p[0] != p[1] or any(p[2:])}


def near(x: np.ndarray, r: np.ndarray, y: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, ...]:
    """Index pairs of spheres closer than the skin."""
    d = np.linalg.norm(x[:, None] - y[None], axis=2)
    return np.nonzero(d < r[:, None] + q[None] + SKIN)


def equal_bricks(dims: tuple[int, ...], periodic: tuple[bool, ...]) -> Bricks:
    return Bricks(COMM, dims, tuple(np.linspace(0, 1, p + 1) for p in dims), periodic)


def halo_of(
    system: System, where: Bricks, ids: np.ndarray, window: Window | None
) -> tuple[Halo, list[np.ndarray]]:
    X = np.hstack([system.x[ids], system.radius[ids, None]])
    V = np.full((len(ids), 8), 7.0)
    V[:, :3], V[:, 4:7] = system.v[ids], system.spin[ids]
    own = [ids, X, V]
    halo, rows = Halo.build(where, system.s[ids], system.reach[ids], system.H, own, window)
    halo.forward(rows[1], rows[2], system.H, RATE @ system.H)
    return halo, rows


def check_images(system: System, halo: Halo, rows: list[np.ndarray], where: Bricks) -> np.ndarray:
    """Compare each ghost with its owner's particle; give the periods k between them."""
    ids, X, V = (a[halo.owned :] for a in rows)
    period = np.linalg.solve(system.H, (X[:, :3] - system.x[ids]).T).T
    k = np.rint(period)
    assert len(ids) == halo.ghosts
    assert np.abs(period - k).max(initial=0) < 1e-12
    assert not k[:, [a for a in range(3) if where.dims[a] == 1 or not where.periodic[a]]].any()
    assert np.allclose(V[:, :3], system.v[ids] + k @ (RATE @ system.H).T, atol=1e-12)
    assert np.array_equal(V[:, 4:7], system.spin[ids])
    assert np.array_equal(X[:, 3], system.radius[ids]) and np.all(V[:, [3, 7]] == 7.0)
    return k.astype(int)


@on(1, 2, 3, 4)
def test_every_pair_is_seen_from_both_sides(ranks) -> None:
    """Positions, velocities with the offset of the shear, and the pairs across all borders: by
    messages, as between machines, and through the memory of one machine."""
    shared = window_of(COMM)
    assert shared is not None
    for axes, periodic in BOXES:
        for dims in divisions(COMM.size, axes):
            where = equal_bricks(dims, periodic)
            for window in (None, shared):
                check_box(System(300), where, window)
                if max(dims) <= 2:  # so narrow that a rank holds two images of one particle
                    check_box(System(40, scale=0.4), where, window)


def check_box(system: System, where: Bricks, window: Window | None) -> None:
    ids = system.share(where)
    assert np.array_equal(np.sort(np.concatenate(COMM.allgather(ids))), np.arange(len(system.s)))
    assert np.array_equal(where.owner(system.s[ids]), np.full(len(ids), COMM.rank))
    halo, rows = halo_of(system, where, ids, window)
    k = check_images(system, halo, rows, where)
    assert np.array_equal(halo.s, system.s[rows[0][halo.owned :]] + k)
    assert seen(system, where, halo, rows, k) == system.pairs(where.periodic)

    # The box deforms and the particles drift: the same ghosts, at their new places.
    system.H = system.H + 0.05 * RATE @ system.H
    system.s = system.s + 0.01 * np.sin(np.arange(system.s.size)).reshape(-1, 3)
    system.v = system.v - 1.0
    rows[1][: halo.owned, :3], rows[2][: halo.owned, :3] = system.x[ids], system.v[ids]
    halo.forward(rows[1], rows[2], system.H, RATE @ system.H)
    assert np.array_equal(check_images(system, halo, rows, where), k)

    # Every third ghost is in no use: the others stay where they are, and are kept up to date.
    idle = rows[0][halo.owned :] % 3 == 0
    fewer, stays = halo.without(idle)
    assert stays[~idle].all()
    assert (
        max(where.dims) < COMM.size or not stays[idle].any()
    )  # cut along one axis: none passed on
    kept = [np.concatenate([a[: halo.owned], a[halo.owned :][stays]]) for a in rows]
    system.v = system.v + 2.0
    kept[2][: halo.owned, :3] = system.v[ids]
    fewer.forward(kept[1], kept[2], system.H, RATE @ system.H)
    assert np.array_equal(check_images(system, fewer, kept, where), k[stays])
    fewer.free()


def divisions(size: int, axes: str) -> list[tuple[int, ...]]:
    """All ways to cut the named axes into `size` bricks."""
    counts = [range(1, 5) if name in axes else (1,) for name in "xyz"]
    return sorted(d for d in itertools.product(*counts) if np.prod(d) == size)


def seen(
    system: System, where: Bricks, halo: Halo, rows: list[np.ndarray], k: np.ndarray
) -> set[tuple[int, ...]]:
    """Pairs (i, j, k) with i owned on any rank, as a neighbour list with image codes sees them."""
    ids, X, _ = rows
    k = np.vstack([np.zeros((halo.owned, 3), int), k])
    codes = [
        (-1, 0, 1) if p and d == 1 else (0,)
        for p, d in zip(where.periodic, where.dims, strict=True)
    ]
    found: list[tuple[int, ...]] = []
    mine = slice(0, halo.owned)
    for code in itertools.product(*codes):
        i, j = near(X[mine, :3], X[mine, 3], X[:, :3] + system.H @ code, X[:, 3])
        other = ~((i == j) & (not any(code)))
        found += np.column_stack([ids[i], ids[j], k[j] + code])[other].tolist()
    total = [tuple(p) for p in itertools.chain(*COMM.allgather(found))]
    assert len(total) == len(set(total))
    return set(total)


@on(2)
def test_the_halo_is_as_wide_as_the_reach_across_a_tilted_face(ranks) -> None:
    """Along the normal of the face a ghost is fetched up to the reach and not beyond."""
    where, H = equal_bricks((2, 1, 1), (True, True, False)), System(0).H
    normal = np.linalg.inv(H)[0]  # a* is normal to the face and shorter than 1/|a|
    away = np.array([0.01, 0.5, 0.999, 1.001, 1.2]) / 2  # from the face x* = 1/2, reach 1/2
    side = 1 if COMM.rank else -1
    x = H @ [0.5, 0.5, 0.5] + side * away[:, None] * normal / np.linalg.norm(normal)
    s = np.linalg.solve(H, x.T).T
    halo, (known,) = Halo.build(where, s, np.full(5, 0.5), H, [np.arange(5)])
    assert known[halo.owned :].tolist() == [0, 1, 2]
    halo.free()


@on(2, 3, 4)
def test_histories_survive_a_round_trip(ranks) -> None:
    """Particles wander anywhere with contacts and bonds, and come back as they were."""
    where = bricks(COMM, (1, 1, 1), (True, True, False))
    n = 300
    counts = np.random.default_rng(5).integers(0, 5, n).astype(np.int32)
    ids = np.arange(n) if COMM.rank == 0 else np.empty(0, np.int64)

    def contacts(of: np.ndarray) -> Ragged:
        partner = np.concatenate([[], *(1000 * i + np.arange(counts[i]) for i in of)])
        return Ragged(counts[of], (partner.astype(np.int64), np.outer(partner, [1.0, 2.0, 3.0])))

    def bonds(of: np.ndarray) -> Ragged:
        return Ragged((of % 2).astype(np.int32), (of[of % 2 == 1].astype(float),))

    sets = [contacts(ids), bonds(ids)]
    for turn in range(6):
        s = np.random.default_rng(turn % 5).random((n, 3))
        before = ids
        (ids, x), sets = migrate(where, s[ids], [ids, s[ids]], sets)
        assert np.array_equal(x, s[ids]) and np.all(where.owner(x) == COMM.rank)
        stayed = before[where.owner(s[before]) == COMM.rank]
        assert np.array_equal(ids[: len(stayed)], stayed)
        for got, expected in zip(sets, (contacts(ids), bonds(ids)), strict=True):
            assert np.array_equal(got.counts, expected.counts)
            for a, b in zip(got.items, expected.items, strict=True):
                assert np.array_equal(a, b) and a.dtype == b.dtype
    assert COMM.allreduce(len(ids)) == n


@on(2)
def test_balance_evens_a_skewed_density(ranks) -> None:
    rng = np.random.default_rng(COMM.rank)
    s = rng.random((6000, 3))
    s[:, 0] **= 2
    where = bricks(COMM, (2, 1, 1), (True, True, False))
    (before,), _ = migrate(where, s, [s])
    even = balanced(where, before, np.ones(len(before)), np.diag([2.0, 1, 1]), 0.1)
    (after,), _ = migrate(even, before, [before])
    assert imbalance(COMM, len(before)) > 1.3
    assert imbalance(COMM, len(after)) < 1.03
    assert all(np.array_equal(even.cuts[0], cut) for cut in COMM.allgather(even.cuts[0]))


@on(3)
def test_ranks_refuse_narrow_bricks_together(ranks) -> None:
    """Only one rank holds the particle that reaches too far, yet all raise."""
    where = bricks(COMM, (3, 1, 1), (True, True, False))
    reach = np.array([1.2 if COMM.rank == 1 else 0.1])
    with pytest.raises(CaseError, match="3 ranks cut the particle box of 3 x 1 x 1 m") as told:
        Halo.build(where, where.lower[None], reach, np.diag([3.0, 1, 1]), [])
    assert told.value.agreed
    assert len(set(COMM.allgather(str(told.value)))) == 1


@on(4)
def test_further_rows_follow_the_ghosts(ranks) -> None:
    """Also to bricks across a corner, which no message reaches directly; and to empty bricks."""
    where = equal_bricks((2, 2, 1), (True, True, True))
    for n in (200, 1):
        system = System(n)
        halo, rows = halo_of(system, where, system.share(where), None)
        ids = rows[0]
        torque, kind = np.full((len(ids), 3), np.nan), np.zeros(len(ids), np.int32)
        torque[: halo.owned] = system.spin[ids[: halo.owned]]
        kind[: halo.owned] = ids[: halo.owned]
        halo.forward_rows(torque, kind)
        assert np.array_equal(torque, system.spin[ids]) and np.array_equal(kind, ids)
        assert np.all(halo.s * heights(system.H) > -1.0)
        halo.free()


@on(2, 3)
def test_two_halos_share_a_window_that_grows(ranks) -> None:
    """Halos of one communicator in turn; the second, larger one moves the window of the first."""
    where = equal_bricks((COMM.size, 1, 1), (True, True, True))
    window = Window(COMM)  # its own, so that it starts small
    small, large = System(60), System(900)
    systems = []
    for system in (small, large):
        ids = system.share(where)
        systems.append((system, ids, *halo_of(system, where, ids, window)))
    for _ in range(3):
        for system, ids, halo, rows in systems:
            system.v = system.v + 1.0
            rows[2][: halo.owned, :3] = system.v[ids]
            word = halo.forward(rows[1], rows[2], system.H, RATE @ system.H, float(COMM.rank))
            check_images(system, halo, rows, where)
            beside = {where.left[0], where.right[0], COMM.rank}
            assert word == max(beside)
