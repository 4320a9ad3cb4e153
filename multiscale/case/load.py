"""A case file becomes records and options, or one error that lists everything wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from multiscale.case.inputs import read_formulation, read_powder
from multiscale.case.problem import case_error, did_you_mean
from multiscale.case.source import Source, read_source
from multiscale.case.validate import read_stage
from multiscale.coupling.stage import Options, Stage
from multiscale.records import Formulation, Powder

# What a dry mix does not pass; the factory's account is of the wet line.
_WET = ("slurry", "coating", "drying", "grains", "factory")


@dataclass(frozen=True)
class Case:
    """Everything a run needs, SI inside.

    Attributes:
        title: for people.
        seed: all random numbers of the run come from it.
        path: the case file.
        powder, formulation: what is weighed in.
        options: of each stage of the run by name, defaults resolved.
    """

    title: str
    seed: int
    path: Path
    powder: Powder
    formulation: Formulation
    options: dict[str, Options]


def load_case(
    path: Path | str,
    overrides: Sequence[str] | str = (),
    *,
    probe: bool = False,
    stages: Sequence[Stage] | None = None,
) -> Case:
    """Read and check a case.

    Args:
        path: TOML file, or a folder with a case.toml.
        overrides: "KEY=VALUE", one or several, applied last, in order.
        probe: coarsen every stage's grid.
        stages: the chain; the full one by default.

    Raises:
        CaseError: with all errors at once, each with file, line, key and value.
    """
    if stages is None:
        from multiscale.stages import chain

        stages = chain()
    overrides = [overrides] if isinstance(overrides, str) else overrides
    source = read_source(Path(path), overrides)
    _check_top(source, [stage.name for stage in stages])
    title, seed = _title(source), _seed(source)
    powder, formulation = read_powder(source), read_formulation(source)
    asked = [s for s in stages if not s.optional or s.name in source.data]
    if formulation is not None and formulation.solids_mass_fraction == 1:
        asked = _without_wet(source, asked)
    elif formulation is not None and _calendering(source) == "measured":
        source.complain(
            ("calendering", "kind"),
            'is for a film that no stage makes, solvent = "none"; that of a slurry is pressed: '
            "line-load",
        )
    options = {stage.name: read_stage(source, stage) for stage in asked}
    ready = {name: chosen for name, chosen in options.items() if chosen is not None}
    if source.problems or powder is None or formulation is None:
        raise case_error(source.problems)
    if probe:
        ready = {name: chosen.probe() for name, chosen in ready.items()}
    return Case(title, seed, source.path, powder, formulation, ready)


def _check_top(source: Source, stages: Sequence[str]) -> None:
    known = ["title", "seed", "extends", "powder", "formulation", "ensemble", *stages]
    for name in source.data:
        if name not in known:
            source.complain((name,), f"unknown key; {did_you_mean(name, known)}")


def _calendering(source: Source) -> object:
    table = source.data.get("calendering")
    return table.get("kind") if isinstance(table, dict) else None


def _without_wet(source: Source, stages: Sequence[Stage]) -> list[Stage]:
    """The chain of a dry mix, which begins with the film; tables of wet stages are noted."""
    for name in _WET:
        if name in source.data:
            source.complain(
                (name,), "is a step of a slurry; a dry mix, of solvent none, has no such table"
            )
    if _calendering(source) != "measured":
        source.complain(
            ("calendering",),
            'no stage lays a dry mix: needs kind = "measured", loading and porosity',
        )
    return [stage for stage in stages if stage.name not in _WET]


def _title(source: Source) -> str:
    title = source.data.get("title", source.path.resolve().parent.name)
    if not isinstance(title, str):
        source.complain(("title",), "needs text in quotes")
    return str(title)


def _seed(source: Source) -> int:
    seed = source.data.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        source.complain(("seed",), "needs a whole number, 0 or above")
        return 0
    return seed
