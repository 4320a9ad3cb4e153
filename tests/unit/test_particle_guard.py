"""Bad input and lost particles are refused on all ranks, with ids, places and the remedy."""

from __future__ import annotations

import math
from types import SimpleNamespace

from mpi4py import MPI

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multiscale.errors import CaseError, StageFailed
from multiscale.particles import guard, limits
from multiscale.particles.agree import Problem, refuse
from multiscale.particles.box import Box, Wall
from multiscale.particles.laws.hertz_mindlin import hertz_mindlin
from multiscale.particles.laws.lubrication import lubrication
from multiscale.particles.layout import HOME, IMAGE_SHIFT
from multiscale.particles.simulation import Simulation
from multiscale.particles.state import spheres
from multiscale.particles.watch import check, check_particles, check_start, step_limits

COMM, SELF = MPI.COMM_WORLD, MPI.COMM_SELF
NMC = dict(young=140e9, poisson=0.25, restitution=0.9, friction=0.3)  # upstream case A1


def said(problems, where="here", comm=SELF, kind=StageFailed) -> str:
    with pytest.raises(kind) as refused:
        refuse(comm, problems, where, kind)
    assert refused.value.agreed
    return str(refused.value)


def rows(position, radius=1.0):
    x = np.array(position, float).reshape(-1, 3)
    return np.column_stack([x, np.full(len(x), radius)])


def test_nothing_wrong_passes() -> None:
    refuse(SELF, [None, None], "here")


@pytest.mark.mpi(2)
def test_problems_of_all_ranks_are_merged_and_raised_on_all() -> None:
    worst = tuple((float(k), f"case {k}") for k in range(4 * COMM.rank, 4 * COMM.rank + 3))
    problems = [Problem("things", "mend them", 3, worst)] + [None] * COMM.rank
    text = said(problems + ([Problem("others", "stop", 1, ())] if COMM.rank else []), comm=COMM)
    lines = ["case 6", "case 5", "case 4", "case 2", "case 1", "and 1 more"]
    assert text == "here:\n- 1 others: stop\n- 6 things: mend them\n    " + "\n    ".join(lines)


def test_not_finite_names_the_first_ids() -> None:
    X, V, G = rows(np.arange(9).reshape(3, 3)), np.zeros((3, 8)), np.array([7, 5, 9])
    assert guard.not_finite(3, X, V, G) is None
    X[0, 1], V[1, 6] = np.nan, -np.inf
    X[2] = np.nan  # a ghost: it has an owner elsewhere
    text = said([guard.not_finite(2, X, V, G)])
    assert "- 2 particles are not finite: a smaller time step" in text
    assert text.index("particle 5: place (3, 4, 5)") < text.index("particle 7: place (0, nan, 2)")
    F = np.zeros((3, 8))
    F[0, 2] = np.inf
    assert "force (0, 0, inf)" in said([guard.not_finite(1, rows([0, 0, 0]), V, G, F)])


def test_bad_sizes() -> None:
    radius, mass = np.array([1.0, 0.0, 1.0, 1.0, 1.0]), np.array([1.0, 1.0, -1.0, np.nan, np.inf])
    found = guard.bad_sizes(radius, mass, np.arange(5))
    assert found is not None and found.cases == 4
    assert found.worst[0] == (-1.0, "particle 1: radius 0 m, mass 1 kg")
    assert guard.bad_sizes(radius[:1], mass[:1], np.arange(1)) is None


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 12), st.integers(0, 2**32 - 1))
def test_the_deepest_overlaps_are_named_whatever_their_order(pairs: int, seed: int) -> None:
    """Against NumPy: count, order and depth of the worst."""
    draw = np.random.default_rng(seed)
    X = np.column_stack([draw.uniform(0, 3, (2 * pairs, 3)), draw.uniform(0.5, 1.0, 2 * pairs)])
    I = np.arange(pairs, dtype=np.int32)
    J = np.arange(pairs, 2 * pairs, dtype=np.int32)
    gap = np.linalg.norm(X[I, :3] - X[J, :3], axis=1) - X[I, 3] - X[J, 3]
    share = np.sort(-gap / np.minimum(X[I, 3], X[J, 3]))[::-1]
    share = share[share > 0.1]
    images = J | np.int32(HOME << IMAGE_SHIFT)
    ids = draw.permutation(2 * pairs)
    found = guard.overlapping(2 * pairs, pairs, I, images, X, np.zeros((27, 3)), ids, 0.1)
    assert (found.cases if found else 0) == len(share)
    if found:
        assert [depth for depth, _ in found.worst] == pytest.approx(share[:5])


def test_an_overlap_across_a_periodic_side_names_the_image() -> None:
    SH = np.zeros((27, 3))
    SH[HOME - 1] = [-10, 0, 0]
    X, code = rows([[0.5, 0, 0], [9.5, 0, 0]]), np.array([1 | (HOME - 1) << IMAGE_SHIFT], np.int32)
    found = guard.overlapping(2, 1, np.zeros(1, np.int32), code, X, SH, np.array([3, 8]), 0.05)
    text = said([found])
    assert "1 pairs overlap by more than 5 % of the smaller radius: relax the start" in text
    assert "particles 3 at (0.5, 0, 0) m and 8 at (-0.5, 0, 0) m: overlap 1 m, 100 %" in text


def test_a_pair_between_two_ranks_counts_once() -> None:
    X, SH = rows([[0, 0, 0], [1, 0, 0]]), np.zeros((27, 3))
    pair = np.zeros(1, np.int32), np.array([1 | HOME << IMAGE_SHIFT], np.int32)
    counted = [guard.overlapping(1, 1, *pair, X, SH, np.array(g), 0.05) for g in ([3, 8], [8, 3])]
    assert [c.cases if c else 0 for c in counted] == [1, 0]


def test_walls_and_open_ends() -> None:
    W = Wall("z", 0.0).row(Box((9, 9, 9)), ("solid",))[None]
    X, G = rows([[0, 0, 0.99], [0, 0, 0.2], [1, 2, -0.5]]), np.array([4, 5, 6])
    text = said([guard.behind_walls(3, X, W, G, 0.05)])
    assert "2 particles are deeper in a wall than 5 % of their radius" in text
    assert text.index("particle 6 at (1, 2, -0.5) m: overlap with wall 0 1.5 m") < text.index(
        "5 at"
    )
    assert guard.behind_walls(3, X, W[:0], G, 0.05) is None
    ends = np.zeros(3), np.full(3, 9.0)
    X = rows([[-5, 0, 0], [0, 0, -1.5], [0, 12, 0]])
    found = guard.lost(3, X, G, *ends, (True, False, False))
    text = said([found])
    assert "2 particles have left the box: a wall or a smaller time step" in text
    assert text.index("particle 6 at (0, 12, 0) m: 3 radii beyond the box along y") < text.index(
        "particle 5 at (0, 0, -1.5) m: 1.5 radii beyond the box along z"
    )
    assert guard.lost(3, X, G, *ends, (True, True, True)) is None


@pytest.mark.mpi(2)
def test_the_census_finds_who_is_gone_and_who_is_twice() -> None:
    ids = np.array([[0, 4, 2], [3, 7, 5]][COMM.rank])
    assert not guard.census(ids, 6, COMM)  # complete, though not numbered without holes
    text = said(guard.census(ids, 8, COMM), comm=COMM)
    assert "- 2 particles are gone: there were 8" in text
    assert "    particle 1\n    particle 6" in text
    text = said(guard.census(np.array([5, 1 + COMM.rank]), 4, COMM), comm=COMM)
    assert "- 1 identities stand twice" in text and "5 on ranks 0 and 1" in text
    sparse = np.array([10**12 + COMM.rank])
    assert "- 3 particles are gone" in said(guard.census(sparse, 5, COMM), comm=COMM)


def test_a_box_below_two_reaches() -> None:
    found = guard.narrow_box(np.array([3.0, 1.0, 1.0]), (True, True, False), 1.0)
    assert "along y: 1 m, at least 2 m" in said([found])
    assert guard.narrow_box(np.array([3.0, 1.0, 1.0]), (True, False, False), 1.0) is None


def test_limits_of_the_time_step_against_the_published_numbers() -> None:
    """Rayleigh times and the collision times of the cases A1 and A2."""
    shear = 140e9 / 2.5
    assert limits.rayleigh(1.25e-6, 4750, shear, 0.25, share=1) == pytest.approx(1.25e-9, rel=5e-3)
    soft = limits.rayleigh(1.25e-6, 4750, 100e6 / 2.5, 0.25, share=1)
    assert soft == pytest.approx(46.6e-9, rel=1e-2)
    mass = 4750 * 4 / 3 * math.pi * (5e-6) ** 3 / 2
    for young, t_c in ((140e9, 7.3561e-8), (100e6, 1.3338e-6)):
        modulus = young / (1 - 0.25**2) / 2
        assert limits.collision_time(2.5e-6, mass, modulus, 0.01) == pytest.approx(t_c, rel=1e-4)
        assert limits.collision(2.5e-6, mass, modulus, 0.01) == pytest.approx(t_c / 40, rel=1e-4)
    assert limits.lubrication(2.0, 5.0) == pytest.approx(0.04)
    assert limits.adhesion(2.0, 5.0) == pytest.approx(0.02)
    assert limits.collision(1.0, 1.0, 1.0, 0.0) == limits.adhesion(1.0, 0.0) == math.inf
    found = guard.unstable_step(1.0, {"a": 0.5, "b": 2.0, "c": 0.25})
    text = said([found])
    assert "2 limits of the time step are exceeded: it is 1 s; take 0.25 s" in text
    assert text.index("c: at most 0.25 s") < text.index("a: at most 0.5 s")
    assert "b: " not in text
    assert "take 1.2e-09 s" in said([guard.unstable_step(1e-6, {"a": 1.26e-9})])


@given(st.floats(0, 10), st.floats(0, 10))
def test_the_leapfrog_limit_is_where_the_step_starts_to_grow(k: float, c: float) -> None:
    """The spectral radius of the step's matrix passes 1 at the limit."""
    limit = limits.leapfrog(1.0, k, c)
    for dt in (0.99 * limit, 1.01 * limit) if limit < 1e3 else ():
        step = np.array([[1 - k * dt**2, dt * (1 - c * dt)], [-k * dt, 1 - c * dt]])
        growth = abs(np.linalg.eigvals(step)).max()
        assert (growth <= 1 + 1e-9) == (dt < limit)


def simulation(position, laws=None, walls=(), dt=1e-12, comm=SELF, lengths=(1e-4,) * 3, **more):
    particles = spheres(position, 5e-6, density=4750.0, **more)
    periodic = (True, True, not walls)
    return Simulation(
        particles,
        box=Box(lengths, periodic),
        laws=laws or [hertz_mindlin(**NMC)],
        walls=walls,
        time_step=dt,
        comm=comm,
    )


def test_the_laws_say_what_they_allow() -> None:
    """Hertz: k = 3/2 4/3 E* sqrt(R delta); lubrication: c = X at the narrowest film, 26.04-fold."""
    radius, mass = 5e-6, 4750 * 4 / 3 * math.pi * (5e-6) ** 3
    film = lubrication(viscosity=0.1, h_min=0.01, largest_radius=radius)
    built = simulation([[2e-5, 2e-5, 2e-5]], [hertz_mindlin(**NMC | {"restitution": 1.0}), film])
    found = step_limits(built)
    modulus = 140e9 / (1 - 0.25**2) / 2
    stiffness = 2 * modulus * math.sqrt(radius / 2 * 0.05 * radius)
    assert found["hertz_mindlin"] == pytest.approx(
        0.2 * limits.leapfrog(mass / 2, stiffness, 0), rel=1e-3
    )
    squeeze = 6 * math.pi * 0.1 * radius * 26.0374
    among_six = 2 * (mass / 2) / (6 * squeeze)
    assert found["lubrication"] == pytest.approx(among_six, rel=2e-3)
    assert found[limits.TOGETHER] < among_six


def test_a_bad_start_names_everything_at_once() -> None:
    floor = Wall("z", 0.0)
    built = simulation(
        [[2e-5, 2e-5, 2e-5], [2.9e-5, 2e-5, 2e-5], [6e-5, 6e-5, 2e-6]], walls=[floor], dt=1e-6
    )
    with pytest.raises(CaseError) as refused:
        check_start(built)
    text = str(refused.value)
    assert text.startswith("the start of the particles:\n")
    assert "particles 0 at (2e-05, 2e-05, 2e-05) m and 1 at (2.9e-05, 2e-05, 2e-05) m" in text
    assert "particle 2 at (6e-05, 6e-05, 2e-06) m: overlap with wall 0 3e-06 m, 60 %" in text
    assert "hertz_mindlin: at most" in text
    check_start(simulation([[2e-5, 2e-5, 2e-5], [3.1e-5, 2e-5, 2e-5]], walls=[floor]))


@pytest.mark.mpi(2)
def test_a_lost_particle_is_told_on_all_ranks() -> None:
    place = np.random.default_rng(1).uniform(0, 1e-4, (20, 3)) if COMM.rank == 0 else []
    built = simulation(place, comm=COMM, lengths=(1e-4, 1e-4, 2e-4), dt=1e-12)
    built.rebuild()
    check(built)
    if COMM.rank == 1:
        built.state.V[0, 1] = np.nan
        gone = int(built.state.G[0])
    gone = COMM.bcast(gone if COMM.rank == 1 else None, 1)
    with pytest.raises(StageFailed, match=rf"step 0 of the particles:\n.*\n    particle {gone}: "):
        check(built)
    if COMM.rank == 0:
        built.state.n -= 1
    with pytest.raises(StageFailed, match="1 particles are gone: there were 20"):
        check(built)


def test_particles_without_size_and_with_one_id_twice_are_refused_before_the_start() -> None:
    bad = SimpleNamespace(**vars(spheres([[0, 0, 0], [1, np.nan, 0]], [1.0, -1.0])))
    bad.id = np.array([3, 3])
    particles = type(spheres([], 1.0))(**vars(bad))
    with pytest.raises(CaseError) as refused:
        check_particles(particles, SELF)
    for part in ("3 on ranks 0 and 0", "place (1, nan, 0)", "radius -1 m"):
        assert part in str(refused.value)
