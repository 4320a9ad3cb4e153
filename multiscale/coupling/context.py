"""What a stage may use besides inputs and options: ranks, seed, a voice and a way to stop."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multiscale.errors import FileError, MultiscaleError, OutOfTime, StageFailed
from multiscale.log import Progress, logger

if TYPE_CHECKING:
    from mpi4py import MPI

_stop_asked = False


@contextmanager
def stop_on_sigterm() -> Iterator[None]:
    """Within the block let SIGTERM ask for a stop at the next `Context.report`.

    Only the main thread can hear signals; elsewhere nothing changes.
    """
    global _stop_asked
    _stop_asked = False
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(*_: object) -> None:
        global _stop_asked
        _stop_asked = True

    # PETSc, once it starts, would take SIGTERM for a crash and abort the job.
    options = os.environ.get("PETSC_OPTIONS", "")
    if "-no_signal_handler" not in options:
        os.environ["PETSC_OPTIONS"] = f"{options} -no_signal_handler".strip()
    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@dataclass(frozen=True)
class Context:
    """The corridor's side of a stage call.

    Attributes:
        comm: ranks that work on the stage.
        control: a duplicate of `comm`, so that a failing rank can report while others still wait
            inside a collective on `comm`.
        seed: seed of the case; a stage derives its generators from it and from its own name only.
        patience: seconds a failed rank waits for the others before it aborts the job.
        progress: where `report` is shown.
        scratch: folder of this result's checkpoints, seen by all ranks, made by who needs it and
            removed once the result is stored; None outside a chain.
    """

    comm: MPI.Intracomm
    control: MPI.Intracomm
    seed: int = 0
    patience: float = 20.0
    progress: Progress = field(default_factory=lambda: Progress("", show=False, bar=False))
    scratch: Path | None = None

    def report(self, fraction: float, note: str = "") -> None:
        """Say how far the stage is (0..1) with a physical number; call it at each step of long
        work.

        Not collective.

        Raises:
            OutOfTime: the job was asked to stop.
        """
        if _stop_asked:
            raise OutOfTime(
                "asked to stop (SIGTERM); finished stages are kept, run the same command again"
            )
        self.progress.update(fraction, note)

    def on_root[T](self, work: Callable[[], T]) -> T:
        """Run `work` on rank 0 and give its (small) result to every rank. Collective."""
        result, error = None, None
        if self.comm.rank == 0:
            result, error = _attempt(work)
        self.leave_together(error, patience=math.inf)
        return self.comm.bcast(result)

    def map[A, T](self, work: Callable[[A], T], items: Sequence[A]) -> list[T]:
        """Deal `items` over the ranks and give all results, in order, to every rank. Collective.

        `work` must not communicate. Each item is computed by one rank, so that the results do not
        depend on the rank count.
        """
        mine: dict[int, Any] = {}
        error: Exception | None = None
        for i in range(self.comm.rank, len(items), self.comm.size):
            mine[i], error = _attempt(partial(work, items[i]))
            if error:
                break
        self.leave_together(error, patience=math.inf)  # the others are at work, not stuck
        every = {i: result for part in self.comm.allgather(mine) for i, result in part.items()}
        return [every[i] for i in range(len(items))]

    def leave_together(self, error: Exception | None, *, patience: float | None = None) -> None:
        """Raise on every rank if one rank has an error; abort if others are stuck. Collective.

        Args:
            error: of this rank, if any.
            patience: seconds to wait with an error before the job is aborted; the context's own
                if left out. Work that does not communicate needs no limit.

        Raises:
            MultiscaleError: of the class of the first error, with its message.
        """
        arrived = self.control.Ibarrier()
        deadline = time.monotonic() + (self.patience if patience is None else patience)
        nap = 1e-5
        while not arrived.Test():
            if error is not None and time.monotonic() > deadline:
                logger.error(
                    "rank %d: %s\nother ranks are stuck in a collective, aborting",
                    self.comm.rank,
                    error,
                )
                self.control.Abort(getattr(error, "exit_code", StageFailed.exit_code))
            time.sleep(nap)
            nap = min(2 * nap, 1e-2)
        said = [(rank, e) for rank, e in enumerate(self.control.allgather(_sendable(error))) if e]
        if said:
            rank, (kind, message) = said[0]
            where = f"rank {rank} of {self.comm.size}: " if self.comm.size > 1 else ""
            together = kind(where + message)
            together.agreed = True
            raise together from error


def _attempt[T](work: Callable[[], T]) -> tuple[T | None, Exception | None]:
    try:
        return work(), None
    except Exception as error:
        logger.debug("caught to leave together", exc_info=True)
        return None, error


def _sendable(error: Exception | None) -> tuple[type[MultiscaleError], str] | None:
    if error is None:
        return None
    if isinstance(error, MultiscaleError):
        return type(error), str(error)
    if isinstance(error, OSError):
        return FileError, str(FileError.of(error))
    return StageFailed, f"{type(error).__name__}: {error}"
