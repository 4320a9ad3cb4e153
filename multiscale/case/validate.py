"""From the text of a table to its options model, with every objection in plain words."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from multiscale.case.problem import Key, did_you_mean, quoted
from multiscale.case.source import Source
from multiscale.coupling.stage import InputFile, Options, Stage
from multiscale.errors import CaseError

_SENTENCES = {
    "missing": "is missing",
    "int_type": "needs a whole number",
    "int_from_float": "needs a whole number",
    "float_type": "needs a number",
    "bool_type": "needs true or false",
    "string_type": "needs text in quotes",
    "tuple_type": "needs a list, [...]",
    "list_type": "needs a list, [...]",
    "dict_type": "needs a table",
    "model_type": "needs a table",
    "model_attributes_type": "needs a table",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "too_short": "needs {min_length} or more entries, has {actual_length}",
    "too_long": "takes {max_length} entries or fewer, has {actual_length}",
    "string_too_short": "needs {min_length} or more letters",
    "string_too_long": "takes {max_length} letters or fewer",
    "string_pattern_mismatch": "does not fit the pattern {pattern}",
}


def read_stage(source: Source, stage: Stage) -> Options | None:
    """Options of one stage, by `kind`; None where something is wrong, which is then noted."""
    table = source.data.get(stage.name, {})
    if not isinstance(table, dict):
        source.complain((stage.name,), f"needs a table: [{stage.name}]")
        return None
    default = next(iter(stage.kinds))
    kind = table.get("kind", default)
    if not isinstance(kind, str) or kind not in stage.kinds:
        advice = (
            did_you_mean(kind, stage.kinds)
            if isinstance(kind, str)
            else f"known: {quoted([*stage.kinds])}"
        )
        source.complain((stage.name, "kind"), f"unknown kind; {advice}")
        return None
    model = stage.kinds[kind]
    chosen = _of_this_kind(source, stage.name, table, model)
    return read_table(source, (stage.name,), _placed(source, stage.name, chosen, model), model)


def read_table[M: BaseModel](
    source: Source, key: Key, table: Mapping[str, Any], model: type[M]
) -> M | None:
    """Validate one table; None where something is wrong, which is then noted."""
    if _has_odd_value(source, key):
        table = _without_odd_values(source, key, table)
    try:
        # Strict, through JSON: whole numbers are not read from text, nor truth values as numbers.
        result = model.model_validate_json(json.dumps(table), strict=True)
    except ValidationError as error:
        found = [(key + _path(d["loc"], table), d) for d in error.errors(include_url=False)]
        for where, detail in found:
            if not any(w != where and w[: len(where)] == where for w, _ in found):
                source.complain(where, _sentence(detail, model))  # the deepest says it best
        return None
    except CaseError as error:  # a material that the tables do not know
        source.complain(key, str(error))
        return None
    return None if _has_odd_value(source, key) else result


def _of_this_kind(
    source: Source, name: str, table: Mapping[str, Any], model: type[Options]
) -> dict[str, Any]:
    """Leave out keys that a lower layer wrote for another kind."""
    chosen = source.origins.get((name, "kind"))
    if chosen is None:
        return dict(table)
    return {
        k: v
        for k, v in table.items()
        if k in model.model_fields or source.origin((name, k)).layer >= chosen.layer
    }


def _placed(
    source: Source, name: str, table: dict[str, Any], model: type[Options]
) -> dict[str, Any]:
    """Make the paths of input files start from the case file in which each is written."""
    files = {
        k
        for k, f in model.model_fields.items()
        if any(isinstance(m, InputFile) for m in f.metadata)
    }
    return {
        k: str(source.origin((name, k)).folder / v) if k in files and isinstance(v, str) else v
        for k, v in table.items()
    }


def _has_odd_value(source: Source, key: Key) -> bool:
    return any(p.key[: len(key)] == key for p in source.problems)


def _without_odd_values(source: Source, key: Key, value: Any) -> Any:
    """Replace what was refused already by null, so that the rest of the table is still checked."""
    if any(p.key == key for p in source.problems):
        return None
    match value:
        case dict():
            return {k: _without_odd_values(source, (*key, k), v) for k, v in value.items()}
        case list():
            return [_without_odd_values(source, (*key, i), v) for i, v in enumerate(value)]
        case _:
            return value


def _path(loc: tuple[str | int, ...], table: Any) -> Key:
    """The part of pydantic's path that exists in the file: without the tags of unions."""
    key: list[str | int] = []
    value = table
    for position, part in enumerate(loc):
        inside = (isinstance(value, dict) and part in value) or (
            isinstance(value, list) and isinstance(part, int) and part < len(value)
        )
        if inside:
            value = value[part]
        elif position < len(loc) - 1 or not isinstance(value, dict):
            continue
        key.append(part)
    return tuple(key)


def _sentence(detail: ErrorDetails, model: type[BaseModel]) -> str:
    kind, context, loc = detail["type"], detail.get("ctx", {}), detail["loc"]
    parent = list(_models_at(model, loc[:-1]))
    if kind == "extra_forbidden":
        known = {name for model in parent for name in model.model_fields}
        return f"unknown key; {did_you_mean(str(loc[-1]), known)}"
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", detail["msg"]))
    about = next(
        (
            m.model_fields[str(loc[-1])].description
            for m in parent
            if loc and loc[-1] in m.model_fields
        ),
        None,
    )
    sentence = _SENTENCES.get(kind, "is not a value that this key takes").format(**context)
    return f"{sentence} ({about.rstrip('.')})" if about else sentence


def _models_at(annotation: Any, loc: tuple[str | int, ...]) -> Iterator[type[BaseModel]]:
    """The models that describe the table at `loc`."""
    for model in _models_in(annotation):
        if not loc:
            yield model
        elif isinstance(loc[0], str) and loc[0] in model.model_fields:
            yield from _models_at(model.model_fields[loc[0]].annotation, loc[1:])
        else:  # an index, or the tag of a union
            yield from _models_at(model, loc[1:])


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, types.UnionType, tuple, list, dict, Annotated):
        for part in get_args(annotation):
            yield from _models_in(part)
