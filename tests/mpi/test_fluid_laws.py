"""A suspension of Brownian spheres in the engine: the same on any number of ranks."""

from __future__ import annotations

from mpi4py import MPI

import numpy as np
import pytest

from multiscale import particles as dem
from multiscale.particles.laws.brownian import BOLTZMANN

COMM = MPI.COMM_WORLD
LENGTH = 1.2e-5
LARGE, SMALL = 1e-6, 5e-7


def suspension(comm: MPI.Intracomm, *, seed: int = 4) -> dem.Simulation:
    """Make 216 spheres of two sizes near each other, sheared, with all that a liquid does."""
    rng = np.random.default_rng(1)
    grid = (np.stack(np.meshgrid(*[np.arange(6)] * 3), -1).reshape(-1, 3) + 0.5) * LENGTH / 6
    radius = np.where(rng.random(216) < 0.7, 0.99 * LARGE, SMALL)
    share = slice(None) if comm.rank == 0 else slice(0)
    viscosity, rate = 1.67e-3, 50.0
    film = {"viscosity": viscosity, "h_min": 1e-2, "h_max": 0.5, "largest_radius": LARGE}
    noise = {"temperature": 298.15, "viscosity": viscosity, "seed": seed}
    flow = {"shear_rate": rate, "ux": 0.0, "uy": 0.0, "uz": 0.0}
    return dem.Simulation(
        dem.spheres(grid[share], radius[share], density=4000.0),
        box=dem.Box((LENGTH,) * 3, shear_rate=rate),
        laws=[
            dem.laws.lubrication(**film),
            dem.laws.pair_brownian(**film | noise),
            dem.laws.brownian(**noise),
            dem.laws.stokes_drag(viscosity=viscosity, **flow),
        ],
        time_step=8e-10,
        comm=comm,
    )


@pytest.mark.parametrize("ranks", [pytest.param(2, marks=pytest.mark.mpi(2))])
def test_brownian_suspension_moves_alike_on_several_ranks(ranks: int) -> None:
    """A16, the noise: positions to 1e-10 radii after 300 steps."""
    alone, shared = suspension(MPI.COMM_SELF), suspension(COMM)
    alone.run(300)
    shared.run(300)
    whole, mine = alone.particles(), shared.particles()
    assert COMM.allreduce(len(mine)) == len(whole) == 216
    assert ranks != COMM.size or len(mine) < 216
    at = np.argsort(whole.id)[mine.id]
    off = mine.position - whole.position[at]
    off -= LENGTH * np.round(off / LENGTH)
    assert np.abs(off).max() < 1e-10 * SMALL
    speed = np.abs(whole.velocity).max()
    assert np.abs(mine.velocity - whole.velocity[at]).max() < 1e-7 * speed


def test_particles_in_the_engine_take_the_temperature_of_the_liquid() -> None:
    """A suspension at rest, started cold, has 3/2 kT of each kind of motion, to 4 %."""
    sim = suspension(MPI.COMM_SELF)
    sim.run(3000)
    moving, turning = [], []
    for _ in range(60):
        sim.run(100)
        p = sim.particles()
        stream = np.zeros_like(p.velocity)
        stream[:, 0] = 50.0 * p.position[:, 1]
        moving.append(np.mean(p.mass[:, None] * (p.velocity - stream) ** 2))
        turning.append(np.mean(0.4 * p.mass[:, None] * p.radius[:, None] ** 2 * p.spin**2))
    heat = BOLTZMANN * 298.15
    assert np.mean(moving) == pytest.approx(heat, rel=0.04)
    assert np.mean(turning) == pytest.approx(heat, rel=0.04)
