"""Broken necks between two spheres: squeezed, sliding, never pulled (cases 11 and 16)."""

import numpy as np
import pytest

from multiscale.particles.bond_kernel import BROKEN, ELASTIC, FRACTURE, VISCOUS
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.bonds import mark_broken
from tests.bond_rig import BINDER, PRONY, chain, cluster

R, D, NECK = 5e-6, 1e-5, 2e-6  # radius of sphere, length of the bond and its radius [m]
MU = 0.4
AREA = np.pi * NECK**2
KN = BINDER["young"] * AREA / D
KS = KN / 2 / (1 + BINDER["poisson"])
LOST = [VISCOUS, FRACTURE]


def binder(friction=MU, strength=1e7, **more):
    return BondMaterial(
        **BINDER, tensile_strength=strength, shear_strength=strength, friction=friction, **more
    )


def faces(slide):
    """Share of two discs of radius R that lie on each other, by their chords."""
    x = np.clip(slide / (2 * NECK), 0, 1)
    return 2 / np.pi * (np.arccos(x) - x * np.sqrt(1 - x**2))


def pressed(u, **more):
    """A pair pressed together by u and sheared until the bond breaks; the last force before."""
    pair = chain(2, neck=NECK, materials=[binder(**more)])
    pair.move(1e-9, (-u / 1e-9, 0, 0))
    while not pair.broken:
        before = along(pair)
        pair.move(1e-9, (0, 1.0, 0))
    return pair, before


def along(pair):
    """Force on the first sphere along the axis and across it, and k_n A u."""
    axis = pair.bonds.axis[:, 0]
    distance = np.linalg.norm(axis)
    normal = pair.F[0, :3] @ axis / distance
    return normal, np.linalg.norm(pair.F[0, :3] - normal * axis / distance), KN * (distance - D)


def test_compression_does_not_jump_where_a_neck_breaks():
    """It breaks at tau_b A + mu |F_n|; F_n stays, F_s falls to mu |F_n|, the couples vanish."""
    pair, (normal, shear, spring) = pressed(0.01 * D)
    assert normal == pytest.approx(spring, rel=1e-9)
    assert shear == pytest.approx(1e7 * AREA - MU * normal, rel=0.02)
    normal, shear, spring = along(pair)
    assert normal == pytest.approx(spring, rel=1e-9)
    assert shear == pytest.approx(-MU * normal, rel=1e-9)
    # Both torques are those of the force at the middle of the gap: no couple is left.
    assert pair.F[:, 6] == pytest.approx(np.full(2, pair.F[0, 6]), rel=1e-9)
    assert pair.sums[BROKEN] == 1
    assert not pair.bonds.intact.any()


def test_never_pulls_and_resists_again_where_it_did():
    """Opened and closed: F = k_n A min(0, u), by the way the spheres are apart."""
    pair = chain(2, neck=NECK, materials=[binder(strength=1e6)])
    forces, ways = [], []
    for speed, steps in ((1.0, 2000), (-1.0, 4000), (1.0, 5000), (-1.0, 4000)):
        for _ in range(steps):
            pair.move(1e-10, (speed, 0, 0))
            forces.append(pair.F[0, 0])
            ways.append(pair.X[1, 0] - D)
    forces, ways = np.array(forces), np.array(ways)
    broken = int(np.argmax(ways > 1e6 / BINDER["young"] * D)) + 1
    assert forces[broken:].max() == 0.0
    assert forces[broken:] == pytest.approx(KN * np.minimum(ways[broken:], 0), abs=1e-3 * KN * 1e-7)


def test_slid_faces_carry_by_what_is_left_of_them():
    """F_n = a(s) k_n A u and F_s = mu F_n to the end; nothing beyond 2 R, nor on the way back."""
    pair, _ = pressed(0.01 * D)
    distance = np.linalg.norm(pair.bonds.axis[:, 0])
    first = turned(pair)
    for way in [1] * 220 + [-1] * 3:
        angle = turned(pair)
        pair.move(1e-9, (-way * np.sin(angle), way * np.cos(angle), 0), steps=20)
        pair.X[1, :2] *= distance / np.linalg.norm(pair.X[1, :2])
        pair.step(0.0)
        normal, shear, spring = along(pair)
        share = faces(distance * (turned(pair) - first)) if pair.bonds.between.any() else 0.0
        assert normal == pytest.approx(share * spring, abs=1e-3 * abs(spring))
        assert shear == pytest.approx(-MU * normal, abs=1e-3 * abs(spring))
    assert not pair.F.any()
    assert not pair.bonds.between.any()


def turned(pair):
    return np.arctan2(pair.X[1, 1], pair.X[1, 0])


def test_work_of_a_slide_is_stored_or_lost():
    """Case 11: pressed, broken, slid half off, let go: the grip's work is what was lost."""
    pair, _ = pressed(0.05 * D)
    pair.move(1e-9, (0, 1.0, 0), steps=1500)
    held = pair.sums[ELASTIC]
    assert held > 0
    assert pair.work == pytest.approx(held + pair.sums[LOST].sum(), rel=2e-3)
    pair.move(1e-9, (1.0, 0, 0), steps=600)
    assert pair.sums[ELASTIC] == 0
    assert not pair.F.any()
    assert pair.work == pytest.approx(pair.sums[LOST].sum(), rel=2e-3)


def test_a_neck_left_far_behind_is_gone():
    """Faces that were farther apart than the neck is long do not press it again."""
    pair = chain(2, neck=NECK, materials=[binder(strength=1e6)])
    pair.move(1e-8, (1.0, 0, 0), steps=900)
    assert pair.bonds.between.all() and not pair.bonds.intact.any()
    pair.move(1e-8, (1.0, 0, 0), steps=200)
    pair.move(1e-8, (-1.0, 0, 0), steps=1200)
    assert not pair.F.any()
    assert not pair.bonds.between.any()


@pytest.mark.parametrize(
    "more",
    [{}, dict(friction=0.0), dict(damping=2e-10), dict(shares=(0.4, 0.2), times=(3e-8, 1e-6))],
    ids=["friction", "smooth", "damped", "visco-elastic"],
)
def test_energy_and_momentum_close(more):
    """Case 11: a cluster thrown into itself; its necks break, are squeezed, slide, open."""
    heap = cluster(40, seed=3, materials=[binder(**more)])
    rng = np.random.default_rng(5)
    heap.V[:, :3] = rng.normal(0, 0.5, (40, 3)) - 3e4 * heap.x
    heap.V[:, 4:7] = rng.normal(0, 0.3, (40, 3))
    start = heap.kinetic
    momentum, moment = heap.V[:, 7] @ heap.V[:, :3], heap.angular_momentum
    most = 0.0
    for _ in range(10):
        heap.run(400, 0.1 * heap.stable)
        heap.find()
        most = max(most, heap.sums[ELASTIC])
        assert heap.energy == pytest.approx(start, rel=5e-3)
    size = heap.V[:, 7].sum() * 0.5
    assert np.abs(heap.V[:, 7] @ heap.V[:, :3] - momentum).max() < 1e-12 * size
    assert np.abs(heap.angular_momentum - moment).max() < 1e-12 * size * 40e-6
    assert heap.broken > 0.5 * len(heap.bonds)
    assert heap.bonds.between.sum() > heap.bonds.intact.sum()
    assert most > 0.02 * start
    if not more:
        assert heap.sums[VISCOUS] > 0.05 * start


def test_a_squeezed_neck_relaxes():
    """Case 10: pressed and broken, held for 211 s: F_n falls to 0.4565 as that of a whole one."""
    pair = chain(2, neck=NECK, materials=[binder(**PRONY)])
    mark_broken(pair.bonds, pair.bonds.ids, -1.0)
    pair.move(1e-9, (-0.01 * D / 1e-9, 0, 0))
    start = pair.F[0, 0]
    assert start == pytest.approx(-KN * 0.01 * D, rel=1e-6)
    pair.move(1.0, steps=211)
    assert pair.F[0, 0] / start == pytest.approx(0.4565, abs=1e-4)
    # Let go at once it is thinner than it was, and thickens while nothing presses it.
    pair.move(1e-9, (0.01 * D / 1e-9, 0, 0))
    assert pair.F[0, 0] == 0.0
    opening = pair.bonds.strain[0, 3, 0]
    assert opening == pytest.approx((1 - 0.4565) * 0.01 * D, rel=1e-3)
    pair.move(1e5, steps=100)
    assert pair.bonds.strain[0, 3, 0] < 0.05 * opening
