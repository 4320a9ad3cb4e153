"""Binder bonds against beams, relaxation, failure and balances (cases 9, 10, 11 and 16)."""

import numpy as np
import pytest

from multiscale.particles.bond_kernel import ELASTIC, VISCOUS
from multiscale.particles.bond_material import BondMaterial
from tests.bond_rig import BINDER, PRONY, TOUGH, Rig, chain, cluster

R, D = 5e-6, 1e-5  # radius of sphere and bond, pitch of the beam [m]
E, G = TOUGH.young, TOUGH.shear_modulus
NECK = 2e-6  # of the bonds that break [m]
AREA, INERTIA, POLAR = np.pi * R**2, np.pi * R**4 / 4, np.pi * R**4 / 2


def settled(n, load, column):
    """Load the end of a beam of n bonds, clamped at the first sphere, and let it come to rest."""
    beam = chain(n + 1)
    beam.held[0] = True
    beam.load[-1, column] = load
    beam.step(0.0)
    slowest = 3.52 * np.sqrt(E * INERTIA / (beam.V[0, 7] / D) / (n * D) ** 4)
    drag = 2 * slowest if column == 1 else 0.5 * np.pi / n * np.sqrt(E / 4700) / D
    dt = 0.9 * beam.stable
    beam.run(int(25 / (drag / 2) / dt), dt, drag)
    return beam


@pytest.mark.parametrize("n", [20, 40])
def test_cantilever(n):
    """Case 9: P L^3/(3 E I) with shear P L/(G A); rigid spheres take 1/(4 n^2) off the bending."""
    length = n * D
    load = 3e-3 * E * INERTIA / length**2
    tip = settled(n, load, 1).X[-1, 1]
    bending, shear = load * length**3 / (3 * E * INERTIA), load * length / (G * AREA)
    assert tip == pytest.approx(bending, rel=0.02)
    assert tip == pytest.approx(bending * (1 - 1 / (4 * n**2)) + shear, rel=1e-5)


def test_tension_and_torsion_of_a_beam():
    """Case 9: P L/(E A) and T L/(G J)."""
    n = 20
    load = 1e-4 * E * AREA
    assert settled(n, load, 0).X[-1, 0] == pytest.approx(n * D * (1 + 1e-4), rel=1e-9)
    torque = 1e-3 * G * POLAR / (n * D)
    turned = settled(n, torque / R, 4).angle[-1, 0]
    assert turned == pytest.approx(1e-3, rel=1e-5)


def test_held_at_both_ends_the_middle_carries_half():
    """A loaded sphere between two clamped ones: 2 (k_s A + ...) from the stiffness matrix."""
    beam = chain(3)
    beam.held[[0, 2]] = True
    beam.load[1, 1] = 1e-6
    beam.step(0.0)
    beam.run(4000, 0.5 * beam.stable, 0.05 / beam.stable)
    assert beam.X[1, 1] == pytest.approx(1e-6 / (2 * G * AREA / D), rel=1e-6)


UNBREAKABLE = dict(tensile_strength=np.inf, shear_strength=np.inf)
# Velocity and spin of the second sphere, and the column of F on the first that answers.
MOTIONS = {
    "elongation": ((1.0, 0, 0), (0, 0, 0), 0),
    "slip": ((0, 1.0, 0), (0, 0, 0), 1),
    "twist": ((0, 0, 0), (1e6, 0, 0), 4),
    "bending": ((0, 1e6 * R, 0), (0, 0, 1e6), 6),  # about the bond's middle: no slip
}


@pytest.mark.parametrize("motion", MOTIONS)
@pytest.mark.parametrize("steps", [1, 211])
def test_relaxation(motion, steps):
    """Case 10: F(t)/F(0) = 1 - sum alpha_i (1 - exp(-t/tau_i)) = 0.4565 at t = 211 s."""
    v, omega, column = MOTIONS[motion]
    pair = chain(2, materials=[BondMaterial(**BINDER, **UNBREAKABLE, **PRONY)])
    pair.move(1e-9, v, omega)
    start = pair.F[0, column]
    pair.move(211.0 / steps, steps=steps)
    assert pair.F[0, column] / start == pytest.approx(0.4565, abs=1e-4)
    exact = 1 - sum(
        a * (1 - np.exp(-211.0 / t)) for a, t in zip(PRONY["shares"], PRONY["times"], strict=True)
    )
    assert pair.F[0, column] / start == pytest.approx(exact, abs=1e-6)


@pytest.mark.parametrize("steps", [1, 7, 1000])
def test_ramp_is_exact_for_any_step(steps):
    """Case 10: F = k u' [a_0 t + sum a_i tau_i (1 - exp(-t/tau_i))], and the energy closes."""
    pair = chain(2, materials=[BondMaterial(**BINDER, **UNBREAKABLE, **PRONY)])
    speed, time = 1e-12, 500.0
    pair.move(time / steps, (speed, 0, 0), steps=steps)
    force = (1 - sum(PRONY["shares"])) * time
    work = 0.5 * (1 - sum(PRONY["shares"])) * time**2
    for a, tau in zip(PRONY["shares"], PRONY["times"], strict=True):
        force += a * tau * (1 - np.exp(-time / tau))
        work += a * tau * (time - tau * (1 - np.exp(-time / tau)))
    stiffness = E * AREA / D
    assert pair.F[0, 0] == pytest.approx(stiffness * speed * force, rel=1e-9)
    spent = pair.sums[ELASTIC] + pair.sums[VISCOUS]
    assert spent == pytest.approx(stiffness * speed**2 * work, rel=1e-9)


def test_loaded_bond_turns_rigidly():
    """Case 16: all components loaded, force and couple turn with the pair at second order."""
    errors = [turned_once(steps) for steps in (100, 200, 400)]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert errors[-1] < 1e-3
    assert orders == pytest.approx(2, abs=0.1)


def turned_once(steps):
    """Load a bond, turn it about a slanted axis; give the largest relative error of the forces."""
    pair = chain(2)
    pair.move(1e-9, (2.0, 3.0, -1.0), (3e4, -2e4, 1e5), steps=10)
    before, stored = pair.F.copy(), pair.sums[ELASTIC]
    way, angle = np.array([1.0, 2.0, -2.0]) / 3, 2 * np.pi / steps
    turn = rotation(way, angle)
    # The spin whose chord the leapfrog takes.
    pair.V[:, 4:7] = R * 2 * np.tan(angle / 2) * way
    for _ in range(steps):
        pair.X[:, :3] = pair.X[:, :3] @ turn.T
        pair.step(1.0)
    assert pair.sums[ELASTIC] == pytest.approx(stored, rel=1e-9)
    for columns in (slice(0, 3), slice(4, 7)):
        size = np.linalg.norm(pair.F[:, columns], axis=1)
        assert size == pytest.approx(np.linalg.norm(before[:, columns], axis=1), rel=1e-9)
    return np.abs(pair.F - before).max() / np.abs(before).max()


def rotation(way, angle):
    k = np.cross(np.eye(3), way)  # k v = way x v
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


@pytest.mark.parametrize("motion", MOTIONS)
def test_breaks_at_its_strength(motion):
    """A pure tension or bending breaks at sigma_b, a slip or twist at tau_b; both to one step."""
    v, omega, column = MOTIONS[motion]
    weak = BondMaterial(**BINDER, tensile_strength=2e6, shear_strength=0.8e6)
    pair = chain(2, neck=NECK, materials=[weak])
    while not pair.broken:
        peak = abs(pair.F[0, column])
        pair.move(1e-11, v, omega)
    area = np.pi * NECK**2
    limit = {
        "elongation": 2e6 * area,
        "slip": 0.8e6 * area,
        "twist": 0.8e6 * area * NECK / 2 / R,
        "bending": 2e6 * area * NECK / 4 / R,
    }[motion]
    assert peak == pytest.approx(limit, rel=5e-3)
    assert pair.broken == 1
    assert not pair.F.any()
    assert pair.sums[ELASTIC] == 0


def test_tension_and_bending_add_up():
    """F_n/A + |M_s| R/I > sigma_b: half the strength by tension leaves half to bending."""
    weak = BondMaterial(**BINDER, tensile_strength=2e6, shear_strength=np.inf)
    pair = chain(2, neck=NECK, materials=[weak])
    area = np.pi * NECK**2
    pair.move(1.0, (1e6 / E * D, 0, 0))
    assert pair.F[0, 0] == pytest.approx(1e6 * area, rel=1e-9)
    while not pair.broken:
        peak = pair.F[0, 6] * R
        pair.move(1e-11, *MOTIONS["bending"][:2])
    assert peak == pytest.approx(1e6 * area * NECK / 4, rel=0.01)


def test_compression_does_not_break():
    weak = BondMaterial(**BINDER, tensile_strength=1e6, shear_strength=1e6)
    pair = chain(2, materials=[weak])
    pair.move(1.0, (-0.1 * D, 0, 0))
    assert pair.broken == 0
    assert pair.F[0, 0] == pytest.approx(-0.1 * E * AREA, rel=1e-9)


MATERIALS = {
    "elastic": {},
    "damped": dict(damping=2e-10),
    "visco-elastic": dict(shares=(0.4, 0.2), times=(3e-8, 1e-6)),
    "breaking": dict(tensile_strength=1e7, shear_strength=1e7),
    "all": dict(
        shares=(0.4, 0.2), times=(3e-8, 1e-6), damping=2e-10,
        tensile_strength=1e7, shear_strength=1e7,
    ),
}  # fmt: skip


STEPS = [(0.0, 0.98, True), (0.0, 1.7, False), (3e-9, 0.98, True), (3e-9, 2.5, False)]


def thrown(material, share_of_stable=0.2, steps=2000):
    """A cluster with random velocities and spins, flying and vibrating freely."""
    heap = cluster(40, seed=3, materials=[BondMaterial(**BINDER | UNBREAKABLE | material)])
    rng = np.random.default_rng(5)
    heap.V[:, :3] = rng.normal(0, 0.3, (40, 3))
    heap.V[:, 4:7] = rng.normal(0, 0.3, (40, 3))
    start = heap.kinetic
    momentum = heap.V[:, 7] @ heap.V[:, :3], heap.angular_momentum
    heap.run(steps, share_of_stable * heap.stable)
    return heap, start, momentum


@pytest.mark.parametrize("name", MATERIALS)
def test_energy_and_momentum_close(name):
    """Case 11: kinetic + elastic + viscous + fracture stays; momentum and its moment too."""
    heap, start, (momentum, moment) = thrown(MATERIALS[name])
    assert heap.energy == pytest.approx(start, rel=5e-3)
    size = heap.V[:, 7].sum() * 0.3
    assert np.abs(heap.V[:, 7] @ heap.V[:, :3] - momentum).max() < 1e-12 * size
    assert np.abs(heap.angular_momentum - moment).max() < 1e-12 * size * 40e-6
    if "tensile_strength" in MATERIALS[name]:
        assert 0.05 * len(heap.bonds) < heap.broken < 0.95 * len(heap.bonds)
        assert heap.broken == (~heap.bonds.intact).sum()
    if "shares" in MATERIALS[name] or "damping" in MATERIALS[name]:
        assert heap.sums[VISCOUS] > 0.05 * start


def test_energy_error_is_of_second_order():
    errors = [
        abs(heap.energy / start - 1)
        for heap, start, _ in (thrown({}, s, int(400 / s)) for s in (0.2, 0.1, 0.05))
    ]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert orders == pytest.approx(2, abs=0.5)


def test_work_of_a_grip():
    """Case 11: a beam torn apart by its end: the work is what is stored, lost and in motion."""
    tape = BondMaterial(
        **BINDER, tensile_strength=10e6, shear_strength=10e6, shares=(0.3,), times=(1e-6,)
    )
    beam = chain(12, neck=2e-6, materials=[tape])
    beam.held[[0, -1]] = True
    beam.V[-1, :3] = 0.3, 0.5, 0.0
    grips = beam.kinetic
    beam.run(8000, 0.3 * beam.stable)
    assert beam.broken >= 1
    assert beam.energy - grips == pytest.approx(beam.work, rel=5e-3)


def test_virial_is_the_stress():
    """A stretched beam: sum d_a F_b is the load times the length, tension positive."""
    n = 20
    load = 1e-4 * E * AREA
    virial = settled(n, load, 0).sums[:9].reshape(3, 3)
    assert virial[0, 0] == pytest.approx(load * n * D * (1 + 1e-4), rel=1e-6)
    assert np.abs(virial.ravel()[1:]).max() < 1e-9 * virial[0, 0]


def test_frame_and_order_do_not_matter():
    """Case 16: turned, shifted and renumbered, the cluster does the same."""
    turn, shift = rotation(np.array([2.0, -1.0, 2.0]) / 3, 1.1), np.array([3e-5, -1e-5, 2e-5])
    rng = np.random.default_rng(0)
    order = rng.permutation(40)
    soft = [BondMaterial(**BINDER, **UNBREAKABLE, shares=(0.4,), times=(1e-7,), damping=1e-10)]
    one = cluster(40, seed=3, materials=soft)
    place = np.argsort(order)
    live = one.bonds
    two = Rig(
        (one.x @ turn.T + shift)[order], one.X[order, 3], place[live.ids], live.radius, live.length,
        materials=soft, ids=rng.permutation(1000)[:40],
    )  # fmt: skip
    v, u = rng.normal(0, 3.0, (2, 40, 3))
    one.V[:, :3], one.V[:, 4:7] = v, u
    two.V[:, :3], two.V[:, 4:7] = (v @ turn.T)[order], (u @ turn.T)[order]
    dt = 0.2 * one.stable
    one.run(1000, dt)
    two.run(1000, dt)
    size = np.abs(one.F).max()
    for columns in (slice(0, 3), slice(4, 7)):
        same = (one.F[:, columns] @ turn.T)[order]
        assert np.abs(two.F[:, columns] - same).max() < 1e-10 * size
    assert two.energy == pytest.approx(one.energy, rel=1e-12)


@pytest.mark.parametrize("damping, share, stays", STEPS)
def test_stable_step_is_a_bound_and_not_far_off(damping, share, stays):
    heap, start, _ = thrown(dict(damping=damping), share, 3000)
    assert (heap.kinetic < 2 * start) == stays
