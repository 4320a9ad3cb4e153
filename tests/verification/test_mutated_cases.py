"""Three hundred broken cases: each is refused with its line and key, and none with a traceback."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from multiscale.case.locate import locate
from multiscale.case.problem import Key
from multiscale.case.templates import TEMPLATES, copy_template
from multiscale.cli.main import main
from multiscale.errors import CaseError

COUNT = 300
SEED = 20
SIGNED = {"offset"}  # a length that may be negative
QUANTITY = re.compile(r'"([-+0-9.e]+) ?(\S+)"')


@dataclass(frozen=True)
class Mutation:
    """A broken case file.

    Attributes:
        name: what was done to which key of which file.
        text: of the file.
        line: where it is broken.
        key: what must be named.
    """

    name: str
    text: str
    line: int
    key: str


def other_unit(value: str) -> str | None:
    found = QUANTITY.fullmatch(value)
    return f'"{found[1]} {"mol" if found[2] != "mol" else "s"}"' if found else None


def unknown_unit(value: str) -> str | None:
    found = QUANTITY.fullmatch(value)
    return f'"{found[1]} {found[2]}x"' if found else None


def no_unit(value: str) -> str | None:
    found = QUANTITY.fullmatch(value)
    return f'"{found[1]}"' if found else None


def bare_number(value: str) -> str | None:
    found = QUANTITY.fullmatch(value)
    return found[1] if found else None


def negative(value: str) -> str | None:
    found = QUANTITY.fullmatch(value)
    if found:
        return f'"-{found[1]} {found[2]}"' if float(found[1]) else None
    return f"-{value}" if value[0].isdigit() and float(value) else None


def huge(value: str) -> str | None:
    if found := QUANTITY.fullmatch(value):
        return f'"1e300 {found[2]}"'
    return "1e300" if value[0].isdigit() else None


def infinite_text(value: str) -> str | None:
    found = QUANTITY.fullmatch(value)
    return f'"1e999 {found[2]}"' if found else None


VALUES: dict[str, Callable[[str], str | None]] = {
    "other unit": other_unit,
    "unknown unit": unknown_unit,
    "no unit": no_unit,
    "bare number": bare_number,
    "negative": negative,
    "huge": huge,
    "infinite text": infinite_text,
    "nan": lambda _: "nan",
    "inf": lambda _: "-inf",
    "truth": lambda _: "true",
    "table": lambda _: "{ a = 1 }",
    "date": lambda _: "2026-03-02",
    "array": lambda _: "[[]]",
    "big integer": lambda _: "123456789012345678901234567890",
    "words": lambda _: '"a few words"',
    "empty text": lambda _: '""',
    "not TOML": lambda value: f"{value.strip(chr(34))} x",
}
ALLOWED = {("title", "words"), ("title", "empty text")}


def leaves(value: Any, key: Key = ()) -> Iterator[Key]:
    """Paths of all keys that hold no table."""
    for part, entry in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(entry, dict) or (isinstance(entry, list) and isinstance(entry[0], dict)):
            yield from leaves(entry, (*key, part))
        else:
            yield (*key, part)


def mutations(template: str, text: str) -> Iterator[Mutation]:
    """Every way in which this file can be broken in one place."""
    lines, where = text.split("\n"), locate(text)
    for key in leaves(tomllib.loads(text)):
        name, number = str(key[-1]), where[key]
        head, value = re.fullmatch(r"(\s*\S+\s*=\s*)(.*?)(?:\s+#.*)?", lines[number - 1]).groups()  # type: ignore[union-attr]  # every leaf stands on a line of its own

        def with_line(new: str, at: int = number) -> str:
            return "\n".join([*lines[: at - 1], new, *lines[at:]])

        for what, change in VALUES.items():
            new = change(value)
            if new is None or (name, what) in ALLOWED or (name in SIGNED and what == "negative"):
                continue
            yield Mutation(f"{template} {key} {what}", with_line(head + new), number, name)
        for typo in (name + "x", name[1:], name.upper()):
            yield Mutation(f"{template} {key} typo", with_line(f"{typo} = {value}"), number, typo)
        twice = with_line(f"{head}{value}\n{head}{value}")
        yield Mutation(f"{template} {key} twice", twice, number + 1, name)
        if key[0] == "powder" and name != "material":
            missing = with_line(f'{head}{value}\npsd = "nowhere.csv"')
            yield Mutation(f"{template} {key} psd", missing, where[("powder", "d10")], "powder.d10")
    yield Mutation(f"{template} extends", f'extends = "nowhere.toml"\n{text}', 1, "extends")


def sample(folder: Path) -> list[Mutation]:
    every = [
        mutation
        for template in TEMPLATES[:2]
        for mutation in mutations(template, copy_template(template, folder).read_text("utf-8"))
    ]
    return random.Random(SEED).sample(every, COUNT)


def objection(mutation: Mutation, code: int, said: str) -> str:
    """What is wrong with the answer to a broken file; empty where it is right."""
    if code != CaseError.exit_code:
        return f"exit code {code}"
    places = re.findall(r"^case\.toml:(\d+)", said, re.MULTILINE)
    if str(mutation.line) not in places:
        return f"names lines {places}, not {mutation.line}"
    if mutation.key not in said:
        return f"does not name {mutation.key}"
    foreign = [word for word in ("Traceback", "pydantic", "Input should", "Error:") if word in said]
    if foreign or not said.rstrip().endswith("Nothing was run."):
        return f"is no plain message: {foreign}"
    return ""


def test_three_hundred_broken_files_are_refused_by_line_and_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    file, failures = Path("case.toml"), []
    for mutation in sample(tmp_path):
        file.write_text(mutation.text, encoding="utf-8")
        code = main(["check", "case.toml"])
        said = capsys.readouterr().err
        if wrong := objection(mutation, code, said):
            failures.append(f"{mutation.name}: {wrong}\n{said}")
    assert not failures, f"{len(failures)} of {COUNT}:\n" + "\n".join(failures[:20])


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_unbroken_files_are_right(template: str, tmp_path: Path) -> None:
    copy_template(template, tmp_path)
    assert main(["check", str(tmp_path)]) == 0


@pytest.mark.parametrize("index", [0, 100, 200])
def test_the_installed_command_answers_alike(index: int, tmp_path: Path) -> None:
    mutation = sample(tmp_path)[index]
    (tmp_path / "case.toml").write_text(mutation.text, encoding="utf-8")
    command = [sys.executable, "-c", "from multiscale.cli.main import entry; entry()"]
    done = subprocess.run(
        [*command, "check", "case.toml"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert not objection(mutation, done.returncode, done.stderr), done.stderr
    assert done.stdout == ""
