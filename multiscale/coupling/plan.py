"""What a run would do, stage by stage, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from multiscale.coupling.index import Step
from multiscale.coupling.key import Recipe, digests, key, recipe
from multiscale.coupling.stage import Options, Stage, quantity_at
from multiscale.coupling.store import Store, load, meta
from multiscale.errors import HandoverError
from multiscale.records import Record
from multiscale.units import Quantity, from_si


def check_wiring(stages: Sequence[Stage], given: Sequence[type[Record]]) -> None:
    """Check that every input has exactly one maker before it is needed.

    Raises:
        HandoverError: naming the stage and the record.
    """
    made: dict[type[Record], str] = {kind: "the case file" for kind in given}
    for stage in stages:
        for name, kind in stage.takes.items():
            if kind not in made:
                have = ", ".join(sorted(k.__name__ for k in made)) or "nothing"
                raise HandoverError(
                    f"stage '{stage.name}' takes {name}: {kind.__name__}, which no earlier stage "
                    f"gives; available: {have}"
                )
        if stage.gives in made:
            raise HandoverError(
                f"both '{made[stage.gives]}' and '{stage.name}' give {stage.gives.__name__}"
            )
        made[stage.gives] = stage.name


def plan_chain(
    stages: Sequence[Stage],
    given: Mapping[type[Record], Record],
    options: Mapping[str, Options],
    seed: int,
    store: Store,
    last: Sequence[Step],
) -> list[Step]:
    """Say for each stage whether its stored result serves; `last` gives the reason why not."""
    check_wiring(stages, list(given))
    made = dict(given)
    before = {step.stage: step for step in last}
    waiting: dict[type[Record], str] = {}  # records that a stage still has to make
    steps = []
    for stage in stages:
        inputs = [*stage.takes.values(), *stage.accepts.values()]
        new = [f"{waiting[kind]} runs" for kind in inputs if kind in waiting]
        if new:
            chosen = options[stage.name]
            own = changes(before.get(stage.name), recipe(stage, chosen, {}, seed), chosen)
            steps.append(
                Step(
                    stage.name,
                    "run",
                    "; ".join([*own, *new]),
                    seconds=_seconds(before.get(stage.name)),
                )
            )
            waiting[stage.gives] = stage.name
            continue
        step, record = plan_stage(
            stage, made, options[stage.name], seed, store, before.get(stage.name)
        )
        steps.append(step)
        if record is not None:
            made[stage.gives] = record
        else:
            waiting[stage.gives] = stage.name
    return steps


def plan_stage(
    stage: Stage,
    made: Mapping[type[Record], Record],
    options: Options,
    seed: int,
    store: Store,
    before: Step | None,
) -> tuple[Step, Record | None]:
    """Plan one stage whose inputs are all known; give the stored result too, where it serves.

    A stored file that cannot be read is no result: the stage runs again and replaces it.
    """
    made_from = recipe(stage, options, digests(stage, made), seed)
    name = key(made_from)
    why = "; ".join(changes(before, made_from, options))
    if name in store:
        try:
            record, told = load(store.path(name)), meta(store.path(name))
        except HandoverError as damage:
            why = str(damage)
        else:
            seconds = told["provenance"].get("wall_s")
            same = "same options and inputs as a stored result"
            return Step(stage.name, "reuse", same, name, made_from, seconds), record
    if not why:
        ended = before is not None and before.status in ("failed", "stopped")
        why = f"{before.status} last time" if before and ended else "no result yet"
    return Step(stage.name, "run", why, name, made_from, _seconds(before)), None


def changes(before: Step | None, now: Recipe, options: Options) -> list[str]:
    """What differs between the recipe of the last run and now, one phrase each.

    Args:
        before: the step of the last run.
        now: the recipe of this one.
        options: those in `now`; they know the unit of each value.
    """
    if before is None or not before.recipe:
        return []
    old = before.recipe
    found = [
        f"{now['stage']}.{path} changed {_said(a, unit)} -> {_said(b, unit)}"
        for path, a, b in _differences(old["options"], now["options"])
        for unit in [quantity_at(options, path)]
    ]
    if old["version"] != now["version"]:
        found.append(f"stage version {old['version']} -> {now['version']}")
    if old.get("seed") != now.get("seed"):
        found.append(f"seed changed {old.get('seed')} -> {now.get('seed')}")
    return found + [
        f"input '{name}' changed"
        for name, digest in now["inputs"].items()
        if old["inputs"].get(name) != digest
    ]


def _seconds(before: Step | None) -> float | None:
    return before.seconds if before else None


def _said(value: Any, quantity: Quantity | None) -> str:
    """A value as a person writes it."""
    if value is None:
        return "(left out)"
    if not isinstance(value, float):
        return str(value)
    if quantity is None or quantity.unit == "1":
        return f"{value:.6g}"
    unit = quantity.display or quantity.unit
    return f"{from_si(value, quantity.unit, unit):.6g} {unit}"


def _differences(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Leaves that differ, as (path, old, new)."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            yield from _differences(
                old.get(name), new.get(name), f"{path}.{name}" if path else name
            )
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from _differences(a, b, f"{path}[{i}]")
    elif old != new:
        yield path, old, new
