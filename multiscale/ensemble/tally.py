"""How far an ensemble is: groups tell rank 0 of each sample, which never waits for them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from multiscale.ensemble.outcome import Outcome
from multiscale.log import Progress

if TYPE_CHECKING:
    from mpi4py import MPI

_TAG = 77


class Tally:
    """Counts samples that are done and shows progress on rank 0.

    The other groups send one small message for each sample; rank 0 reads what has come in between
    its own samples.
    """

    def __init__(self, comm: MPI.Intracomm, total: int, speaks: bool) -> None:
        self._comm, self._total, self._speaks = comm.Dup(), total, speaks
        self._done = self._failed = 0
        self._sent: list[Any] = []
        show = comm.rank == 0
        self._shown = Progress("ensemble", show=show, bar=show and sys.stderr.isatty())

    def __enter__(self) -> Tally:
        return self

    def __exit__(self, *_: object) -> None:
        self._shown.close()

    def tell(self, outcome: Outcome) -> None:
        """Count a sample of this group. Not collective."""
        if not self._speaks:
            return
        lost = outcome.status == "failed"
        if self._comm.rank == 0:
            self._count(lost)
            self._drain()
        else:
            self._sent.append(self._comm.isend(lost, dest=0, tag=_TAG))

    def close(self) -> None:
        """Wait until all samples are counted. Collective."""
        while self._comm.rank == 0 and self._done < self._total:
            self._count(self._comm.recv(tag=_TAG))
        for request in self._sent:
            request.wait()
        self._comm.Free()

    def _drain(self) -> None:
        while self._comm.iprobe(tag=_TAG):
            self._count(self._comm.recv(tag=_TAG))

    def _count(self, lost: bool) -> None:
        self._done += 1
        self._failed += lost
        note = f"{self._done} of {self._total} samples"
        self._shown.update(
            self._done / self._total, f"{note}, {self._failed} failed" if self._failed else note
        )
