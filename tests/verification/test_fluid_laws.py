"""Drag, weight, Brownian motion, meniscus and bridges against exact solutions and tables."""

import numpy as np
import pytest
from fluid_pair import body, pair_resistance, pair_wrench, parameters
from liquid_bridge import bridge_force
from numba import njit

from multiscale.particles.laws.brownian import BOLTZMANN, brownian, pair_brownian
from multiscale.particles.laws.dense_drag import dense_drag
from multiscale.particles.laws.gravity import gravity
from multiscale.particles.laws.lubrication import lubrication
from multiscale.particles.laws.meniscus import meniscus
from multiscale.particles.laws.pendular import pendular, rupture_distance
from multiscale.particles.laws.stokes_drag import stokes_drag

UP = np.array([0.0, 0.0, 1.0])
TILTED = np.array([2.0, -1.0, 2.0]) / 3.0
STOKES = 6.0 * np.pi
STILL = stokes_drag(viscosity=1.0, shear_rate=0.0, ux=0.0, uy=0.0, uz=0.0)


@njit(error_model="numpy")
def settle(weigh, pw, drag, pd, radius, mass, dt, steps):  # type: ignore[no-untyped-def]
    x, v, w = np.zeros(3), np.zeros(3), np.zeros(3)
    for step in range(steps):
        b = body(x, v, w, radius, mass, 0, step, step * dt, dt)
        f, g = weigh(b, pw), drag(b, pd)
        for k in range(3):
            v[k] += dt / mass * (f[k] + g[k])
            x[k] += dt * v[k]
    return v[2]


def test_sphere_settles_at_stokes_velocity() -> None:
    """A12: a = 5 um, 3720 kg/m3 over the liquid, 0.1 Pa s: 2.027 um/s."""
    weight = gravity(density_difference=3720.0, gx=0.0, gy=0.0, gz=-9.81)
    drag = stokes_drag(viscosity=0.1, shear_rate=0.0, ux=0.0, uy=0.0, uz=0.0)
    mass = 1e-12
    relaxation = mass / (STOKES * 0.1 * 5e-6)
    velocity = settle(
        weight.kind.function, parameters(weight), drag.kind.function, parameters(drag),
        5e-6, mass, 0.05 * relaxation, 400,
    )  # fmt: skip
    assert velocity == pytest.approx(-2 / 9 * 3720.0 * 9.81 * 5e-6**2 / 0.1, rel=1e-6)
    assert velocity == pytest.approx(-2.027e-6, rel=2e-4)


@njit(error_model="numpy")
def diffuse(shake, ps, drag, pd, radius, mass, dt, steps, particles):  # type: ignore[no-untyped-def]
    """Give the mean square displacement and angle, after `steps` from a warm start."""
    warm = steps // 4
    moved, turned = 0.0, 0.0
    x, v, w, angle = np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3)
    inertia = 0.4 * mass * radius**2
    for i in range(particles):
        v[:] = 0.0
        w[:] = 0.0
        for step in range(warm + steps):
            if step == warm:
                x[:] = 0.0
                angle[:] = 0.0
            b = body(x, v, w, radius, mass, i, step, step * dt, dt)
            f, g = shake(b, ps), drag(b, pd)
            for k in range(3):
                v[k] += dt / mass * (f[k] + g[k])
                w[k] += dt / inertia * (f[k + 3] + g[k + 3])
                x[k] += dt * v[k]
                angle[k] += dt * w[k]
        moved += np.sum(x * x) / particles
        turned += np.sum(angle * angle) / particles
    return moved, turned


@pytest.mark.parametrize("part", [0.1, 0.4])
def test_particle_diffuses_as_stokes_and_einstein(part: float) -> None:
    """A13: a = 0.5 um, 1.67 mPa s, 298.15 K: D = 2.615e-13 m2/s, whatever the time step."""
    a, mu, mass = 5e-7, 1.67e-3, 2e-15
    shake = brownian(temperature=298.15, viscosity=mu, seed=11)
    drag = stokes_drag(viscosity=mu, shear_rate=0.0, ux=0.0, uy=0.0, uz=0.0)
    relaxation = mass / (STOKES * mu * a)
    turning = 0.4 * mass * a**2 / (8.0 * np.pi * mu * a**3)
    dt, particles = part * relaxation, 12_000
    steps = int(60 * relaxation / dt)
    moved, turned = diffuse(
        shake.kind.function, parameters(shake), drag.kind.function, parameters(drag),
        a, mass, dt, steps, particles,
    )  # fmt: skip
    # From a warm start <x^2> = 6 D (t - tau (1 - e^(-t/tau))) up to O(dt) in tau.
    expected = BOLTZMANN * 298.15 / (STOKES * mu * a)
    assert expected == pytest.approx(2.615e-13, rel=2e-4)
    free = steps * dt - relaxation
    assert moved / (6.0 * free) == pytest.approx(expected, rel=0.02)
    rotation = BOLTZMANN * 298.15 / (8.0 * np.pi * mu * a**3)
    assert turned / (6.0 * (steps * dt - turning)) == pytest.approx(rotation, rel=0.02)


@njit(error_model="numpy")
def covariance(law, p, x, r, ids, dt, steps):  # type: ignore[no-untyped-def]
    still, total, mean = np.zeros((2, 3)), np.zeros((12, 12)), np.zeros(12)
    for step in range(steps):
        q = pair_wrench(law, p, (), x, still, still, r, r, ids, step, dt).copy().reshape(12)
        mean += q / steps
        total += np.outer(q, q) / steps
    return mean, total


@pytest.mark.parametrize("radii", [(1.0, 1.0), (1.0, 3.0)])
def test_pair_noise_has_the_covariance_of_the_resistance(radii: tuple[float, float]) -> None:
    """Fluctuation-dissipation: <f f> = 2 kT Q/dt, entry by entry."""
    film = {"viscosity": 1.0, "h_min": 1e-3, "h_max": 0.2, "largest_radius": 3.0}
    law = pair_brownian(temperature=0.5 / BOLTZMANN, seed=5, **film)
    gap, dt, steps = 0.03, 1e-2, 200_000
    x = np.array([TILTED * (sum(radii) + gap), np.zeros(3)])
    mean, found = covariance(
        law.kind.function, parameters(law), x, np.array(radii), np.array([4, 2]), dt, steps
    )
    expected = pair_resistance(lubrication(**film), radii, gap, TILTED) / dt
    size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.abs(found - expected).max() == pytest.approx(0.0, abs=0.015 * size.max())
    assert np.all(np.abs(found - expected) <= 0.015 * size)
    assert np.all(np.abs(mean) < 5.0 * np.sqrt(np.diag(expected) / steps))


@njit(error_model="numpy")
def jostle(film, pf, pair, pp, shake, ps, drag, pd, gap, r, m, dt, steps):  # type: ignore[no-untyped-def]
    """Hold two particles at a gap; give the mean square of each velocity, shape (12,)."""
    x, v, w = np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((2, 3))
    x[0, 2] = r[0] + r[1] + gap
    ids, squares = np.array([0, 1]), np.zeros((2, 2, 3))
    for step in range(steps):
        f = pair_wrench(film, pf, (), x, v, w, r, m, ids, step, dt)
        f += pair_wrench(pair, pp, (), x, v, w, r, m, ids, step, dt)
        for i in range(2):
            b = body(x[i], v[i], w[i], r[i], m[i], i, step, step * dt, dt)
            g, q = shake(b, ps), drag(b, pd)
            for k in range(3):
                v[i, k] += dt / m[i] * (f[i, 0, k] + g[k] + q[k])
                w[i, k] += dt / (0.4 * m[i] * r[i] ** 2) * (f[i, 1, k] + g[k + 3] + q[k + 3])
                squares[i, 0, k] += v[i, k] ** 2 / steps
                squares[i, 1, k] += w[i, k] ** 2 / steps
    return squares


def test_pair_in_its_liquid_has_the_energy_of_equipartition() -> None:
    """Film, drag and both noises: kT/2 for each of twelve velocities, to 3 %."""
    film = {"viscosity": 1.0, "h_min": 1e-3, "h_max": 0.2, "largest_radius": 2.0}
    thermal = {"temperature": 1.0 / BOLTZMANN, "viscosity": 1.0, "seed": 3}
    r, m, gap = np.array([1.0, 1.6]), np.array([1.0, 3.0]), 0.1
    laws = (
        lubrication(**film), pair_brownian(**thermal | film), brownian(**thermal),
        STILL,
    )  # fmt: skip
    given = [item for law in laws for item in (law.kind.function, parameters(law))]
    stiffest = (pair_resistance(laws[0], (1.0, 1.6), gap, UP)[2, 2] + STOKES) / m[0]
    found = jostle(*given, gap, r, m, 0.04 / stiffest, 1_000_000)
    energy = found * np.array([m, 0.4 * m * r**2]).T[:, :, None]
    assert energy.mean() == pytest.approx(1.0, abs=0.02)
    assert energy.mean(axis=2) == pytest.approx(np.ones((2, 2)), abs=0.04)


def bridge_pull(volume: float, theta: float, gap: float, joined: float = 1.0) -> float:
    """Give the pull between two spheres of 5 um across a gap [m], at 40.7 mN/m."""
    law = pendular(surface_tension=0.0407, contact_angle=theta, volume=volume)
    x, still = np.array([UP * (1e-5 + gap), np.zeros(3)]), np.zeros((2, 3))
    return -pair_wrench(
        law.kind.function, parameters(law), (joined,), x, still, still,
        np.full(2, 5e-6), np.ones(2), np.array([0, 1]), 0, 1.0,
    )[0, 0, 2]  # fmt: skip


def test_willett_bridge() -> None:
    """A17: R = 5 um, 40.7 mN/m, theta = 0: 1.2786 uN at contact, nothing beyond V^(1/3)."""
    volume = 1e-18
    assert bridge_pull(volume, 0.0, 0.0, 0.0) == pytest.approx(1.2786e-6, rel=5e-5)
    assert bridge_pull(volume, 0.0, 0.0) == pytest.approx(2.0 * np.pi * 5e-6 * 0.0407, rel=1e-6)
    s = 0.5e-6 * np.sqrt(5e-6 / volume)
    expected = 2.0 * np.pi * 5e-6 * 0.0407 / (1.0 + 1.05 * s + 2.5 * s * s)
    assert bridge_pull(volume, 0.0, 0.5e-6) == pytest.approx(expected, rel=1e-6)
    assert bridge_pull(volume, 0.0, 0.5e-6, 0.0) == 0.0
    assert bridge_pull(volume, 0.0, 1.0001e-6) == 0.0
    assert rupture_distance(volume, 0.4) == pytest.approx(1.2e-6)


@pytest.mark.parametrize("theta", [0.0, 0.4])
@pytest.mark.parametrize(("part", "error"), [(0.05, 0.07), (0.3, 0.09), (0.6, 0.2)])
def test_bridge_pulls_about_as_young_and_laplace(theta: float, part: float, error: float) -> None:
    """The closed form against the exact meridian, V = R^3/1000; `part` is the gap over V^(1/3)."""
    radius, gap = 5e-6, 0.1 * part
    exact = bridge_force(1e-3, gap, theta) * radius * 0.0407
    found = bridge_pull(1e-3 * radius**3, theta, gap * radius)
    assert found == pytest.approx(exact, rel=error)


@njit(error_model="numpy")
def act(law, p, x, v, w, radius, time):  # type: ignore[no-untyped-def]
    return law(body(x, v, w, radius, 1.0, 0, 0, time, 1.0), p)


@pytest.mark.parametrize("theta", [0.0, 0.3, 1.2])
def test_meniscus_pulls_down_by_scheludko_and_does_its_work(theta: float) -> None:
    """The largest pull is 2 pi a sigma cos^2(theta/2); the work out is 8/3 pi a^2 sigma cos."""
    a, sigma = 5e-6, 0.0407
    law = meniscus(surface_tension=sigma, contact_angle=theta, height=3e-5, speed=-1e-6)
    z = 3e-5 - 2e-6 + np.linspace(-1.2 * a, 1.2 * a, 20_001)  # two seconds on
    still = np.zeros(3)
    fz = np.array(
        [act(law.kind.function, parameters(law), UP * k, still, still, a, 2.0)[2] for k in z]
    )
    assert fz.min() == pytest.approx(-2.0 * np.pi * a * sigma * np.cos(theta / 2) ** 2, rel=1e-6)
    work = -np.trapezoid(fz, z)
    assert work == pytest.approx(8.0 / 3.0 * np.pi * a**2 * sigma * np.cos(theta), rel=1e-6)
    level = 2.8e-5 - a * np.cos(theta)  # where the surface is level at the contact angle
    assert np.interp(level, z, fz) == pytest.approx(0.0, abs=1e-3 * abs(fz.min()))
    assert np.all(fz[np.abs(z - 2.8e-5) >= a] == 0.0)


def test_dense_bed_resists_as_carman_and_dilute_one_as_stokes() -> None:
    a, mu, u = 5e-6, 0.02, 1e-4

    def drag(phi: float) -> float:
        law = dense_drag(viscosity=mu, solid_fraction=phi, ux=0.0, uy=0.0, uz=u)
        still = np.zeros(3)
        return act(law.kind.function, parameters(law), still, still, still, a, 0.0)[2]

    phi = 0.6
    gradient = phi * drag(phi) / (4.0 / 3.0 * np.pi * a**3)
    carman = 180.0 * mu * phi**2 / (1.0 - phi) ** 3 * (1.0 - phi) * u / (2.0 * a) ** 2
    assert gradient == pytest.approx(carman, rel=0.01)
    assert drag(0.0) == pytest.approx(STOKES * mu * a * u, rel=1e-12)
