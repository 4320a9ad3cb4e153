"""Normal forces of the contact laws against closed forms and published theory.

Two bodies are moved by the law's own function, as the engine does it. The numbers are those of the
table in docs/explanation/contact_laws.md.
"""

from dataclasses import replace
from itertools import pairwise
from math import cbrt, log, pi, sqrt

import numpy as np
import pytest
from contact_rig import MASS, R, ask, collision_time, head_on, hertz
from fluid_pair import parameters
from scipy.integrate import quad

from multiscale.particles.law import Law
from multiscale.particles.laws import (
    dmt,
    hertz_mindlin,
    jkr,
    range_adhesion,
    thornton_ning,
)

M, REDUCED = MASS / 2, R / 2  # reduced mass and radius of two equal spheres
NMC = dict(young=142e9, poisson=0.25)
E_NMC, E_SOFT = (e / (2 * (1 - 0.25**2)) for e in (142e9, 1e8))


def last_touch(overlap: np.ndarray, dt: float) -> float:
    """Time at which the overlap returns to zero."""
    k = int(np.nonzero(overlap > 0)[0][-1])
    return dt * (k + overlap[k] / (overlap[k] - overlap[k + 1]))


def rebound(law: Law, speed: float, dt: float, steps: int, gap: float = 0.0) -> float:
    """Restitution of a head-on impact; negative where the two have not parted."""
    flight = head_on(law, speed, dt=dt, steps=steps, gap=gap)
    return float(flight.v[1, 2] - flight.v[0, 2]) / speed if flight.overlap[-1] < -gap else -1.0


@pytest.mark.parametrize(
    ("young", "deepest", "time"),
    [(140e9, 2.4993e-10, 7.3561e-8), (1e8, 4.5317e-9, 1.3338e-6)],
)
def test_a1_a2_hertz_impact(young: float, deepest: float, time: float) -> None:
    """A1, A2: depth and duration at 0.01 m/s to 0.1 % at dt = t_c/200."""
    dt = time / 200
    flight = head_on(hertz(young), 0.01, dt=dt, steps=230)
    k = int(np.argmax(flight.overlap))
    a, b, c = flight.overlap[k - 1 : k + 2]
    assert b + (a - c) ** 2 / (8 * (2 * b - a - c)) == pytest.approx(deepest, rel=1e-3)
    assert last_touch(flight.overlap, dt) == pytest.approx(time, rel=1e-3)


@pytest.mark.parametrize(("restitution", "order"), [(1.0, 2.0), (0.5, 1.0)])
def test_a1_order_in_the_time_step(restitution: float, order: float) -> None:
    """A1: second order without damping; first with, as it sees velocities half a step old."""
    law, end = hertz(140e9, restitution), 0.7 * 7.3561e-8

    def overlap(n: int) -> float:
        return float(head_on(law, 0.01, dt=end / n, steps=n + 1).overlap[-1])

    errors = [abs(overlap(n) - overlap(20480)) for n in (80, 160, 320, 640)]
    orders = [log(a / b, 2) for a, b in pairwise(errors)]
    assert np.mean(orders) == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize("speed", [1e-3, 0.01, 0.3])
@pytest.mark.parametrize("e", [0.3, 0.5, 0.7, 0.9])
def test_a3_restitution_is_the_one_asked_for(e: float, speed: float) -> None:
    """A3: at any speed."""
    dt = collision_time(1e8, speed) / 2000
    assert rebound(hertz(1e8, e), speed, dt, 6000) == pytest.approx(e, abs=1e-3)


@pytest.mark.parametrize(
    ("e", "alpha"), [(0.3, 0.80019), (0.5, 0.48177), (0.7, 0.25225), (0.9, 0.07495)]
)
def test_a3_damping_ratio(e: float, alpha: float) -> None:
    """A3: alpha of eta = alpha sqrt(m k_n)."""
    p = parameters(hertz(1e8, e))
    assert p.damping / sqrt(p.kn) == pytest.approx(alpha, abs=6e-6)


@pytest.mark.parametrize(
    ("e", "polynomial"), [(0.3, 0.440), (0.5, 0.616), (0.7, 0.778), (0.9, 0.928)]
)
def test_a3_polynomial_damping_is_not_what_we_use(e: float, polynomial: float) -> None:
    """A3': a known polynomial for alpha, used with the reduced mass, rebounds too fast."""
    alpha = np.polyval([4.8218, -18.022, 27.467, -22.348, 11.087, -4.2783, 1.2728], e)
    p = parameters(hertz(1e8, e))._replace(damping=alpha * sqrt(4 / 3 * E_SOFT))
    bare = replace(hertz_mindlin, mix=None)(**p._asdict())
    assert rebound(bare, 0.01, 1.3338e-6 / 2000, 6000) == pytest.approx(polynomial, abs=1e-3)
    got = rebound(hertz(1e8, e), 0.01, 1.3338e-6 / 2000, 6000)
    assert abs(got - polynomial) > 0.027


def test_limited_damping_rebounds_faster() -> None:
    dt = 1.3338e-6 / 2000
    assert rebound(hertz(1e8, 0.3, limit_damping=1), 0.01, dt, 8000) > 0.31


GAMMA = 0.05
STICKY = jkr(
    young=1e8,
    poisson=0.25,
    work_of_adhesion=2 * GAMMA,
    restitution=1.0,
    friction=0.0,
    largest_radius=R,
)


def jkr_overlap(a: float) -> float:
    return a**2 / REDUCED - 2 * sqrt(pi * GAMMA * a / E_SOFT)


def test_a4_jkr_under_load_control() -> None:
    """A4: pull-off 3 pi gamma R at a_f = (9 pi gamma R^2/4E*)^(1/3), a_0 and delta_0 at F = 0."""
    joined = (*[0.0] * 6, 1e-4)
    a_f = cbrt(9 * pi * GAMMA * REDUCED**2 / (4 * E_SOFT))
    response, history = ask(STICKY, joined, overlap=jkr_overlap(a_f))
    assert response.fn == pytest.approx(-3 * pi * GAMMA * REDUCED, rel=1e-12)
    assert history[6] ** 2 == pytest.approx(a_f, rel=1e-12)
    for off in (0.99, 1.01):
        assert ask(STICKY, joined, overlap=jkr_overlap(off * a_f))[0].fn > response.fn

    a_0 = cbrt(9 * pi * GAMMA * REDUCED**2 / E_SOFT)
    response, history = ask(STICKY, joined, overlap=a_0**2 / (3 * REDUCED))
    assert response.fn == pytest.approx(0.0, abs=1e-12 * 3 * pi * GAMMA * REDUCED)
    assert history[6] ** 2 == pytest.approx(a_0, rel=1e-12)


def test_a5_jkr_under_displacement_control() -> None:
    """A5: the contact forms at 0, follows one curve, and breaks at delta_min with 5/9 F_po."""
    gap = cbrt(27 / 16) * cbrt(pi**2 * GAMMA**2 * REDUCED / E_SOFT**2)
    pull_off = 3 * pi * GAMMA * REDUCED
    assert ask(STICKY, overlap=-1e-15)[0].fn == 0.0
    response, h = ask(STICKY, overlap=1e-15)
    assert response.fn == pytest.approx(-8 / 9 * pull_off, rel=1e-5)  # 4/3 pi W R
    for overlap in np.linspace(0, -gap * (1 - 1e-9), 100):
        response, h = ask(STICKY, h, overlap=overlap)
    assert response.fn == pytest.approx(-5 / 9 * pull_off, rel=1e-4)
    response, h = ask(STICKY, h, overlap=-gap * (1 + 1e-9))
    assert response.fn == 0.0 and h == (0.0,) * 7


def test_a5_jkr_loses_what_the_theory_says() -> None:
    """Forming and breaking lose 7.09 (W^5 R^4/E*^2)^(1/3); slower impacts stick [Thornton1998]."""
    loss = 7.09 * cbrt((2 * GAMMA) ** 5 * REDUCED**4 / E_SOFT**2)
    sticking = sqrt(2 * loss / M)
    dt = collision_time(1e8, sticking) / 2000
    assert rebound(STICKY, 0.98 * sticking, dt, 20000) == -1.0
    e = rebound(STICKY, 2 * sticking, dt, 20000)
    assert e == pytest.approx(sqrt(1 - 0.25), rel=1e-3)


def test_a6_d2_6_pull_off_forces() -> None:
    """A6, D2 6: W = 0.1 J/m2, R = 2.5 um: DMT 1.57080 uN = 4 pi gamma R, JKR 1.17810 uN."""
    common = dict(NMC, work_of_adhesion=0.1, restitution=1.0, friction=0.0)
    pull = -ask(dmt(**common), overlap=0.0)[0].fn
    assert pull == pytest.approx(4 * pi * GAMMA * REDUCED, rel=1e-12)
    assert pull == pytest.approx(1.57080e-6, rel=5e-6)
    law = jkr(**common, largest_radius=R)
    a_f = cbrt(9 * pi * GAMMA * REDUCED**2 / (4 * E_NMC))
    overlap = a_f**2 / REDUCED - 2 * sqrt(pi * GAMMA * a_f / E_NMC)
    pull = -ask(law, (*[0.0] * 6, 1e-4), overlap=overlap)[0].fn
    assert pull == pytest.approx(1.5 * pi * 0.1 * REDUCED, rel=1e-8)
    assert pull == pytest.approx(1.17810e-6, rel=5e-6)


def test_range_adhesion_has_van_der_waals_force_and_work() -> None:
    """Pull-off A R/(6 h0^2) and work of separation A R/(6 h0)."""
    hamaker, cutoff = 2e-20, 0.6e-9
    law = range_adhesion(hamaker=hamaker, cutoff=cutoff)

    def force(gap: float) -> float:
        return ask(law, overlap=-gap)[0].fn

    assert -force(0.0) == pytest.approx(hamaker * REDUCED / (6 * cutoff**2), rel=1e-12)
    work, _ = quad(lambda h: -force(h), 0, law.reach)
    assert work == pytest.approx(hamaker * REDUCED / (6 * cutoff), rel=1e-12)
    assert force(law.reach) == 0.0
    assert ask(law, overlap=0.0)[0].stored == pytest.approx(-work, rel=1e-12)
    longer = range_adhesion(hamaker=hamaker, cutoff=cutoff, span=20e-9)
    assert ask(longer, overlap=0.0)[0].fn == pytest.approx(force(0.0), rel=1e-12)
    more, _ = quad(lambda h: -ask(longer, overlap=-h)[0].fn, 0, longer.reach)
    assert more == pytest.approx(20e-9 / (2 * cutoff) * work, rel=1e-12)
    assert ask(longer, overlap=0.0)[0].stored == pytest.approx(-more, rel=1e-12)


def plastic(p_y: float, **more: float) -> Law:
    return thornton_ning(**NMC, yield_pressure=p_y, friction=0.0, largest_radius=R, **more)


def test_d2_1_hertz_force() -> None:
    """D2 1: E 142 GPa, R* 2.5 um, delta 10 nm: F 159.66 uN, a 158.11 nm, p0 3.0493 GPa."""
    fn = ask(hertz(142e9), overlap=1e-8)[0].fn
    assert fn == pytest.approx(4 / 3 * E_NMC * sqrt(REDUCED) * 1e-8**1.5, rel=1e-10)
    assert fn == pytest.approx(159.66e-6, rel=4e-5)
    _, history = ask(plastic(np.inf), overlap=1e-8)
    a = history[7] ** 2
    assert a == pytest.approx(158.11e-9, rel=4e-5)
    assert 1.5 * fn / (pi * a**2) == pytest.approx(3.0493e9, rel=4e-5)


def test_d2_2_impact_time() -> None:
    """D2 2: t_c = 2.8683 (m^2/(R E*^2 v))^(1/5) over three decades of the speed."""
    for speed in (1e-3, 0.03, 1.0):
        time = collision_time(142e9, speed)
        flight = head_on(hertz(142e9), speed, dt=time / 1000, steps=1100)
        assert last_touch(flight.overlap, time / 1000) == pytest.approx(time, rel=1e-4)


P_Y = 2e9
V_Y = pi**2.5 / sqrt(30) * sqrt(P_Y**5 * REDUCED**3 / (E_NMC**4 * M))


def test_d2_3_yield_velocity() -> None:
    """D2 3: the elastic energy at first yield is that of V_y = 3.19385 sqrt(p_y^5 R^3/(E*^4 m))."""
    delta_y = (pi * P_Y / (2 * E_NMC)) ** 2 * REDUCED
    response, _ = ask(plastic(P_Y), overlap=delta_y)
    speed = sqrt(2 * response.stored / M)
    assert speed == pytest.approx(V_Y, rel=1e-10)
    assert speed == pytest.approx(3.19385 * V_Y / (pi**2.5 / sqrt(30)), rel=2e-6)
    assert response.fn == pytest.approx(pi**3 * REDUCED**2 * P_Y**3 / (6 * E_NMC**2), rel=1e-12)


def test_yield_begins_without_a_jump() -> None:
    """At delta_y = (pi p_y/2E*)^2 R force and slope, pi p_y R, are the same on both sides."""
    delta_y, step = (pi * P_Y / (2 * E_NMC)) ** 2 * REDUCED, 1e-4
    below, at, above = (
        ask(plastic(P_Y), overlap=x * delta_y)[0].fn for x in (1 - step, 1.0, 1 + step)
    )
    assert above - at == pytest.approx(pi * P_Y * REDUCED * step * delta_y, rel=1e-8)
    assert at - below == pytest.approx(pi * P_Y * REDUCED * step * delta_y, rel=step)
    assert at == pytest.approx(2 / 3 * pi * P_Y * REDUCED * delta_y, rel=1e-12)  # F_y


@pytest.mark.parametrize(
    ("ratio", "e"),
    [
        (1.5, 0.971239), (2, 0.930626), (5, 0.773337), (10, 0.658558), (20, 0.557109),
        (50, 0.444606), (100, 0.374299), (1000, 0.210701),
    ],
)  # fmt: skip
def test_d2_4_plastic_restitution(ratio: float, e: float) -> None:
    """D2 4: restitution over V/V_y."""
    speed = ratio * V_Y
    got = rebound(plastic(P_Y), speed, collision_time(142e9, speed) / 2000, 80000)
    assert got == pytest.approx(e, rel=1e-5)


def test_d2_5_fast_impacts_follow_the_quarter_power() -> None:
    """D2 5: e -> 1.18499 (V_y/V)^(1/4), at 1000 V_y."""
    speed = 1000 * V_Y
    got = rebound(plastic(P_Y), speed, collision_time(142e9, speed) / 2000, 80000)
    assert got == pytest.approx(1.18499 * 1000**-0.25, rel=2e-3)


def test_d2_7_plastic_slope() -> None:
    """D2 7: dF/d(delta) = pi p_y R in first loading, and unloading with R_p from delta_p."""
    law, h = plastic(P_Y), (0.0,) * 8
    f, overlaps = [], (2e-8, 3e-8, 4e-8)
    for overlap in overlaps:
        response, h = ask(law, h, overlap=overlap)
        f.append(response.fn)
    for slope in np.diff(f) / np.diff(overlaps):
        assert slope == pytest.approx(pi * P_Y * REDUCED, rel=1e-8)

    f_y = pi**3 * REDUCED**2 * P_Y**3 / (6 * E_NMC**2)
    r_p = 4 * E_NMC / (3 * f[2]) * ((2 * f[2] + f_y) / (2 * pi * P_Y)) ** 1.5
    delta_p = 4e-8 - (3 * f[2] / (4 * E_NMC * sqrt(r_p))) ** (2 / 3)
    for overlap in (3.9e-8, 3.5e-8):
        response, h = ask(law, h, overlap=overlap)
        expected = 4 / 3 * E_NMC * sqrt(r_p) * (overlap - delta_p) ** 1.5
        assert response.fn == pytest.approx(expected, rel=1e-9)
    assert ask(law, h, overlap=0.99 * delta_p)[0].fn == 0.0


def test_d2_7_storakers_limit() -> None:
    """D2 7: a rigid-plastic contact, F = 26.954 sigma_y R delta, with its mean pressure.

    The power law 2^(1-1/2m) 3^(1-1/m) pi c^(2+1/m) sigma_0 R^(1-1/2m) delta^(1+1/2m) with
    c^2 = 1.43 exp(-0.97/m) ends there for m -> inf, and Thornton's slope meets it with
    p_y = 26.954/pi sigma_y; the contact is then smaller, R delta against 2.86 R delta.
    """

    def slope(m: float) -> float:
        c2 = 1.43 * np.exp(-0.97 / m)
        return 2 ** (1 - 0.5 / m) * 3 ** (1 - 1 / m) * pi * c2 ** (1 + 0.5 / m)

    assert slope(np.inf) == pytest.approx(26.954, abs=2e-3)
    assert slope(1e5) == pytest.approx(slope(np.inf), rel=1e-4)
    assert slope(np.inf) / (pi * 2 * 1.43) == pytest.approx(3.0, rel=1e-12)  # Tabor: 3 sigma_y
    strength = 0.3e9
    law, h = plastic(slope(np.inf) / pi * strength), (0.0,) * 8
    found = []
    for overlap in (2e-8, 3e-8):
        response, h = ask(law, h, overlap=overlap)
        found.append(response.fn)
    expected = slope(np.inf) * strength * REDUCED
    assert (found[1] - found[0]) / 1e-8 == pytest.approx(expected, rel=1e-8)


def test_flattened_contact_pulls_harder() -> None:
    """Pull-off 3/2 pi W R_p after plastic loading [Thornton1998]."""
    law = plastic(P_Y, work_of_adhesion=0.1)
    _, h = ask(law, overlap=4e-8)
    least = 0.0
    for overlap in np.linspace(4e-8, -1e-9, 4000):
        response, h = ask(law, h, overlap=overlap)
        least = min(least, response.fn)
    x = 4e-8 / ((pi * P_Y / (2 * E_NMC)) ** 2 * REDUCED)
    r_p = REDUCED * 2 * x**1.5 / (3 * x - 1)
    assert -least == pytest.approx(1.5 * pi * 0.1 * r_p, rel=1e-4)
