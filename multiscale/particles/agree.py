"""Ranks leave together: what goes wrong on one is raised on all, at the same place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from mpi4py import MPI

from multiscale.errors import MultiscaleError, StageFailed

SHOWN = 5  # worst cases named per problem


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


class Problem(NamedTuple):
    """One kind of thing that is wrong on a rank.

    Attributes:
        title: what is wrong, in the plural: "particles are not finite".
        remedy: what to do.
        cases: how many.
        worst: up to `SHOWN` of them as (severity, sentence); larger is worse.
    """

    title: str
    remedy: str
    cases: int
    worst: tuple[tuple[float, str], ...]


def refuse(
    comm: MPI.Intracomm,
    problems: Iterable[Problem | None],
    where: str,
    kind: type[MultiscaleError] = StageFailed,
) -> None:
    """Raise on all ranks if any of them has a problem; name all of them. Collective.

    Args:
        comm: the ranks.
        problems: of this rank.
        where: what was looked at: "the start", "step 1200".
        kind: class of the error.

    Raises:
        MultiscaleError: of that class, on all ranks, marked as agreed.
    """
    mine = [problem for problem in problems if problem is not None]
    if not comm.allreduce(len(mine)):
        return
    every = [problem for part in comm.allgather(mine) for problem in part]
    error = kind(f"{where}:\n" + "\n".join(_merged(every)))
    error.agreed = True
    raise error


def _merged(every: list[Problem]) -> Iterator[str]:
    """Bring the ranks' cases of each problem together, the worst first."""
    every = sorted(every, key=lambda problem: problem.title)
    for title, group in groupby(every, key=lambda problem: problem.title):
        parts = list(group)
        worst = sorted({case for part in parts for case in part.worst}, key=lambda c: -c[0])
        count = sum(part.cases for part in parts)
        yield f"- {count} {title}: {parts[0].remedy}"
        yield from (f"    {text}" for _, text in worst[:SHOWN])
        if count > SHOWN:
            yield f"    and {count - SHOWN} more"
