"""What the cell delivers, and at which rate."""

from __future__ import annotations

import numpy as np

from multiscale.report.figures.canvas import BLUE, GREY, VERMILION, Figure, drawing, label
from multiscale.results import RunView


def figures(run: RunView) -> list[Figure]:
    """Rate capability, then the discharge curves."""
    return [rate_capability(run), discharge_curves(run)]


def rate_capability(run: RunView) -> Figure:
    """Capacity over discharge rate, against lithium and in the full cell."""
    cell = run.cell
    nominal, full = cell.value("nominal_capacity"), cell.value("capacity")
    figure = Figure(
        f"Rate capability. 1C is {nominal.shown:.3g} mAh/cm², the capacity of the active material."
    )
    with drawing(figure) as ax:
        for field, name, colour, mark in (
            ("half_capacity", "against lithium", BLUE, "o-"),
            ("capacity", "full cell", VERMILION, "s-"),
        ):
            ax.plot(cell.c_rate, cell.value(field).shown, mark, color=colour, ms=5, label=name)
        ax.axhline(nominal.shown, color=GREY, lw=1, ls="--")
        ax.annotate(
            "nominal", (cell.c_rate[-1], nominal.shown), ha="right", va="bottom", color=GREY,
            fontsize=9, xytext=(0, 2), textcoords="offset points",
        )  # fmt: skip
        top = max(nominal.shown, cell.value("half_capacity").shown.max())
        ax.set(xlabel="discharge rate [C]", ylabel=label("capacity", full), ylim=(0, 1.12 * top))
        ax.set_xlim(left=0)
        ax.legend(loc="lower left")
    return figure


def discharge_curves(run: RunView) -> Figure:
    """Full-cell voltage over the charge passed, one curve for each rate."""
    import matplotlib as mpl

    cell = run.cell
    capacity, shades = cell.value("capacity"), mpl.colormaps["viridis"]
    figure = Figure("Discharge of the full cell, one curve for each rate.")
    with drawing(figure) as ax:
        for i, rate in enumerate(cell.c_rate):
            shade = shades(0.88 * (1 - i / max(len(cell.c_rate) - 1, 1)))
            # The end of discharge is drawn last: it hides the least.
            ax.plot(
                cell.depth * capacity.shown[i], cell.voltage[i], color=shade, label=rate_name(rate)
            )
        low, high = float(np.min(cell.voltage)), float(np.max(cell.voltage))
        ax.set(xlabel=label("charge passed", capacity), ylabel="voltage [V]")
        ax.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
        ax.set_xlim(left=0)
        ax.legend(loc="upper right", ncols=2, columnspacing=1.2)
    return figure


def rate_name(rate: float) -> str:
    """Write a rate as the field does: 0.1 per hour is "C/10", 2 per hour "2C"."""
    if rate < 1 and abs(1 / rate - round(1 / rate)) < 1e-6:
        return f"C/{round(1 / rate)}"
    return f"{rate:g}C"
