"""A discrete-element engine for electrodes: struct of arrays, Numba, MPI.

from multiscale import particles as dem

sim = dem.Simulation(dem.spheres(x, r, density=4750.0), box=dem.Box((L, L, H)),
                     laws=[dem.laws.hertz_mindlin(...)], time_step=1e-9)
sim.run(1000)
"""

from mpi4py import MPI

from multiscale.jit_cache import place_cache

# Before any kernel is imported: ranks and jobs must not fill one cache of compiled code together.
place_cache(MPI.COMM_WORLD.rank, MPI.COMM_WORLD.size)

from multiscale.particles import laws
from multiscale.particles.box import Box, Wall
from multiscale.particles.law import (
    Body,
    Contact,
    Law,
    Response,
    body_law,
    force,
    pair_law,
)
from multiscale.particles.simulation import Simulation
from multiscale.particles.state import Particles, spheres

__all__ = [
    "Body",
    "Box",
    "Contact",
    "Law",
    "Particles",
    "Response",
    "Simulation",
    "Wall",
    "body_law",
    "force",
    "laws",
    "pair_law",
    "spheres",
]
