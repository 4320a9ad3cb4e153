"""The list [[laws]]: which laws act, and their parameters in SI."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiscale.case.problem import Key, did_you_mean, quoted
from multiscale.case.source import Source
from multiscale.particle_case.law_entry import Parameter
from multiscale.particle_case.law_table import LAWS
from multiscale.particle_case.law_values import Value, read_value
from multiscale.particle_case.user_law import find_law, user_parameters
from multiscale.particles.law import Law, PairLaw

_ANY = {
    "radius": 1e-6,
    "seed": 0.0,
    "flow of the box": 0.0,
}  # to try a law before the case is whole


@dataclass(frozen=True)
class LawChoice:
    """A law of a case, before the particles are known.

    Attributes:
        name: of the law.
        file: of a user's law; None: one of the engine's.
        given: parameters in SI; what the case fills in is still missing.
        filled: parameter -> "seed", "radius" or "flow of the box".
    """

    name: str
    file: Path | None
    given: Mapping[str, Value]
    filled: Mapping[str, str]

    def law(self, found: Mapping[str, float]) -> Law:
        """Give the law; `found` holds what is filled in: the "radius" [m], the "seed", ..."""
        more = {name: found[origin] for name, origin in self.filled.items()}
        return find_law(self.name, self.file)(**self.given, **more)

    @property
    def acts_on_pairs(self) -> bool:
        """Whether it is a law between particles."""
        return isinstance(find_law(self.name, self.file), PairLaw)

    @property
    def content(self) -> str:
        """A hash of a user's file, empty without one."""
        return "" if self.file is None else hashlib.sha256(self.file.read_bytes()).hexdigest()[:16]


def read_laws(source: Source, particles: Sequence[str], walls: Sequence[str]) -> list[LawChoice]:
    """Read [[laws]]; what is wrong is noted.

    Args:
        source: the case.
        particles: names of the species.
        walls: names of materials that only walls have.
    """
    tables = source.data.get("laws")
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        source.complain(("laws",), 'needs tables [[laws]], each with law = "hertz_mindlin" or so')
        return []
    found = [_read_law(source, ("laws", k), t, particles, walls) for k, t in enumerate(tables)]
    chosen = [choice for choice in found if choice is not None]
    if len(chosen) == len(tables) and not any(choice.acts_on_pairs for choice in chosen):
        source.complain(("laws",), "has no law between particles; add one, such as hertz_mindlin")
    return chosen


def _read_law(
    source: Source,
    key: Key,
    table: Mapping[str, Any],
    particles: Sequence[str],
    walls: Sequence[str],
) -> LawChoice | None:
    before, name = len(source.problems), table.get("law")
    if not isinstance(name, str):
        source.complain((*key, "law"), f"needs the name of a law; known: {quoted([*LAWS])}")
        return None
    file = _file(source, key, table)
    entry = _parameters(source, key, name, file)
    if entry is None:
        return None
    given = {k: v for k, v in table.items() if k not in ("law", "file")}
    values: dict[str, Value | None] = {}
    for parameter, value in given.items():
        if parameter not in entry:
            advice = did_you_mean(parameter, entry)
            source.complain((*key, parameter), f"is no parameter of {name}; {advice}")
            continue
        here = (*key, parameter)
        values[parameter] = read_value(source, here, value, entry[parameter], particles, walls)
    for parameter in entry.keys() - values.keys():
        what = entry[parameter]
        if what.needed:
            source.complain((*key, parameter), f"is missing: {what.meaning}, {_allowed(what)}")
        elif what.default is not None and not what.filled:
            values[parameter] = what.default
    if len(source.problems) > before:
        return None
    filled = {p: w.filled for p, w in entry.items() if w.filled and p not in values}
    given = {p: values[p] for p in entry if p in values}
    choice = LawChoice(name, file, given, filled)
    try:
        choice.law(_ANY).table([*particles, *walls])
    except ValueError as error:
        source.complain(key, str(error))
        return None
    return choice


def _file(source: Source, key: Key, table: Mapping[str, Any]) -> Path | None:
    if "file" not in table:
        return None
    return Path(source.origin((*key, "file")).folder) / str(table["file"])


def _parameters(
    source: Source, key: Key, name: str, file: Path | None
) -> Mapping[str, Parameter] | None:
    if file is not None:
        try:
            return user_parameters(name, file)
        except (ValueError, OSError) as error:
            source.complain((*key, "file"), str(error))
            return None
    if name not in LAWS:
        source.complain(
            (*key, "law"),
            f"unknown law; {did_you_mean(name, LAWS)} (for one of your own give file)",
        )
        return None
    return LAWS[name].parameters


def _allowed(what: Parameter) -> str:
    unit = what.quantity.display or what.quantity.unit
    example = "" if unit == "1" else f', e.g. "1 {unit}"'
    return f"{what.quantity.range_text()}{example}"
