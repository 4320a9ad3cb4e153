"""Contacts that feel each other, on several ranks: the same trajectory; a restart to the bit."""

from pathlib import Path

from mpi4py import MPI

import numpy as np
import pytest
from particle_packings import collected, loose, on_root

from multiscale import particles as dem
from multiscale.errors import CaseError
from multiscale.particles.confinement import Compaction
from multiscale.particles.confinement_kernel import Grain
from multiscale.particles.restart import resume, save

N, STEPS = 160, 460


def pressed(comm: MPI.Intracomm, **more: float) -> Compaction:
    """Spheres of several sizes between plates that close until some feel their confinement."""
    x, r, edge = loose(N, 0.5, seed=2, spread=0.3)
    height = edge + 2.0 * r.max()
    x[:, 2] += r.max()
    law = dem.laws.mdr(
        young=1e3, poisson=0.3, yield_stress=50.0, tangential_stiffness=150.0, friction=0.5,
        damping=0.2, **more,
    )  # fmt: skip
    return Compaction(
        on_root(comm, dem.spheres(x, r)),
        box=dem.Box((edge, edge, height), periodic=(True, True, False)),
        walls=[dem.Wall("z", 0.0), dem.Wall("z", height, velocity=-4.0)],
        laws=[law],
        time_step=2e-3,
        comm=comm,
    )


def grains(sim: Compaction) -> np.ndarray:
    """Give radii and what particles keep, in the order of their ids, on rank 0."""
    s = sim.state
    every = sim.comm.gather((s.G[: s.n], np.column_stack([s.X[: s.n, 3], s.P[: s.n]])))
    if every is None:
        return np.empty((0, 1 + Grain.SIZE))
    ids, rows = (np.concatenate(parts) for parts in zip(*every, strict=True))
    return rows[np.argsort(ids)]


def same(comm: MPI.Intracomm) -> None:
    """Compare with one rank: places, velocities, radii, what particles keep, forces on walls."""
    together, alone = pressed(comm), pressed(MPI.COMM_SELF)
    together.run(STEPS)
    alone.run(STEPS)
    force = comm.allreduce(together.wall_force[:, :3])
    off, expected = collected(together), collected(alone)
    found, kept = grains(together), grains(alone)
    assert together.state.n < 0.8 * N
    assert np.abs(force - alone.wall_force[:, :3]).max() < 1e-10 * np.abs(force).max()
    if comm.rank == 0:
        off -= expected
        off[:, :2] -= np.rint(off[:, :2] / alone.lengths[:2]) * alone.lengths[:2]
        assert np.abs(off[:, :3]).max() < 1e-10 * 0.5
        assert np.abs(off[:, 3:]).max() < 1e-10 * np.abs(expected[:, 3:]).max()
        assert found == pytest.approx(kept, rel=1e-10)
    radius, free = kept[:, 0] / kept[:, 1 + Grain.ORIGINAL], kept[:, 1 + Grain.FREE]
    assert comm.bcast(radius.max(initial=0.0)) > 1.1  # some have grown
    assert comm.bcast(free.min(initial=1.0)) < 0.45  # and answer as a whole


@pytest.mark.slow
@pytest.mark.mpi(2)
def test_a_compaction_on_two_ranks():
    same(MPI.COMM_WORLD)


@pytest.mark.slow
@pytest.mark.mpi(3)
def test_a_compaction_on_three_ranks():
    same(MPI.COMM_WORLD)


@pytest.mark.slow
@pytest.mark.mpi(4)
def test_a_compaction_on_four_ranks():
    same(MPI.COMM_WORLD)


@pytest.mark.slow
@pytest.mark.parametrize("ranks", [pytest.param(n, marks=pytest.mark.mpi(n)) for n in (1, 2)])
def test_a_compaction_goes_on_from_its_checkpoint_bit_for_bit(ranks: int, tmp_path: Path):
    """Begun again half way; with another share psi_b it is refused."""
    comm = MPI.COMM_WORLD
    folder = comm.bcast(tmp_path)
    whole = pressed(comm)
    whole.run(STEPS // 2)
    save(whole, folder)
    again = pressed(comm)
    assert resume(again, folder) is not None and again.step == STEPS // 2
    with pytest.raises(CaseError, match="free_area"):
        resume(pressed(comm, free_area=0.4), folder)
    for sim in (whole, again):
        sim.run(STEPS // 2)
    assert comm.size == ranks and (grains(whole)[:, 0] > 1.1 * grains(whole)[:, 1]).any() == (
        comm.rank == 0
    )
    for name in ("X", "V", "G", "P"):
        assert getattr(whole.state, name).tobytes() == getattr(again.state, name).tobytes(), name
    t, u = whole.lists, again.lists
    assert t.H[:, : t.pairs].tobytes() == u.H[:, : u.pairs].tobytes()
    assert t.WH[:, : t.near].tobytes() == u.WH[:, : u.near].tobytes()
    assert whole.wall_force.tobytes() == again.wall_force.tobytes()
