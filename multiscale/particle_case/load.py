"""A particle case: the file becomes options in SI, or one error that lists everything wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multiscale.case.problem import case_error, did_you_mean, quoted
from multiscale.case.source import Source, read_source
from multiscale.case.validate import read_table
from multiscale.coupling.stage import Options
from multiscale.particle_case.check import check_case
from multiscale.particle_case.laws import LawChoice, read_laws
from multiscale.particle_case.options import (
    BinderInput,
    BoxInput,
    Glue,
    OutputInput,
    SpeciesInput,
    WallInput,
)
from multiscale.particle_case.protocol import STAGES, BindInput, StageInput
from multiscale.particle_case.sizes import radii
from multiscale.particles.radii import Radii
from multiscale.units import Quantity, UnitError

AUTO = "auto"
_TOP = (
    "title",
    "seed",
    "time_step",
    "box",
    "species",
    "laws",
    "walls",
    "binder",
    "protocol",
    "output",
)
_STEP = Quantity("s", above=0, display="ns")


@dataclass(frozen=True)
class ParticleCase:
    """Everything a run of particles needs, SI inside.

    Attributes:
        time_step: [s]; None: the longest that the laws allow.
    """

    title: str
    seed: int
    path: Path
    time_step: float | None
    box: BoxInput
    species: tuple[SpeciesInput, ...]
    laws: tuple[LawChoice, ...]
    walls: tuple[WallInput, ...]
    binder: BinderInput | None
    protocol: tuple[StageInput, ...]
    output: OutputInput

    @property
    def types(self) -> tuple[str, ...]:
        """Names of the species, then of materials that only walls have."""
        return (*(s.name for s in self.species), *wall_materials(self.species, self.walls))

    @property
    def volume(self) -> float:
        """Volume of the box [m3]."""
        return float(np.prod(self.box.lengths))

    def radii(self) -> list[Radii]:
        """Give the radii of each species' particles."""
        return [radii(s, self.volume) for s in self.species]

    @property
    def stages(self) -> tuple[StageInput, ...]:
        """The protocol; particles with binder are bound first, unless it says when."""
        if self.binder is None or any(isinstance(s, BindInput) for s in self.protocol):
            return self.protocol
        return (BindInput(do="bind"), *self.protocol)

    @property
    def glue(self) -> Glue | None:
        """The binder and the walls that it joins; None without binder."""
        if self.binder is None:
            return None
        return Glue(self.binder, tuple(k for k, w in enumerate(self.walls) if w.bonded))

    @property
    def flow(self) -> bool:
        """Whether the box deforms."""
        return any(stage.do in ("shear", "pack") for stage in self.protocol)

    def settings(self) -> dict[str, Any]:
        """Give what a run that goes on must have in common with the one that began."""
        laws = [
            {"law": c.name, "file": c.content, "given": dict(c.given), "filled": dict(c.filled)}
            for c in self.laws
        ]
        plain = {
            "species": [_with_content(s) for s in self.species],
            "walls": [w.model_dump() for w in self.walls],
            "protocol": [{**s.model_dump(), "most": None} for s in self.protocol],  # may be raised
            "binder": self.binder.model_dump() if self.binder else None,
            "box": self.box.model_dump(),
            "output": self.output.model_dump(),
        }
        step = AUTO if self.time_step is None else self.time_step
        return {"seed": self.seed, "time_step": step, "laws": laws, **plain}


def _with_content(species: SpeciesInput) -> dict[str, Any]:
    """Give a species' settings; of a file its content counts and not its place."""
    content = None if species.psd is None else Path(species.psd).read_text("utf-8")
    return {**species.model_dump(), "psd": content}


def wall_materials(species: Sequence[SpeciesInput], walls: Sequence[WallInput]) -> list[str]:
    """Give the names of materials that only walls have."""
    names = [s.name for s in species]
    own = [w.material for w in walls if w.material is not None and w.material not in names]
    return list(dict.fromkeys(own))


def load_particle_case(path: Path | str, overrides: Sequence[str] = ()) -> ParticleCase:
    """Read and check a particle case.

    Args:
        path: TOML file, or a folder with a case.toml.
        overrides: "KEY=VALUE", applied last, in order.

    Raises:
        CaseError: with all errors at once, each with file, line, key and value.
    """
    source = read_source(Path(path), overrides)
    for name in source.data:
        if name not in _TOP:
            source.complain((name,), f"unknown key; {did_you_mean(name, _TOP)}")
    title, seed, time_step = _title(source), _seed(source), _time_step(source)
    box = _table(source, "box", BoxInput)
    species = [
        _with_path(source, k, s) for k, s in enumerate(_tables(source, "species", SpeciesInput))
    ]
    walls = _tables(source, "walls", WallInput, needed=False)
    binder = _table(source, "binder", BinderInput) if "binder" in source.data else None
    output = _table(source, "output", OutputInput, needed=False)
    protocol = _protocol(source)
    laws = read_laws(source, [s.name for s in species], wall_materials(species, walls))
    if box is not None and output is not None:
        case = ParticleCase(
            title, seed, source.path, time_step, box, tuple(species),
            tuple(laws), tuple(walls), binder, tuple(protocol), output,
        )  # fmt: skip
        check_case(source, case)
    if source.problems:
        raise case_error(source.problems)
    return case


def _with_path(source: Source, k: int, species: SpeciesInput) -> SpeciesInput:
    """Let the path of a size distribution start where it was written."""
    if species.psd is None:
        return species
    folder = source.origin(("species", k, "psd")).folder
    return species.model_copy(update={"psd": str(folder / species.psd)})


def _title(source: Source) -> str:
    title = source.data.get("title", source.path.resolve().parent.name)
    if not isinstance(title, str):
        source.complain(("title",), "needs text in quotes")
    return str(title)


def _seed(source: Source) -> int:
    seed = source.data.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        source.complain(("seed",), "needs a whole number from 0 to 4294967295")
        return 0
    return seed


def _time_step(source: Source) -> float | None:
    value = source.data.get("time_step", AUTO)
    if value == AUTO:
        return None
    try:
        return _STEP.read(value)
    except UnitError as error:
        source.complain(("time_step",), f'{error}, or "auto"')
        return None


def _table[T: Options](source: Source, name: str, model: type[T], needed: bool = True) -> T | None:
    table = source.data.get(name, None if needed else {})
    if not isinstance(table, dict):
        source.complain((name,), f"needs a table [{name}]")
        return None
    return read_table(source, (name,), table, model)


def _tables[T: Options](source: Source, name: str, model: type[T], needed: bool = True) -> list[T]:
    tables = source.data.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        source.complain((name,), f"needs a list of tables [[{name}]]")
        return []
    if needed and not tables:
        source.complain((name,), f"needs one table [[{name}]] or more")
    found = [read_table(source, (name, k), table, model) for k, table in enumerate(tables)]
    return [entry for entry in found if entry is not None]


def _protocol(source: Source) -> list[StageInput]:
    tables = source.data.get("protocol")
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        source.complain(("protocol",), f"needs tables [[protocol]] with do = {quoted([*STAGES])}")
        return []
    found: list[StageInput | None] = []
    for k, table in enumerate(tables):
        do = table.get("do")
        if do not in STAGES:
            known = did_you_mean(do, STAGES) if isinstance(do, str) else quoted([*STAGES])
            source.complain(("protocol", k, "do"), f"unknown stage; {known}")
            continue
        found.append(read_table(source, ("protocol", k), table, STAGES[do]))
    return [stage for stage in found if stage is not None]
