"""Balances, reuse, provenance, citations: where the numbers come from."""

from __future__ import annotations

import importlib
import importlib.util
import json
from html import escape
from typing import Any

from multiscale.report.html import bullets, folded, paragraph, table
from multiscale.results import RunView, unit_text


def conservation(run: RunView) -> str:
    """Every balance that the corridor checked, before and after its stage."""
    rows = []
    for stage in run.stages.values():
        for row in stage.meta["conservation"]:
            closed = row["relative"] <= row["tolerance"]
            rows.append((
                stage.name, row["quantity"], f"{row['before']:.9g}", f"{row['after']:.9g}",
                unit_text(row["unit"]) or "–", f"{row['relative']:.1e}", f"{row['tolerance']:.0e}",
                "closed" if closed else "OPEN",
            ))  # fmt: skip
    header = (
        "stage",
        "quantity",
        "before",
        "after",
        "unit",
        "relative difference",
        "allowed",
        "balance",
    )
    page = table(header, rows, numbers=(2, 3, 5, 6))
    for word, kind in (("closed", "good"), ("OPEN", "bad")):
        page = page.replace(f"<td>{word}</td>", f'<td class="{kind}">{word}</td>')
    return page


def reuse(run: RunView) -> str:
    """What each stage did, and why."""
    rows = [
        (s.stage, s.action if s.status == "ok" else s.status, s.message or s.why,
         "" if s.seconds is None else f"{s.seconds:.1f}", s.key[:12])
        for s in run.index.steps
    ]  # fmt: skip
    return table(("stage", "done", "why", "seconds", "key"), rows, numbers=(3,))


def provenance(run: RunView) -> str:
    """Run, code, machine; the options of each stage folded."""
    index = run.index
    told = {s.name: s.meta["provenance"] for s in run.stages.values() if s.name not in index.given}
    last: dict[str, Any] = next(reversed(told.values()), {})
    libraries = ", ".join(
        f"{name} {version}" for name, version in last.get("libraries", {}).items()
    )
    rows = [
        ("case", index.case),
        ("command", index.command),
        ("started", index.started),
        ("seed", str(index.seed)),
        ("multiscale", f"{last.get('package', '')} ({last.get('git') or 'not from a checkout'})"),
        ("Python", str(last.get("python", ""))),
        ("libraries", libraries),
        ("machine", f"{last.get('host', '')}, {last.get('machine', '')}"),
    ]
    stages = [
        (name, str(p["version"]), str(p["ranks"]), f"{p['wall_s']:.1f}",
         f"{p['peak_memory_bytes'] / 2**20:.0f}", str(p["started"]), str(p["git"] or ""))
        for name, p in told.items()
    ]  # fmt: skip
    header = ("stage", "version", "ranks", "seconds", "peak memory [MiB]", "computed (UTC)", "code")
    options = "".join(
        folded(
            f"options of {name}", f"<pre>{escape(json.dumps(p.get('options', {}), indent=2))}</pre>"
        )
        for name, p in told.items()
    )
    return table(("", ""), rows) + table(header, stages, numbers=(1, 2, 3, 4)) + options


def citations(run: RunView) -> str:
    """Sources of the models that this run used."""
    sources: dict[str, None] = {}
    for step in run.index.steps:
        if step.stage in run:
            name = f"multiscale.stages.{step.stage}"
            if importlib.util.find_spec(name):  # the run may come from another version
                cited = getattr(importlib.import_module(name), "CITATIONS", ())
                sources.update(dict.fromkeys(cited))
    return bullets(sources) if sources else paragraph("The stages of this run name none.")
