"""Random numbers, symmetry and limits of the laws of the liquid."""

import numpy as np
import pytest
from fluid_pair import body, contact, pair_resistance, pair_wrench, parameters, wall_wrench
from numba import njit

from multiscale.particles.elementary import arctan, log
from multiscale.particles.law import Law
from multiscale.particles.laws.brownian import pair_brownian
from multiscale.particles.laws.dense_drag import dense_drag
from multiscale.particles.laws.lubrication import lubrication
from multiscale.particles.laws.pendular import pendular
from multiscale.particles.laws.stokes_drag import stokes_drag
from multiscale.particles.random import noise, philox

FILM = lubrication(viscosity=0.7, h_min=1e-3, h_max=0.1, largest_radius=2.0)
SHAKE = pair_brownian(
    temperature=300.0, viscosity=0.7, seed=8, h_min=1e-3, h_max=0.1, largest_radius=2.0
)
SEAT = np.array([1.0, 2.0, -2.0]) / 3.0
WORD = 2**32 - 1


@njit(error_model="numpy")
def over(function, x):  # type: ignore[no-untyped-def]
    out = np.empty_like(x)
    for k in range(x.size):
        out[k] = function(x[k])
    return out


@njit(error_model="numpy")
def draw(seed, stream, step, first, second):  # type: ignore[no-untyped-def]
    out = np.empty((6, first.size))
    for k in range(first.size):
        out[:, k] = noise(seed, stream, step, first[k], second[k])
    return out


@njit
def scramble(a, b, c, d, e, f):  # type: ignore[no-untyped-def]
    return philox(a, b, c, d, e, f)


def test_logarithm_and_arctangent_are_as_accurate_as_stated() -> None:
    x = np.exp(np.linspace(-40.0, 40.0, 200_001))
    assert np.abs(over(log, x) - np.log(x)).max() < 2e-11
    y = np.linspace(0.0, 3.0, 100_001)
    assert np.abs(over(arctan, y) - np.arctan(y)).max() < 1e-9


@pytest.mark.parametrize(
    ("counter", "key", "result"),
    [
        ((0,) * 4, (0,) * 2, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((WORD,) * 4, (WORD,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_words(
    counter: tuple[int, ...], key: tuple[int, ...], result: tuple[int, ...]
) -> None:
    """The known answers that come with [Salmon2011]."""
    assert tuple(int(w) for w in scramble(*map(np.uint64, (*counter, *key)))) == result


def test_noise_is_uniform_with_unit_variance_and_uncorrelated() -> None:
    n = 400_000
    first = np.arange(n)
    g = draw(7.0, 1, 5, first, first + 1)
    bound = 4.5 / np.sqrt(n)
    assert np.abs(g.mean(axis=1)).max() < bound
    assert np.abs((g**2).mean(axis=1) - 1.0).max() < bound  # the variance of g^2 is 0.8
    assert np.abs(np.corrcoef(g) - np.eye(6)).max() < bound
    assert np.abs(g).max() < np.sqrt(3.0)
    counts = np.histogram(g, bins=256, range=(-np.sqrt(3.0), np.sqrt(3.0)))[0]
    expected = g.size / 256
    chi2 = np.sum((counts - expected) ** 2 / expected)
    assert abs(chi2 - 255.0) < 5.0 * np.sqrt(2.0 * 255.0)


@pytest.mark.parametrize("changed", ["seed", "stream", "step", "first", "second", "neighbour"])
def test_noise_of_different_uses_is_independent(changed: str) -> None:
    n = 200_000
    ids = np.arange(n)
    given = {"seed": 7.0, "stream": 1, "step": 5, "first": ids, "second": ids + n}
    other = dict(given)
    if changed == "neighbour":
        other = given | {"first": ids + 1, "second": ids + n + 1}
    elif changed in ("first", "second"):
        other[changed] = given[changed] + 2 * n
    else:
        other[changed] = given[changed] + 1
    a, b = draw(*given.values()), draw(*other.values())
    assert np.abs(a @ b.T / n).max() < 4.5 / np.sqrt(n)


def swapped(law: Law, gap: float, ids: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Give the wrenches on (i, j), asked as (i, j) and as (j, i)."""
    rng = np.random.default_rng(2)
    r = np.array([1.3, 0.6])
    x = np.array([SEAT * (r.sum() + gap), np.zeros(3)])
    v, w, m, k = rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), np.ones(2), np.array(ids)
    p, h = parameters(law), (1.0,) * law.kind.history
    f = law.kind.function
    one = pair_wrench(f, p, h, x, v, w, r, m, k, 4, 1e-3)
    two = pair_wrench(f, p, h, x[::-1], v[::-1], w[::-1], r[::-1], m, k[::-1], 4, 1e-3)
    return one, two[::-1]


@pytest.mark.parametrize("law", [FILM, SHAKE])
@pytest.mark.parametrize("gap", [-0.01, 0.004, 0.03])
@pytest.mark.parametrize("ids", [(3, 12), (12, 3)])
def test_a_pair_is_the_same_from_either_side(law: Law, gap: float, ids: tuple[int, int]) -> None:
    one, two = swapped(law, gap, ids)
    assert np.abs(one).max() > 0.0
    assert one == pytest.approx(two, rel=1e-12, abs=1e-13 * np.abs(one).max())


def test_random_numbers_of_a_pair_are_the_same_bits_from_either_side() -> None:
    law = SHAKE
    one, two = swapped(law, 0.03, (5, 900))
    assert np.array_equal(one[:, 0], two[:, 0])


@pytest.mark.parametrize("law", [FILM, SHAKE])
def test_a_pair_conserves_momentum_and_angular_momentum(law: Law) -> None:
    one, _ = swapped(law, 0.03, (3, 12))
    x = SEAT * 1.93
    assert one[0, 0] == pytest.approx(-one[1, 0], rel=1e-14)
    torque = one[0, 1] + one[1, 1] + np.cross(x, one[0, 0])
    assert torque == pytest.approx(np.zeros(3), abs=1e-12 * np.abs(one).max())


def test_film_leaves_rigid_motion_alone_and_takes_energy_from_any_other() -> None:
    gap, radii = 0.02, (1.0, 0.3)
    matrix = pair_resistance(FILM, radii, gap, SEAT)
    assert np.abs(matrix - matrix.T).max() < 1e-12 * np.abs(matrix).max()
    assert np.linalg.eigvalsh(matrix).min() > -1e-12 * np.abs(matrix).max()
    spin, x = np.array([0.3, -1.0, 0.4]), SEAT * (sum(radii) + gap)
    rigid = np.concatenate([np.cross(spin, x) + 1.0, spin, np.ones(3), spin])
    assert np.abs(matrix @ rigid).max() < 1e-12 * np.abs(matrix).max()


@pytest.mark.parametrize("beta", [1.0, 0.5, 0.1, 0.01])
@pytest.mark.parametrize("gap", [1e-4, 0.01, 0.09])
def test_film_never_gives_energy(beta: float, gap: float) -> None:
    matrix = pair_resistance(FILM, (1.0, beta), gap * beta, SEAT)
    assert np.linalg.eigvalsh(matrix).min() > -1e-12 * np.abs(matrix).max()


def test_film_is_limited_by_roughness_and_ends_at_its_reach() -> None:
    def squeeze(gap: float) -> float:
        return float(SEAT @ pair_resistance(FILM, (2.0, 0.5), gap, SEAT)[:3, :3] @ SEAT)

    least = 1e-3 * 0.5  # of the smaller radius
    assert squeeze(0.0) == squeeze(-0.01) == pytest.approx(squeeze(least), rel=1e-9)
    assert squeeze(2.0 * least) < squeeze(least)
    assert squeeze(0.0999 * 0.5) > 0.0
    assert squeeze(0.1001 * 0.5) == 0.0
    assert FILM.reach == pytest.approx(0.2)


def test_wall_film_is_finite() -> None:
    still = np.zeros(3)
    for law in (FILM, SHAKE):
        wrench = wall_wrench(
            law.kind.function, parameters(law), (), 1.01 * np.array([0.0, 0.0, 1.0]),
            np.array([1.0, 0.0, -1.0]), still, 1.0, 1.0, 3, 1e-3,
        )  # fmt: skip
        assert np.isfinite(wrench).all() and np.abs(wrench).max() > 0.0


def test_noise_vanishes_where_the_film_ends() -> None:
    one, _ = swapped(SHAKE, 0.3, (3, 12))
    assert np.array_equal(one, np.zeros((2, 2, 3)))


@njit(error_model="numpy")
def contact_of(x, v, w, r):  # type: ignore[no-untyped-def]
    return contact(x, v, w, r, np.ones(2), np.array([0, 1]), 0, 2.0)[0]


@njit(error_model="numpy")
def lost(law, p, x, v, w, r):  # type: ignore[no-untyped-def]
    return law(contact_of(x, v, w, r), p, ())[0].lost


def test_film_books_the_work_of_its_forces() -> None:
    rng = np.random.default_rng(5)
    r, gap = np.array([1.0, 0.4]), 0.01
    x = np.array([SEAT * (r.sum() + gap), np.zeros(3)])
    v, w = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    wrench = pair_wrench(
        FILM.kind.function, parameters(FILM), (), x, v, w, r, np.ones(2), np.array([0, 1]), 0, 2.0
    )
    work = -2.0 * np.sum(wrench * np.stack([v, w], axis=1))
    booked = lost(FILM.kind.function, parameters(FILM), x, v, w, r)
    assert booked == pytest.approx(work, rel=1e-10)
    assert booked > 0.0


@njit(error_model="numpy")
def stretch(law, p, gaps):  # type: ignore[no-untyped-def]
    """Move two spheres of radius 1 through the gaps; give force, stored and lost of each."""
    out, h = np.empty((gaps.size, 3)), (0.0,)
    x, still = np.zeros((2, 3)), np.zeros((2, 3))
    for k in range(gaps.size):
        x[0, 2] = 2.0 + gaps[k]
        a, h = law(contact_of(x, still, still, np.ones(2)), p, h)
        out[k] = a.fn, a.stored, a.lost
    return out


def test_bridge_forms_on_contact_breaks_at_its_length_and_keeps_its_books() -> None:
    law = pendular(surface_tension=0.04, contact_angle=0.3, volume=1e-3)
    there = np.linspace(0.2, -0.01, 2101)
    back = np.linspace(-0.01, 0.2, 2101)
    out = stretch(law.kind.function, parameters(law), np.concatenate([there, back]))
    apart, together = out[:2001], out[2101:]
    assert np.array_equal(apart[: np.flatnonzero(there <= 0.0)[0]], np.zeros((2000, 3)))
    assert np.count_nonzero(out[:, 2]) == 1  # forms once
    rupture = 1.15 * 1e-3 ** (1.0 / 3.0)
    off = np.abs(back - rupture) > 1e-9
    assert np.array_equal((together[:, 0] < 0.0)[off], (back < rupture)[off])
    work = -np.trapezoid(together[:, 0], back)
    assert together[-1, 1] - together[0, 1] == pytest.approx(work, rel=5e-3)
    slope = np.gradient(together[back < 0.99 * rupture, 1], back[1] - back[0])
    assert slope[5:-5] == pytest.approx(-together[back < 0.99 * rupture, 0][5:-5], rel=5e-3)
    assert out[:, 2].sum() == pytest.approx(-together[np.argmin(np.abs(back)), 1], rel=1e-2)


def test_bridge_takes_its_liquid_from_both_types() -> None:
    law = pendular(surface_tension=0.04, contact_angle=0.0, volume={"AM": 8e-18, "CBD": 0.0})
    table = law.table(["AM", "CBD"])
    assert table[0, 0, 1] == 8e-18 and table[0, 1, 1] == 4e-18
    assert table[1, 1, 0] == 0.0 and table[1, 1, 2] == 0.0  # no liquid, no bridge
    assert law.reach == pytest.approx(2e-6)


@njit(error_model="numpy")
def act(law, p, x, v, w, radius):  # type: ignore[no-untyped-def]
    return law(body(x, v, w, radius, 1.0, 0, 0, 0.0, 1.0), p)


def test_particle_that_moves_with_the_liquid_feels_no_drag() -> None:
    x, u = np.array([1.0, 2.0, 3.0]), np.array([0.3, -0.2, 0.1])
    shear = stokes_drag(viscosity=0.1, shear_rate=5.0, ux=0.3, uy=-0.2, uz=0.1)
    with_it = u + np.array([5.0 * 2.0, 0.0, 0.0])
    spin = np.array([0.0, 0.0, -2.5])
    dense = dense_drag(viscosity=0.1, solid_fraction=0.4, ux=0.3, uy=-0.2, uz=0.1)
    cases = [(shear, with_it, spin), (dense, u, np.zeros(3))]
    for law, v, w in cases:
        found = act(law.kind.function, parameters(law), x, v, w, 0.5)
        assert np.abs(found).max() < 1e-14
        push = act(law.kind.function, parameters(law), x, v + 1.0, w, 0.5)
        assert np.all(np.array(push[:3]) < 0.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"h_min": 0.1, "h_max": 0.05}, "0 < h_min < h_max"),
        ({"h_min": 0.0}, "0 < h_min < h_max"),
        ({"h_max": 2.0}, "0 < h_min < h_max"),
    ],
)
def test_film_refuses_an_impossible_gap(given: dict[str, float], message: str) -> None:
    law = lubrication(viscosity=1.0, largest_radius=1.0, **given)
    with pytest.raises(ValueError, match=message):
        law.table(["A"])


@pytest.mark.parametrize("given", [{"volume": -1.0}, {"contact_angle": 2.0}])
def test_bridge_refuses_an_impossible_liquid(given: dict[str, float]) -> None:
    law = pendular(**{"surface_tension": 0.04, "contact_angle": 0.0, "volume": 1e-18} | given)
    with pytest.raises(ValueError, match="liquid bridges"):
        law.table(["A"])
