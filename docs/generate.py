"""Write the reference pages that follow from the code: case files, laws of force and records.

Run `python docs/generate.py` after a change of options or records; `--check` only says whether
the pages are up to date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo

from multiscale import records
from multiscale.case.inputs import FormulationInput, PowderInput
from multiscale.coupling.stage import Options
from multiscale.ensemble.options import EnsembleInput
from multiscale.particle_case import options as particle_options
from multiscale.particle_case.interval import Interval
from multiscale.particle_case.law_entry import Parameter
from multiscale.particle_case.law_table import LAWS
from multiscale.particle_case.protocol import STAGES
from multiscale.records import Port, Record
from multiscale.results import number_text, unit_text
from multiscale.stages import chain
from multiscale.units import Quantity, from_si

HERE = Path(__file__).resolve().parent / "reference"

CASE_HEAD = """\
# Case file

<!-- Written by docs/generate.py from the options models; do not edit. -->

A case is a TOML file. Values with a dimension are texts with their unit, `"80 degC"`, in any
unit of that dimension ([units](units.md)); the tables show ranges and defaults in the usual one.
Numbers without dimension are bare, `0.69`, or in percent, `"69 percent"`. A key that is not listed
here is an error. `multiscale check CASE` reports all errors at once;
`--set 'drying.zones[1].length="3 m"'` overrides a key from the command line.

| key | type | default | meaning |
|---|---|---|---|
| `title` | text | name of the folder | what the run is called |
| `seed` | whole number | 0 | all random numbers of the run follow from it |
| `extends` | path | – | case file whose keys are taken over unless given here |
"""

ENSEMBLE_HEAD = """\
## [ensemble]

Optional; read by `multiscale ensemble` alone, see [Run an ensemble](../howto/run_an_ensemble.md).
"""

RECORDS_HEAD = """\
# Records

<!-- Written by docs/generate.py from the records; do not edit. -->

A record is what one stage hands to the next: a set of values in SI units, checked against the
ranges below when it is made. "±" marks what a solver computes: such a field states its absolute
numerical error, for an array that of its worst entry. Axes are listed slowest first; `z` runs from
the foil (0) to the top of the coating (1).
"""

PARTICLES_HEAD = """\
# Particle case

<!-- Written by docs/generate.py from the options models; do not edit. -->

A case of `multiscale particles` is a TOML file. Values with a dimension are texts with their
unit, `"10 um"`, in any unit of that dimension ([units](units.md)). Intervals of the output are
numbers of steps, `1000`, or times, `"1 us"`. A key that is not listed here is an error; all errors
are said at once. See [Run particles](../howto/run_particles.md).

| key | type | default | meaning |
|---|---|---|---|
| `title` | text | name of the folder | what the run is called |
| `seed` | whole number | 0 | all random numbers of the run follow from it |
| `time_step` | quantity | `"auto"` | time step; `"auto"`: 0.8 of the longest that the laws allow |
| `extends` | path | – | case file whose keys are taken over unless given here |

The laws that act are tables `[[laws]]`: `law` names one of the [laws of force](laws.md), or with
`file` one of [your own](../howto/write_a_contact_law.md); the other keys are its parameters.
"""

LAWS_HEAD = """\
# Laws of force

<!-- Written by docs/generate.py from the table of laws; do not edit. -->

Parameters of the laws of `[[laws]]` in a [particle case](particle_case.md). Given for a *type*:
one value, or a table such as `{ AM = "5 GPa", CBD = "0.5 GPa" }`; for a *pair*: one value, or a
table such as `{ AM-AM = 0.3, AM-CBD = 0.5, CBD-CBD = 0.5 }`; for the *law*: one value. What is
*filled in* need not be given. Equations and sources: [contacts](../explanation/contact_laws.md),
[deep compaction](../explanation/compaction.md) and [the liquid](../explanation/fluid_laws.md).
"""


def particle_case() -> str:
    """The page of all keys of a particle case."""
    tables = {
        "[box]": particle_options.BoxInput,
        "[[species]]": particle_options.SpeciesInput,
        "[[walls]]": particle_options.WallInput,
        "[binder]": particle_options.BinderInput,
        "[output]": particle_options.OutputInput,
    }
    parts = [PARTICLES_HEAD]
    for name, model in tables.items():
        parts += _model(name.strip("[]"), model, f"## {name}")
    parts.append("\n## [[protocol]]\n")
    parts.append(f"`do` is one of {', '.join(f'`{do}`' for do in STAGES)}.\n")
    for do, stage in STAGES.items():
        parts += _model("protocol", stage, f'### do = "{do}"')
    return _page(parts)


def laws() -> str:
    """The page of all laws of force and their parameters."""
    parts = [LAWS_HEAD]
    for name, entry in LAWS.items():
        parts += [
            f"\n## {name}\n",
            f"{entry.meaning[0].upper()}{entry.meaning[1:]}.\n",
            "| parameter | for each | range | default | meaning |",
            "|---|---|---|---|---|",
            *(_law_row(parameter, what) for parameter, what in entry.parameters.items()),
        ]
    return _page(parts)


def _law_row(name: str, what: Parameter) -> str:
    default = "**required**"
    if what.filled:
        default = f"filled in: {what.filled}"
    elif what.default is not None:
        default = _amount(what.default, what.quantity)
    per = "type or pair" if what.per == "either" else what.per
    return _row((f"`{name}`", per, what.quantity.range_text(), default, what.meaning))


def case_file() -> str:
    """The page of all case-file keys."""
    parts = [CASE_HEAD, *_model("powder", PowderInput), *_model("formulation", FormulationInput)]
    for stage in chain():
        parts.append(f"\n## [{stage.name}]\n")
        kinds = ", ".join(f"`{kind}`" for kind in stage.kinds)
        parts.append(f"`kind` is one of {kinds}; the first is the default.\n")
        for kind, model in stage.kinds.items():
            parts += _model(stage.name, model, f'### kind = "{kind}"')
    parts += _model("ensemble", EnsembleInput, ENSEMBLE_HEAD)
    return _page(parts)


def record_pages() -> str:
    """The page of all records, in the order of the chain."""
    parts, makers = [RECORDS_HEAD], {stage.gives: stage.name for stage in chain()}
    kinds = [records.Powder, records.Formulation, *makers]
    for kind in kinds:
        source = f"stage `{makers[kind]}`" if kind in makers else "the case file"
        users = [
            f"`{stage.name}`"
            for stage in chain()
            if kind in (*stage.takes.values(), *stage.accepts.values())
        ]
        taken = f", taken by {', '.join(users)}" if users else ""
        parts += [
            f"\n## {kind.__name__}\n",
            f"{_text(kind.__doc__)} From {source}{taken}.\n",
            "| field | unit | axes | range | | meaning |",
            "|---|---|---|---|---|---|",
            *(_port_row(name, port) for name, port in _ports(kind)),
        ]
    return _page(parts)


def _page(parts: Sequence[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip() + "\n"


def _ports(kind: type[Record]) -> Iterable[tuple[str, Port]]:
    return kind.ports().items()


def _port_row(name: str, port: Port) -> str:
    unit = {"text": "text", "closure": f"{_unit(port.unit)} over {_unit(port.x_unit)}"}.get(
        port.kind, _unit(port.unit)
    )
    inside = Quantity(port.unit, low=port.low, high=port.high, display=port.display).range_text()
    bounded = port.kind in ("scalar", "profile") and inside != "any value"
    mark = "±" if port.computed else ""
    cells = (f"`{name}`", unit, ", ".join(port.dims), inside if bounded else "", mark, port.doc)
    return _row(cells)


def _model(path: str, model: type[Options], heading: str = "") -> Iterator[str]:
    """Table of a model's keys, then those of the tables inside it."""
    yield f"\n{heading or f'## [{path}]'}\n"
    yield f"{_text(model.__doc__)}\n"
    yield "| key | type | range | default | meaning |"
    yield "|---|---|---|---|---|"
    hints = get_type_hints(model, include_extras=True)
    inner: list[tuple[str, type[Options]]] = []
    for name, field in model.model_fields.items():
        if name in ("kind", "do"):
            continue
        kind, inside, nested = _describe(hints[name], field)
        inner += [(f"{path}.{name}", table) for table in nested]
        default = _default(field, _quantity(hints[name]))
        yield _row((f"`{name}`", kind, inside, default, _text(field.description)))
    for below, table in inner:
        yield from _model(below, table, f"#### [[{below}]]")


def _describe(hint: Any, field: FieldInfo) -> tuple[str, str, list[type[Options]]]:
    """Type and range as texts, and the option tables inside."""
    quantity = _quantity(hint)
    if quantity is not None:
        return ("number" if quantity.unit == "1" else "quantity"), quantity.range_text(), []
    plain = _bare(hint)
    if get_origin(plain) is Literal:
        return "choice", ", ".join(f"`{_toml(choice)}`" for choice in get_args(plain)), []
    if get_origin(plain) in (Union, UnionType):
        tables = [m for m in get_args(plain) if issubclass(m, Options)]
        return ("table" if tables else "any value"), "", tables
    if get_origin(plain) is tuple:
        item = _bare(get_args(plain)[0])
        if isinstance(item, type) and issubclass(item, Options):
            return "list of tables", "", [item]
        kind, inside, _ = _describe(get_args(plain)[0], field)
        return f"list of {kind}", inside, []
    if isinstance(plain, type) and issubclass(plain, Options):
        return "table", "", [plain]
    name = {
        int: "whole number",
        float: "number",
        bool: "true or false",
        str: "text",
        Interval: "steps or time",
        dict: "table",
    }[get_origin(plain) or plain]
    return name, _bounds(field), []


def _bounds(field: FieldInfo) -> str:
    ends = {
        k: getattr(m, k) for m in field.metadata for k in ("ge", "le", "gt", "lt") if hasattr(m, k)
    }
    low, high = ends.get("ge", ends.get("gt")), ends.get("le", ends.get("lt"))
    if low is None and high is None:
        return ""
    return (
        f"{low} to {high}"
        if None not in (low, high)
        else f"at least {low}"
        if high is None
        else f"at most {high}"
    )


def _default(field: FieldInfo, quantity: Quantity | None) -> str:
    value = field.get_default(call_default_factory=True)
    if field.is_required():
        return "**required**"
    if value is None:
        return "–"
    if isinstance(value, tuple) and value and isinstance(value[0], Options):
        return f"{len(value)} tables"
    if isinstance(value, tuple):
        return "[" + ", ".join(_amount(v, quantity) for v in value) + "]"
    if isinstance(value, Options):
        return "see below"
    return _amount(value, quantity)


def _amount(value: Any, quantity: Quantity | None) -> str:
    if quantity is None:
        return f"`{_toml(value)}`"
    unit = quantity.display or quantity.unit
    number = number_text(float(from_si(float(value), quantity.unit, unit)), digits=6)
    return f"`{number}`" if unit == "1" else f'`"{number} {unit}"`'


def _toml(value: Any) -> str:
    if isinstance(value, Interval):
        return f"{value.steps}" if value.seconds is None else f'"{value.seconds} s"'
    if isinstance(value, Enum):
        value = value.value
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f'"{value}"'
        if isinstance(value, str)
        else f"{value}"
    )


def _quantity(hint: Any) -> Quantity | None:
    """The Quantity inside an annotation, however it is wrapped."""
    if isinstance(hint, Quantity):
        return hint
    parts: Sequence[Any] = getattr(hint, "__metadata__", ()) + get_args(hint)
    return next((q for part in parts if part is not hint and (q := _quantity(part))), None)


def _bare(hint: Any) -> Any:
    """The type without Annotated and without None."""
    if get_origin(hint) is Annotated:
        return _bare(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        kinds = [k for k in get_args(hint) if k is not type(None)]
        return _bare(kinds[0]) if len(kinds) == 1 else hint
    return hint


def _unit(unit: str) -> str:
    return unit_text(unit) or "1"


def _text(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


PAGES = {
    "case_file.md": case_file,
    "records.md": record_pages,
    "particle_case.md": particle_case,
    "laws.md": laws,
}


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with --check compare them; 1 where one is out of date."""
    stale = []
    for name, write in PAGES.items():
        path, text = HERE / name, write()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"{'out of date' if '--check' in arguments else 'written'}: {', '.join(stale)}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
