"""Some of the ranks that a test was started with."""

from collections.abc import Iterator

from mpi4py import MPI

from multiscale.voxels.slabs import Slabs, share_layers

WORLD = MPI.COMM_WORLD


def groups(layers: int, wraps: bool = False) -> Iterator[Slabs]:
    """Slabs of 2 ranks and of as many as there are, for the ranks that take part."""
    for ranks in range(2, WORLD.size + 1):
        some = WORLD.Split(0 if WORLD.rank < ranks else MPI.UNDEFINED)
        if some != MPI.COMM_NULL:
            yield share_layers(some, layers, (wraps, False, False))
            some.Free()
