"""From a case with a table [ensemble] to its samples, or to everything wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from multiscale.case.load import Case, load_case
from multiscale.case.override import parse_key
from multiscale.case.problem import case_error, did_you_mean
from multiscale.case.source import Source, read_source
from multiscale.case.validate import read_table
from multiscale.coupling.stage import Stage
from multiscale.ensemble.design import Sample, draw
from multiscale.ensemble.options import EnsembleInput
from multiscale.errors import CaseError
from multiscale.records import Port

MOST_ENTRIES = 16  # of an array in the table; a longer one is a profile


@dataclass(frozen=True)
class Ensemble:
    """An ensemble that can be run.

    Attributes:
        path: of the case file.
        overrides: of every sample, before its own settings.
        probe: coarsen every stage's grid.
        title: for people.
        chosen: the table [ensemble].
        factors: names of what is varied.
        samples: in the order of the design.
        results: stage, field and index, () for all entries, of each result that is kept.
    """

    path: Path
    overrides: tuple[str, ...]
    probe: bool
    title: str
    chosen: EnsembleInput
    factors: tuple[str, ...]
    samples: tuple[Sample, ...]
    results: tuple[tuple[str, str, tuple[int, ...]], ...]

    def case(self, sample: Sample) -> Case:
        """The case with the sample's settings.

        Raises:
            CaseError: the case refuses them.
        """
        overrides = [*self.overrides, *sample.overrides]
        return load_case(self.path, overrides, probe=self.probe)


def load_ensemble(
    path: Path | str,
    overrides: Sequence[str] = (),
    *,
    probe: bool = False,
    until: str | None = None,
) -> Ensemble:
    """Read the table [ensemble] of a case and draw its samples.

    Args:
        path: case file, or a folder with a case.toml.
        overrides: "KEY=VALUE", applied to every sample before its own settings.
        probe: coarsen every stage's grid.
        until: last stage, instead of the table's.

    Raises:
        CaseError: with all errors of the table at once. The samples' settings are not checked yet.
    """
    from multiscale.stages import chain

    source = read_source(Path(path), overrides)
    table = source.data.get("ensemble")
    if not isinstance(table, dict):
        source.complain(
            ("ensemble",), "needs a table [ensemble] that says what is varied and what is kept"
        )
        raise case_error(source.problems)
    chosen = read_table(source, ("ensemble",), table, EnsembleInput)
    if chosen is None:
        raise case_error(source.problems)
    if until is not None:
        chosen = chosen.model_copy(update={"until": until})
    stages = [s for s in chain() if not s.optional or s.name in source.data]
    results = _results(source, chosen, stages)
    folder = source.origin(("ensemble", "table")).folder
    try:
        factors, samples = draw(chosen, _seed(source), Path(folder))
    except CaseError as error:
        source.complain(("ensemble",), str(error))
    if source.problems:
        raise case_error(source.problems)
    title = str(source.data.get("title", source.path.resolve().parent.name))
    return Ensemble(
        source.path, tuple(overrides), probe, title, chosen, factors, tuple(samples), results
    )


def _seed(source: Source) -> int:
    seed = source.data.get("seed", 0)
    return seed if isinstance(seed, int) and seed >= 0 else 0


def _results(
    source: Source, chosen: EnsembleInput, stages: Sequence[Stage]
) -> tuple[tuple[str, str, tuple[int, ...]], ...]:
    """Read the keys of the results; what is wrong with them is noted."""
    names = [stage.name for stage in stages]
    if chosen.until is not None and chosen.until not in names:
        source.complain(("ensemble", "until"), f"is no stage; {did_you_mean(chosen.until, names)}")
        return ()
    last = len(names) if chosen.until is None else names.index(chosen.until) + 1
    ports = {stage.name: stage.gives.ports() for stage in stages[:last]}
    if not chosen.results:
        final = names[last - 1]
        return tuple((final, name, ()) for name, p in ports[final].items() if _is_number(p))
    found = []
    for i, text in enumerate(chosen.results):
        try:
            key = parse_key(text)
        except ValueError as error:
            source.complain(("ensemble", "results", i), str(error))
            continue
        stage, field, index = str(key[0]), str(key[1]) if len(key) > 1 else "", key[2:]
        if stage not in ports:
            source.complain(
                ("ensemble", "results", i),
                f"names no stage that runs; {did_you_mean(stage, ports)}",
            )
        elif field not in ports[stage] or ports[stage][field].kind not in ("scalar", "profile"):
            numbers = [n for n, p in ports[stage].items() if p.kind in ("scalar", "profile")]
            source.complain(
                ("ensemble", "results", i), f"names no number; {did_you_mean(field, numbers)}"
            )
        else:
            found.append((stage, field, tuple(k for k in index if isinstance(k, int))))
    return tuple(found)


def _is_number(port: Port) -> bool:
    return port.computed and port.kind == "scalar"
