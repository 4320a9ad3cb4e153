"""The corridor: plan, reuse, run, agree, check the balances, store."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from multiscale.coupling.context import Context
from multiscale.coupling.index import Step
from multiscale.coupling.plan import check_wiring, plan_stage
from multiscale.coupling.provenance import environment, now, peak_memory
from multiscale.coupling.stage import Balance, Options, Stage
from multiscale.coupling.store import Checked, Store, load
from multiscale.errors import HandoverError, MultiscaleError, OutOfTime
from multiscale.log import Timer, logger, progress
from multiscale.records import Record

Told = Callable[[Sequence[Step]], None]


def run_chain(
    stages: Sequence[Stage],
    given: Mapping[type[Record], Record],
    options: Mapping[str, Options],
    store: Store,
    ctx: Context,
    last: Sequence[Step] = (),
    tell: Told = lambda steps: None,
) -> tuple[dict[type[Record], Record], list[Step]]:
    """Run the stages in order, reusing stored results. Collective over `ctx.comm`.

    Args:
        stages: the chain.
        given: records that the case file gives.
        options: of each stage, by name.
        store: where results lie; all ranks must see it.
        ctx: ranks and seed.
        last: steps of the last run, for the reasons in the log; read on rank 0.
        tell: called on rank 0 with the steps so far after each stage.

    Returns:
        Every record by its type, and the steps.

    Raises:
        MultiscaleError: on every rank, if a stage fails on any; what was finished before is kept.
    """
    check_wiring(stages, list(given))
    made = dict(given)
    steps: list[Step] = []
    before = {step.stage: step for step in last}
    for position, stage in enumerate(stages):
        last_step = before.get(stage.name)
        step, record = ctx.on_root(
            partial(plan_stage, stage, made, options[stage.name], ctx.seed, store, last_step)
        )
        logger.info("%s: %s (%s)", stage.name, step.action, step.why)
        if record is None:
            try:
                step, record = _compute(stage, made, options[stage.name], store, ctx, step)
            except MultiscaleError as error:
                _tell(ctx, tell, [*steps, *_stopped(step, error, stages[position + 1 :])])
                stopped = type(error)(f"stage '{stage.name}' stopped: {error}")
                stopped.agreed = True
                raise stopped from error
        made[stage.gives] = record
        steps.append(replace(step, status="ok"))
        _tell(ctx, tell, steps)
    return made, steps


def check_balances(
    stage: Stage, inputs: Mapping[str, Record], result: Record, kind: str | None = None
) -> list[Checked]:
    """Compare every conserved quantity before and after.

    Args:
        stage: what was run.
        inputs: by argument name.
        result: what it gave.
        kind: of the stage; the first where left out.

    Raises:
        HandoverError: naming the stage, the quantity and both values.
    """
    kind = kind or next(iter(stage.kinds))
    held = [balance for balance in stage.conserves if not balance.kinds or kind in balance.kinds]
    checked = [_compare(balance, inputs, result) for balance in held]
    broken = [c for c in checked if not c.relative <= c.tolerance]
    if broken:
        lines = [
            f"{c.quantity}: {c.before:.9g} in, {c.after:.9g} out ({c.unit}), "
            f"differs by {c.relative:.2e}, "
            f"allowed {c.tolerance:.0e}"
            for c in broken
        ]
        raise HandoverError(f"stage '{stage.name}' does not conserve " + "; ".join(lines))
    return checked


def _compare(balance: Balance, inputs: Mapping[str, Any], result: Record) -> Checked:
    before, after = float(balance.before(inputs)), float(balance.after(result))
    scale = max(abs(before), abs(after))
    relative = (
        abs(after - before) / scale if scale > 0 else 0.0 if before == after else float("nan")
    )
    return Checked(balance.quantity, balance.unit, before, after, relative, balance.tolerance)


def _compute(
    stage: Stage,
    made: Mapping[type[Record], Record],
    options: Options,
    store: Store,
    ctx: Context,
    step: Step,
) -> tuple[Step, Record]:
    """Run one stage on all ranks, check its balances, store its result and read it back."""
    inputs = {name: made[kind] for name, kind in stage.takes.items()}
    accepted = {name: made.get(kind) for name, kind in stage.accepts.items()}
    there = {name: record for name, record in accepted.items() if record is not None}
    scratch = store.root / f"{step.key}.checkpoints"
    started, result, error = now(), None, None
    show = ctx.comm.rank == 0 and logger.isEnabledFor(logging.INFO)
    with Timer() as timer, progress(stage.name, show=show) as shown:
        try:
            told = replace(ctx, progress=shown, scratch=scratch)
            result = stage.call(**inputs, **accepted, options=options, ctx=told)
        except Exception as problem:
            if getattr(problem, "agreed", False):  # the others raise it too and do not wait here
                raise
            logger.debug("stage '%s' raised", stage.name, exc_info=True)
            error = problem
        ctx.leave_together(error)

    def keep() -> Record:
        if not isinstance(result, stage.gives):
            raise HandoverError(
                f"stage '{stage.name}' gave {type(result).__name__}, needs {stage.gives.__name__}"
            )
        balances = check_balances(
            stage, {**inputs, **there}, result, getattr(options, "kind", None)
        )
        provenance = {
            **environment(),
            **step.recipe,
            "key": step.key,
            "ranks": ctx.comm.size,
            "started": started,
            "wall_s": timer.seconds,
            "peak_memory_bytes": peak_memory(),
        }
        saved = store.save(step.key, result, provenance, balances)
        shutil.rmtree(scratch, ignore_errors=True)  # no longer needed, whoever wrote there
        return load(saved)

    record = ctx.on_root(keep)
    logger.info("%s: done in %.1f s", stage.name, timer.seconds)
    return replace(step, seconds=timer.seconds), record


def _stopped(step: Step, error: MultiscaleError, behind: Sequence[Stage]) -> list[Step]:
    """The step that ended the run, and those behind it: blocked by a failure, else still due."""
    if isinstance(error, OutOfTime):
        due = [Step(stage.name, "run", "not reached") for stage in behind]
        return [replace(step, status="stopped", message=str(error)), *due]
    why = f"blocked by {step.stage}"
    blocked = [Step(stage.name, "blocked", why, status="blocked") for stage in behind]
    return [replace(step, status="failed", message=str(error)), *blocked]


def _tell(ctx: Context, tell: Told, steps: Sequence[Step]) -> None:
    ctx.on_root(lambda: tell(steps))
