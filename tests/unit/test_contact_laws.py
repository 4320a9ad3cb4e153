"""Contact laws: limits, symmetries, energies, parameters, and that their loops vectorise."""

import platform
import re
from typing import Any

import numpy as np
import pytest
from contact_rig import R, ask
from fluid_pair import parameters
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from multiscale.particles.law import INLINE, Contact, Law, Response
from multiscale.particles.laws import (
    cgmd,
    cgmd_artistic,
    dmt,
    granular_hertz,
    hertz_mindlin,
    hertz_mindlin_rolling,
    jkr,
    range_adhesion,
    thornton_ning,
)
from multiscale.particles.laws.cube_root import cube_root

SOFT = dict(young=1e8, poisson=0.25, friction=0.3)
ROLLING = dict(rolling_friction=0.05, rolling_stiffness=0.7)
LAWS = {
    "granular_hertz": granular_hertz(kn=7e7, kt=5e7, gamma_n=3e11, gamma_t=1.5e11, friction=0.3),
    "hertz_mindlin": hertz_mindlin(**SOFT, restitution=0.7),
    "rolling": hertz_mindlin_rolling(**SOFT, **ROLLING, restitution=0.7),
    "jkr": jkr(**SOFT, **ROLLING, restitution=0.7, work_of_adhesion=1e-3, largest_radius=R),
    "dmt": dmt(**SOFT, **ROLLING, restitution=0.7, work_of_adhesion=1e-3),
    "thornton_ning": thornton_ning(
        **SOFT, **ROLLING, yield_pressure=1e6, work_of_adhesion=1e-3, largest_radius=R
    ),
    "range_adhesion": range_adhesion(hamaker=1e-20, cutoff=1e-8),
    "cgmd": cgmd(energy=1e-8, cutoff=1.5, largest_radius=R),
    "cgmd_artistic": cgmd_artistic(
        energy=1e-8, cutoff=1.5, largest_radius=R,
        kn=7e7, kt=5e7, gamma_n=3e11, gamma_t=1.5e11, friction=0.3,
    ),
}  # fmt: skip
OVERLAPS = {"range_adhesion": -4e-9, "cgmd": -1e-6}  # where they act; the others at 20 nm


def random_contact(rng: np.random.Generator, law: Law, name: str) -> tuple[dict, tuple]:
    """A contact in motion, and a history that fits it."""
    n = rng.normal(size=3)
    n /= np.linalg.norm(n)

    def tangent(size: float) -> np.ndarray:
        a = rng.normal(size=3) * size
        return a - (a @ n) * n

    t, w = tangent(0.02), rng.normal(size=3) * 1e4
    vectors = [tangent(1e-9), tangent(1e-4)][: len(law.kind.vectors)]
    scalars = {"deepest": 3e-8, "root_a": 4.5e-4}
    history = (*np.ravel(vectors), *(scalars[s] for s in law.kind.scalars))
    fields = dict(overlap=OVERLAPS.get(name, 2e-8), vn=float(rng.normal() * 0.01))
    fields |= dict(zip(("nx", "ny", "nz"), n, strict=True))
    fields |= dict(zip(("tx", "ty", "tz"), t, strict=True))
    fields |= dict(zip(("wx", "wy", "wz"), w, strict=True))
    return fields, tuple(float(v) for v in history)


def mapped(fields: dict, history: tuple, law: Law, turn: np.ndarray, sign: float) -> tuple:
    """Turn the vectors of a contact and its history; change the sign of those odd in i and j."""
    new = dict(fields)
    for names in (("nx", "ny", "nz"), ("tx", "ty", "tz"), ("wx", "wy", "wz")):
        new |= dict(zip(names, sign * turn @ [fields[k] for k in names], strict=True))
    k = 3 * len(law.kind.vectors)
    vectors = np.reshape(history[:k], (-1, 3)) @ turn.T * sign
    return new, (*(float(v) for v in vectors.ravel()), *history[k:])


def compare(law: Law, fields: dict, history: tuple, turn: np.ndarray, sign: float) -> None:
    a, h = ask(law, history, **fields)
    fields, history = mapped(fields, history, law, turn, sign)
    b, g = ask(law, history, **fields)
    _, h = mapped(fields, h, law, turn, sign)
    assert (b.fn, b.stored, b.lost) == pytest.approx((a.fn, a.stored, a.lost), rel=1e-9)
    scale = abs(a.fn)
    np.testing.assert_allclose(b[1:4], sign * turn @ a[1:4], atol=1e-12 * scale)
    np.testing.assert_allclose(b[4:7], sign * turn @ a[4:7], atol=1e-12 * scale * R)
    np.testing.assert_allclose(g, h, rtol=1e-9, atol=1e-20)


@pytest.mark.parametrize("name", LAWS)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_laws_do_not_see_the_frame(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    turn *= np.linalg.det(turn)
    compare(LAWS[name], *random_contact(rng, LAWS[name], name), turn, 1.0)


@pytest.mark.parametrize("name", LAWS)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_forces_are_opposite_when_the_pair_changes_places(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    compare(LAWS[name], *random_contact(rng, LAWS[name], name), np.eye(3), -1.0)


@pytest.mark.parametrize("name", LAWS)
def test_the_force_is_the_slope_of_the_energy(name: str) -> None:
    law, at = LAWS[name], OVERLAPS.get(name, 2e-8)
    still = tuple({"root_a": 4.5e-4, "deepest": 3e-8}.get(s, 0.0) for s in law.kind.scalars)
    history = (0.0,) * 3 * len(law.kind.vectors) + still
    step = 1e-5 * abs(at)
    high, low = (ask(law, history, overlap=at + d)[0].stored for d in (step, -step))
    fn = ask(law, history, overlap=at)[0].fn
    assert fn == pytest.approx((high - low) / (2 * step), rel=1e-6)


def walk(law: Law, pushes: list[tuple[float, float, float]]) -> list[Response]:
    """Responses along a path of (overlap, slip velocity, rolling rate)."""
    history, responses, last = (0.0,) * law.kind.history, [], None
    for overlap, slip, roll in pushes:
        vn = 0.0 if last is None else (last - overlap) / 1e-9
        response, history = ask(law, history, overlap=overlap, vn=vn, tx=slip, wy=roll)
        responses.append(response)
        last = overlap
    return responses


PATH = [(d * 1e-10, 0.02, 3e3) for d in (*range(1, 200, 2), *range(199, 0, -2))]


@pytest.mark.parametrize(
    "law",
    [
        jkr(**SOFT, **ROLLING, restitution=0.7, work_of_adhesion=0.0, largest_radius=R),
        dmt(**SOFT, **ROLLING, restitution=0.7, work_of_adhesion=0.0),
        thornton_ning(**SOFT, **ROLLING, restitution=0.7, yield_pressure=np.inf, largest_radius=R),
    ],
    ids=["jkr", "dmt", "thornton_ning"],
)
def test_without_adhesion_and_yield_all_are_hertz_mindlin(law: Law) -> None:
    plain = hertz_mindlin_rolling(**SOFT, **ROLLING, restitution=0.7)
    scale = max(abs(r.fn) for r in walk(plain, PATH))
    for got, expected in zip(walk(law, PATH), walk(plain, PATH), strict=True):
        np.testing.assert_allclose(got[:4], expected[:4], atol=1e-9 * scale)
        np.testing.assert_allclose(got[4:7], expected[4:7], atol=1e-9 * scale * R)
        assert got.stored == pytest.approx(expected.stored, rel=1e-8, abs=1e-25)


def test_without_rolling_friction_there_is_no_couple() -> None:
    plain = walk(hertz_mindlin(**SOFT, restitution=0.7), PATH)
    free = walk(hertz_mindlin_rolling(**SOFT, restitution=0.7, rolling_friction=0.0), PATH)
    for got, expected in zip(free, plain, strict=True):
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-30)


@pytest.mark.parametrize("name", ["granular_hertz", "hertz_mindlin", "rolling"])
def test_without_friction_there_is_no_tangential_force(name: str) -> None:
    law = Law(LAWS[name].kind, {**LAWS[name].given, "friction": 0.0})
    for response in walk(law, PATH):
        assert abs(response.fx) < 1e-30


@pytest.mark.parametrize("name", ["granular_hertz", "hertz_mindlin", "rolling"])
def test_friction_stays_below_its_cap(name: str) -> None:
    for response in walk(LAWS[name], PATH):
        assert abs(response.fx) <= 0.3 * abs(response.fn) * (1 + 1e-12)
        assert abs(response.my) <= 0.05 * R / 2 * abs(response.fn) * (1 + 1e-12)


def test_a_sheared_spring_gives_no_energy_it_did_not_take() -> None:
    """Shear lightly, squeeze, release the shear: LAMMPS' older spring gains, Mindlin's does not."""
    shear = [(1e-9, 0.01, 0.0)] * 10
    squeeze = [(1e-9 + k * 1e-11, 0.0, 0.0) for k in range(1900)]
    cycle = shear + squeeze + [(2e-8, -0.01, 0.0)] * 10
    bare = dict(young=1e8, poisson=0.25, friction=100.0, restitution=1.0)
    for law, gains in (
        (granular_hertz(kn=7e7, kt=5e7, gamma_n=0.0, gamma_t=0.0, friction=100.0), True),
        (hertz_mindlin(**bare), False),
    ):
        responses = walk(law, cycle)
        assert (sum(r.lost for r in responses) < 0) == gains
        assert (min(r.lost for r in responses) < -1e-30) == gains


def test_bonds_of_adhesion_remember() -> None:
    """In the gap JKR pulls only if the two have touched, up to its reach at the largest radius."""
    law = LAWS["jkr"]
    at_wall = dict(radius=R, rj=1e20)
    assert ask(law, overlap=-0.999 * law.reach, **at_wall)[0].fn == 0.0
    _, h = ask(law, overlap=0.0, **at_wall)
    assert ask(law, h, overlap=-0.999999 * law.reach, **at_wall)[0].fn < 0.0
    assert ask(law, h, overlap=-1.000001 * law.reach, **at_wall)[0].fn == 0.0


def test_a_flattened_contact_is_forgotten_where_the_particles_part() -> None:
    law = thornton_ning(**SOFT, yield_pressure=1e6, largest_radius=R)
    _, h = ask(law, overlap=3e-8)
    assert h[6] == 3e-8
    _, h = ask(law, h, overlap=1e-12)
    assert h[6] == 3e-8 and h[7] == 0.0
    _, h = ask(law, h, overlap=-1e-12)
    assert h == (0.0,) * 8


def test_soft_yield_and_strong_adhesion_reach_farther() -> None:
    """Flattening can widen the gap over which a neck holds; the reach covers it."""
    common = dict(young=1e8, poisson=0.25, friction=0.3, work_of_adhesion=0.1, largest_radius=R)
    law = thornton_ning(**common, yield_pressure=1e5)
    assert law.reach > thornton_ning(**common, yield_pressure=np.inf).reach
    widest = 0.0
    for deepest in np.geomspace(1e-8, 1e-6, 25):
        h = (*[0.0] * 6, deepest, 1e-3)
        for gap in np.linspace(0.5 * law.reach, 1.02 * law.reach, 100):
            if ask(law, h, overlap=-gap, radius=R, rj=1e20)[0].fn < 0:
                widest = max(widest, gap)
    assert 0.98 * law.reach < widest <= law.reach


def test_parameters_of_unlike_materials() -> None:
    """E*, G* and p_y of a pair, and pairs named in either order."""
    law = thornton_ning(
        young={"AM": 140e9, "CBD": 1e9}, poisson={"AM": 0.25, "CBD": 0.4},
        yield_pressure={"AM": 2e9, "CBD": 1e8},
        friction={"AM-AM": 0.3, "CBD-AM": 0.5, "CBD-CBD": 0.6}, largest_radius=R,
    )  # fmt: skip
    table = law.table(["AM", "CBD"])
    column = dict(zip(law.kind.parameters, np.moveaxis(table, 2, 0), strict=True))
    modulus = 1 / ((1 - 0.25**2) / 140e9 + (1 - 0.4**2) / 1e9)
    g_am, g_cbd = 140e9 / 2.5, 1e9 / 2.8
    assert column["kn"][0, 1] == pytest.approx(4 / 3 * modulus)
    assert column["kt"][0, 1] == pytest.approx(8 / (1.75 / g_am + 1.6 / g_cbd))
    assert column["strain_y"][0, 1] == pytest.approx((0.5 * np.pi * 1e8 / modulus) ** 2)
    assert column["friction"].tolist() == [[0.3, 0.5], [0.5, 0.6]]
    assert np.array_equal(table, table.transpose(1, 0, 2))


def test_mindlin_stiffness_ratio() -> None:
    """k_t/k_n = 2(1 - nu)/(2 - nu) for like materials, k_n the slope of Hertz's force."""
    p = parameters(hertz_mindlin(**SOFT, restitution=1.0))
    assert p.kt / (1.5 * p.kn) == pytest.approx(2 * 0.75 / 1.75)


def test_cgmd_means() -> None:
    """Geometric energy, arithmetic range; nothing at a wall."""
    law = cgmd(energy={"AM": 4e-8, "CBD": 1e-8}, cutoff={"AM": 1.2, "CBD": 1.7}, largest_radius=R)
    table = law.table(["AM", "CBD"])
    np.testing.assert_allclose(table[0, 1], [2e-8, 1.2, 1.7, 0.89, 0.89])
    np.testing.assert_allclose(table[1, 0], [2e-8, 1.7, 1.2, 0.89, 0.89])
    assert law.reach == pytest.approx(0.7 * 2 * R)
    assert ask(LAWS["cgmd"], overlap=-1e-6, rj=1e20, radius=R)[0].fn == 0.0


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: hertz_mindlin(**SOFT, restitution=0.0), "restitution"),
        (lambda: hertz_mindlin(young=-1.0, poisson=0.25, friction=0, restitution=1), "Young"),
        (lambda: hertz_mindlin(young=1e8, poisson=0.6, friction=0, restitution=1), "Poisson"),
        (lambda: granular_hertz(kn=1e8, kt=0.0, gamma_n=0, gamma_t=0, friction=0), "kt"),
        (lambda: thornton_ning(**SOFT, yield_pressure=0.0, largest_radius=R), "yield"),
        (lambda: range_adhesion(hamaker=1e-20, cutoff=0.0), "cutoff"),
        (lambda: range_adhesion(hamaker=1e-20, cutoff=1e-9, span=1e-9), "span"),
        (lambda: cgmd(energy=1e-8, cutoff=0.5, largest_radius=R), "cutoff"),
        (
            lambda: LAWS["cgmd_artistic"].kind(**{**LAWS["cgmd_artistic"].given, "swelling": 0.9}),
            "swelling",
        ),
    ],
)
def test_impossible_parameters_are_named(make: Any, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        make().table(["solid"])


def test_cube_root() -> None:
    x = 10.0 ** np.random.default_rng(1).uniform(-90, 90, 2000)
    got = np.array([cube_root(value) for value in x])
    np.testing.assert_allclose(got, np.cbrt(x), rtol=1e-14)


@njit(error_model="numpy", fastmath=INLINE["fastmath"], boundscheck=False)
def _block(law, p, b):  # type: ignore[no-untyped-def]
    """A block of 64 contacts, as in the engine's loop."""
    for q in range(64):
        h = (b[768 + q], b[832 + q], b[896 + q])
        c = Contact(
            b[q], b[64 + q], b[128 + q], b[192 + q], b[256 + q], b[320 + q], b[384 + q],
            b[448 + q], 0.0, 0.0, 0.0, b[512 + q], b[576 + q], b[640 + q], b[704 + q], 0, 1, 0,
            1e-9,
        )  # fmt: skip
        r, h = law(c, p, h)
        b[768 + q], b[832 + q], b[896 + q] = h[0], h[1], h[2]
        b[q] = c.nx * r.fn + r.fx
        b[64 + q] = c.ny * r.fn + r.fy
        b[128 + q] = c.nz * r.fn + r.fz


@pytest.mark.skipif(platform.machine() != "x86_64", reason="reads x86 instructions")
@pytest.mark.parametrize(("name", "roots"), [("granular_hertz", 2), ("hertz_mindlin", 4)])
def test_a_block_of_contacts_vectorises(name: str, roots: int) -> None:
    """Every square root is of packed numbers: the compiler found no branch and no alias."""
    law = LAWS[name]
    _block(law.kind.function, parameters(law), np.ones(960))
    key = _block.signatures[-1]
    text = _block.inspect_asm(key)
    assert len(re.findall(r"v?sqrtpd", text)) >= roots
    assert not re.findall(r"v?sqrtsd", text)
