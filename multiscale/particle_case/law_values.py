"""One parameter of a law as written: a value for all, or a table by type or by pair of types."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Any

from multiscale.case.problem import Key, did_you_mean, quoted
from multiscale.case.source import Source
from multiscale.particle_case.law_entry import Parameter
from multiscale.units import Quantity, UnitError

Value = float | dict[str, float]


def read_value(
    source: Source,
    key: Key,
    value: Any,
    what: Parameter,
    particles: Sequence[str],
    walls: Sequence[str],
) -> Value | None:
    """Read a value in SI; None where something is wrong, which is then noted.

    Args:
        source: the case.
        key: of the value.
        value: as written.
        what: the parameter.
        particles: names of the species.
        walls: names of materials that only walls have; two of these never meet.
    """
    if not isinstance(value, dict):
        return _read_number(source, key, value, what.quantity)
    if what.per == "law":
        source.complain(key, "takes one value for all particles")
        return None
    types = [*particles, *walls]
    if what.per == "type" or (what.per == "either" and not any("-" in name for name in value)):
        return _read_table(source, key, value, what.quantity, {t: [t] for t in types}, "type")
    pairs = [p for p in combinations_with_replacement(types, 2) if not set(p) <= set(walls)]
    names = {f"{a}-{b}": list(dict.fromkeys((f"{a}-{b}", f"{b}-{a}"))) for a, b in pairs}
    table = _read_table(source, key, value, what.quantity, names, "pair")
    if table is None:
        return None
    # The engine's table has a place for two walls too, which nothing reads.
    idle = [f"{a}-{b}" for a, b in combinations_with_replacement(walls, 2)]
    some = next(iter(table.values()))
    return {**table, **dict.fromkeys(idle, some)}


def _read_table(
    source: Source,
    key: Key,
    table: dict[str, Any],
    quantity: Quantity,
    names: dict[str, list[str]],
    kind: str,
) -> dict[str, float] | None:
    """Read a table in which each name stands once, in one of its spellings."""
    before = len(source.problems)
    spelled = {spelling: name for name, spellings in names.items() for spelling in spellings}
    numbers: dict[str, float] = {}
    seen: set[str] = set()
    for written, entry in table.items():
        name = spelled.get(written)
        if name is None:
            advice = did_you_mean(written, names)
            source.complain((*key, written), f"is no {kind} of types here; {advice}")
        elif name in seen:
            source.complain((*key, written), "is given twice; keep one of the two")
        else:
            seen.add(name)
            number = _read_number(source, (*key, written), entry, quantity)
            numbers[name] = 0.0 if number is None else number
    missing = [name for name in names if name not in seen]
    if missing:
        source.complain(
            key, f"has no value for {quoted(missing)}; give one for each, or one number for all"
        )
    return numbers if len(source.problems) == before else None


def _read_number(source: Source, key: Key, value: Any, quantity: Quantity) -> float | None:
    try:
        return quantity.read(value)
    except UnitError as error:
        source.complain(key, str(error))
        return None
