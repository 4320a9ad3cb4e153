"""Spheres that move under laws of force, on one rank or many."""

from mpi4py import MPI

from multiscale.jit_cache import place_cache

# Before any kernel is imported: ranks and jobs must not fill one cache of compiled code together.
place_cache(MPI.COMM_WORLD.rank, MPI.COMM_WORLD.size)
