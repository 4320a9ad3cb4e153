"""The chain of a case as a graph in the language Mermaid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from multiscale.coupling.index import Step
from multiscale.coupling.stage import Options, Stage

_LOOKS = "classDef run stroke-width:3px\n  classDef reuse stroke-dasharray:4 4"


def mermaid(stages: Sequence[Stage], steps: Sequence[Step], options: Mapping[str, Options]) -> str:
    """Write the graph: a box for each stage, an arrow for each record that it takes.

    A record that no stage of the run gives comes from the case file. Stages that would run have a
    thick edge, those whose result would be reused a dashed one.

    Args:
        stages: of the run, in order.
        steps: what would be done with each.
        options: of each stage, by name.
    """
    maker = {stage.gives: stage.name for stage in stages}
    lines = ["flowchart LR", "  case([case file])"]
    for stage, step in zip(stages, steps, strict=True):
        kind = getattr(options[stage.name], "kind", "")
        lines.append(f'  {stage.name}["{stage.name}<br>{kind}, {step.action}"]:::{step.action}')
    for stage in stages:
        given = [record for record in stage.accepts.values() if record in maker]
        for record in (*stage.takes.values(), *given):
            lines.append(f"  {maker.get(record, 'case')} -->|{record.__name__}| {stage.name}")
    return "\n".join([*lines, f"  {_LOOKS}"])
