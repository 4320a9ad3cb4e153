"""The chain as a picture: stages, their times, and the numbers handed on."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import numpy as np

from multiscale.coupling.index import Step
from multiscale.report.figures.canvas import BLUE, GREY, INK, VERMILION
from multiscale.results import RunView, StageView, number_text

_BOX, _GAP, _HIGH, _ROW = 140, 108, 66, 96  # in the picture's units
_EDGE = {"ok": BLUE, "stopped": VERMILION, "failed": VERMILION, "blocked": GREY, "planned": GREY}


def _shown(stage: StageView, field: str, entry: int = 0) -> float:
    return float(np.atleast_1d(stage.value(field).shown)[entry])


# What each stage hands on, in two short lines.
_HANDED_ON: dict[str, Callable[[StageView], tuple[str, str]]] = {
    "slurry": lambda s: (
        f"{100 * s.solid_fraction:.1f} vol% solid",
        f"yield {number_text(s.yield_stress, digits=2)} Pa",
    ),
    "coating": lambda s: (
        f"{_shown(s, 'thickness'):.0f} µm wet",
        f"{_shown(s, 'loading'):.0f} g/m² dry",
    ),
    "drying": lambda s: (
        f"{100 * s.porosity:.1f} % porous",
        f"binder ×{s.binder_ratio.max():.2f}",
    ),
    "grains": lambda s: (
        f"{len(s.radius)} spheres",
        f"{len(s.bond)} bonds",
    ),
    "calendering": lambda s: (
        f"{100 * s.porosity:.1f} % porous",
        f"{_shown(s, 'thickness'):.1f} µm",
    ),
    "microstructure": lambda s: (
        f"{100 * s.active_fraction:.1f} % active",
        f"{100 * s.cbd_fraction:.1f} % CBD",
    ),
    "transport": lambda s: (f"τ = {s.tortuosity[2]:.2f}", f"σ = {s.conductivity[2]:.2g} S/m"),
    "cell": lambda s: (
        f"{_shown(s, 'capacity'):.2f} mAh/cm²",
        f"{_shown(s, 'energy'):.1f} mWh/cm²",
    ),
    "factory": lambda s: (
        f"{_shown(s, 'total_cost'):.0f} EUR/kWh",
        f"{s.total_energy:.1f} kWh/kWh",
    ),
}


def chain_diagram(run: RunView, columns: int) -> str:
    """Draw the chain as inline SVG, `columns` stages a row, read like text."""
    steps = run.index.steps
    rows = -(-len(steps) // columns)
    width, height = columns * (_BOX + _GAP), rows * _ROW - (_ROW - _HIGH) + 2
    parts = [_step(run, step, i, columns, i == len(steps) - 1) for i, step in enumerate(steps)]
    told = "; ".join(f"{s.stage}: {_state(s)}" for s in steps)
    return (
        f'<svg class="chain c{columns}" viewBox="-1 -1 {width + 2} {height}" role="img" '
        f'aria-label="{escape(told)}">{"".join(parts)}</svg>'
    )


def _step(run: RunView, step: Step, number: int, columns: int, last: bool) -> str:
    """One box and what leaves it to the right."""
    x, y = (number % columns) * (_BOX + _GAP), (number // columns) * _ROW
    colour = _EDGE[step.status]
    dash = ' stroke-dasharray="5 4"' if step.status in ("blocked", "planned") else ""
    kind = str(step.recipe.get("options", {}).get("kind", ""))
    box = (
        f'<rect x="{x}" y="{y}" width="{_BOX}" height="{_HIGH}" rx="5" fill="#fff" '
        f'stroke="{colour}" stroke-width="1.6"{dash}/>'
        + _text(x + _BOX / 2, y + 20, step.stage, 15, INK, "600")
        + _text(x + _BOX / 2, y + 38, kind, 12.5, GREY)
        + _text(x + _BOX / 2, y + 56, _state(step), 12.5, colour)
    )
    if step.stage not in run:
        return box
    above, below = _HANDED_ON[step.stage](run[step.stage]) if step.stage in _HANDED_ON else ("", "")
    middle, line = x + _BOX + _GAP / 2, y + _HIGH / 2
    return box + ("" if last else _arrow(x + _BOX, line, colour)) + (
        _text(middle, line - 9, above, 12, INK) + _text(middle, line + 19, below, 12, INK)
    )  # fmt: skip


def _arrow(x: float, y: float, colour: str) -> str:
    end = x + _GAP - 3
    return (
        f'<path d="M{x + 3} {y}H{end - 6}" stroke="{colour}" stroke-width="1.4"/>'
        f'<path d="M{end} {y}l-8 -4v8z" fill="{colour}"/>'
    )


def _text(x: float, y: float, text: str, size: float, colour: str, weight: str = "400") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="middle">{escape(text)}</text>'
    )


def _state(step: Step) -> str:
    if step.status != "ok":
        return "not run" if step.status == "planned" else step.status
    seconds = "" if step.seconds is None else f" {step.seconds:.1f} s"
    return f"reused,{seconds}" if step.action == "reuse" else f"run,{seconds}"
