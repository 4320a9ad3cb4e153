"""Bad input and lost particles: caught with ids, places and the remedy, on one and two ranks."""

import re

from mpi4py import MPI

import numpy as np
import pytest
from particle_packings import benchmark_law, loose, on_root
from particle_toml import write

from multiscale import particles as dem
from multiscale.errors import CaseError, StageFailed
from multiscale.particle_case.load import load_particle_case
from multiscale.particle_case.run import SAMPLES, SUMMARY, run_particles
from multiscale.particles.perform import perform

COMM = MPI.COMM_WORLD
on_ranks = pytest.mark.parametrize("ranks", [1, pytest.param(2, marks=pytest.mark.mpi(2))])


def packing(change=lambda x, v: None, periodic=(True, True, True), dt=2e-3, **more):
    """300 spheres at random, with what `change` does to places and velocities."""
    x, r, edge = loose(300, 0.3, seed=4)
    v = np.random.default_rng(1).normal(0, 0.05, x.shape)
    change(x, v)
    return dem.Simulation(
        on_root(COMM, dem.spheres(x, r, velocity=v)),
        box=dem.Box((edge,) * 3, periodic),
        laws=[benchmark_law()],
        time_step=dt,
        comm=COMM,
        **more,
    )


@on_ranks
def test_an_overlapping_start(ranks: int) -> None:
    def push(x, v):
        x[17] = x[203] + [0.6, 0.0, 0.0]

    sim = packing(push)
    with pytest.raises(CaseError, match="the start of the particles:") as refused:
        sim.run(1)
    said = str(refused.value)
    assert re.search(
        r"particles (17|203) at \(.*\) m and (17|203) at \(.*\) m: overlap 0.4 m", said
    )
    assert "relax the start with soft contacts first" in said
    assert sim.step == 0


@on_ranks
def test_an_unstable_time_step(ranks: int) -> None:
    sim = packing(dt=0.1)
    with pytest.raises(CaseError, match=r"granular_hertz: at most 0.0\d+ s") as refused:
        sim.run(1)
    assert "it is 0.1 s; take 0.0" in str(refused.value)


@on_ranks
def test_a_particle_that_leaves_an_open_box(ranks: int) -> None:
    def throw(x, v):
        x[:, 2] = x[:, 2].clip(0.5, None)
        v[42] = [0.0, 0.0, 5.0]
        x[42, 2] = x[:, 2].max()

    sim = packing(throw, periodic=(True, True, False), overlap=2.0)
    with pytest.raises(StageFailed, match="particles have left the box: a wall or") as refused:
        sim.run(600)
    assert re.search(
        r"particle 42 at \(.*\) m: .* radii beyond the box along z", str(refused.value)
    )


@on_ranks
def test_a_force_that_is_no_number(ranks: int) -> None:
    """A velocity becomes NaN in the middle of a run; nothing is measured after it."""
    sim = packing()
    sim.run(50)
    victim = 123
    sim.state.V[np.flatnonzero(sim.state.G[: sim.state.n] == victim), 1] = np.nan
    with pytest.raises(StageFailed, match="particles are not finite") as refused:
        perform(sim, [_Wait()], sample=100)
    assert re.search(rf"particle {victim}: place \(.*nan.*\)", str(refused.value))
    assert "a smaller time step" in str(refused.value)


class _Wait:
    every, most = 100, 1000

    def start(self, sim, memory) -> None:
        """Do nothing."""

    def look(self, sim, memory) -> float:
        return 0.0


@on_ranks
def test_a_refused_case_writes_no_result(ranks: int, tmp_path_factory) -> None:
    folder = COMM.bcast(tmp_path_factory.mktemp("case") if COMM.rank == 0 else None)
    if COMM.rank == 0:
        write(folder, ('"4 ns"', '"4 us"'))
    COMM.Barrier()
    with pytest.raises(CaseError, match=r"4e-06 s is longer than .* s, the limit of"):
        run_particles(load_particle_case(folder), folder / "run", comm=COMM)
    assert not (folder / "run" / SAMPLES).exists()
    assert not (folder / "run" / SUMMARY).exists()


@on_ranks
def test_particles_at_rest_move_with_a_box_that_shears(ranks: int) -> None:
    """A step in which the far side of a still packing would move by more than the skin."""
    x, r, edge = loose(300, 0.3, seed=4)
    sim = dem.Simulation(
        on_root(COMM, dem.spheres(x, r)),
        box=dem.Box((edge,) * 3, shear_rate=20.0),
        laws=[benchmark_law()],
        time_step=2e-3,
        comm=COMM,
    )
    own = sim.particles()
    assert own.velocity[:, 0] == pytest.approx(20.0 * own.position[:, 1], abs=1e-9 * 20 * edge)
    sim.run(100)
    assert sim.step == 100
