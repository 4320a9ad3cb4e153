"""Compaction under the law `mdr`, with volume kept and confinement felt, beside another program."""

import math
from typing import NamedTuple

import numpy as np
import pytest

from multiscale import particles as dem
from multiscale.errors import CaseError
from multiscale.particles import confinement_kernel as kernel
from multiscale.particles.confinement import Compaction
from multiscale.particles.confinement_kernel import Grain, Sum
from multiscale.particles.law import Contact
from multiscale.particles.laws.mdr import FIRST, SECOND, Side, mdr

# Displacement of each of six walls [m]; force on the walls across x, y, z [MN]: LAMMPS, release of
# 22 July 2025, examples/granular/in.triaxial.compaction.12, mdr with damping 0.2 of type 1.
LAMMPS = np.array(
    [
        (0.250, 12.142, 17.932, 14.998),
        (0.275, 15.661, 27.777, 27.101),
        (0.300, 20.330, 36.370, 38.627),
        (0.325, 27.749, 46.833, 50.605),
        (0.350, 38.964, 58.666, 64.683),
        (0.375, 45.524, 71.684, 81.820),
        (0.400, 53.332, 82.184, 96.614),
        (0.425, 64.219, 91.900, 110.451),
        (0.450, 76.473, 103.199, 130.067),
        (0.475, 101.713, 127.228, 153.481),
        (0.499, 120.947, 164.029, 190.031),
    ]
)
LARGEST, SMALLEST = 0.64778, 0.40458  # apparent radius at the end [m], of 0.6 and 0.4
# Diameter and place of the twelve spheres of that example [m]; the box reaches from -1.5 to 1.5.
SPHERES = np.array(
    [
        (0.8, 0.0717535226, -0.2092222842, 0.3662146798),
        (1.2, -0.8233763986, -0.7426114800, -0.8263932264),
        (0.8, -1.0685863278, -0.4494609702, 0.2196698078),
        (0.8, 0.5829432471, -1.0098803839, -0.7607543861),
        (0.8, -0.8658471132, 0.6951192569, 0.0107556658),
        (1.2, 0.3966456126, 0.7215053869, -0.7540113087),
        (1.2, 0.7316242921, 0.8996483982, 0.6751483031),
        (1.0, 0.6267527768, -0.8419367233, 0.6964197101),
        (0.8, -0.0409043189, -0.1452314035, -1.0102948313),
        (0.8, -0.9495107709, 0.6760151650, -0.9220534482),
        (1.0, -0.7488486472, 0.2188003421, 0.7892021020),
        (1.2, 0.8968590780, -0.2350366437, -0.2006719701),
    ]
)
MATERIAL = dict(young=1e9, poisson=0.3, yield_stress=50e6)
SPRING = dict(tangential_stiffness=1e9 / 7, friction=0.5)
LOOSE = dict(tangential_stiffness=0.0, friction=0.0)


class Table(NamedTuple):
    modulus: float
    shear: float
    poisson: float
    yield_stress: float
    kt: float
    friction: float
    damping: float


def table(**material: float) -> Table:
    return Table(*mdr(**material, **SPRING).table(["solid"])[0, 0])


def contact(overlap: float, ri: float = 0.5, rj: float = 0.5, id_j: int = 0) -> Contact:
    """Two spheres at rest, or a sphere and a wall, pressed along x."""
    still = (0.0,) * 7
    return Contact(
        overlap, 1.0, 0.0, 0.0, *still, ri, rj, ri * rj / (ri + rj), 1.0, 1, id_j, 0, 1e-6
    )


def press(p: Table, overlaps, **sizes):
    """Press a contact through overlaps; give forces, stored energies and the last history."""
    h, force, stored = (0.0,) * mdr.history, [], []
    for overlap in overlaps:
        r, h = mdr.function(contact(overlap, **sizes), p, h)
        force.append(r.fn)
        stored.append(r.stored)
    return np.array(force), np.array(stored), h


def test_two_spheres_yield_and_come_free():
    """Hertz at first; then pi a^2 p_Y; unloading gives back what is stored, and leaves a flat."""
    p = table(**MATERIAL)
    small = 1e-6
    hertz = 4 / 3 * 0.5 * p.modulus * math.sqrt(0.25) * small**1.5
    assert press(p, [small])[0][0] == pytest.approx(hertz, rel=1e-5)

    force, stored, h = press(p, np.linspace(0, 0.2, 4001))
    side = np.array(h[FIRST : FIRST + Side.SIZE])
    depth, area = side[Side.DEEPEST], side[Side.AREA]
    p_y = 50e6 * (1.75 * math.exp(-4.4 * depth / 0.5) + 1)
    assert depth == pytest.approx(0.1, rel=1e-12)
    assert force[-1] == pytest.approx(area * p_y, rel=1e-9)

    back = np.linspace(0.2, 2 * side[Side.REST], 4001)
    there = len(force) - 1
    force, stored, _ = press(p, np.concatenate([np.linspace(0, 0.2, 4001), back]))
    work = -np.trapezoid(force[there + 1 :], back)
    assert work == pytest.approx(stored[there], rel=1e-5)
    assert force[-1] == pytest.approx(0.0, abs=1e-6 * force[there])
    assert stored[there] < 0.6 * np.trapezoid(force[: there + 1], np.linspace(0, 0.2, 4001))


def test_a_pressed_sphere_keeps_its_volume():
    """Between two plates: apparent sphere less caps = V_0 (1 + eps), as the plates come together.

    The pass is made as the engine makes it, of the law's own history; where the first bit of
    loading is elastic no material is displaced.
    """
    p, kappa, r0 = table(young=1e9, poisson=0.3, yield_stress=1e6), 1e9 / 1.2, 0.5
    X, V, G = np.array([[0.0, 0.0, 0.0, r0]]), np.zeros((1, 8)), np.zeros(1, np.int64)
    nobody, WI = np.empty(0, np.int32), np.zeros(2, np.int32)
    volume = 4 / 3 * math.pi * r0**3
    P, S = np.zeros((1, Grain.SIZE)), np.zeros((1, Sum.SIZE))
    P[0, Grain.ORIGINAL], P[0, [Grain.VOLUME, Grain.ELASTIC]] = r0, volume
    WH, H = np.zeros((mdr.history, 2)), np.zeros((mdr.history, 0))
    for closing in np.linspace(0, 0.1, 2001):
        for wall in range(2):
            overlap = X[0, 3] - r0 + closing
            _, h = mdr.function(
                contact(overlap, X[0, 3], 1e20, -1 - wall), p, tuple(WH[:, wall].tolist())
            )
            WH[:, wall] = h
        caps = 2 * math.pi / 3 * overlap**2 * (3 * X[0, 3] - overlap)
        pressed = 4 / 3 * math.pi * X[0, 3] ** 3 - caps
        kernel.sum_contacts(0, nobody, nobody, H, 2, WI, WH, 0, X, G, kappa, P, S)
        kept = volume * (1 + S[0, Sum.STRAIN])
        kernel.grow(1, X, V, 0.5, P, S)
    assert X[0, 3] > 1.02 * r0
    assert pressed == pytest.approx(kept, rel=2e-4)
    assert caps > 0.05 * volume


@pytest.mark.parametrize(("turn", "share"), [(math.pi, 1.0), (math.pi / 2, 0.5), (1.2, 0.002728)])
def test_a_sphere_between_two_others_screens_them(turn, share):
    """1/(1 + exp(-50 (alpha/pi - 1/2))) of the contact of i and j passes through k."""
    arm = 0.55
    ends = [(arm, 0, 0), (arm * math.cos(turn), arm * math.sin(turn), 0), (0, 0, 0)]
    X = np.array([(*x, 0.6) for x in ends])
    I, J = np.array([0, 0, 1], np.int32), np.array([1, 2, 2], np.int32) | np.int32(13 << 26)
    H = np.zeros((mdr.history, 3))
    branch = kernel.branches(3, I, J, X, np.zeros((27, 3)))
    kernel.screen(3, 3, I, J, branch, X, H, 0)
    screened = H[kernel.SCREENED]
    assert screened[1] == screened[2] == 0.0
    assert screened[0] == pytest.approx(share, abs=1e-5)


def twelve_spheres(order=slice(None), axes=(0, 1, 2)) -> Compaction:
    """The example of LAMMPS; each wall moves by 1e-5 m in a step."""
    diameter, place = SPHERES[order, 0], SPHERES[order, 1:][:, axes] + 1.5
    return Compaction(
        dem.spheres(place, diameter / 2, density=1000.0),
        box=dem.Box((3.0, 3.0, 3.0), periodic=(False,) * 3),
        walls=[dem.Wall(a, 1.5 - s * 1.5, velocity=10.0 * s) for s in (1, -1) for a in "xyz"],
        laws=[mdr(**MATERIAL, **SPRING, damping=0.2)],
        time_step=1e-6,
        overlap=0.2,
    )


@pytest.mark.slow
def test_twelve_spheres_between_six_walls():
    """D2 14: the wall force within 5 % of LAMMPS-MDR, and the apparent radii within 0.2 %.

    The mean of the three directions holds from a displacement of 0.25 m, each by itself from 0.33.
    Before, the spheres still fly between the walls, which come at 10 m/s, and damping decides.
    """
    sim = twelve_spheres()
    found = []
    for at in LAMMPS[:, 0]:
        sim.run(round(at / 1e-5) - sim.step)
        found.append(-np.diag(sim.wall_force[:3, :3]) / 1e6)
    off = np.array(found) / LAMMPS[:, 1:] - 1
    mean = np.sum(found, axis=1) / LAMMPS[:, 1:].sum(axis=1) - 1
    print(np.round(off, 3), np.round(mean, 3), sim.particles().radius.round(4), sim.free_share)
    assert np.abs(mean).max() < 0.05
    assert np.abs(off[LAMMPS[:, 0] > 0.33]).max() < 0.05
    assert sim.particles().radius.max() == pytest.approx(LARGEST, rel=2e-3)
    assert sim.particles().radius.min() == pytest.approx(SMALLEST, rel=2e-3)
    assert sim.free_share.min() < 0.5  # some feel their confinement


@pytest.mark.slow
def test_a_crystal_is_a_sphere_in_a_box():
    """In a simple cubic crystal each contact is a flat: the force is that on six walls around one.

    The walls stand for the periodic images of the crystal, down to where little surface is free.
    """
    n, r, speed, steps = 4, 0.5, 1e-4, 2_000
    g = np.arange(n) + 0.5
    lattice = np.stack(np.meshgrid(g, g, g, indexing="ij"), -1).reshape(-1, 3)
    walls = [dem.Wall(a, 0.5 - s * 0.5, velocity=s * speed / 2) for s in (1, -1) for a in "xyz"]
    open_box = dem.Box((1.0, 1.0, 1.0), periodic=(False,) * 3)
    common = dict(time_step=1.0, laws=[mdr(young=1e-3, poisson=0.3, yield_stress=5e-6, **LOOSE)])
    one = Compaction(dem.spheres([[0.5] * 3], r), box=open_box, walls=walls, **common)
    flow = dem.Box((float(n),) * 3, stretching=(-n * speed,) * 3)
    many = Compaction(dem.spheres(lattice, r), box=flow, flow=True, **common)
    one.run(steps)
    many.run(steps)
    walled = one.lists.WH[FIRST + Side.FORCE, : one.lists.near]
    paired = many.lists.H[[FIRST + Side.FORCE, SECOND + Side.FORCE]][:, : many.lists.pairs]
    paired = paired[paired > 0.0]
    assert len(paired) == 2 * 3 * n**3
    assert walled == pytest.approx(walled[0], rel=1e-9)
    assert paired == pytest.approx(walled[0], rel=1e-9)
    assert one.lists.WH[FIRST + Side.BULK].max() > 0.0
    assert one.particles().radius[0] > 1.01 * r


@pytest.mark.slow
def test_order_and_axes_of_the_spheres_do_not_matter():
    """D2 16: a contact's sides are told apart by identities, which must not show in the forces.

    What is left is round-off: a place that is off by one bit changes the forces as much.
    """
    walls, found, radii = np.arange(6), [], []
    for order, axes in ((1, (0, 1, 2)), (-1, (0, 1, 2)), (1, (1, 2, 0))):
        sim = twelve_spheres(slice(None, None, order), axes)
        sim.run(49_900)
        now, back = sim.wall_force[:, :3], np.argsort(axes)
        found.append(now[walls // 3 * 3 + back[walls % 3]][:, back])
        radii.append(sim.particles().radius[::order])
    for force, radius in zip(found[1:], radii[1:], strict=True):
        assert np.abs(force - found[0]).max() < 1e-10 * np.abs(found[0]).max()
        assert radius == pytest.approx(radii[0], rel=1e-10)
    assert sim.lists.builds > 3


def test_a_compaction_has_one_law_of_one_material():
    """Without the law, or with moduli by type, there is nothing to keep volumes by."""
    with pytest.raises(ValueError, match="one material"):
        mdr(**MATERIAL | {"young": {"a": 1e9, "b": 2e9}}, **SPRING).table(["a", "b"])
    with pytest.raises(CaseError, match="0 laws `mdr`"):
        Compaction(dem.spheres([[0.5] * 3], 0.2), box=dem.Box((1.0,) * 3), laws=[], time_step=1.0)
