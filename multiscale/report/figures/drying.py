"""The film in the dryer, and where its binder went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from multiscale.report.figures.canvas import (
    BLUE,
    GREEN,
    GREY,
    PALE,
    SERIES,
    VERMILION,
    Figure,
    drawing,
    foil_to_top,
    label,
    names,
)  # fmt: skip
from multiscale.results import RunView

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def figures(run: RunView) -> list[Figure]:
    """Height, solvent and temperature over time, then the binder through the thickness."""
    return [drying_curve(run), binder_profile(run)]


def drying_curve(run: RunView) -> Figure:
    """Coating height, solvent, and film temperature over the time in the dryer's zones."""
    dry = run.drying
    figure = Figure(
        f"In the dryer; the bands are its zones, the dashed lines their air. The film stops "
        f"shrinking after {dry.shrinkage_end:.0f} s and is dry after {dry.drying_time:.0f} s "
        f"of {dry.residence_time:.0f} s.",
        wide=True,
    )
    panels = (
        ("height", "height", BLUE),
        ("solvent_history", "solvent", GREEN),
        ("film_temperature", "temperature", VERMILION),
    )
    with drawing(figure, width=9.2, height=2.9, columns=3) as axes:
        for ax, (field, name, colour) in zip(axes, panels, strict=True):
            value = dry.value(field)
            ax.plot(dry.time, value.shown, color=colour)
            ax.set(xlabel="time [s]", ylabel=label(name, value), xlim=(0, dry.residence_time))
            _shade_zones(ax, dry.zone_end)
            ax.axvline(dry.drying_time, color=GREY, lw=1, ls=":")
        axes[0].set_ylim(bottom=0)
        axes[1].set_ylim(bottom=0)
        begin = 0.0
        air = dry.value("air_temperature").shown
        for end, temperature in zip(dry.zone_end, air, strict=True):
            axes[2].plot([begin, end], [temperature] * 2, color=VERMILION, lw=1, ls="--")
            begin = end
    return figure


def binder_profile(run: RunView) -> Figure:
    """Each binder's local content over its mean, foil to top."""
    dry = run.drying
    which = names(_binders(run), len(dry.binder), "binder")
    told = ", ".join(f"{n} {r:.2f}" for n, r in zip(which, dry.binder_ratio, strict=True))
    figure = Figure(f"Binder through the dry coating. Top tenth over bottom tenth: {told}.")
    with drawing(figure) as ax:
        for name, profile, colour in zip(which, dry.binder, SERIES, strict=False):
            ax.plot(dry.z, profile, color=colour, label=name)
        ax.axhline(1, color=PALE, lw=1.2, zorder=0)
        ax.set(xlabel="height / thickness", ylabel="binder / mean", xlim=(0, 1))
        ax.set_ylim(bottom=0)
        if len(which) > 1:
            ax.legend(loc="lower right")
        foil_to_top(ax)
    return figure


def _shade_zones(ax: Axes, ends: Sequence[float]) -> None:
    begin = 0.0
    for number, end in enumerate(ends):
        if number % 2 == 0:
            ax.axvspan(begin, end, color=PALE, alpha=0.6, lw=0, zorder=0)
        begin = end


def _binders(run: RunView) -> str:
    return run.formulation.binders if "formulation" in run else ""
