"""The report of a run: one HTML file that needs nothing else."""

from __future__ import annotations

from html import escape
from pathlib import Path

from multiscale.coupling.index import Step
from multiscale.files import replacing
from multiscale.report.diagram import chain_diagram
from multiscale.report.figures import BY_STAGE
from multiscale.report.html import figures, folded, paragraph, section, table
from multiscale.report.keynumbers import key_numbers
from multiscale.report.provenance import citations, conservation, provenance, reuse
from multiscale.report.verdict import Verdict, verdict
from multiscale.results import RunView, StageView, Value, number_text, open_run, unit_text


def write_report(out: Path, target: Path | None = None) -> Path:
    """Write the report of the run in `out` to `target` (default: `out/report.html`).

    A run that is unfinished or failed is reported as far as it came.

    Raises:
        CaseError: `out` holds no run.
    """
    run = open_run(out)
    target = target or run.out / "report.html"
    with replacing(target) as scratch:
        scratch.write_text(_page(run), encoding="utf-8")
    return target


def _page(run: RunView) -> str:
    told = verdict(run)
    sections = [
        ("chain", "Chain", chain_diagram(run, 4) + chain_diagram(run, 2)),
        ("numbers", "Key numbers", key_numbers(run)),
        *((step.stage, step.stage.capitalize(), _stage(run, step)) for step in run.index.steps),
        ("conservation", "Conservation", conservation(run)),
        ("reuse", "What was run and what was reused", reuse(run)),
        ("provenance", "Provenance", provenance(run)),
        ("citations", "Sources of the models", citations(run)),
    ]
    menu = "".join(f'<a href="#{anchor}">{escape(title)}</a>' for anchor, title, _ in sections)
    css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    body = "".join(section(anchor, title, content) for anchor, title, content in sections)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(run.index.title)}</title><style>{css}</style></head><body>"
        f"{_head(run, told)}<nav>{menu}</nav>{body}"
        f"<footer>multiscale, {escape(run.index.case)}, {escape(run.index.started)}</footer>"
        "</body></html>"
    )


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
