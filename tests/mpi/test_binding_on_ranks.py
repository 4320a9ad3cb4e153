"""Ranks bind their own particles; together they make the bonds that one rank makes."""

from mpi4py import MPI

import numpy as np
import pytest

from multiscale import particles as dem
from multiscale.errors import CaseError
from multiscale.particles import binding
from multiscale.particles.binder import bind
from multiscale.particles.binding import CannotBind, bind_particles
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.bonds import Bonds, make_bonds
from multiscale.particles.box import lattice

COMM = MPI.COMM_WORLD
EDGE, HEIGHT, GAP = 40e-6, 20e-6, 1.5e-6  # the gap is wider than the lists see
SLICES = np.linspace(0.0, HEIGHT, 5), np.array([0.4, 0.3, 0.2, 0.1])


def packing() -> dem.Particles:
    """Large and small spheres at random places, some of which overlap."""
    rng = np.random.default_rng(4)
    r = np.repeat([2.5e-6, 0.8e-6], [60, 600])
    x = rng.random((len(r), 3)) * (EDGE, EDGE, HEIGHT)
    return dem.spheres(x, r, density=2000.0)


def simulation(comm: MPI.Intracomm) -> dem.Simulation:
    none = np.zeros((0, 3))
    empty = make_bonds(np.zeros((0, 2), int), none, none[:, 0], none[:, 0], anchor=none)
    sim = dem.Simulation(
        packing() if comm.rank == 0 else dem.spheres(none, none[:, 0], density=2000.0),
        box=dem.Box((EDGE, EDGE, HEIGHT), periodic=(True, True, False)),
        walls=[dem.Wall("z", 0.0), dem.Wall("z", HEIGHT)],
        laws=[dem.laws.hertz_mindlin(young=1e7, poisson=0.3, restitution=0.5, friction=0.3)],
        bonds=empty,
        bond_materials=[BondMaterial(1e9, 0.3, np.inf, np.inf)],
        time_step=1e-9,
        comm=comm,
    )
    sim.rebuild()
    return sim


def gathered(bonds: Bonds, comm: MPI.Intracomm) -> dict[tuple[int, int], np.ndarray]:
    """R, l, axis and anchor of all bonds by their ends; those that two ranks hold are alike."""
    mine = {
        tuple(k): np.r_[v[:2], v[3:6], v[-3:]]
        for k, v in zip(bonds.ids, bonds.values.T, strict=True)
    }
    every: dict[tuple[int, int], np.ndarray] = {}
    for part in comm.allgather(mine):
        for ends, values in part.items():
            other = every.setdefault(ends, values)
            np.testing.assert_allclose(values[:5], other[:5], rtol=1e-12, atol=1e-18)
    return every


@pytest.mark.mpi(3)
@pytest.mark.parametrize("profile", [None, SLICES])
def test_ranks_make_the_bonds_of_one(profile):
    p, volume = packing(), 4e-16
    whole = bind(
        p.position, p.radius, p.id, np.diag([EDGE, EDGE, HEIGHT]), (True, True, False),
        gap=GAP, volume=volume, profile=profile, walls={0: np.array([0.0, 0.0, 1.0, 0.0])},
    )  # fmt: skip
    expected = gathered(whole, MPI.COMM_SELF)
    assert whole.on_wall.any() and whole.volume.sum() == pytest.approx(volume, rel=1e-12)
    for ranks in range(1, COMM.size + 1):
        some = COMM.Split(0 if COMM.rank < ranks else MPI.UNDEFINED)
        if some == MPI.COMM_NULL:
            continue
        sim = simulation(some)
        count = bind_particles(sim, str, gap=GAP, volume=volume, profile=profile, walls=(0,))
        assert sim.bonds is not None
        found = gathered(sim.bonds, some)
        assert found.keys() == expected.keys() and count == len(expected)
        for ends, values in expected.items():
            np.testing.assert_allclose(found[ends], values, rtol=1e-9, atol=1e-15)
        own = set(sim.state.G[: sim.state.n].tolist())
        assert all(own & set(ends) for ends in sim.bonds.ids.tolist())
        if some.size == 2:
            assert len(sim.bonds) < 0.75 * count  # each its own, and those across the cut
        some.Free()


@pytest.mark.mpi(2)
def test_what_ranks_cannot_bind_is_refused_on_all():
    sim = simulation(COMM)
    assert np.allclose(lattice(sim.frame), np.diag([EDGE, EDGE, HEIGHT]))
    with pytest.raises(CannotBind, match=r"glue: .* but hold at most"):
        bind_particles(sim, lambda why: f"glue: {why}", gap=GAP, volume=1e-13)
    with pytest.raises(CannotBind, match=r"no two of 660 particles are closer than -6e-06 m"):
        bind_particles(sim, str, gap=-6e-6, volume=1e-16)
    with pytest.raises(CaseError, match="bricks narrower than"):
        bind_particles(sim, str, gap=0.5 * EDGE, volume=1e-16)


@pytest.mark.mpi(2)
def test_what_one_rank_cannot_bind_is_refused_on_all(monkeypatch):
    def fail(*given, **more):
        bonds = bind(*given, **more)
        if COMM.rank == 1:
            raise ValueError("a bond has a radius that is not above zero")
        return bonds

    monkeypatch.setattr(binding, "bind", fail)
    with pytest.raises(CannotBind, match="rank 1 of 2: a bond has a radius"):
        bind_particles(simulation(COMM), str, gap=GAP, volume=4e-16)
