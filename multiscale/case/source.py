"""The text of a case: files that extend each other, `--set` on top, the origin of each value."""

from __future__ import annotations

import datetime as dt
import math
import os
import re
import shlex
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from multiscale.case.locate import locate
from multiscale.case.override import parse_override
from multiscale.case.problem import ABSENT, COMMAND_LINE, Key, Origin, Problem, case_error, key_text

CASE_FILE = "case.toml"
_AT_LINE = re.compile(r"(.*) \(at line (\d+), column \d+\)", re.DOTALL)
_AT_END = re.compile(r"(.*) \(at end of document\)", re.DOTALL)


class Source:
    """Merged values of a case, where each came from, and what is wrong so far.

    Attributes:
        path: the case file.
        data: the merged document.
        origins: where each table, value and array entry was written.
        problems: what is wrong, to be reported together.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data: dict[str, Any] = {}
        self.origins: dict[Key, Origin] = {}
        self.problems: list[Problem] = []

    def origin(self, key: Key) -> Origin:
        """Where `key`, or else the nearest table around it, was written."""
        for end in range(len(key), 0, -1):
            if key[:end] in self.origins:
                return self.origins[key[:end]]
        return Origin(shown(self.path), folder=self.path.parent)

    def at(self, key: Key) -> Any:
        """The value at `key`; KeyError, IndexError or TypeError where there is none."""
        value: Any = self.data
        for part in key:
            value = value[part]
        return value

    def complain(self, key: Key, message: str) -> None:
        """Note what is wrong at `key`, where a value may be missing; the first per key counts."""
        if any(problem.key == key for problem in self.problems):
            return
        try:
            value = self.at(key)
        except (KeyError, IndexError, TypeError):
            value = ABSENT
        self.problems.append(
            Problem(self.origin(key), key, message, ABSENT if isinstance(value, dict) else value)
        )


def read_source(path: Path, overrides: Sequence[str]) -> Source:
    """Read a case file, what it extends, and the overrides.

    Raises:
        CaseError: a file cannot be read at all; finer problems are noted in the result.
    """
    if path.is_dir():
        path = path / CASE_FILE
    source = Source(path)
    layers = _read_layers(path, Origin(shown(path)))
    for number, (file, text, document) in enumerate(layers):
        lines = locate(text)

        def origin(
            key: Key, file: Path = file, lines: dict[Key, int] = lines, n: int = number
        ) -> Origin:
            return Origin(shown(file), lines.get(key, 0), n, file.parent)

        _merge(source, (), document, origin)
    for number, text in enumerate(overrides, len(layers)):
        _override(source, text, Origin(COMMAND_LINE, 0, number))
    _refuse_odd_values(source, (), source.data)
    return source


def shown(path: Path) -> str:
    """The path as a user would name it: relative where that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)


def _read_layers(path: Path, named_at: Origin) -> list[tuple[Path, str, dict[str, Any]]]:
    """The case file and all that it extends, deepest first."""
    layers: list[tuple[Path, str, dict[str, Any]]] = []
    seen: list[Path] = []
    while True:
        if path.resolve() in seen:
            raise case_error(
                [
                    Problem(
                        named_at,
                        ("extends",),
                        f"'{shown(path)}' extends itself in the end; remove one of the 'extends'",
                    )
                ]
            )
        seen.append(path.resolve())
        text = _read_text(path, named_at, bool(layers))
        document = _parse(text, path)
        base = document.pop("extends", None)
        layers.insert(0, (path, text, document))
        if base is None:
            return layers
        named_at = Origin(shown(path), locate(text)[("extends",)])
        if not isinstance(base, str):
            raise case_error(
                [Problem(named_at, ("extends",), "needs the path of a case file, as text", base)]
            )
        path = path.parent / base
        if path.is_dir():
            path = path / CASE_FILE


def _read_text(path: Path, named_at: Origin, extended: bool) -> str:
    key: Key = ("extends",) if extended else ()
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        missing = f"no such file: '{shown(path)}'"
        if path.parent.is_dir() and path.name == CASE_FILE and not extended:
            missing = (
                f"this folder has no {CASE_FILE}; make one with: "
                f"multiscale init {shlex.quote(shown(path.parent))}"
            )
        raise case_error([Problem(named_at, key, missing)]) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        where = Origin(shown(path), line)
        raise case_error(
            [Problem(where, (), "is not UTF-8 text; save the file as UTF-8")]
        ) from None
    except OSError as error:
        raise case_error(
            [Problem(named_at, key, f"cannot read '{shown(path)}': {error.strerror}")]
        ) from None
    if not text.strip():
        raise case_error(
            [
                Problem(
                    Origin(shown(path)),
                    (),
                    "the file is empty; start from a template with: multiscale init NAME",
                )
            ]
        )
    return text.replace("\r\n", "\n")


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said, line = str(error), text.count("\n") + 1
        if found := _AT_LINE.fullmatch(said):
            said, line = found[1], int(found[2])
        elif found := _AT_END.fullmatch(said):
            said = found[1]
        written = text.split("\n")[line - 1].strip()
        if said == "Cannot overwrite a value" or said.startswith("Cannot declare"):
            said = "this key is given twice; keep one"
        shows = (
            f"cannot be read as TOML: {said[0].lower()}{said[1:]}; the line reads: {written[:60]}"
        )
        raise case_error([Problem(Origin(shown(path), line), (), shows)]) from None
    except (RecursionError, ValueError):  # thousands of brackets, or of digits
        raise case_error(
            [
                Problem(
                    Origin(shown(path)),
                    (),
                    "is nested too deeply or holds a number of thousands of digits",
                )
            ]
        ) from None


def _merge(source: Source, key: Key, document: dict[str, Any], origin: Any) -> None:
    """Lay a document over what is there: tables key by key, all else replaced."""
    target = source.at(key)
    for name, value in document.items():
        here = (*key, name)
        if isinstance(value, dict) and isinstance(target.get(name), dict):
            source.origins[here] = origin(here)
            _merge(source, here, value, origin)
        elif name == "kind" and target.get(name) == value:
            continue  # said again: keys written for this kind further down stay valid
        else:
            _forget(source, here)
            target[name] = value
            _note(source, here, value, origin)


def _note(source: Source, key: Key, value: Any, origin: Any) -> None:
    source.origins[key] = origin(key)
    entries = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for part, entry in entries:
        _note(source, (*key, part), entry, origin)


def _forget(source: Source, key: Key) -> None:
    for known in [k for k in source.origins if k[: len(key)] == key]:
        del source.origins[known]


def _override(source: Source, text: str, origin: Origin) -> None:
    """Set one value from the command line, making tables on the way, or take one out."""
    try:
        key, value = parse_override(text)
    except ValueError as error:
        source.problems.append(Problem(origin, (), f"--set {text}: {error}"))
        return
    target: Any = source.data
    for depth, part in enumerate(key):
        here, last = key[: depth + 1], depth == len(key) - 1
        if isinstance(part, int):
            count = len(target) if isinstance(target, list) else 0
            if part >= count:
                have = f"entries 0 to {count - 1}" if count else "no entry that --set could change"
                name = key_text(here[:-1])
                source.problems.append(
                    Problem(origin, key, f"'{name}' has {have} in the case file", value)
                )
                return
        elif not isinstance(target, dict):
            source.problems.append(
                Problem(origin, key, f"'{key_text(here[:-1])}' is not a table", value)
            )
            return
        elif part not in target and value is ABSENT:
            source.problems.append(
                Problem(origin, key, "is not in the case file, so that it cannot be taken out")
            )
            return
        elif not last and part not in target:
            target[part] = {}
            source.origins[here] = origin
        if not last:
            target = target[part]
    if value is ABSENT:
        _forget(source, key)
        del target[key[-1]]
    elif not (key[-1] == "kind" and target.get("kind") == value):
        _forget(source, key)
        target[key[-1]] = value
        _note(source, key, value, lambda _: origin)


def _refuse_odd_values(source: Source, key: Key, value: Any) -> None:
    """Note what no option can mean: infinities, dates, integers beyond 64 bits."""
    match value:
        case dict():
            for name, entry in value.items():
                _refuse_odd_values(source, (*key, name), entry)
        case list():
            for index, entry in enumerate(value):
                _refuse_odd_values(source, (*key, index), entry)
        case float() if not math.isfinite(value):
            source.complain(key, "is not a finite number")
        case int() if abs(value) >= 2**63:
            source.complain(key, "is too large for an integer")
        case dt.date() | dt.time():
            source.complain(key, "is a date or a time; no option takes one")
