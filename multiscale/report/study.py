"""The report of an ensemble, and the section that it gives to the report of a run."""

from __future__ import annotations

from html import escape
from pathlib import Path

import numpy as np

from multiscale.errors import CaseError
from multiscale.files import replacing
from multiscale.report.bands import HIGH, LOW
from multiscale.report.figures.study import Own, against_factors, binder_against_rate, no_run, ranks
from multiscale.report.html import document, figures, paragraph, section, table
from multiscale.results import RunView, StudyView, number_text, open_study, unit_text
from multiscale.results.study import Factor


def write_study_report(out: Path, target: Path | None = None) -> Path:
    """Write the report of the ensemble in `out` to `target` (default: `out/report.html`).

    Raises:
        CaseError: `out` holds no ensemble.
    """
    study = open_study(out)
    target = target or study.out / "report.html"
    with replacing(target) as scratch:
        scratch.write_text(_page(study), encoding="utf-8")
    return target


def sensitivity(study: StudyView, run: RunView) -> str:
    """Give the section of a run's report that shows it among the samples of a study."""
    own = results_of(run)
    told = paragraph(f"{study.title}: {_samples(study)} The run's own results are drawn in.")
    return told + _drawn(study, own) + _spread(study, own)


def results_of(run: RunView) -> Own:
    """Give a run's results by their keys, in the units people read; None where it has none."""

    def own(key: str) -> float | None:
        name, *index = key.replace("]", "").split("[")
        try:
            shown = np.asarray(run.value(name).shown, float)
            return float(shown[tuple(map(int, index))])
        except (CaseError, IndexError):
            return None

    return own


def _page(study: StudyView) -> str:
    sections = [
        ("design", "What was varied", _design(study)),
        ("results", "Results", _drawn(study, no_run)),
        ("spread", "Spread", _spread(study, no_run)),
        *([("failed", "Samples that failed", _failed(study))] if study.reasons else []),
        ("provenance", "Provenance", _provenance(study)),
    ]
    body = "".join(section(anchor, title, content) for anchor, title, content in sections)
    menu = "".join(f'<a href="#{anchor}">{escape(title)}</a>' for anchor, title, _ in sections)
    head = (
        f"<header>{paragraph('Ensemble', 'case')}<h1>{escape(study.title)}</h1>"
        f"{paragraph(_samples(study), 'verdict')}</header><nav>{menu}</nav>"
    )
    return document(study.title, f"{head}{body}")


def _samples(study: StudyView) -> str:
    design = {"grid": "every combination", "table": "the rows of a table"}.get(
        study.design["design"], f"a {study.design['design'].replace('-', ' ')}"
    )
    lost = f", {len(study.reasons)} of them failed" if study.reasons else ""
    warned = f"; {study.warned} came with warnings" if study.warned else ""
    return f"{study.size} samples, {design}{lost}{warned}."


def _design(study: StudyView) -> str:
    keys = {f["name"]: ", ".join(_settings(f)) for f in study.design["factor"]}
    rows = [(f.name, _range(f), keys.get(f.name, "")) for f in study.factors]
    return table(("factor", "values", "settings of the case"), rows)


def _settings(factor: dict[str, object]) -> list[str]:
    """Name what a factor changes in the case."""
    keys, levels = factor["keys"], factor["level"]
    assert isinstance(keys, list) and isinstance(levels, list)
    return keys or list(dict.fromkeys(key for level in levels for key in level["set"]))


def _range(factor: Factor) -> str:
    levels = list(dict.fromkeys(factor.shown))
    if factor.numbers is None or len(levels) <= 8:
        return ", ".join(levels)
    low, high = (number_text(float(v)) for v in (factor.numbers.min(), factor.numbers.max()))
    scale = ", log scale" if factor.log else ""
    return f"{low} to {high} {unit_text(factor.unit)}".rstrip() + scale


def _drawn(study: StudyView, own: Own) -> str:
    gradient, followed = binder_against_rate(study, own), ranks(study)
    drawn = [*gradient, *([followed] if followed else []), *against_factors(study, own)]
    return figures(drawn) or paragraph("Nothing was kept that could be drawn.")


def _spread(study: StudyView, own: Own) -> str:
    """Quantiles over the samples, their largest numerical error, and the run's own result."""
    rows = []
    for kept in study.results.values():
        known, errors = (v[np.isfinite(v)] for v in (kept.shown, kept.error))
        if known.size:
            quantiles = np.quantile(known, [0, LOW, 0.5, HIGH, 1])
            mine = own(kept.key)
            rows.append((
                kept.key, *(number_text(float(q)) for q in quantiles),
                number_text(float(errors.max()), digits=2) if errors.size else "",
                unit_text(kept.display), "" if mine is None else number_text(mine),
            ))  # fmt: skip
    header = ("result", "minimum", "5 %", "median", "95 %", "maximum", "numerical error", "unit")
    cells = 9 if own is not no_run else 8
    return table(
        (*header, "this run")[:cells], [row[:cells] for row in rows], numbers=(1, 2, 3, 4, 5, 6, 8)
    )


def _failed(study: StudyView) -> str:
    return table(("sample", "reason"), [(str(i), why) for i, why in study.reasons.items()])


def _provenance(study: StudyView) -> str:
    told = study.provenance
    rows = [
        ("multiscale", f"{told['package']} ({told['git'] or 'not from a checkout'})"),
        ("ranks", str(told["ranks"])),
        ("wall time", f"{told['wall_s']:.0f} s, with what was stored already"),
        ("written", str(told["written"])),
        ("tables", "samples.csv, summary.csv, ensemble.h5; each sample is a run in samples/"),
    ]
    return table(("", ""), rows)
