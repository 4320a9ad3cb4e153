"""A stage is a plain function; its type hints are its ports."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict

from multiscale.records import Record
from multiscale.units import Quantity


class Options(BaseModel):
    """Base of every stage's options: frozen, unknown keys refused, SI inside.

    A dimensional field is `Annotated[float, Quantity("K", low=..., high=...)]`. Every field has a
    `Field(description=...)`; the reference pages are made from it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    def probe(self) -> Options:
        """The same models on a coarser grid or in a smaller volume, for `run --probe`."""
        return self


@dataclass(frozen=True)
class InputFile:
    """Marks a text option as the path of a file, relative to the case file that names it.

    The path is no part of the key, so that a file may move: exclude the field, and add the digest
    of its content as a computed field.
    """


def quantity_at(options: Options, path: str) -> Quantity | None:
    """Give the quantity behind a path such as `zones[1].air_temperature`, if it has one."""
    node: Any = options
    annotation: Any = None
    for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", path):
        found = type(node).model_fields.get(name) if isinstance(node, Options) else None
        if found is None:
            return None
        annotation = [*found.metadata, *get_args(found.annotation)]
        node = getattr(node, name)
        node = node[int(index)] if index else node
    marks = [m for a in annotation or [] for m in (a, *getattr(a, "__metadata__", ()))]
    return next((m for m in marks if isinstance(m, Quantity)), None)


@dataclass(frozen=True)
class Balance:
    """A quantity that a stage must hand on unchanged.

    Attributes:
        quantity: what is conserved, as in messages: "binder mass".
        unit: SI unit of `before` and `after`.
        before: its value from the stage's inputs, a mapping of argument name to record.
        after: its value from the stage's output.
        tolerance: largest relative difference.
        kinds: kinds of the stage that hand the quantity on; all where empty.
    """

    quantity: str
    unit: str
    before: Callable[[Mapping[str, Any]], float]
    after: Callable[[Any], float]
    tolerance: float = 1e-8
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """One step of the process chain.

    Attributes:
        name: as in the case file.
        version: raised when the same input must give another result.
        takes: record type of each input argument.
        accepts: record type of each argument that is None where no stage of the run gives it.
        gives: record type of the result.
        options: options model of each kind.
        call: the function itself.
        conserves: balances that the corridor checks on every result.
        seeded: the result depends on the case's seed.
        optional: it is part of a run only where the case file has its table.
    """

    name: str
    version: int
    takes: dict[str, type[Record]]
    gives: type[Record]
    kinds: dict[str, type[Options]]
    call: Callable[..., Record]
    conserves: tuple[Balance, ...]
    seeded: bool = False
    accepts: dict[str, type[Record]] = field(default_factory=dict)
    optional: bool = False


def stage(
    name: str,
    *,
    version: int,
    kinds: Sequence[type[Options]],
    conserves: Sequence[Balance] = (),
    seeded: bool = False,
    optional: bool = False,
) -> Callable[[Callable[..., Record]], Stage]:
    """Turn a function into a stage.

    An argument `Record | None` is None where no stage of the run gives that record. `kinds` are the
    options models; each has a field `kind: Literal["..."]` that names it in the
    case file, and the first is the default.

    Example:
        @stage("drying", version=1, kinds=[Film1D], conserves=[BINDER_MASS])
        def dry(film: WetFilm, suspension: Suspension, options: Film1D, ctx: Context) -> DryCoating:
        ...
    """

    def wrap(function: Callable[..., Record]) -> Stage:
        hints = get_type_hints(function)
        gives = hints.pop("return")
        takes = {k: t for k, t in hints.items() if _is_record(t)}
        accepts = {
            k: next(t for t in get_args(union) if _is_record(t))
            for k, union in hints.items()
            if type(None) in get_args(union)
        }
        named = {model.model_fields["kind"].default: model for model in kinds}
        return Stage(
            name,
            version,
            takes,
            gives,
            named,
            function,
            tuple(conserves),
            seeded,
            accepts,
            optional,
        )

    return wrap


def _is_record(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Record)
