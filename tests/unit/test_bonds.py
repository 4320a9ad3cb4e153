"""The set of bonds: making, binding, finding the ends, moving between ranks."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multiscale.errors import StageFailed
from multiscale.particles.binder import bind, close_pairs, neck_volume
from multiscale.particles.bond_ends import locate
from multiscale.particles.bond_kernel import SUMS, bond_pass
from multiscale.particles.bond_material import BondMaterial, step_tables
from multiscale.particles.bonds import (
    from_rows,
    make_bonds,
    mark_broken,
    merge,
    rows,
    take,
    with_ends,
)
from tests.bond_rig import BINDER, NO_WALLS, TOUGH, Rig, chain, cluster

OPEN = (False, False, False)
SOFT = BondMaterial(
    **BINDER, tensile_strength=1e8, shear_strength=1e8, shares=(0.4, 0.2), times=(1e-8, 1e-6),
    damping=1e-10,
)  # fmt: skip
SQUEEZED = replace(SOFT, friction=0.4)
POROUS = replace(SQUEEZED, shares=(), times=(), porosity=0.47, yield_stress=5e7)


def scattered(seed, n=300, box=6e-5, flat=OPEN):
    """Random spheres of several sizes in a sheared box; some overlap."""
    rng = np.random.default_rng(seed)
    H = np.diag([box, box, box])
    H[0, 1] = 0.3 * box
    return rng.random((n, 3)) @ H.T, rng.uniform(1e-6, 5e-6, n), rng.permutation(10 * n)[:n], H


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.floats(1e-3, 1e-1), st.sampled_from([OPEN, (1, 1, 0), (1, 1, 1)]))
def test_bonds_hold_the_binder_volume(seed, share, periodic):
    """The mass balance: sum A l is the volume given, to 1e-12."""
    x, r, ids, H = scattered(seed)
    volume = share * 4 / 3 * np.pi * (r**3).sum()
    bonds = bind(x, r, ids, H, periodic, gap=5e-7, volume=volume)
    assert bonds.volume.sum() == pytest.approx(volume, rel=1e-12)
    assert (bonds.ids[:, 0] < bonds.ids[:, 1]).all()
    of = dict(zip(ids.tolist(), r, strict=True))
    smaller = [min(of[a], of[b]) for a, b in bonds.ids.tolist()]
    assert (bonds.radius <= smaller).all()


def test_each_slice_holds_its_share():
    """Binder that migrated up is found in the upper bonds."""
    x, r, ids, H = scattered(1)
    edges = np.linspace(0, H[2, 2], 5)
    share = np.array([0.5, 0.8, 1.2, 1.5])
    bonds = bind(x, r, ids, H, (1, 1, 0), gap=5e-7, volume=4e-15, profile=(edges, share))
    assert bonds.volume.sum() == pytest.approx(4e-15, rel=1e-12)
    height = dict(zip(ids.tolist(), zip(x[:, 2], r, strict=True), strict=True))
    held = np.zeros(4)
    for (a, b), axis, volume in zip(bonds.ids.tolist(), bonds.axis.T, bonds.volume, strict=True):
        z, radius = height[a]
        other = height[b][1]
        middle = z + axis[2] * 0.5 * (1 + (radius - other) / np.linalg.norm(axis))
        held[np.clip(np.searchsorted(edges, middle) - 1, 0, 3)] += volume
    assert held == pytest.approx(share / 4 * 4e-15, rel=1e-12)


def test_neck_volume_by_quadrature():
    ri, rj, gap, neck = 5e-6, 2e-6, 3e-7, 1.5e-6
    s = (np.arange(20000) + 0.5) / 20000 * neck
    height = gap + ri - np.sqrt(ri**2 - s**2) + rj - np.sqrt(rj**2 - s**2)
    volume = (2 * np.pi * s * height).sum() * neck / 20000
    assert neck_volume(neck, ri, rj, gap) == pytest.approx(volume, rel=1e-8)
    # Thin necks of touching spheres: pi R^4/4 (1/r_i + 1/r_j).
    thin = np.pi * (1e-9) ** 4 / 4 * (1 / ri + 1 / rj)
    assert neck_volume(1e-9, ri, rj, 0.0) == pytest.approx(thin, rel=1e-6)


@pytest.mark.parametrize("periodic", [OPEN, (1, 1, 0), (1, 1, 1)])
def test_close_pairs_by_brute_force(periodic):
    x, r, _, H = scattered(2, n=150)
    i, j, axis = close_pairs(x, r, 5e-7, H, periodic)
    best = np.full((150, 150), np.inf)
    for k in np.ndindex(3, 3, 3):
        k = (np.array(k) - 1) * np.asarray(periodic)
        best = np.minimum(best, np.linalg.norm(x - x[:, None] + H @ k, axis=2))
    a, b = np.nonzero(np.triu(best < r + r[:, None] + 5e-7, 1))
    assert set(zip(i, j, strict=True)) == set(zip(a, b, strict=True))
    assert np.linalg.norm(axis, axis=1) == pytest.approx(best[i, j], rel=1e-12)


def test_binding_refuses_what_cannot_be():
    x, r, ids, H = scattered(3)
    options = dict(gap=5e-7, volume=1e-15)
    with pytest.raises(ValueError, match="hold at most"):
        bind(x, r, ids, H, OPEN, **options | {"volume": 1e-9})
    with pytest.raises(ValueError, match=r"0 necks in z from .* coarser slices"):
        bind(x, r, ids, H, OPEN, **options, profile=([-1e-5, -5e-6, 6e-5], [1, 1]))
    with pytest.raises(ValueError, match="rising edges"):
        bind(x, r, ids, H, OPEN, **options, profile=([0, 1e-5], [1, 1]))
    with pytest.raises(ValueError, match="closer than"):
        bind(x[:1], r[:1], ids[:1], H, OPEN, **options)
    with pytest.raises(ValueError, match="make it larger"):
        bind(x, r, ids, 0.1 * H, (1, 0, 0), **options)
    pair = np.array([[0, 0, 0], [6e-6, 0, 0]])
    with pytest.raises(ValueError, match="two images"):
        bind(pair, np.full(2, 2.9e-6), np.arange(2), np.eye(3) * 1.2e-5, (1, 1, 1), **options)


@pytest.mark.parametrize(
    "wrong, says",
    [
        (dict(tensile_strength=2e13), "below the modulus"),
        (dict(shear_strength=0.0), "shear_strength"),
        (dict(young=-1.0), "modulus"),
        (dict(poisson=0.6), "Poisson"),
        (dict(shares=(0.5,)), "1 shares and 0 times"),
        (dict(shares=(0.5, 0.5), times=(1.0, 2.0)), "below one"),
        (dict(shares=(0.5,), times=(0.0,)), "times above zero"),
        (dict(damping=-1.0), "damping"),
        (dict(friction=-0.1), "friction"),
        (dict(porosity=0.47), "a yield stress of None"),
        (dict(porosity=0.47, yield_stress=3e9), "below the modulus"),
        (dict(porosity=1.0, yield_stress=5e7), r"not in \[0, 1\)"),
        (dict(yield_stress=5e7), "but no porosity"),
        (dict(porosity=0.47, yield_stress=5e7, shares=(0.5,), times=(1.0,)), "not both"),
    ],
)
def test_material_refuses_the_implausible(wrong, says):
    good = dict(BINDER, tensile_strength=5e6, shear_strength=5e6)
    with pytest.raises(ValueError, match=says):
        BondMaterial(**good | wrong)


@pytest.mark.parametrize("h", [1e-12, 1e-4, 0.0099, 0.0101, 1.0, 40.0])
def test_relaxation_of_a_step_by_quadrature(h):
    """Decay, gain and the three parts of the loss, for dt = h tau; the series meets the formula."""
    table = step_tables([BondMaterial(**BINDER, tensile_strength=1e6, shear_strength=1e6,
                                      shares=(0.5,), times=(1 / h,))], 1.0)[1][0, 1]  # fmt: skip
    s, w = np.polynomial.legendre.leggauss(60)
    s, w = 0.5 * h * (s + 1), 0.5 * h * w
    fade, grow = np.exp(-s), -np.expm1(-s) / h
    expected = [0.5, np.exp(-h), -np.expm1(-h) / h, w @ fade**2, 2 * w @ (fade * grow), w @ grow**2]
    assert table == pytest.approx(expected, rel=1e-9)
    assert step_tables([TOUGH], 0.0)[1][0, 0].tolist() == [1, 1, 1, 0, 0, 0]


def test_pass_agrees_with_plain_vectors():
    """The kernel against bonds of world vectors, turned by rotation matrices."""
    rng = np.random.default_rng(4)
    heap = cluster(30, seed=9, materials=[SOFT])
    twin = [PlainBond(heap, b) for b in range(len(heap.bonds))]
    dt = 1e-9
    for _ in range(5):
        heap.V[:, 4:7] = rng.normal(0, 0.01, (30, 3))
        heap.X[:, :3] += rng.normal(0, 1e-11, (30, 3))
        heap.step(dt)
        forces = np.zeros((30, 8))
        for bond in twin:
            bond.step(heap, forces, dt)
    size = np.abs(forces).max()
    assert np.abs(heap.F - forces).max() < 1e-5 * size  # the plain one is of first order


class PlainBond:
    """One bond in world vectors."""

    def __init__(self, heap, b):
        self.i, self.j = heap.ends.i[b], heap.ends.j[b]
        R, length = heap.bonds.radius[b], heap.bonds.length[b]
        area = np.pi * R**2 / length
        self.kn, self.ks = SOFT.young * area, SOFT.shear_modulus * area
        self.kt, self.kb = self.ks * R**2 / 2, self.kn * R**2 / 4
        self.d = heap.X[self.j, :3] - heap.X[self.i, :3]
        self.slip, self.turn = np.zeros((2, 3, 3))  # branch, component

    def step(self, heap, forces, dt):
        (xi, ri), (xj, rj) = ((heap.X[p, :3], heap.X[p, 3]) for p in (self.i, self.j))
        wi, wj = heap.V[self.i, 4:7] / ri * dt, heap.V[self.j, 4:7] / rj * dt
        d0, self.d = self.d, xj - xi
        n = self.d / np.linalg.norm(self.d)
        swing = np.cross(d0, self.d) / (d0 @ d0)
        spin = swing + 0.5 * (wi + wj) @ n * n
        hi = 0.5 * (np.linalg.norm(self.d) + ri - rj)
        hj = np.linalg.norm(self.d) - hi
        slip = self.d - d0 - np.cross(hi * wi + hj * wj, n)
        force, couple = np.zeros(3), np.zeros(3)
        for branch, (share, tau) in enumerate([(0.4, np.inf), (0.4, 1e-8), (0.2, 1e-6)]):
            h = dt / tau
            gain = -np.expm1(-h) / h if h else 1.0
            for kept, step in ((self.slip, slip), (self.turn, wj - wi)):
                kept[branch] += np.cross(spin, kept[branch])
                kept[branch] = np.exp(-h) * kept[branch] + gain * step
            force += share * spring(self.kn, self.ks, self.slip[branch], n)
            couple += share * spring(self.kt, self.kb, self.turn[branch], n)
        force += SOFT.damping / dt * spring(self.kn, self.ks, slip, n)
        couple += SOFT.damping / dt * spring(self.kt, self.kb, wj - wi, n)
        forces[self.i, :3] += force
        forces[self.j, :3] -= force
        forces[self.i, 4:7] += (hi * np.cross(n, force) + couple) / ri
        forces[self.j, 4:7] += (hj * np.cross(n, force) - couple) / rj


def spring(along, across, u, n):
    return along * (u @ n) * n + across * (u - (u @ n) * n)


@pytest.mark.parametrize("binder", [SOFT, SQUEEZED, POROUS], ids=["bonds", "squeezed", "porous"])
def test_across_the_sheared_periodic_sides(binder):
    """A cluster that is cut by the sides of its box does as the whole one."""
    H = np.array([[2e-4, 7e-5, 0], [0, 2e-4, 0], [0, 0, 2e-4]])
    whole = cluster(40, seed=3, materials=[binder])
    s = whole.x @ np.linalg.inv(H).T
    cut = Rig(
        (s - np.floor(s)) @ H.T, whole.X[:, 3], whole.bonds.ids, whole.bonds.radius,
        whole.bonds.length, materials=[binder], H=H, wrap=(True, True, True),
    )  # fmt: skip
    assert len(np.unique(cut.ends.code)) > 3
    rng = np.random.default_rng(0)
    v = rng.normal(0, 3.0, (40, 8))
    for rig in (whole, cut):
        rig.V[:, [0, 1, 2, 4, 5, 6]] = v[:, :6]
        rig.run(200, 1e-9)
        rig.find()
        rig.run(200, 1e-9)
    assert np.abs(whole.F - cut.F).max() < 1e-9 * np.abs(whole.F).max()
    assert cut.energy == pytest.approx(whole.energy, rel=1e-10)


@pytest.mark.parametrize("binder", [SOFT, SQUEEZED, POROUS], ids=["bonds", "squeezed", "porous"])
def test_two_ranks_share_a_bond(binder):
    """Each rank steps the bonds of its owned particles: same forces, and sums that add up."""
    whole = cluster(40, seed=3, materials=[binder])
    rng = np.random.default_rng(0)
    left = whole.x[:, 0] < 0
    parts = []
    for own in (left, ~left):
        order = np.concatenate([np.flatnonzero(own), rng.permutation(np.flatnonzero(~own))])
        held = with_ends(whole.bonds, np.flatnonzero(own)).any(axis=1)
        bonds = from_rows(*rows(take(whole.bonds, held)))
        bonds, ends = locate(bonds, order, whole.X[order], own.sum(), np.eye(3), OPEN, 1e-4)
        parts.append((order, own.sum(), bonds, ends, np.zeros(SUMS)))
    assert sum(len(p[2]) for p in parts) > len(whole.bonds)
    for _ in range(50):
        whole.V[:, 4:7] = rng.normal(0, 5.0, (40, 3))
        whole.X[:, :3] += rng.normal(0, 5e-9, (40, 3))
        whole.step(1e-9)
        together = np.zeros((40, 8))
        for order, n, bonds, ends, sums in parts:
            F = np.zeros((40, 8))
            bond_pass(
                whole.X[order], whole.V[order], F, n, 1e-9, whole.images, *NO_WALLS, 1e-9, *ends,
                *step_tables([binder], 1e-9), bonds.values, sums,
            )  # fmt: skip
            together[order[:n]] = F[:n]
        assert np.abs(together - whole.F).max() <= 1e-12 * np.abs(whole.F).max()
    total = sum(p[4] for p in parts)
    assert total == pytest.approx(whole.sums, rel=1e-12)
    assert 0 < whole.broken < len(whole.bonds)
    joined = merge(parts[0][2], parts[1][2])
    assert len(joined) == len(whole.bonds)
    assert (~joined.intact).sum() == whole.broken


def test_two_materials_and_broken_bonds_are_sorted():
    stiff = BondMaterial(4e9, 0.25, np.inf, np.inf)
    kinds = np.arange(39) % 2
    beam = chain(40, materials=[TOUGH, stiff], kind=kinds)
    mark_broken(beam.bonds, np.array([[3, 2], [10, 11], [90, 91]]))
    beam.find()
    assert beam.ends.ranges.tolist() == [0, 18, 37]
    assert len(beam.bonds) == 39
    assert beam.bonds.intact.sum() == len(beam.ends.i) == 37
    assert (np.diff(beam.ends.i[:18]) > 0).all()
    beam.X[:, 0] *= 1 + 1e-4
    beam.step(1.0)
    pull = np.cumsum(beam.F[::-1, 0])[::-1][1:] * -1  # bond b pulls all behind it
    stiffness = np.where(kinds, 4e9, 2e9) * np.pi * 5e-6**2
    stiffness[[2, 10]] = 0
    assert pull == pytest.approx(1e-4 * stiffness, rel=1e-6)


def test_a_lost_end_is_named():
    beam = chain(5)
    bonds = make_bonds([[0, 1]], [[1e-5, 0, 0]], 1e-6, 1e-6)
    known = (np.eye(3), OPEN, 1e-4)
    with pytest.raises(StageFailed, match="between the particles 0 and 1 has lost an end"):
        locate(bonds, np.arange(2, 7), beam.X, 5, *known)
    with pytest.raises(StageFailed, match="lost an end"):  # a ghost, but another image
        locate(bonds, np.arange(5), beam.X + [[0]] + 1e-4 * np.eye(5)[1][:, None], 1, *known)
    with pytest.raises(StageFailed, match=r"1e-05 m long, the ghost layer is wide 9e-06 m"):
        locate(bonds, np.arange(5), beam.X, 5, np.eye(3), OPEN, 9e-6)
    with pytest.raises(StageFailed, match="half the box is long"):
        locate(bonds, np.arange(5), beam.X, 5, 1.5e-5 * np.eye(3), (True, False, False), 1e-4)


def test_the_nearer_ghost_is_taken():
    """Of two ghosts of one particle the one that continues the bond."""
    bonds = make_bonds([[0, 1]], [[-1e-5, 0, 0]], 1e-6, 1e-6)
    X = np.array([[0, 0, 0, 5e-6], [9e-5, 0, 0, 5e-6], [-1e-5, 0, 0, 5e-6]])
    _, ends = locate(bonds, np.array([0, 1, 1]), X, 1, np.eye(3), OPEN, 1e-4)
    assert ends.i.tolist() == [0]
    assert ends.j.tolist() == [2]


def test_rows_merge_and_take():
    heap = cluster(20, seed=1, materials=[SOFT])
    heap.V[:, :3] = 0.1
    heap.V[0, 4] = 1.0
    heap.run(5, 1e-9)
    again = from_rows(*rows(heap.bonds))
    assert (again.values == heap.bonds.values).all()
    assert (again.ids == heap.bonds.ids).all()
    some = np.arange(len(again)) < 7
    few = take(again, some)
    mark_broken(few, few.ids[:2, ::-1])
    both = merge(again, few)
    assert len(both) == len(again)
    assert (~both.intact).sum() == 2
    assert with_ends(few, few.ids[:1, 0])[0].tolist() == [True, False]
    assert again.strain.shape == (3, 6, len(again))


def test_of_two_copies_the_broken_one_stays():
    beam = chain(5)
    twice = merge(beam.bonds, beam.bonds)
    assert twice.ids.tolist() == [[0, 1], [1, 2], [2, 3], [3, 4]]
    other = take(beam.bonds, np.array([2, 0]))
    mark_broken(other, np.array([[2, 3]]))
    for both in (merge(beam.bonds, other), merge(other, beam.bonds)):
        assert both.intact.tolist() == [True, True, False, True]


def test_bonds_refuse_doubles():
    with pytest.raises(ValueError, match="each pair once"):
        make_bonds([[0, 1], [1, 0]], np.ones((2, 3)), 1.0, 1.0)
    with pytest.raises(ValueError, match="each pair once"):
        make_bonds([[2, 2]], np.ones((1, 3)), 1.0, 1.0)
    with pytest.raises(ValueError, match="not above zero"):
        make_bonds([[0, 1]], np.ones((1, 3)), 1.0, 0.0)
