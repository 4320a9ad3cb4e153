"""The line of every key in a TOML document, which `tomllib` does not tell."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

from multiscale.case.problem import Key

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]+")
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL),
    re.compile(r"'''.*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


def locate(text: str) -> dict[Key, int]:
    """Find the line of every table, key and array entry.

    Args:
        text: a document that `tomllib` has accepted.

    Returns:
        Line, counted from 1, by path: {("drying", "zones", 1, "length"): 14}.
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    """Walks over a valid document once and notes where each key starts."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.breaks = [i for i, letter in enumerate(text) if letter == "\n"]
        self.lines: dict[Key, int] = {}
        self.last_entry: dict[Key, int] = {}  # of each array of tables

    def document(self) -> None:
        table: Key = ()
        while self._peek():
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Key:
        start, is_array = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        *parents, name = self._key()
        self.at += 2 if is_array else 1
        key = (*self._resolve((), parents, start), name)
        self._note(key, start)
        if is_array:
            self.last_entry[key] = self.last_entry.get(key, -1) + 1
            key = (*key, self.last_entry[key])
            self._note(key, start)
        return key

    def _resolve(self, base: Key, names: list[str], start: int) -> Key:
        """Descend by name; a name of an array of tables means its last entry."""
        for name in names:
            base = (*base, name)
            self._note(base, start)
            if base in self.last_entry:
                base = (*base, self.last_entry[base])
        return base

    def _pair(self, table: Key) -> None:
        start = self.at
        *parents, name = self._key()
        key = (*self._resolve(table, parents, start), name)
        self._note(key, start)
        self.at += 1  # the equals sign
        self._value(key)

    def _value(self, key: Key) -> None:
        match self._peek():
            case "[":
                self._entries("]", lambda i: self._entry((*key, i)))
            case "{":
                self._entries("}", lambda _: self._pair(key))
            case '"' | "'":
                self._string()
            case _:
                self._take(_SCALAR)

    def _entries(self, close: str, entry) -> None:  # type: ignore[no-untyped-def]  # called once per entry
        self.at += 1
        count = 0
        while self._peek() != close:
            entry(count)
            count += 1
            if self._peek() == ",":
                self.at += 1
        self.at += 1

    def _entry(self, key: Key) -> None:
        self._note(key, self.at)
        self._value(key)

    def _key(self) -> list[str]:
        names = []
        while True:
            self._take(_SPACE)
            quote = self.text[self.at] in "\"'"
            names.append(
                tomllib.loads(f"k = {self._string()}")["k"] if quote else self._take(_BARE)
            )
            self._take(_SPACE)
            if self.text[self.at] != ".":
                return names
            self.at += 1

    def _string(self) -> str:
        for pattern in _STRINGS:
            found = pattern.match(self.text, self.at)
            if found:
                self.at = found.end()
                return found[0]
        raise AssertionError("tomllib accepted a string that the scanner does not know")

    def _peek(self) -> str:
        self._take(_BLANK)
        return self.text[self.at : self.at + 1]

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        assert found, "tomllib accepted what the scanner does not know"
        self.at = found.end()
        return found[0]

    def _note(self, key: Key, position: int) -> None:
        self.lines.setdefault(key, bisect_right(self.breaks, position - 1) + 1)
