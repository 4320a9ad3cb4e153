"""What is wrong with a case, and the one way in which it is said."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from multiscale.errors import CaseError

Key = tuple[str | int, ...]
"""Path of a value in a case: ("drying", "zones", 1, "air_temperature")."""

ABSENT: Any = object()
COMMAND_LINE = "command line"
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 60


@dataclass(frozen=True)
class Origin:
    """Where a value was written.

    Attributes:
        name: file as the user named it, or "command line".
        line: line in the file, 0 where no line fits.
        layer: 0 for the deepest `extends`, the highest for the last `--set`.
        folder: what relative paths start from.
    """

    name: str
    line: int = 0
    layer: int = 0
    folder: Path = field(default_factory=Path)

    def __str__(self) -> str:
        return f"{self.name}:{self.line}" if self.line else self.name


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, which key with which value, and what to do."""

    origin: Origin
    key: Key
    message: str
    value: Any = ABSENT

    def __str__(self) -> str:
        head = "  ".join(part for part in (str(self.origin), key_text(self.key)) if part)
        if self.value is not ABSENT:
            head += f" = {toml_text(self.value)}"
        return f"{head}\n  {self.message}"


def case_error(problems: Iterable[Problem]) -> CaseError:
    """Put all problems into one error, in the order of the layers and lines."""
    ordered = sorted(problems, key=lambda p: (-p.origin.layer, p.origin.name, p.origin.line))
    count = f"{len(ordered)} error{'s' if len(ordered) > 1 else ''}. Nothing was run."
    return CaseError("\n".join([*map(str, ordered), count]))


def key_text(key: Key) -> str:
    """Write a path as in TOML, with indices: drying.zones[1].air_temperature."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            text += f".{name}" if text else name
    return text


def toml_text(value: Any) -> str:
    """Write a value as TOML would, shortened where it is long."""
    match value:
        case bool():
            text = "true" if value else "false"
        case str():
            text = json.dumps(value, ensure_ascii=False)
        case float() if not math.isfinite(value):
            text = str(value)
        case int() if abs(value) >= 2**63:  # printing would meet Python's limit on digits
            return f"an integer of {value.bit_length()} bits"
        case list():
            text = "[" + ", ".join(map(toml_text, value)) + "]"
        case dict():
            text = "{ " + ", ".join(f"{k} = {toml_text(v)}" for k, v in value.items()) + " }"
        case _:
            text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known word, or list them all."""
    names = sorted(known)
    plain = {name.replace("_", "").replace("-", "").lower(): name for name in names}
    asked = word.replace("_", "").replace("-", "").lower()
    near = difflib.get_close_matches(asked, plain, 1, 0.6)
    if near:
        return f"did you mean '{plain[near[0]]}'?"
    return f"known: {quoted(names)}" if names else "none is known here"


def quoted(names: Sequence[str]) -> str:
    """Write names as 'a', 'b', 'c'."""
    return ", ".join(f"'{name}'" for name in names)
