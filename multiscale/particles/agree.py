"""Ranks leave together: what goes wrong on one is raised on all, at the same place."""

from __future__ import annotations

from mpi4py import MPI

from multiscale.errors import MultiscaleError


def raise_together(comm: MPI.Intracomm, error: MultiscaleError | None) -> None:
    """Raise on every rank if one rank has an error. Collective.

    Args:
        comm: the ranks; all of them must come here, for nobody is waited for with a limit.
        error: of this rank, if any.

    Raises:
        MultiscaleError: of the class of the first error, with its message; marked as agreed.
    """
    said = None if error is None else (type(error), str(error))
    for rank, found in enumerate(comm.allgather(said)):
        if found is not None:
            kind, message = found
            together = kind(f"rank {rank} of {comm.size}: {message}" if comm.size > 1 else message)
            together.agreed = True
            raise together from error
