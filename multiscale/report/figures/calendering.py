"""What the nip did to the coating."""

from __future__ import annotations

from multiscale.report.figures.canvas import BLUE, MIST, VERMILION, Figure, drawing
from multiscale.results import RunView


def figures(run: RunView) -> list[Figure]:
    """Thickness and porosity before, in and after the nip."""
    return [compaction(run)] if "drying" in run else []


def compaction(run: RunView) -> Figure:
    """Thickness and porosity of the coating before, in and after the nip."""
    dry, pressed = run.drying, run.calendering
    loaded = pressed.gap / pressed.coated_sides
    # The solid does not compress: what the thickness loses, the pores lose.
    in_nip = 1 - (1 - pressed.porosity) * pressed.thickness / loaded
    porosity = [100 * x for x in (dry.porosity, in_nip, pressed.porosity)]
    thickness = [1e6 * x for x in (dry.thickness, loaded, pressed.thickness)]
    pressure, load = pressed.value("peak_pressure"), pressed.value("line_load")
    figure = Figure(
        f"Through the nip: {load.shown:.4g} N/mm give a peak pressure of {pressure.shown:.3g} MPa; "
        f"the coating springs back by {100 * pressed.springback:.2g} %.",
        wide=True,
    )
    with drawing(figure, width=9.2, height=2.5, columns=2) as axes:
        for ax, heights, name, colour in (
            (axes[0], thickness, "thickness [µm]", BLUE),
            (axes[1], porosity, "porosity [%]", VERMILION),
        ):
            bars = ax.bar(["dried", "in the nip", "calendered"], heights, width=0.55, color=MIST)
            bars[2].set_color(colour)
            ax.bar_label(bars, fmt="%.1f", padding=2)
            ax.set(ylabel=name, ylim=(0, 1.15 * max(heights)))
            ax.tick_params(axis="x", length=0)
    return figure
