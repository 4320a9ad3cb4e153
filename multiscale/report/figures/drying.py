"""The film in the dryer, the regime of its solids, and where its binder went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from multiscale.records.record import FloatArray
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
from multiscale.report.figures.drying_course import (
    binder_course,
    film_course,
    shade_zones,
    time_line,
)
from multiscale.results import RunView

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def figures(run: RunView) -> list[Figure]:
    """The film over time, what happens inside it, its solids, and the binder that it leaves."""
    dry, binders = run.drying, _binders(run)
    return [
        drying_curve(run),
        time_line(dry, binders),
        film_course(dry),
        film_solids(run),
        binder_course(dry, binders),
        binder_profile(run),
    ]


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
            shade_zones(ax, dry.zone_end)
            ax.axvline(dry.drying_time, color=GREY, lw=1, ls=":")
        axes[0].set_ylim(bottom=0)
        axes[1].set_ylim(bottom=0)
        begin = 0.0
        air = dry.value("air_temperature").shown
        for end, temperature in zip(dry.zone_end, air, strict=True):
            axes[2].plot([begin, end], [temperature] * 2, color=VERMILION, lw=1, ls="--")
            begin = end
    return figure


def film_solids(run: RunView) -> Figure:
    """Tension over time, the dry solids through the thickness, and the regime on its map."""
    dry = run.drying
    carried = dry.yield_number > dry.yield_limit
    figure = Figure(
        f"Solids of the film. It may crack at {dry.crack_margin:.3g} times its thickness, as bare "
        f"spheres; the band of the solid fraction is its numerical error. Its solids dry in the "
        f"regime {dry.regime}"
        + (
            f": the yield stress is {dry.yield_number:.2g} times the weight of a grain, so that "
            "no grain settles and N_s, drawn hollow, does not count."
            if carried
            else "."
        ),
        wide=True,
    )
    with drawing(figure, width=9.2, height=2.9, columns=3) as (tension, solids, regimes):
        value = dry.value("film_tension")
        tension.plot(dry.time, value.shown, color=BLUE)
        shade_zones(tension, dry.zone_end)
        tension.set(
            xlabel="time [s]", ylabel=label("film tension", value), xlim=(0, dry.residence_time)
        )
        tension.axvline(dry.shrinkage_end, color=GREY, lw=1, ls=":")
        tension.set_ylim(bottom=0)
        solids.plot(dry.z, dry.solid_fraction, color=GREEN)
        _error_band(solids, dry.z, dry.solid_fraction, dry.value("solid_fraction").error, GREEN)
        solids.set(xlabel="height / thickness", ylabel="solid fraction, dry", xlim=(0, 1))
        solids.set_ylim(0, 1)
        foil_to_top(solids)
        _draw_regimes(regimes, dry.solids_peclet, dry.settling_number, carried)
    return figure


def binder_profile(run: RunView) -> Figure:
    """Each binder's local content over its mean, foil to top."""
    dry = run.drying
    which = _binders(run)
    told = ", ".join(f"{n} {r:.2f}" for n, r in zip(which, dry.binder_ratio, strict=True))
    figure = Figure(
        f"Binder through the dry coating. Top tenth over bottom tenth: {told}. Bands: numerical "
        "error; what the unknown properties of the binder leave open is many times wider: the case "
        "drying_sensitivity draws it, report --study shows it here."
    )
    with drawing(figure) as ax:
        for name, profile, colour in zip(which, dry.binder, SERIES, strict=False):
            ax.plot(dry.z, profile, color=colour, label=name)
            _error_band(ax, dry.z, profile, dry.value("binder").error, colour)
        ax.axhline(1, color=PALE, lw=1.2, zorder=0)
        ax.set(xlabel="height / thickness", ylabel="binder / mean", xlim=(0, 1))
        ax.set_ylim(bottom=0)
        if len(which) > 1:
            ax.legend(loc="lower right")
        foil_to_top(ax)
    return figure


def _error_band(
    ax: Axes, z: FloatArray, values: FloatArray, error: float | None, colour: str
) -> None:
    if error:
        ax.fill_between(z, values - error, values + error, color=colour, alpha=0.2, lw=0)


def _draw_regimes(ax: Axes, peclet: float, settling: float, carried: bool) -> None:
    """Draw the map of Pe and N_s, each with its boundary at 1, and the film as a point in it."""
    low, high = 1e-5, 1e5
    x = min(max(peclet, 2 * low), high / 2)
    y = min(max(settling, 2 * low), high / 2)
    ax.plot([low, high], [1, 1], color=GREY, lw=1)
    ax.plot([1, 1], [low, 1], color=GREY, lw=1)
    for at_x, at_y, name in (
        (1.0, 300.0, "sedimentation"),
        (3e-3, 3e-3, "uniform"),
        (300.0, 3e-3, "evaporation"),
    ):
        ax.text(at_x, at_y, name, ha="center", va="center", color=GREY, fontsize=9)
    ax.plot(
        x, y, "o", color=VERMILION, ms=7, mew=1.5, mfc="none" if carried else VERMILION, zorder=3
    )
    ax.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
    ax.set(xlabel="Pe = E h₀ / D₀", ylabel="N_s = U₀ / E")


def _binders(run: RunView) -> Sequence[str]:
    known = run.formulation.binders if "formulation" in run else ""
    return names(known, len(run.drying.binder), "binder")
