"""The report of a run: one HTML file that needs nothing else."""

from __future__ import annotations

from html import escape
from pathlib import Path

from multiscale.coupling.index import Step
from multiscale.files import replacing
from multiscale.report.diagram import chain_diagram
from multiscale.report.figures import BY_STAGE
from multiscale.report.html import document, figures, folded, paragraph, section, table
from multiscale.report.keynumbers import key_numbers
from multiscale.report.provenance import citations, conservation, provenance, reuse
from multiscale.report.study import sensitivity
from multiscale.report.verdict import Verdict, verdict
from multiscale.results import (
    RunView,
    StageView,
    StudyView,
    Value,
    number_text,
    open_run,
    open_study,
    unit_text,
)


def write_report(out: Path, target: Path | None = None, study: Path | None = None) -> Path:
    """Write the report of the run in `out` to `target` (default: `out/report.html`).

    A run that is unfinished or failed is reported as far as it came.

    Args:
        out: folder of the run.
        target: the page.
        study: folder of an ensemble that the run is shown among.

    Raises:
        CaseError: `out` holds no run, or `study` no ensemble.
    """
    run = open_run(out)
    among = None if study is None else open_study(study)
    target = target or run.out / "report.html"
    with replacing(target) as scratch:
        scratch.write_text(_page(run, among), encoding="utf-8")
    return target


def _page(run: RunView, among: StudyView | None) -> str:
    told = verdict(run)
    sections = [
        ("chain", "Chain", chain_diagram(run, 4) + chain_diagram(run, 2)),
        ("numbers", "Key numbers", key_numbers(run)),
        *((step.stage, step.stage.capitalize(), _stage(run, step)) for step in run.index.steps),
        *([("sensitivity", "Sensitivity", sensitivity(among, run))] if among else []),
        ("conservation", "Conservation", conservation(run)),
        ("reuse", "What was run and what was reused", reuse(run)),
        ("provenance", "Provenance", provenance(run)),
        ("citations", "Sources of the models", citations(run)),
    ]
    menu = "".join(f'<a href="#{anchor}">{escape(title)}</a>' for anchor, title, _ in sections)
    body = "".join(section(anchor, title, content) for anchor, title, content in sections)
    foot = f"<footer>multiscale, {escape(run.index.case)}, {escape(run.index.started)}</footer>"
    return document(run.index.title, f"{_head(run, told)}<nav>{menu}</nav>{body}{foot}")


def _head(run: RunView, told: Verdict) -> str:
    warnings = "".join(f"<li>{escape(w)}</li>" for w in told.warnings)
    return (
        f"<header>{paragraph('Electrode run', 'case')}<h1>{escape(run.index.title)}</h1>"
        + paragraph(told.sentence, "verdict")
        + paragraph(told.trust, "trust bad" if told.warnings else "trust good")
        + (f'<ul class="warnings">{warnings}</ul>' if warnings else "")
        + "</header>"
    )


def _stage(run: RunView, step: Step) -> str:
    """Figures of one stage and all its numbers folded; or why there are none."""
    if step.stage not in run:
        return paragraph(f"No result: {step.status}, {step.message or step.why}.", "missing")
    stage = run[step.stage]
    drawn = BY_STAGE[step.stage](run) if step.stage in BY_STAGE else []
    return figures(drawn) + folded(f"all results of {step.stage}", _all_results(stage))


def _all_results(stage: StageView) -> str:
    rows = [(name, *_cells(value), value.doc) for name, value in stage.values()]
    return table(("result", "value", "unit", "numerical error", "meaning"), rows, numbers=(1, 3))


def _cells(value: Value) -> tuple[str, str, str]:
    error = "" if value.shown_error is None else number_text(value.shown_error, digits=2)
    text = value.text.partition(" ± ")[0]
    return text if len(text) < 60 else "…", unit_text(value.display), error
