"""A16, D2 16: the trajectory does not depend on the number of ranks."""

from dataclasses import astuple

from mpi4py import MPI

import numpy as np
import pytest
from particle_packings import benchmark_law, collected, loose, on_root

from multiscale import particles as dem
from multiscale.particles.binder import bind
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.contacts import contacts
from multiscale.particles.law import body_law
from multiscale.particles.measure import measure


def _compacted(comm: MPI.Intracomm) -> dem.Simulation:
    """Spheres of several sizes between plates, with friction."""
    x, r, edge = loose(1500, 0.5, seed=2, spread=0.3)
    x[:, 2] = x[:, 2].clip(r, edge - r)
    v = np.random.default_rng(3).normal(size=x.shape) * 0.2
    sim = dem.Simulation(
        on_root(comm, dem.spheres(x, r, velocity=v)),
        box=dem.Box((edge,) * 3, periodic=(True, True, False)),
        walls=[dem.Wall("z", 0.0), dem.Wall("z", edge, velocity=-0.2)],
        laws=[benchmark_law()],
        time_step=5e-3,
        comm=comm,
        overlap=2.0,
    )
    sim.run(1000)
    return sim


def _sheared(comm: MPI.Intracomm, steps: int = 1250) -> dem.Simulation:
    """A dense suspension with films, friction and pair noise, sheared through two flips."""
    x, r, edge = loose(1200, 0.40, seed=4)
    v = np.zeros_like(x)
    v[:, 0] = 1.5 * x[:, 1]
    films = {"viscosity": 0.3, "h_min": 1e-2, "h_max": 0.1, "largest_radius": 0.5}
    sim = dem.Simulation(
        on_root(comm, dem.spheres(x, r, velocity=v)),
        box=dem.Box((edge,) * 3, shear_rate=1.5),
        laws=[
            benchmark_law(),
            dem.laws.lubrication(**films),
            dem.laws.pair_brownian(**films, temperature=1e18, seed=7),
            dem.laws.stokes_drag(viscosity=0.3, shear_rate=1.5, ux=0.0, uy=0.0, uz=0.0),
        ],
        time_step=1e-3,
        skin=0.2,
        comm=comm,
        book=True,
    )
    sim.run(steps)
    return sim


def _around_one_large(comm: MPI.Intracomm) -> dem.Simulation:
    """Small spheres that hit a large one at the border: one of two ranks owns none of its size."""
    x, r, edge = loose(600, 0.35, seed=8)
    centre = np.full(3, 0.5 * edge)
    free = np.linalg.norm(x - centre, axis=1) > 2.0 + r
    x, r = np.concatenate([x[free], [centre]]), np.concatenate([r[free], [2.0]])
    sim = dem.Simulation(
        on_root(
            comm, dem.spheres(x, r, velocity=np.cross(x - centre, [0.3, 0.5, 0.7]) - x + centre)
        ),
        box=dem.Box((edge,) * 3),
        laws=[benchmark_law()],
        time_step=5e-3,
        comm=comm,
    )
    sim.run(100)
    return sim


def _bonded(comm: MPI.Intracomm) -> dem.Simulation:
    """Spheres of several sizes with bonds of which some break, in a box that is sheared."""
    x, r, edge = loose(1000, 0.55, seed=5, spread=0.3)
    bonds = bind(
        x, r, np.arange(len(r)), np.eye(3) * edge, (True,) * 3, gap=0.1,
        volume=0.02 * edge**3, branches=2,
    )  # fmt: skip
    v = np.random.default_rng(6).normal(size=x.shape) * 0.5
    binder = BondMaterial(200.0, 0.3, 30.0, 30.0, shares=(0.4,), times=(0.5,), damping=0.01)
    sim = dem.Simulation(
        on_root(comm, dem.spheres(x, r, velocity=v)),
        box=dem.Box((edge,) * 3, shear_rate=0.3),
        laws=[benchmark_law()],
        bonds=bonds,
        bond_materials=[binder],
        time_step=2e-3,
        skin=0.2,
        comm=comm,
        overlap=1.0,
        book=True,
    )
    sim.run(1000)
    return sim


def _touching(sim: dem.Simulation) -> np.ndarray:
    """Give the identities of all pairs that touch, in order, shape (pairs, 2)."""
    found = contacts(sim)
    ids = np.stack([sim.state.G[found.i], sim.state.G[found.j]], axis=1)[found.overlap > 0]
    return np.unique(np.concatenate(sim.comm.allgather(np.sort(ids))), axis=0)


def _same(make, tolerance: float) -> tuple[dem.Simulation, dem.Simulation]:
    """Run on all ranks and on one; compare places to `tolerance` mean radii and the measures."""
    together, alone = make(MPI.COMM_WORLD), make(MPI.COMM_SELF)
    found, expected = measure(together), measure(alone)
    rows = collected(together)
    if MPI.COMM_WORLD.rank == 0:
        off = rows - collected(alone)
        h = np.diag(alone.lengths)
        h[0, 1] = alone.frame[6, 0]
        # A particle may stand at another image, which then moves with another velocity.
        images = np.rint(off[:, :3] @ np.linalg.inv(h).T) * np.array(alone.box.periodic)
        off[:, :3] -= images @ h.T
        off[:, 3] -= images[:, 1] * alone.frame[6, 1]
        assert np.abs(off[:, :3]).max() < tolerance * 0.5
        assert np.abs(off[:, 3:]).max() < 1e3 * tolerance
    assert np.array_equal(_touching(together), _touching(alone))
    assert found.coordination == expected.coordination
    assert found.backbone == expected.backbone
    for name, part in expected.stress.items():
        size = np.abs(expected.total_stress).max()
        assert found.stress[name] == pytest.approx(part, abs=1e6 * tolerance * size)
    assert astuple(found.energy) == pytest.approx(astuple(expected.energy), rel=1e-6)
    return together, alone


def _shrinks(sim: dem.Simulation, n: int) -> None:
    """No rank holds all particles."""
    assert sim.comm.allreduce(sim.state.n) == n
    assert sim.state.n < 0.7 * n


@pytest.mark.mpi(2)
def test_compaction_on_two_ranks():
    together, _ = _same(_compacted, 1e-10)
    _shrinks(together, 1500)


@pytest.mark.mpi(3)
def test_compaction_on_three_ranks():
    _shrinks(_same(_compacted, 1e-10)[0], 1500)


@pytest.mark.mpi(2)
def test_sheared_suspension_on_two_ranks():
    together, alone = _same(_sheared, 1e-10)
    assert alone.frame[6, 0] < 0.51 * alone.lengths[0] < alone.time * alone.lengths[0]
    _shrinks(together, 1200)


@pytest.mark.slow
@pytest.mark.mpi(4)
def test_sheared_suspension_on_four_ranks():
    _shrinks(_same(_sheared, 1e-10)[0], 1200)


@pytest.mark.mpi(2)
def test_a_large_sphere_that_one_rank_owns_is_felt_by_the_other():
    together, alone = _same(_around_one_large, 1e-10)
    large = alone.total - 1
    assert np.sum(_touching(together) == large) > 20


@pytest.mark.mpi(3)
def test_bonded_packing_on_three_ranks():
    together, alone = _same(_bonded, 1e-10)
    broken = MPI.COMM_WORLD.allreduce(together.bond_sums[12])
    assert broken == pytest.approx(alone.bond_sums[12])
    assert broken > 10
    assert alone.bonds is not None and broken < len(alone.bonds)


@pytest.mark.slow
@pytest.mark.parametrize("ranks", [pytest.param(n, marks=pytest.mark.mpi(n)) for n in (2, 4, 8)])
def test_the_same_pairs_touch_after_ten_thousand_steps(ranks: int):
    """A16: a strain of 15 with films, friction and noise; round-off has grown to 1e-10 radii."""
    together, alone = _same(lambda comm: _sheared(comm, 10_000), 1e-9)
    assert together.comm.size == ranks and len(_touching(alone)) > 1200
    _shrinks(together, 1200)


@body_law(("rate",))
def runaway(b, p):  # type: ignore[no-untyped-def]
    """Quicken each particle by e within 1/rate."""
    m = p.rate * b.mass
    return m * b.vx, m * b.vy, m * b.vz, 0.0, 0.0, 0.0


@pytest.mark.mpi(2)
def test_ranks_meet_in_time_where_particles_quicken():
    """From a new list on 3.6 times within 37 steps, as spheres that snap together."""
    site = np.stack(np.meshgrid(*[np.arange(3)] * 3, indexing="ij"), -1).reshape(-1, 3)
    v = np.random.default_rng(2).normal(size=site.shape)
    v /= np.linalg.norm(v, axis=1)[:, None]
    dt, skin, rate = 1e-3, 0.15, np.log(3.6) / 37
    p = dem.spheres(
        10.0 * site + 5.0, np.full(27, 0.5), velocity=0.00485 * skin / dt * v, density=1.0
    )
    sim = dem.Simulation(
        on_root(MPI.COMM_WORLD, p),
        box=dem.Box((30.0,) * 3),
        laws=[benchmark_law(), runaway(rate=0.0)],
        time_step=dt,
        skin=skin,
        comm=MPI.COMM_WORLD,
    )
    sim.run(1)
    builds = sim.lists.builds
    while sim.lists.builds == builds:
        sim.run(1)
    sim.set_law(1, rate=rate / dt)
    sim.run(60)
    own = sim.particles()
    np.testing.assert_allclose(own.velocity, (1 + rate) ** 60 * p.velocity[own.id], rtol=0.02)
