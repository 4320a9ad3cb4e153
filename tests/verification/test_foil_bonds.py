"""Binder between particles and the foil: a particle is pulled, pushed and bent off a wall."""

from pathlib import Path

from mpi4py import MPI

import numpy as np
import pytest
from particle_packings import collected, loose, on_root

from multiscale import particles as dem
from multiscale.errors import StageFailed
from multiscale.particles.binder import bind, neck_volume
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.measure import measure
from multiscale.particles.restart import resume, save

R, GAP, RHO = 5e-6, 2e-7, 4750.0
E, NU, STRENGTH = 2e9, 0.3, 20e6
MASS = RHO * 4 / 3 * np.pi * R**3
GLUE = BondMaterial(E, NU, STRENGTH, STRENGTH)
TOUGH = BondMaterial(E, NU, np.inf, np.inf)
LAWS = [dem.laws.hertz_mindlin(young=1e8, poisson=0.25, restitution=0.5, friction=0.3)]
ROOM = (1e-4, 1e-4, 1e-4)
FLOOR = dem.Wall("z", 0.0)


def glued(material=GLUE, laws=LAWS, wall_speed=(0.0, 0.0, 0.0), **more) -> dem.Simulation:
    """One sphere a little above the foil, with a neck of a tenth of its volume."""
    x = np.array([[2e-5, 3e-5, R + GAP]])
    bonds = bind(
        x, np.array([R]), np.arange(1), np.diag(ROOM), (True, True, False), gap=2 * GAP,
        volume=0.1 * MASS / RHO, walls={0: FLOOR.row(dem.Box(ROOM), ("solid",))},
    )  # fmt: skip
    return dem.Simulation(
        dem.spheres(x, R, density=RHO),
        box=dem.Box(ROOM, (True, True, False)),
        laws=laws,
        walls=[dem.Wall("z", 0.0, velocity=wall_speed)],
        bonds=bonds,
        bond_materials=[material],
        time_step=2e-10,
        book=True,
        **more,
    )


def test_the_neck_on_the_foil_holds_the_binder():
    bond = glued().bonds
    assert bond.volume[0] == pytest.approx(0.1 * MASS / RHO, rel=1e-12)
    assert neck_volume(bond.radius, np.inf, np.array([R]), np.array([GAP]))[0] == pytest.approx(
        bond.volume[0], rel=1e-12
    )
    assert bond.ids.tolist() == [[-1, 0]]
    assert bond.on_wall.all()


def test_pulled_off_the_foil():
    """F = E pi R_b^2/l u up to sigma_b; then nothing, and the fracture energy is F^2/2k."""
    sim = glued(wall_speed=(0.0, 0.0, -0.05))
    sim.state.V[0, 3] = 1e-12 / MASS  # held in place by its inertia
    bond = sim.bonds
    area = np.pi * float(bond.radius[0]) ** 2
    k = E * area / float(bond.length[0])
    way, pull = [], []
    while sim.bonds.intact.any():
        sim.run(2)
        way.append(-sim.walls[0, 3])
        pull.append(-sim.wall_force[0, 2])
    way, pull = np.array(way), np.array(pull)
    held = pull != 0.0
    # The force belongs to the step before: the wall has moved on since.
    assert pull[held] == pytest.approx(-k * (way[held] - 0.05 * sim.time_step), rel=1e-6)
    assert pull.min() == pytest.approx(-STRENGTH * area, rel=0.02)
    energy = measure(sim).energy
    assert energy.bond_lost == pytest.approx((STRENGTH * area) ** 2 / (2 * k), rel=0.02)
    assert energy.wall_work == pytest.approx(energy.bond_lost, rel=5e-3)
    sim.run(20)
    assert not sim.wall_force[0, :3].any()


def test_slid_along_the_foil():
    """A foil that slips under a sphere which cannot turn: F = G pi R_b^2/l u."""
    sim = glued(TOUGH, wall_speed=(0.02, 0.0, 0.0))
    sim.state.V[0, 3] = 1e-12 / MASS
    bond = sim.bonds
    k = E / (2 * (1 + NU)) * np.pi * float(bond.radius[0]) ** 2 / float(bond.length[0])
    sim.run(1001)
    found = measure(sim)
    slip = 0.02 * sim.time
    assert found.wall_force[0, 0] == pytest.approx(-k * slip, rel=1e-3)
    assert found.stress["bonds"][0, 2] == pytest.approx(
        found.stress["bonds"][2, 0], abs=abs(k * slip / 1e-8)
    )


def test_vibrates_as_a_beam_on_the_foil():
    """Elongation and rocking about the foil: frequencies of the beam's stiffness matrix."""
    sim = glued(TOUGH, laws=[dem.laws.gravity(density_difference=0.0, gx=0.0, gy=0.0, gz=0.0)])
    bond = sim.bonds
    neck, length = float(bond.radius[0]), float(bond.length[0])
    area, inertia = np.pi * neck**2, np.pi * neck**4 / 4
    kn, ks, kb = E * area / length, E / (2 * (1 + NU)) * area / length, E * inertia / length
    lever = R + GAP / 2
    # Unknowns u_x and theta_y: the slip at the neck is u_x - lever theta, the bending theta.
    K = np.array([[ks, -ks * lever], [-ks * lever, ks * lever**2 + kb]])
    slow, fast = np.sort(np.linalg.eigvals(np.diag([1 / MASS, 2.5 / (MASS * R**2)]) @ K).real)
    sim.state.V[0, 2] = 1e-3
    sim.state.V[0, 0] = 1e-3
    x, z, steps = [], [], 4000
    for _ in range(steps):
        sim.run(1)
        x.append(sim.state.X[0, 0] - 2e-5)
        z.append(sim.state.X[0, 2] - R - GAP)
    t = (np.arange(steps) + 1) * sim.time_step
    w = np.sqrt(kn / MASS)
    assert z == pytest.approx(1e-3 / w * np.sin(w * t), abs=0.02 * 1e-3 / w)
    modes = np.column_stack([np.sin(np.sqrt(m) * t) for m in (slow, fast)])
    weights, miss, *_ = np.linalg.lstsq(modes, np.array(x), rcond=None)
    assert np.sqrt(miss[0] / steps) < 0.02 * np.abs(x).max()
    assert np.abs(weights).min() > 0


def test_binder_on_the_foil_takes_its_share_and_its_slice():
    """All necks, those on the foil too, hold the volume; each slice its share."""
    x, r, edge = loose(300, 0.5, seed=5, spread=0.3)
    x[:, 2] = x[:, 2].clip(r, edge - r)
    edges, share = np.linspace(0, edge, 4), np.array([3.0, 1.0, 1.0])
    bonds = bind(
        x, r, np.arange(300), np.eye(3) * edge, (True, True, False), gap=0.1, volume=5.0,
        profile=(edges, share), walls={0: np.array([0.0, 0.0, 1.0, 0.0])},
    )  # fmt: skip
    foil = bonds.on_wall
    assert 5 < foil.sum() < 100
    assert bonds.volume.sum() == pytest.approx(5.0, rel=1e-12)
    assert np.abs(bonds.anchor[2, foil]).max() < 1e-12
    low = foil | (x[np.maximum(bonds.ids[:, 0], 0), 2] < edge / 3)
    assert bonds.volume[low].sum() > 0.5 * 5.0


def _film(
    comm: MPI.Intracomm, steps: int, folder: Path | None = None, *, tear: bool = True
) -> dem.Simulation:
    """Two layers bound to the foil and to a plate, while all drift across the box.

    They are torn apart; or the foil presses and drags, and broken necks are squeezed.
    """
    n, pitch = 6, 1.03
    grid = np.stack(np.meshgrid(np.arange(n), np.arange(n), np.arange(2), indexing="ij"), -1)
    x = (grid.reshape(-1, 3) + 0.5) * pitch
    x += np.random.default_rng(2).uniform(-0.01, 0.01, x.shape)
    edges = np.array([n * pitch, n * pitch, 2 * pitch])
    glue = BondMaterial(
        50.0, 0.3, 1.0, 1.0, shares=(0.3,), times=(1.0,), friction=None if tear else 0.3
    )
    foil = (1.001, 0.7, -0.01) if tear else (1.05, 0.7, 0.01)
    plates = {0: np.array([0.0, 0.0, 1.0, 0.0]), 1: np.array([0.0, 0.0, -1.0, -edges[2]])}
    bonds = bind(
        x, np.full(len(x), 0.5), np.arange(len(x)), np.diag(edges), (True, True, False), gap=0.1,
        volume=1.0, branches=2, walls=plates,
    )  # fmt: skip
    sim = dem.Simulation(
        on_root(comm, dem.spheres(x, 0.5, velocity=np.tile([1.0, 0.7, 0.0], (len(x), 1)))),
        box=dem.Box(tuple(edges), periodic=(True, True, False)),
        walls=[
            dem.Wall("z", 0.0, velocity=foil),
            dem.Wall("z", edges[2], velocity=(1.0, 0.7, 0.0)),
        ],
        laws=[
            dem.laws.granular_hertz(kn=400.0, kt=300.0, gamma_n=20.0, gamma_t=10.0, friction=0.3)
        ],
        bonds=bonds if comm.rank == 0 else None,
        bond_materials=[glue],
        time_step=4e-3,
        comm=comm,
        overlap=2.0,
    )
    if folder is not None:
        resume(sim, folder)
    while sim.step < steps:
        sim.run(400)
        if folder is not None:
            save(sim, folder)
    return sim


@pytest.mark.mpi(2)
@pytest.mark.parametrize("tear", [True, False], ids=["torn", "squeezed"])
def test_a_film_leaves_the_foil_alike_on_one_and_two_ranks(tear):
    """Positions and the force on the foil agree; bonds to the foil cross the faces and break."""
    comm = MPI.COMM_WORLD
    sim = _film(comm, 800, tear=tear)
    rows, found = collected(sim), measure(sim)
    foil = sim.bonds.on_wall
    whole, broken, left = comm.allreduce(
        np.array([foil.sum(), (foil & ~sim.bonds.intact).sum(), (foil & sim.bonds.between).sum()])
    )
    if comm.rank == 0:
        alone = _film(MPI.COMM_SELF, 800, tear=tear)
        off = rows - collected(alone)
        off[:, :2] -= alone.lengths[:2] * np.rint(off[:, :2] / alone.lengths[:2])  # other images
        assert np.abs(off).max() < 1e-8
        one = measure(alone)
        assert found.wall_force == pytest.approx(one.wall_force, abs=1e-7)
        assert found.energy.wall_work == pytest.approx(one.energy.wall_work, rel=1e-7)
        assert found.energy.bond_lost == pytest.approx(one.energy.bond_lost, rel=1e-7)
        assert found.total_stress == pytest.approx(one.total_stress, abs=1e-9)
        assert 0 < broken <= whole == alone.bonds.on_wall.sum()
        assert 0 < left
        assert broken < whole or not tear


@pytest.mark.parametrize("tear", [True, False], ids=["torn", "squeezed"])
def test_goes_on_from_a_checkpoint_bit_for_bit(tmp_path, tear):
    whole = _film(MPI.COMM_SELF, 800, tmp_path / "whole", tear=tear)
    _film(MPI.COMM_SELF, 400, tmp_path / "parts", tear=tear)
    again = _film(MPI.COMM_SELF, 800, tmp_path / "parts", tear=tear)
    assert (whole.bonds.intact < whole.bonds.between).any() != tear
    assert (collected(whole) == collected(again)).all()
    assert (whole.bonds.values == again.bonds.values).all()


def test_a_bond_to_a_wall_that_lost_its_particle_is_named():
    sim = glued()
    sim.run(1)
    sim.state.X[0, 2] += 4e-5
    with pytest.raises(StageFailed, match="the bond of particle 0 to wall 0 has lost an end"):
        sim.rebuild()
