"""Case and stages become a run: the only place where everything meets."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from multiscale.case.load import Case
from multiscale.coupling.chain import run_chain
from multiscale.coupling.context import Context, stop_on_sigterm
from multiscale.coupling.index import NAME, Index, Step, read_index, write_index
from multiscale.coupling.plan import plan_chain
from multiscale.coupling.provenance import environment, now
from multiscale.coupling.stage import Stage
from multiscale.coupling.store import Store
from multiscale.errors import CaseError
from multiscale.jit_cache import is_cold, place_cache
from multiscale.log import configure, logger
from multiscale.records import Formulation, Powder, Record
from multiscale.stages import chain

if TYPE_CHECKING:
    from mpi4py import MPI


def run(
    case: Case,
    out: Path | str,
    *,
    comm: MPI.Intracomm | None = None,
    until: str | None = None,
    store: Path | str | None = None,
) -> dict[type[Record], Record]:
    """Run a case, reusing what is stored: `run` is resume. Collective over `comm`.

    Args:
        case: the same on every rank.
        out: directory of the run; receives `run.h5` and, unless `store` says otherwise, `store/`.
        comm: ranks to work on; all by default.
        until: name of the last stage to run.
        store: directory of results shared with other runs.

    Returns:
        Every record by its type.

    Raises:
        MultiscaleError: on every rank. Finished stages are kept.
    """
    from mpi4py import MPI

    out = Path(out)
    comm = comm or MPI.COMM_WORLD
    place = place_cache(comm.rank, comm.size)
    configure(comm.rank, comm.size)
    if is_cold(place):
        logger.info(
            "first run of this version: kernels are compiled once, which takes some tens of seconds"
        )
    ctx, results = Context(comm, comm.Dup(), seed=case.seed), Store(Path(store or out / "store"))
    with stop_on_sigterm():
        ctx.on_root(results.sweep)
        return carry_out(case, out, ctx, results, until)


def carry_out(
    case: Case, out: Path, ctx: Context, results: Store, until: str | None = None
) -> dict[type[Record], Record]:
    """Run a case on the ranks of a context that is there already. Collective over `ctx.comm`.

    `run` without what concerns the whole job, for programs that run many cases.

    Args:
        case: the same on every rank.
        out: directory of the run.
        ctx: ranks; its seed is that of the case.
        results: where results lie; shared with other runs.
        until: name of the last stage to run.

    Raises:
        MultiscaleError: as `run`.
    """
    stages, started = stages_of(case, until), now()
    weighed = {type(r).__name__.lower(): r for r in given(case).values()}

    def prepare() -> Sequence[Step]:
        out.mkdir(parents=True, exist_ok=True)
        Store(out).sweep()  # of run.h5 and what else was being written beside it
        for record in weighed.values():
            if record.digest() not in results:
                results.save(record.digest(), record, environment(), [])
        return last_steps(out)

    def tell(steps: Sequence[Step]) -> None:
        index = Index(
            case.title,
            str(case.path),
            case.seed,
            " ".join(sys.argv),
            started,
            tuple(steps),
            {name: record.digest() for name, record in weighed.items()},
        )
        write_index(out, index, results)

    last = ctx.on_root(prepare)
    made, _ = run_chain(stages, given(case), case.options, results, ctx, last, tell)
    return made


def plan(
    case: Case, out: Path | str, *, until: str | None = None, store: Path | str | None = None
) -> list[Step]:
    """Say what `run` would do for each stage, and why; runs nothing."""
    out = Path(out)
    return plan_chain(
        stages_of(case, until),
        given(case),
        case.options,
        case.seed,
        Store(Path(store or out / "store")),
        last_steps(out),
    )


def given(case: Case) -> dict[type[Record], Record]:
    """The records that the case file itself gives."""
    return {Powder: case.powder, Formulation: case.formulation}


def stages_of(case: Case, until: str | None) -> tuple[Stage, ...]:
    """The case's chain up to and including the stage named.

    Raises:
        CaseError: no such stage.
    """
    stages = tuple(stage for stage in chain() if stage.name in case.options)
    names = [stage.name for stage in stages]
    if until is None:
        return stages
    if until not in names:
        raise CaseError(f"there is no stage '{until}'; the stages are {', '.join(names)}")
    return stages[: names.index(until) + 1]


def last_steps(out: Path) -> tuple[Step, ...]:
    """Steps of the last run in `out`, if any: `plan` compares with their recipes."""
    if not (out / NAME).exists():
        return ()
    return read_index(out).steps
