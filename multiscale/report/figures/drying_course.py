"""What happens inside the film while it dries: events, solids, liquid and binder over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from multiscale.report.figures.canvas import (
    BLUE,
    GREEN,
    GREY,
    INK,
    PALE,
    VERMILION,
    Figure,
    drawing,
    foil_to_top,
)
from multiscale.results import StageView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EARLY, LATE = 0.3, 0.95  # of the colour map: its palest shades do not show on white
SHOWN = 7  # profiles in a panel


def shade_zones(ax: Axes, ends: Sequence[float]) -> None:
    """Shade every other zone of the dryer."""
    begin = 0.0
    for number, end in enumerate(ends):
        if number % 2 == 0:
            ax.axvspan(begin, end, color=PALE, alpha=0.6, lw=0, zorder=0)
        begin = end


def time_line(dry: StageView, binders: Sequence[str]) -> Figure:
    """When the film stops shrinking, binder sets, liquid is cut off, and the coating is dry."""
    events = events_of(dry, binders)
    told = ", ".join(f"{name} {time:.1f} s" for time, name in events)
    figure = Figure(f"Events in the dryer: {told}. The bands are its zones.", wide=True)
    # Each label has a line of its own, the later the lower, so that no leader crosses another's.
    with drawing(figure, width=9.2, height=0.8 + 0.2 * len(events)) as ax:
        shade_zones(ax, dry.zone_end)
        ax.axhline(0, color=GREY, lw=1)
        for number, (time, name) in enumerate(events):
            y = len(events) - number
            right = time > 0.75 * dry.residence_time
            ax.plot([time, time], [0, y], color=GREY, lw=0.8)
            ax.plot(time, 0, "o", color=VERMILION, ms=5)
            ax.annotate(
                name, (time, y), (-4 if right else 4, 0), textcoords="offset points",
                ha="right" if right else "left", va="center", color=INK, fontsize=9,
            )  # fmt: skip
        ax.set(xlabel="time [s]", xlim=(0, dry.residence_time), ylim=(-0.4, len(events) + 0.5))
        ax.yaxis.set_visible(False)
        ax.spines["left"].set_visible(False)
    return figure


def events_of(dry: StageView, binders: Sequence[str]) -> list[tuple[float, str]]:
    """Give times (s) and names of what happens, in order; what does not happen is left out."""
    exit_ = dry.residence_time
    found = [(dry.shrinkage_end, "shrinkage ends, air enters")]
    for name, gel, still, gelled in zip(
        binders, dry.gel_point, dry.binder_setting, dry.binder_gelled, strict=True
    ):
        if gelled > 0:
            found.append((float(gel), f"{name} begins to gel"))
        found.append((float(still), f"{name} at rest"))
    if dry.cut_off < exit_:
        found.append((dry.cut_off, "liquid cut off from the surface"))
    if dry.drying_time < exit_:
        found.append((dry.drying_time, "dry"))
    return sorted([*found, (exit_, "exit")])


def film_course(dry: StageView) -> Figure:
    """Solid fraction over time at foil and top, then solids and liquid through the thickness."""
    end = 1 - dry.porosity
    figure = Figure(
        f"Solids and liquid while the film dries. The mean solid fraction ends at {end:.3g}; bands "
        "are numerical errors. Profiles are drawn at even shares of the solvent lost, the later "
        "the darker.",
        wide=True,
    )
    with drawing(figure, width=9.2, height=2.9, columns=3) as (over_time, solids, liquid):
        shade_zones(over_time, dry.zone_end)
        mean = end * dry.thickness / dry.height
        over_time.plot(dry.time, mean, color=INK, lw=1.2, label="mean")
        error = dry.value("solids_course").error
        for at, name, colour in ((0, "foil", BLUE), (-1, "top", VERMILION)):
            values = dry.solids_course[:, at]
            over_time.plot(dry.moment, values, "o", ms=3.5, color=colour, label=name)
            over_time.fill_between(
                dry.moment, values - error, values + error, color=colour, alpha=0.2, lw=0
            )
        over_time.axvline(dry.shrinkage_end, color=GREY, lw=1, ls=":")
        over_time.set(xlabel="time [s]", ylabel="solid fraction", xlim=(0, dry.residence_time))
        over_time.set_ylim(0, 1)
        over_time.legend(loc="lower right")
        _draw_profiles(solids, dry, dry.solids_course, "solid fraction", GREEN)
        _draw_profiles(liquid, dry, dry.saturation_course, "liquid in the pores", BLUE)
        solids.set_ylim(0, 1)
        liquid.set_ylim(0, 1.05)
    return figure


def binder_course(dry: StageView, binders: Sequence[str]) -> Figure:
    """Each binder through the thickness at several times."""
    figure = Figure(
        "Binder through the film while it dries, at even shares of the solvent lost, the later the "
        f"darker; all lie on each other from {max(dry.binder_setting):.0f} s on, when it rests.",
        wide=len(binders) > 1,
    )
    with drawing(
        figure, width=4.6 * len(binders), columns=len(binders), sharey=True, squeeze=False
    ) as axes:
        for ax, name, course in zip(axes[0], binders, dry.binder_course, strict=True):
            _draw_profiles(ax, dry, course, f"{name} / mean", BLUE)
            ax.axhline(1, color=PALE, lw=1.2, zorder=0)
            ax.set_ylim(bottom=0)
    return figure


def _draw_profiles(ax: Axes, dry: StageView, rows: np.ndarray, name: str, colour: str) -> None:
    """Draw profiles at some of the moments, labelled with their times."""
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("time", ["white", colour, INK])
    chosen = np.unique(np.linspace(0, len(dry.moment) - 1, SHOWN).round().astype(int))
    for i in chosen:
        shade = shades(EARLY + (LATE - EARLY) * i / (len(dry.moment) - 1))
        ax.plot(dry.z, rows[i], color=shade, lw=1.4, label=f"{dry.moment[i]:.0f} s")
    ax.set(xlabel="height / thickness", ylabel=name, xlim=(0, 1))
    ax.legend(fontsize=7, ncols=2)
    foil_to_top(ax)
