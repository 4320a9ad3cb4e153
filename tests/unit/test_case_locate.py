"""The line locator agrees with tomllib on every path, whatever the layout."""

import tomllib
from typing import Any

import pytest

from multiscale.case.locate import locate
from multiscale.case.problem import Key

DOCUMENT = '''\
# a comment with [brackets] and = signs
title = "x = 1 # not a comment"
"quoted key" = 'a ] } ,'
dotted.inner.key = 1

[drying]  # trailing comment
kind = "film-1d"
zones = [
    { length = "2 m", air = { temperature = "80 degC", humidity = 0.1 } },  # first
    { length = "3 m" },
]
dates = [1979-05-27 07:32:00, 1979-05-27]

[formulation]
solvent = """
several [lines] = here
"quoted" inside"""
[[formulation.binder]]
name = "CMC"
[[formulation.binder]]
name = "SBR"
[formulation.binder.more]
depth = 0x1F
[a.b]
c = [[1, 2], [
  3,
  4]]
empty = []
none = {}
literal = \'\'\'
x\'\'\'
last = true'''


def paths(value: Any, key: Key = ()) -> set[Key]:
    """Every path in a parsed document."""
    entries = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    found = {key} if key else set()
    for part, entry in entries:
        found |= paths(entry, (*key, part))
    return found


def test_finds_every_path_and_no_other() -> None:
    assert set(locate(DOCUMENT)) == paths(tomllib.loads(DOCUMENT))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (("title",), "title ="),
        (("quoted key",), '"quoted key"'),
        (("dotted", "inner", "key"), "dotted.inner.key"),
        (("drying",), "[drying]"),
        (("drying", "zones", 0, "air", "humidity"), '{ length = "2 m"'),
        (("drying", "zones", 1), '{ length = "3 m"'),
        (("formulation", "solvent"), "solvent ="),
        (("formulation", "binder", 1, "name"), 'name = "SBR"'),
        (("formulation", "binder", 1, "more", "depth"), "depth"),
        (("a", "b", "c", 1, 1), "  4]]"),
        (("a", "b", "literal"), "literal"),
        (("a", "b", "last"), "last"),
    ],
)
def test_names_the_line(key: Key, text: str) -> None:
    line = DOCUMENT.split("\n")[locate(DOCUMENT)[key] - 1]
    assert text in line


def test_an_empty_document_has_no_keys() -> None:
    assert locate("\n# nothing\n") == {}
