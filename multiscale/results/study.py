"""An ensemble read back: what was varied, and what was kept of each sample."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multiscale.errors import CaseError
from multiscale.records import FloatArray
from multiscale.results.value import error_in
from multiscale.units import UnitError, from_si, split_quantity

ARRAYS = "ensemble.h5"  # in the folder of an ensemble
FORMAT = 1  # version of the file's layout


@dataclass(frozen=True)
class Factor:
    """What was varied.

    Attributes:
        name: of the factor.
        shown: value of each sample, as it was given.
        numbers: the same without unit; None where they are names, or in several units.
        unit: of the numbers.
        log: whether the numbers were drawn on a log scale.
    """

    name: str
    shown: tuple[str, ...]
    numbers: FloatArray | None
    unit: str
    log: bool


@dataclass(frozen=True)
class Kept:
    """A result over the samples.

    Attributes:
        key: "drying.binder_ratio[0]".
        shown, error: each sample's number and its numerical error, in `display`; NaN where none.
        display: unit people read it in.
        doc: meaning.
    """

    key: str
    shown: FloatArray
    error: FloatArray
    display: str
    doc: str


@dataclass(frozen=True)
class StudyView:
    """An ensemble as it lies in its folder.

    Attributes:
        out: the folder.
        title: for people.
        design: its table [ensemble].
        factors: what was varied.
        results: what was kept, by key.
        reasons: of each sample that failed, by its number.
        warned: samples that were warned of.
        provenance: versions, ranks, wall time.
    """

    out: Path
    title: str
    design: dict[str, Any]
    factors: tuple[Factor, ...]
    results: dict[str, Kept]
    reasons: dict[int, str]
    warned: int
    provenance: dict[str, Any]

    @property
    def size(self) -> int:
        """Number of samples, failed ones included."""
        return len(self.factors[0].shown)


def is_study(out: Path | str) -> bool:
    """Tell whether a folder holds an ensemble."""
    return (Path(out) / ARRAYS).is_file()


def open_study(out: Path | str) -> StudyView:
    """Read the ensemble in folder `out`.

    Raises:
        CaseError: it holds none, or one of a newer layout.
    """
    import h5py

    out = Path(out)
    if not is_study(out):
        raise CaseError(f"{out} holds no ensemble; multiscale ensemble CASE --out {out} makes one")
    with h5py.File(out / ARRAYS) as file:
        if (found := int(file.attrs["format"])) > FORMAT:
            raise CaseError(
                f"{out / ARRAYS} has layout {found}, this version reads {FORMAT}; update multiscale"
            )
        design = json.loads(file["design"][()])
        status, reason, warnings = (
            file[name].asstr()[...].tolist() for name in ("status", "reason", "warnings")
        )
        factors = {name: data.asstr()[...].tolist() for name, data in file["factors"].items()}
        results = {key: _kept(key, group) for key, group in file["results"].items()}
        told = json.loads(file["provenance"][()])
        title = str(file.attrs["title"])
    scales = {factor["name"]: factor["scale"] for factor in design["factor"]}
    order = [name for name in scales if dataset_name(name) in factors] or list(factors)
    return StudyView(
        out,
        title,
        design,
        tuple(_factor(n, factors[dataset_name(n)], scales.get(n) == "log") for n in order),
        {key: results[key] for key in _in_order(results, design["results"])},
        {i: why for i, (s, why) in enumerate(zip(status, reason, strict=True)) if s == "failed"},
        sum(map(bool, warnings)),
        told,
    )


def _kept(key: str, group: Any) -> Kept:
    unit, display = group.attrs["units"], group.attrs["display"] or group.attrs["units"]
    shown = np.asarray(from_si(group["value"][...], unit, display), float)
    error = np.array([error_in(float(e), unit, display) for e in group["numerical_error"][...]])
    return Kept(key, shown, error, display, group.attrs["long_name"])


def _factor(name: str, shown: Sequence[str], log: bool) -> Factor:
    try:
        parts = [split_quantity(cell) for cell in shown]
    except UnitError:
        return Factor(name, tuple(shown), None, "", False)
    units = {unit for _, unit in parts}
    numbers = np.array([value for value, _ in parts]) if len(units) == 1 else None
    return Factor(name, tuple(shown), numbers, units.pop() if len(units) == 1 else "", log)


def _in_order(found: dict[str, Kept], chosen: Sequence[str]) -> list[str]:
    """Order keys as the design names them; its "a.b" stands for "a.b[0]" too."""
    ranks = {name: i for i, name in enumerate(chosen)}
    return sorted(found, key=lambda k: (ranks.get(k, ranks.get(k.partition("[")[0], 1 << 30)), k))


def dataset_name(factor: str) -> str:
    """Give the name of a factor's dataset: a slash would open a group."""
    return factor.replace("/", "|")
