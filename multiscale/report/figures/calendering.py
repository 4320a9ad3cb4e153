"""What the nip did to the coating."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from multiscale.report.figures.canvas import (
    BLUE,
    GREY,
    INK,
    MIST,
    VERMILION,
    Figure,
    drawing,
    label,
)
from multiscale.results import RunView, StageView

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def figures(run: RunView) -> list[Figure]:
    """The compaction curve; none of a film that was taken as measured."""
    return [compaction(run)] if run.calendering.gap > 0 else []


def compaction(run: RunView) -> Figure:
    """Pressure over thickness through the nip; porosity before, in and after it."""
    pressed = run.calendering
    pressure, load = pressed.value("peak_pressure"), pressed.value("line_load")
    figure = Figure(
        f"Compaction in the nip: {load.shown:.4g} N/mm give a peak pressure of "
        f"{pressure.shown:.3g} MPa; the coating springs back by {100 * pressed.springback:.2g} %, "
        "partly after it has left the rolls.",
        wide=True,
    )
    shape = {"width_ratios": (2, 1)}
    with drawing(figure, width=9.2, height=3.1, columns=2, gridspec_kw=shape) as (curve, bars):
        _draw_curve(curve, pressed)
        _draw_porosity(bars, pressed)
    return figure


def _draw_curve(ax: Axes, pressed: StageView) -> None:
    thickness, pressure = pressed.value("nip_thickness"), pressed.value("nip_pressure")
    h, p = thickness.shown, pressure.shown
    gap, final = int(np.argmin(h)), pressed.value("thickness").shown
    free: Any = {"clip_on": False, "zorder": 3}  # drawn over the axis
    ax.plot(h[: gap + 1], p[: gap + 1], color=BLUE, label="loading")
    ax.plot(h[gap:], p[gap:], color=VERMILION, label="release")
    ax.plot([h[-1], final], [0, 0], color=VERMILION, ls=":", label="slow recovery", **free)
    marks = (
        (h[0], 0, "entry", (0, 9), "center"),
        (h[gap], p[gap], "gap", (9, -3), "left"),
        (final, 0, "final", (5, 9), "left"),
    )
    for x, y, name, offset, side in marks:
        ax.plot(x, y, "o", color=INK, ms=5, **free)
        ax.annotate(
            f"{name} {x:.1f} µm", (x, y), offset, textcoords="offset points", ha=side, color=INK
        )
    ax.set(xlabel=label("thickness", thickness), ylabel=label("pressure", pressure))
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper right")


def _draw_porosity(ax: Axes, pressed: StageView) -> None:
    entry, loaded = pressed.nip_thickness[0], pressed.gap / pressed.coated_sides
    # The solid does not compress: what the thickness loses, the pores lose.
    solid = (1 - pressed.porosity) * pressed.thickness
    porosity = [100 * (1 - solid / h) for h in (entry, loaded, pressed.thickness)]
    bars = ax.bar(["entry", "gap", "final"], porosity, width=0.55, color=MIST)
    bars[2].set_color(GREY)
    ax.bar_label(bars, fmt="%.1f", padding=2)
    ax.set(ylabel="porosity [%]", ylim=(0, 1.15 * max(porosity)))
    ax.tick_params(axis="x", length=0)
