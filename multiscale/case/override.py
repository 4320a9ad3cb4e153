"""`--set drying.zones[1].air_temperature="120 degC"`: one value from the command line.

An empty value takes the key out: `--set calendering.line_load= --set calendering.gap="40 um"`.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from multiscale.case.problem import ABSENT, Key

_PART = re.compile(r"""\s*(?:([A-Za-z0-9_-]+)|"([^"]*)"|'([^']*)')((?:\[\d+\])*)\s*(\.|$)""")


def parse_override(text: str) -> tuple[Key, Any]:
    """Split KEY=VALUE; the value is TOML where it can be, else text; ABSENT where it is empty.

    Raises:
        ValueError: there is no '=', or the key cannot be read.
    """
    left, equals, right = text.partition("=")
    if not equals:
        raise ValueError('write KEY=VALUE, e.g. --set coating.web_speed="3 m/min"')
    right = right.strip()
    return parse_key(left), parse_value(right) if right else ABSENT


def parse_key(text: str) -> Key:
    """Read a path such as drying.zones[1].length.

    Raises:
        ValueError: it is not one.
    """
    key: list[str | int] = []
    at, more = 0, True
    while more:
        found = _PART.match(text, at)
        if not found:
            raise ValueError(f"cannot read the key '{text}'; write e.g. drying.zones[1].length")
        key.append(found[1] or found[2] or found[3] or "")
        key += [int(index) for index in re.findall(r"\d+", found[4])]
        at, more = found.end(), found[5] == "."
    return tuple(key)


def parse_value(text: str) -> Any:
    """Read a TOML value, or take the text as it is (the shell removes the quotes of "120 degC")."""
    try:
        document = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return document["value"] if document.keys() == {"value"} else text
