"""Every option, written out in the unit people read it in, comes back as its default."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from multiscale.case.inputs import BinderInput, FormulationInput, PowderInput
from multiscale.case.problem import toml_text
from multiscale.case.source import Source
from multiscale.case.validate import read_table
from multiscale.coupling.stage import Options
from multiscale.materials.active import ACTIVE
from multiscale.materials.additive import ADDITIVES
from multiscale.materials.binder import BINDERS
from multiscale.materials.solvent import SOLVENTS
from multiscale.stages import chain
from multiscale.units import Quantity, from_si

# An image has no default file; tests/unit/test_microstructure_image.py reads its options.
MODELS = [
    (s.name, kind, model)
    for s in chain()
    for kind, model in s.kinds.items()
    if not any(field.is_required() for field in model.model_fields.values())
]


def quantities(annotation: Any, metadata: Any = ()) -> Iterator[Quantity]:
    """The Quantity that an annotation carries, also inside `| None` and tuples."""
    yield from (m for m in metadata if isinstance(m, Quantity))
    yield from (m for m in getattr(annotation, "__metadata__", ()) if isinstance(m, Quantity))
    for part in get_args(annotation):
        if not isinstance(part, Quantity):
            yield from quantities(part)


def written(value: Any, quantity: Quantity | None) -> Any:
    """A default as a case file would say it."""
    if isinstance(value, BaseModel):
        return {
            name: written(
                getattr(value, name), next(quantities(info.annotation, info.metadata), None)
            )
            for name, info in type(value).model_fields.items()
            if getattr(value, name) is not None
        }
    if isinstance(value, tuple):
        return [written(entry, quantity) for entry in value]
    if quantity is None or quantity.unit == "1":
        return value
    unit = quantity.display or quantity.unit
    return f"{from_si(value, quantity.unit, unit):.15g} {unit}"


def same(a: Any, b: Any) -> bool:
    """Equal, floats to the twelve digits that reading keeps, types alike."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and not isinstance(b, str):
        return isinstance(b, float) and a == pytest.approx(b, rel=1e-11, abs=1e-13)
    return type(a) is type(b) and bool(a == b)


@pytest.mark.parametrize(("stage", "kind", "model"), MODELS, ids=lambda v: str(v))
def test_defaults_survive_being_written_out(stage: str, kind: str, model: type[Options]) -> None:
    source, default = Source(Path("case.toml")), model()
    table = written(default, None)
    source.data[stage] = table
    read = read_table(source, (stage,), table, model)
    assert read is not None, "\n".join(map(str, source.problems))
    expected, got = default.model_dump(), read.model_dump()
    differ = {
        k: (toml_text(expected[k]), toml_text(got[k]))
        for k in expected
        if not same(expected[k], got[k])
    }
    assert not differ


@pytest.mark.parametrize(("stage", "kind", "model"), MODELS, ids=lambda v: str(v))
def test_a_probe_keeps_kind_and_type(stage: str, kind: str, model: type[Options]) -> None:
    default = model()
    probe = default.probe()
    assert type(probe) is model
    assert probe.model_dump()["kind"] == kind
    assert probe.probe() is not None


@pytest.mark.parametrize(("stage", "kind", "model"), MODELS, ids=lambda v: str(v))
def test_every_option_is_explained(stage: str, kind: str, model: type[Options]) -> None:
    """By a docstring of its own or, where it is a table, by that of the table's model."""
    silent = [
        name
        for name, info in model.model_fields.items()
        if name != "kind" and not info.description and not getattr(info.annotation, "__doc__", None)
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("model", "field", "known"),
    [
        (PowderInput, "material", ACTIVE),
        (FormulationInput, "solvent", SOLVENTS),
        (FormulationInput, "additive", ADDITIVES),
        (BinderInput, "name", BINDERS),
    ],
)
def test_the_reference_names_every_material(
    model: type[Options], field: str, known: dict[str, Any]
) -> None:
    described = model.model_fields[field].description or ""
    assert set(re.findall(r'"([^"]+)"', described)) == set(known)
