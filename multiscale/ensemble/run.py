"""Samples dealt over the ranks: each is a run of its own, all share one store."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from multiscale.coupling.context import Context, stop_on_sigterm
from multiscale.coupling.store import Store
from multiscale.ensemble.design import Sample
from multiscale.ensemble.load import Ensemble
from multiscale.ensemble.outcome import Outcome, failed, numbers_of
from multiscale.ensemble.tables import write_tables
from multiscale.ensemble.tally import Tally
from multiscale.errors import CaseError, HandoverError, MultiscaleError, StageFailed
from multiscale.jit_cache import place_cache
from multiscale.log import configure, logger
from multiscale.runner import carry_out

if TYPE_CHECKING:
    from mpi4py import MPI

_SHOWN = 5  # refused samples named in an error


def run_ensemble(
    ensemble: Ensemble, out: Path | str, *, comm: MPI.Intracomm | None = None
) -> list[Outcome]:
    """Run every sample, reusing what is stored, and write the tables. Collective over `comm`.

    The ranks are split into groups of `ranks_per_sample`. Which group computes a sample depends on
    the rank count, what it gives does not. A sample that fails is recorded with its reason and
    tried again by the next run; a killed ensemble goes on where it was.

    Args:
        ensemble: the same on every rank.
        out: receives samples.csv, summary.csv, ensemble.h5, a run folder samples/NUMBER for each
            sample, and the store.
        comm: ranks to work on; all by default.

    Returns:
        What became of each sample, in the order of the design.

    Raises:
        CaseError: the case refuses more samples than may fail; nothing was run.
        StageFailed: more samples failed than may; the tables are written.
        OutOfTime: asked to stop; run again.
    """
    from mpi4py import MPI

    out, comm = Path(out), comm or MPI.COMM_WORLD
    place_cache(comm.rank, comm.size)
    configure(comm.rank, comm.size)
    world, store = Context(comm, comm.Dup()), Store(out / "store")
    each = _ranks_per_sample(ensemble, comm.size)
    refused = _refused(ensemble, world)
    _start_before_split(ensemble)
    group = MPI.Intracomm(comm.Split(comm.rank // each, comm.rank))
    ctx = Context(group, group.Dup())
    world.on_root(store.sweep)
    # Dealt in a shuffled order: a factor that makes samples dear must not hit one rank alone.
    order = np.random.default_rng(0).permutation(len(ensemble.samples))
    dealt = [ensemble.samples[i] for i in order if int(i) not in refused]
    begun = time.monotonic()
    done = _work(ensemble, dealt, out, store, ctx, world)
    told = comm.allgather(done if group.rank == 0 else [])
    outcomes = [o for part in told for o in part] + list(refused.values())
    outcomes.sort(key=lambda o: o.index)
    seconds = time.monotonic() - begun
    world.on_root(lambda: write_tables(out, ensemble, outcomes, comm.size, seconds))
    ctx.control.Free()
    group.Free()
    _judge(ensemble, outcomes)
    return outcomes


def _ranks_per_sample(ensemble: Ensemble, size: int) -> int:
    each = ensemble.chosen.ranks_per_sample
    if size % each:
        raise CaseError(
            f"ensemble.ranks_per_sample = {each} does not divide the {size} ranks of the job"
        )
    return each


def _refused(ensemble: Ensemble, world: Context) -> dict[int, Outcome]:
    """Check the settings of every sample; give those that the case refuses."""

    def check(sample: Sample) -> str:
        try:
            ensemble.case(sample)
        except CaseError as error:
            return str(error)
        return ""

    said = world.map(check, ensemble.samples)
    found = {i: text for i, text in enumerate(said) if text}
    if len(found) > ensemble.chosen.max_failed * len(said):
        first = next(iter(found.values()))
        raise CaseError(
            f"the case refuses the settings of {len(found)} of {len(said)} samples, of "
            f"{', '.join(map(str, list(found)[:_SHOWN]))}{', ...' if len(found) > _SHOWN else ''}; "
            f"of the first it says:\n{first}"
        )
    return {i: failed(i, CaseError(text)) for i, text in found.items()}


def _start_before_split(ensemble: Ensemble) -> None:
    """Start PETSc, which waits for all ranks of the job, while all ranks are here."""
    if ensemble.chosen.until not in ("slurry", "coating"):
        from multiscale.fem import forms

        forms.start()


def _work(
    ensemble: Ensemble,
    samples: Sequence[Sample],
    out: Path,
    store: Store,
    ctx: Context,
    world: Context,
) -> list[Outcome]:
    """Run this group's share of the samples, one after the other."""
    done: list[Outcome] = []
    error: MultiscaleError | None = None
    each = ensemble.chosen.ranks_per_sample
    group, groups = world.comm.rank // each, world.comm.size // each
    with Tally(world.comm, len(samples), ctx.comm.rank == 0) as tally, stop_on_sigterm():
        try:
            for sample in samples[group::groups]:
                outcome = _run(ensemble, sample, out, store, ctx)
                done.append(outcome)
                tally.tell(outcome)
        except MultiscaleError as problem:  # no sample's own: no time or no space is left
            error = problem
        world.leave_together(error, patience=float("inf"))
        tally.close()
    return done


def _run(ensemble: Ensemble, sample: Sample, out: Path, store: Store, ctx: Context) -> Outcome:
    """Run one sample. Collective over `ctx.comm`.

    Raises:
        OutOfTime, FileError: the whole ensemble cannot go on.
    """
    folder = out / "samples" / f"{sample.index:06d}"
    begun = time.monotonic()
    case = ensemble.case(sample)
    with _quiet() as warnings:
        try:
            made = carry_out(
                case, folder, replace(ctx, seed=case.seed), store, ensemble.chosen.until
            )
            numbers = ctx.on_root(lambda: numbers_of(ensemble, folder))
        except (CaseError, HandoverError, StageFailed) as error:
            return failed(sample.index, error, tuple(warnings))
    digest = list(made.values())[-1].digest()
    seconds = time.monotonic() - begun
    return Outcome(sample.index, "ok", "", tuple(warnings), numbers, digest, seconds)


class _Collect(logging.Handler):
    """Keeps messages instead of showing them."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage())


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """Keep what is logged from the terminal; collect the warnings."""
    said: list[str] = []
    handlers, level = logger.handlers[:], logger.level

    logger.handlers[:] = [_Collect(said)]
    logger.setLevel(logging.WARNING)
    try:
        yield said
    finally:
        logger.handlers[:] = handlers
        logger.setLevel(level)


def _judge(ensemble: Ensemble, outcomes: Sequence[Outcome]) -> None:
    lost = [o for o in outcomes if o.status == "failed"]
    if len(lost) > ensemble.chosen.max_failed * len(outcomes):
        error = StageFailed(
            f"{len(lost)} of {len(outcomes)} samples failed, more than ensemble.max_failed = "
            f"{100 * ensemble.chosen.max_failed:g} %; samples.csv names each reason, the first "
            f"(sample {lost[0].index}): {lost[0].reason}"
        )
        error.agreed = True  # every rank has all outcomes
        raise error
