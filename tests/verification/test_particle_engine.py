"""The engine as a whole, against mechanics: A7, A8, A9, A14, A15 and D2 8, 11, 12, 13, 16."""

import numpy as np
import pytest
from particle_packings import benchmark_law, loose

from multiscale import particles as dem
from multiscale.particles.binder import bind
from multiscale.particles.bond_kernel import BROKEN
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.measure import measure
from multiscale.particles.perform import perform
from multiscale.particles.protocols import Compress, Pack
from multiscale.particles.rest import Relax, unbalanced

G = 9.81


def _on_plane(mu: float, angle: float, speed: float, dt: float):
    """A sphere of radius 5 mm on a plane tilted by `angle`, as gravity at an angle."""
    law = dem.laws.hertz_mindlin(young=1e7, poisson=0.25, restitution=0.5, friction=mu)
    pull = dem.laws.gravity(
        density_difference=2500.0, gx=G * np.sin(angle), gy=0.0, gz=-G * np.cos(angle)
    )
    r, rho = 5e-3, 2500.0
    weight = rho * 4 / 3 * np.pi * r**3 * G * np.cos(angle)
    e_star = 1e7 / (2 * (1 - 0.25**2))  # both sides are of the same material
    depth = (weight / (4 / 3 * e_star * np.sqrt(r))) ** (2 / 3)
    return dem.Simulation(
        dem.spheres([[0.05, 0.05, r - depth]], r, density=rho, velocity=[[speed, 0, 0]]),
        box=dem.Box((0.1, 0.1, 0.1), periodic=(True, True, False)),
        walls=[dem.Wall("z", 0.0)],
        laws=[law, pull],
        time_step=dt,
    )


def test_sphere_slides_then_rolls():
    """A7: v_roll = 5/7 v0, reached at t = 2 v0/(7 mu g)."""
    mu, v0, dt = 0.3, 0.1, 5e-6
    sim = _on_plane(mu, 0.0, v0, dt)
    expected = 2 * v0 / (7 * mu * G)
    sim.run(int(0.5 * expected / dt))
    sliding = sim.particles()
    assert sliding.velocity[0, 0] == pytest.approx(v0 - mu * G * 0.5 * expected, rel=5e-3)
    sim.run(int(0.5 * expected / dt) + 2000)
    rolling = sim.particles()
    assert rolling.velocity[0, 0] == pytest.approx(5 / 7 * v0, rel=5e-3)
    assert rolling.spin[0, 1] * rolling.radius[0] == pytest.approx(5 / 7 * v0, rel=5e-3)


@pytest.mark.parametrize(("tangent", "share"), [(0.5, 5 / 7), (1.5, None)])
def test_sphere_on_an_incline(tangent: float, share: float | None):
    """D2 8: it rolls with 5/7 g sin(theta) below tan(theta) = 7/2 mu, and slides above."""
    mu, dt, steps = 0.3, 5e-6, 20000
    angle = np.arctan(tangent)
    sim = _on_plane(mu, angle, 0.0, dt)
    sim.run(4000)  # the contact's spring takes up the load
    before = sim.particles().velocity[0, 0]
    sim.run(steps)
    gained = sim.particles().velocity[0, 0] - before
    rolls = 5 / 7 * np.sin(angle)
    slides = np.sin(angle) - mu * np.cos(angle)
    assert gained / (steps * dt * G) == pytest.approx(rolls if share else slides, rel=5e-3)


def _gas(n: int, steps: int):
    x, r, edge = loose(n, 0.3)
    rng = np.random.default_rng(2)
    v = rng.normal(size=(n, 3)) * 0.3
    v -= v.mean(axis=0)
    sim = dem.Simulation(
        dem.spheres(x, r, velocity=v),
        box=dem.Box((edge,) * 3),
        laws=[benchmark_law(friction=0.0, gamma=0.0)],
        time_step=2e-3,
    )
    sim.rebuild()
    start = measure(sim)
    sim.run(steps)
    return sim, start, measure(sim), v


def test_energy_and_momentum_are_kept():
    """A8: N = 500 elastic spheres, 1e5 steps: energy to 1e-4, momentum to 1e-12."""
    sim, start, end, v = _gas(500, 100_000)
    mass = sim.particles().mass
    scale = np.sum(mass[:, None] * np.abs(v))
    assert end.energy.stored > 0
    assert end.energy.residual == pytest.approx(start.energy.residual, rel=1e-4)
    momentum = mass @ sim.particles().velocity - mass @ v
    assert np.abs(momentum).max() < 1e-12 * scale


def test_angular_momentum_is_kept_with_friction():
    """A8: 500 spinning spheres fall together and fly apart: linear and angular momentum to 1e-12.

    Positions at t_n go with velocities at t_n - dt/2: what is between them, v x v, is nothing.
    """
    x, r, edge = loose(500, 0.3, seed=11, spread=0.3)
    rng = np.random.default_rng(12)
    x += 0.5 * edge
    v = rng.normal(size=x.shape) * 0.2 - 0.2 * (x - edge)
    sim = dem.Simulation(
        dem.spheres(x, r, velocity=v, spin=rng.normal(size=x.shape)),
        box=dem.Box((2 * edge,) * 3, periodic=(False,) * 3),
        laws=[benchmark_law()],
        time_step=2e-3,
        overlap=2.0,
    )

    def momenta() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        p = sim.particles()
        inertia = 0.4 * p.mass * p.radius**2
        orbital = p.mass[:, None] * np.cross(p.position, p.velocity)
        return p.mass @ p.velocity, orbital.sum(axis=0) + inertia @ p.spin, p.spin

    linear, angular, spin = momenta()
    sim.run(2000)
    after = momenta()
    mass, speed = sim.particles().mass, np.linalg.norm(v, axis=1)
    arm = np.linalg.norm(x, axis=1)
    assert np.mean(np.abs(after[2] - spin).max(axis=1) > 0.1) > 0.5  # most have rubbed on others
    assert np.abs(after[0] - linear).max() < 1e-12 * mass @ speed
    assert np.abs(after[1] - angular).max() < 1e-12 * mass @ (arm * speed)


@pytest.mark.slow
def test_gas_cools_as_haff_says():
    """A9: T = T0/(1 + zeta0 t/2)^2 at phi = 0.05, e = 0.9; collisions last 1 % of a free flight."""
    n, phi, d, rho, e, v0 = 5000, 0.05, 1e-4, 2500.0, 0.9, 0.1
    x, r, edge = loose(n, phi, seed=3)
    v = np.random.default_rng(4).normal(size=(n, 3)) * v0 / np.sqrt(3)
    v -= v.mean(axis=0)
    law = dem.laws.hertz_mindlin(young=1e6, poisson=0.25, restitution=e, friction=0.0)
    dt = 8e-7
    sim = dem.Simulation(
        dem.spheres(x * d, r * d, density=rho, velocity=v),
        box=dem.Box((edge * d,) * 3),
        laws=[law],
        time_step=dt,
        skin=0.3 * d,
    )
    mass = rho * np.pi / 6 * d**3

    def temperature() -> float:
        return float(mass * np.mean(np.sum(sim.particles().velocity ** 2, axis=1)) / 3)

    def rate(t0: float) -> float:
        chi = (1 - phi / 2) / (1 - phi) ** 3
        density = n / (edge * d) ** 3
        return 4 / 3 * (1 - e**2) * density * d**2 * chi * np.sqrt(np.pi * t0 / mass)

    start = temperature()
    sim.run(int(2 / rate(start) / dt))
    assert temperature() / start == pytest.approx(1 / 4, rel=0.05)
    sim.run(int(2 / rate(start) / dt))
    assert temperature() / start == pytest.approx(1 / 9, rel=0.05)


def test_dilute_suspension_follows_the_shear():
    """A15: drag in a sheared liquid: u_x = rate y through faces and flips, no drift off it."""
    rate, edge = 0.7, 10.0
    rng = np.random.default_rng(5)
    x = rng.random((200, 3)) * edge
    v = np.zeros_like(x)
    v[:, 0] = rate * x[:, 1]
    w = np.zeros_like(x)
    w[:, 2] = -0.5 * rate
    sim = dem.Simulation(
        dem.spheres(x, 1e-3, velocity=v, spin=w),
        box=dem.Box((edge,) * 3, shear_rate=rate),
        laws=[
            dem.laws.stokes_drag(viscosity=1e-6, shear_rate=rate, ux=0.0, uy=0.0, uz=0.0),
        ],
        time_step=5e-3,
        skin=0.5,
    )
    sim.run(1000)  # a strain of 3.5: three flips, and faces crossed
    p = sim.particles()
    assert abs(sim.frame[6, 0]) <= 0.5 * edge * (1 + 1e-9) + rate * edge * 5e-3
    assert p.velocity[:, 0] == pytest.approx(rate * p.position[:, 1], abs=1e-10 * rate * edge)
    expected = x[:, 0] + rate * x[:, 1] * sim.time
    off = p.position[:, 0] - expected
    assert off - edge * np.rint(off / edge) == pytest.approx(np.zeros(len(x)), abs=1e-10 * edge)
    assert p.position[:, 1:] == pytest.approx(x[:, 1:], abs=1e-10 * edge)


def _soft_box(
    friction: float, restitution: float, n: int = 2000, time_step: float = 1.9e-3
) -> dem.Simulation:
    """Equal spheres with F = 1e4 sqrt(R) delta^1.5 in a periodic cube, loose."""
    x, r, edge = loose(n, 0.4, seed=6)
    young = 1e4 * 0.75 * 2 * (1 - 0.25**2)
    law = dem.laws.hertz_mindlin(
        young=young, poisson=0.25, restitution=restitution, friction=friction
    )
    return dem.Simulation(
        dem.spheres(x, r), box=dem.Box((edge,) * 3), laws=[law], time_step=time_step, flow=True
    )


@pytest.mark.parametrize("restitution", [0.3, 1.0])
def test_a_packing_just_above_jamming_comes_to_rest(restitution: float):
    """phi = 0.645: the slowest modes are near zero; `relax` ends, with damping or without."""
    sim = _soft_box(0.0, restitution, n=500)
    found = perform(
        sim, [Pack(rate=3e-3, solid_fraction=0.645), Relax(most=150_000)], sample=10**8
    )[-1]
    most, mean = unbalanced(sim)
    assert 0 < most < 2e-3 * mean
    assert 6.0 < found.backbone < 7.2


@pytest.mark.slow
def test_frictionless_spheres_jam():
    """A14, D2 13: phi_J = 0.639 +- 0.005 and Z = 6 without rattlers, where jamming ends.

    Compressed quickly beyond it, brought to rest, and swollen until hardly any pressure is left:
    on the way up the pressure of motion would be taken for that of contacts.
    """
    sim = _soft_box(0.0, 0.3)
    found = perform(
        sim,
        [
            Pack(rate=3e-3, solid_fraction=0.66),
            Relax(balance=1e-2),
            Pack(rate=-1e-4, pressure=0.1),
            Pack(rate=-1e-5, pressure=1e-3),
            Relax(balance=1e-2),
        ],
        sample=10**8,
    )[-1]
    assert found.solid_fraction == pytest.approx(0.639, abs=0.005)
    assert found.backbone == pytest.approx(6.0, abs=0.1)


@pytest.mark.slow
def test_spheres_that_never_slide_jam_looser():
    """A14: with friction without limit phi = 0.55 to 0.58 and Z = 4 without rattlers.

    Z is 4 at vanishing pressure only, and 0.26 higher where the packing first bears 0.1. It is
    swollen in small steps, with a rest after each: in one step it may come loose.
    """
    sim = _soft_box(1e3, 0.1, time_step=1.2e-3)
    perform(
        sim,
        [
            Pack(rate=3e-3, solid_fraction=0.45),
            Pack(rate=1e-3, solid_fraction=0.52),
            Pack(rate=1e-4, pressure=0.1),
            Relax(balance=1e-2),
        ],
        sample=10**8,
    )
    found = [measure(sim, least_contacts=3)]
    for pressure in (0.05, 0.03, 0.02, 0.014, 0.01):
        perform(sim, [Pack(rate=-1e-5, pressure=pressure), Relax(balance=1e-2)], sample=10**8)
        found.append(measure(sim, least_contacts=3))
    for at in found:
        print(f"p {at.pressure:.4f}  phi {at.solid_fraction:.4f}  Z {at.backbone:.3f}", flush=True)
    assert 0.55 <= found[-1].solid_fraction <= 0.58
    assert found[-1].backbone == pytest.approx(4.0, abs=0.1)
    assert found[0].backbone > found[2].backbone > found[-1].backbone


def test_cubic_crystal_under_a_plate():
    """D2 12: a simple cubic crystal compressed along z: sigma = F(delta)/(4 R^2) per column."""
    n, r = 4, 0.5
    g = np.arange(n) + 0.5
    x = np.stack(np.meshgrid(g, g, g, indexing="ij"), -1).reshape(-1, 3)
    sim = dem.Simulation(
        dem.spheres(x, r),
        box=dem.Box((n, n, n), periodic=(True, True, False)),
        walls=[dem.Wall("z", 0.0), dem.Wall("z", float(n))],
        laws=[benchmark_law(friction=0.0)],
        time_step=2e-3,
    )
    found = perform(
        sim, [Compress(speed=1e-3, gap=n - 0.02, every=1), Relax(balance=1e-6)], sample=10**7
    )[-1]
    kn = 2000 / (3 * (1 - 0.25**2))  # F = kn sqrt(R_eff) delta^1.5
    # n - 1 contacts between spheres with R/2, and two with the plates with R, in series: the force
    # is the same, so that the plates' overlap is smaller by 2^(-1/3).
    shared = float(n - sim.lengths[2]) / (n - 1 + 2 * 2 ** (-1 / 3))
    force = kn * np.sqrt(r / 2) * shared**1.5
    assert -found.total_stress[2, 2] == pytest.approx(force / (2 * r) ** 2, rel=1e-3)
    assert found.wall_force[1, 2] / n**2 == pytest.approx(force / (2 * r) ** 2, rel=1e-3)


def test_close_packed_crystal_under_uniaxial_strain():
    """D2 12: a face-centred crystal, strained along [001]: all contacts move with the box.

    With a = 2 sqrt(2) r, 8 of 12 contacts have d² = (a/2)² (1 + (1 - e)²), four of them across x:
    sigma_zz = -16 F d n_z²/V, sigma_xx = sigma_yy = -8 F d n_x²/V for the 4 spheres of a cell.
    """
    r, n, strain, steps = 0.5, 3, 0.01, 500
    a = 2 * np.sqrt(2) * r
    corner = np.stack(np.meshgrid(*[np.arange(n)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
    inside = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2
    x = (corner + inside + 0.25).reshape(-1, 3) * a
    law = dem.laws.hertz_mindlin(young=1e4, poisson=0.25, restitution=1.0, friction=0.0)
    speed = strain * n * a / (steps * 1e-3)
    sim = dem.Simulation(
        dem.spheres(x, r),
        box=dem.Box((n * a,) * 3, stretching=(0.0, 0.0, -speed)),
        laws=[law],
        time_step=1e-3,
    )
    sim.run(steps)
    stress = measure(sim).stress["hertz_mindlin"]
    d = 0.5 * a * np.sqrt(1 + (1 - strain) ** 2)
    force = 4 / 3 * 1e4 / (2 * (1 - 0.25**2)) * np.sqrt(r / 2) * (2 * r - d) ** 1.5
    n_x, n_z = 0.5 * a / d, 0.5 * a * (1 - strain) / d
    cell = a**3 * (1 - strain)
    expected = -8 * force * d / cell * np.diag([n_x**2, n_x**2, 2 * n_z**2])
    assert stress == pytest.approx(expected, abs=1e-6 * np.abs(expected).max())


def test_energy_book_closes_under_a_plate():
    """D2 11: work of the plate = elastic + lost + kinetic, within 0.5 %."""
    x, r, edge = loose(600, 0.5, seed=7, spread=0.3)
    x[:, 2] = x[:, 2].clip(r, edge - r)
    sim = dem.Simulation(
        dem.spheres(x, r),
        box=dem.Box((edge,) * 3, periodic=(True, True, False)),
        walls=[dem.Wall("z", 0.0), dem.Wall("z", edge)],
        laws=[benchmark_law()],
        time_step=5e-3,
        book=True,
        overlap=2.0,
    )
    perform(sim, [Relax(balance=0.05)], sample=10**7)
    start = measure(sim).energy
    end = perform(sim, [Compress(speed=0.02, solid_fraction=0.66)], sample=10**7)[-1].energy
    work = end.wall_work - start.wall_work
    assert work > 1e3 * start.kinetic
    assert end.lost - start.lost > 0.01 * work
    assert end.residual - start.residual == pytest.approx(0.0, abs=5e-3 * work)


def test_stress_equals_the_pressure_on_the_plates():
    """The virial stress, contacts with plates included, is what the plates feel at rest."""
    x, r, edge = loose(400, 0.5, seed=8, spread=0.2)
    x[:, 2] = x[:, 2].clip(r, edge - r)
    sim = dem.Simulation(
        dem.spheres(x, r),
        box=dem.Box((edge,) * 3, periodic=(True, True, False)),
        walls=[dem.Wall("z", 0.0), dem.Wall("z", edge)],
        laws=[benchmark_law()],
        time_step=5e-3,
        overlap=2.0,
    )
    found = perform(
        sim,
        [Relax(balance=0.1), Compress(speed=0.05, solid_fraction=0.66), Relax(balance=1e-3)],
        sample=10**7,
    )[-1]
    plate = found.wall_force[1, 2] / edge**2
    assert plate > 0
    assert -found.wall_force[0, 2] / edge**2 == pytest.approx(plate, rel=2e-3)
    assert -found.total_stress[2, 2] == pytest.approx(plate, rel=2e-3)
    assert np.trace(found.fabric) == pytest.approx(1.0, abs=1e-12)


def test_the_frame_of_reference_does_not_matter():
    """D2 16: moved, with the particles in another order, the same trajectories to 1e-10."""
    x, r, edge = loose(300, 0.45, seed=9, spread=0.3)
    v = np.random.default_rng(1).normal(size=x.shape) * 0.3
    order = np.random.default_rng(2).permutation(len(r))

    def final(shift: np.ndarray, swap: np.ndarray) -> np.ndarray:
        sim = dem.Simulation(
            dem.spheres(x[swap] + shift, r[swap], velocity=v[swap]),
            box=dem.Box((edge,) * 3),
            laws=[benchmark_law()],
            time_step=5e-3,
            overlap=2.0,
        )
        sim.run(300)
        at = np.empty_like(x)
        at[swap] = sim.particles().position - shift
        return at

    same = np.arange(len(r))
    plain = final(np.zeros(3), same)
    moved = final(np.array([0.3, -0.2, 0.4]) * edge, order)
    off = moved - plain
    assert off - edge * np.rint(off / edge) == pytest.approx(np.zeros_like(off), abs=1e-10)


def test_the_axes_may_change_places():
    """D2 16: x, y and z in turn, with plates and breaking bonds: the same trajectories to 1e-10."""
    x, r, edge = loose(300, 0.5, seed=10, spread=0.3)
    x[:, 2] = x[:, 2].clip(r, edge - r)
    v = np.random.default_rng(1).normal(size=x.shape) * 0.5
    binder = BondMaterial(200.0, 0.3, 30.0, 30.0, shares=(0.4,), times=(0.5,), damping=0.01)

    def final(turn: np.ndarray) -> tuple[np.ndarray, float]:
        periodic = tuple((turn != 2).tolist())
        plates = "xyz"[int(np.argmax(turn == 2))]
        bonds = bind(
            x[:, turn], r, np.arange(len(r)), np.eye(3) * edge, periodic, gap=0.1,
            volume=0.02 * edge**3, branches=2,
        )  # fmt: skip
        sim = dem.Simulation(
            dem.spheres(x[:, turn], r, velocity=v[:, turn]),
            box=dem.Box((edge,) * 3, periodic=periodic),
            walls=[dem.Wall(plates, 0.0), dem.Wall(plates, edge, velocity=-0.2)],
            laws=[benchmark_law()],
            bonds=bonds,
            bond_materials=[binder],
            time_step=2e-3,
            skin=0.2,
            overlap=2.0,
        )
        sim.run(300)
        return sim.particles().position[:, np.argsort(turn)], float(sim.bond_sums[BROKEN])

    plain, broken = final(np.array([0, 1, 2]))
    assert broken > 10
    for turn in ([2, 0, 1], [1, 2, 0]):
        turned, also = final(np.array(turn))
        off = turned - plain
        off[:, :2] -= edge * np.rint(off[:, :2] / edge)
        assert off == pytest.approx(np.zeros_like(off), abs=1e-10)
        assert also == broken
