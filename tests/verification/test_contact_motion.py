"""Contact laws in motion: sliding, rolling, oblique impacts as in LAMMPS, and their energy books.

The numbers are those of the table in docs/explanation/contact_laws.md; LAMMPS is the release of
22 July 2025.
"""

from math import atan, pi, sin, sqrt

import numpy as np
import pytest
from contact_rig import R, ask, collide, collision_time, head_on, hertz, run_on_plane
from scipy.optimize import brentq

from multiscale.particles.law import Law
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

SOFT = dict(young=1e8, poisson=0.25)
SPHERE = dict(young=1e7, poisson=0.25, restitution=0.3)
WEIGHT = 2500 * 4 / 3 * pi * 1e-9 * 9.81
E_SPHERE = 1e7 / (2 * (1 - 0.25**2))


def sunk(slope: float) -> float:
    """Overlap under the weight."""
    return (0.75 * WEIGHT * np.cos(slope) / (E_SPHERE * sqrt(1e-3))) ** (2 / 3)


def test_a7_sliding_sphere_comes_to_roll() -> None:
    """A7: it rolls at 5/7 v0 from the time 2 v0/(7 mu g) on."""
    law, v0, mu, dt = hertz_mindlin(**SPHERE, friction=0.3), 0.1, 0.3, 2e-6
    rows = run_on_plane(law, slope=0.0, overlap=sunk(0.0), speed=v0, dt=dt, steps=9000)
    rolls = int(np.argmax(rows[:, 0] <= rows[:, 1]))
    assert rolls * dt == pytest.approx(2 * v0 / (7 * mu * 9.81), rel=5e-3)
    assert rows[-500:, :2].mean() == pytest.approx(5 / 7 * v0, rel=1e-3)
    assert np.ptp(rows[:, 2]) < 2e-3 * 0.5 * WEIGHT / 9.81 * v0**2


@pytest.mark.parametrize("tangent", [0.5, 0.9, 1.3, 2.0])
def test_d2_8_sphere_on_an_incline(tangent: float) -> None:
    """D2 8: rolls with 5/7 g sin(theta) where tan(theta) < 7/2 mu, else slides as it rolls."""
    law, mu, dt, slope = hertz_mindlin(**SPHERE, friction=0.3), 0.3, 2e-6, atan(tangent)
    rows = run_on_plane(law, slope=slope, overlap=sunk(slope), speed=0.0, dt=dt, steps=12000)
    got = (rows[-1, 0] - rows[5999, 0]) / (6000 * dt)
    rolling = 5 / 7 * 9.81 * sin(slope)
    sliding = 9.81 * (sin(slope) - mu * np.cos(slope))
    assert got == pytest.approx(rolling if tangent < 3.5 * mu else sliding, rel=5e-3)


@pytest.mark.parametrize("share", [0.9, 1.5])
def test_rolling_resistance_holds_a_sphere_on_an_incline(share: float) -> None:
    """It rests where tan(theta) < mu_r, else it rolls with 5/7 g (sin - mu_r cos)."""
    law = hertz_mindlin_rolling(**SPHERE, friction=0.5, rolling_friction=0.1)
    slope, dt = atan(share * 0.1), 2e-6
    rows = run_on_plane(law, slope=slope, overlap=sunk(slope), speed=0.0, dt=dt, steps=20000)
    got = (rows[-1, 0] - rows[9999, 0]) / (10000 * dt)
    free = 5 / 7 * 9.81 * (sin(slope) - 0.1 * np.cos(slope))
    assert got == pytest.approx(max(free, 0.0), abs=5e-3 * 0.981)


def test_a18_lennard_jones_ends_smoothly() -> None:
    """A18: energy and force vanish at r_c; the minimum is where u' = u'(r_c), beyond 2^(1/6) s."""
    law = cgmd(energy=1e-8, cutoff=1.5, largest_radius=R)
    d, eps, s = 2 * R, 1e-8 * 2 * R, 0.89 * 2 * R
    at_end = ask(law, overlap=-0.5 * d * (1 - 1e-13))[0]
    assert abs(at_end.fn) < 1e-10 * eps / s and abs(at_end.stored) < 1e-10 * eps
    assert ask(law, overlap=-law.reach * (1 + 1e-12))[0].fn == 0.0

    def slope(r: float) -> float:
        return 24 * eps / r * ((s / r) ** 6 - 2 * (s / r) ** 12)

    r_0 = brentq(lambda r: slope(r) - slope(1.5 * d), s, 1.2 * s)
    found = brentq(lambda r: ask(law, overlap=d - r)[0].fn, s, 1.2 * s, xtol=1e-18)
    assert found == pytest.approx(r_0, rel=1e-10) and r_0 > 2 ** (1 / 6) * s
    u = 4 * eps * ((s / r_0) ** 12 - (s / r_0) ** 6)
    u_c = 4 * eps * ((s / d / 1.5) ** 12 - (s / d / 1.5) ** 6)
    depth = u - u_c - (r_0 - 1.5 * d) * slope(1.5 * d)
    assert ask(law, overlap=d - r_0)[0].stored == pytest.approx(depth, rel=1e-10)


OBLIQUE = (
    [[0, 0, 0], [2e-6, 0, 8.776e-6]],
    [[0.03, 0, 0.05], [0, 0.01, 0]],
    [[0, 2e3, 3e3], [1e3, 0, 0]],
)


@pytest.mark.parametrize(
    ("friction", "v", "w"),
    [
        (
            0.1,
            [0.0183642686347560, 0.0012931033946516, 0.0144731677661588,
             0.0227260378227420, 0.0074744074323211, 0.0693883442067207],
            [-638.3530680599637, 260.2564175511819, 3145.7495345692405,
             -558.4791700682699, -4247.420855587935, 355.8338246319622],
        ),
        (
            0.6,
            [0.0178975287423373, 0.0014726467265636, 0.0145773964547160,
             0.0236376391751224, 0.0071237368621805, 0.0691847725493830],
            [-724.5963393088143, 24.759022201019604, 3165.2131778727153,
             -769.0340315156668, -4822.365668454531, 403.3524850408138],
        ),
    ],
)  # fmt: skip
def test_granular_hertz_is_that_of_lammps(friction: float, v: list, w: list) -> None:
    """pair_style gran/hertz/history 7e7 5e7 3e11 1.5e11 mu 1, 4000 steps of 0.5 ns."""
    law = granular_hertz(kn=7e7, kt=5e7, gamma_n=3e11, gamma_t=1.5e11, friction=friction)
    got = collide(law, *OBLIQUE, dt=5e-10, steps=4001, radii=(5e-6, 4e-6), full_levers=True)
    np.testing.assert_allclose(got.v.ravel(), v, atol=1e-13)
    np.testing.assert_allclose(got.w.ravel(), w, atol=1e-8)


@pytest.mark.parametrize(
    ("law", "v"),
    [
        (
            hertz_mindlin(**SOFT, restitution=1.0, friction=0.6),
            [0.0203913836, 0.0004857033, 0.0137057576, 0.0187668288, 0.0090513607, 0.0708871923],
        ),
        (
            jkr(**SOFT, restitution=1.0, friction=0.3, work_of_adhesion=5e-4, largest_radius=R),
            [0.0199064197, 0.0006738439, 0.0138333219, 0.0197140240, 0.0086838986, 0.0706380432],
        ),
    ],
    ids=["hertz_mindlin", "jkr"],
)
def test_material_laws_agree_with_lammps(law: Law, v: list) -> None:
    """pair_style granular with mindlin_rescale/force; its levers are a radius and r - delta/2."""
    got = collide(law, *OBLIQUE, dt=5e-10, steps=4001, radii=(5e-6, 4e-6), full_levers=True)
    np.testing.assert_allclose(got.v.ravel(), v, atol=3e-5)


ALL = dict(young=1e8, poisson=0.25, friction=0.3)
BOOKS = {
    "hertz_mindlin": hertz_mindlin(**ALL, restitution=0.7),
    "limited": hertz_mindlin(**ALL, restitution=0.5, limit_damping=1),
    "rolling": hertz_mindlin_rolling(**ALL, restitution=0.7, rolling_friction=0.05),
    "granular_hertz": granular_hertz(kn=7e7, kt=5e7, gamma_n=3e11, gamma_t=1.5e11, friction=0.3),
    "jkr": jkr(
        **ALL, restitution=0.7, work_of_adhesion=5e-4, rolling_friction=0.05, largest_radius=R
    ),
    "dmt": dmt(**ALL, restitution=0.7, work_of_adhesion=5e-4, rolling_friction=0.05),
    "thornton_ning": thornton_ning(
        **ALL, restitution=0.9, yield_pressure=1e6, work_of_adhesion=2e-4, rolling_friction=0.05,
        largest_radius=R,
    ),
    "range_adhesion": range_adhesion(hamaker=1e-20, cutoff=1e-9),
    "cgmd": cgmd(energy=1e-8, cutoff=1.5, largest_radius=R),
    "cgmd_artistic": cgmd_artistic(
        energy=1e-10, cutoff=1.5, largest_radius=R,
        kn=7e7, kt=5e7, gamma_n=3e11, gamma_t=1.5e11, friction=0.3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOOKS)
def test_d2_11_energy_book_closes(name: str) -> None:
    """D2 11: kinetic, stored and lost energy of an oblique, spinning impact; error ~ dt."""
    law, speed = BOOKS[name], 0.05
    gap, time = law.reach + 1e-9, collision_time(1e8, 0.05)
    x = [[0, 0, 0], [0, 0, 2 * R + gap]]
    v, w = [[0.03, 0, speed], [0, 0, 0]], [[0, 2e3, 3e3], [1e3, 0, 0]]
    errors = []
    for n in (500, 2000):
        dt = time / n
        flight = collide(law, x, v, w, dt=dt, steps=4 * n + int(2 * gap / speed / dt))
        errors.append(np.abs(flight.energy / flight.energy[0] - 1).max())
        if name not in ("granular_hertz", "cgmd_artistic"):
            assert np.diff(flight.lost).min() >= -1e-18 * flight.kinetic[0]
    assert errors[0] < 2e-3
    assert errors[1] < 0.3 * errors[0]


def test_conservative_impacts_keep_their_energy() -> None:
    """Second order in dt where nothing is lost: some hundredfold less at a tenth of the step."""
    laws = [
        (hertz(1e8), 0.0),
        (thornton_ning(**SOFT, yield_pressure=np.inf, friction=0.0, largest_radius=R), 0.0),
        (range_adhesion(hamaker=1e-20, cutoff=1e-9), 3e-9),
        (cgmd(energy=1e-8, cutoff=1.5, largest_radius=R), 5e-6),
    ]
    for law, gap in laws:
        errors = []
        for n in (200, 2000):
            dt = collision_time(1e8, 0.05) / n
            flight = head_on(law, 0.05, dt=dt, steps=2 * n + int(2 * gap / 0.05 / dt), gap=gap)
            errors.append(np.abs(flight.energy / flight.energy[0] - 1).max())
        assert errors[0] < 1e-3 and errors[1] < 0.03 * errors[0]
