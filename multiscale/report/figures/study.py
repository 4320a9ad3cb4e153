"""Results of an ensemble against what was varied, with bands over its samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multiscale.records import FloatArray
from multiscale.report.bands import band, rank_correlation
from multiscale.report.figures.canvas import BLUE, GREY, INK, SERIES, VERMILION, Figure, drawing
from multiscale.results import StudyView, unit_text
from multiscale.results.study import Factor, Kept

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS = 3  # in a row
RATE, RATIO = "drying.drying_rate", "drying.binder_ratio"
Own = Callable[[str], float | None]  # a run's own result by its key, in the unit it is shown in


def no_run(key: str) -> None:
    """Stand for a run where none is drawn into its study."""


@dataclass(frozen=True)
class Axis:
    """What a panel is drawn against: a factor or a result of the samples."""

    name: str
    values: FloatArray
    log: bool = False


def factor_axes(study: StudyView) -> list[Axis]:
    """Give an axis for each factor that has numbers."""
    return [
        Axis(_label(f.name, f.unit), f.numbers, f.log)
        for f in study.factors
        if f.numbers is not None
    ]


def against_factors(study: StudyView, own: Own = no_run) -> list[Figure]:
    """Draw each result against each factor."""
    axes = factor_axes(study)
    return [_panels(study, kept, axes, own) for kept in study.results.values()] if axes else []


def binder_against_rate(study: StudyView, own: Own = no_run) -> list[Figure]:
    """Draw each binder's gradient against the drying rate, where both were kept."""
    if RATE not in study.results:
        return []
    rate = study.results[RATE]
    axis = Axis(_label("mean drying rate", rate.display), rate.shown)
    return [
        _one(study, kept, axis, (own(RATE), own(key)))
        for key, kept in study.results.items()
        if key.startswith(RATIO)
    ]


def ranks(study: StudyView) -> Figure | None:
    """Draw how closely each result follows each factor, as rank correlations."""
    axes = [axis for axis in factor_axes(study) if np.unique(axis.values).size > 1]
    if not axes or not study.results:
        return None
    found = np.array(
        [[rank_correlation(a.values, k.shown) for a in axes] for k in study.results.values()]
    )
    figure = Figure(
        "Rank correlation (Spearman) of each result, down, with each factor, across: 1 or -1 where "
        "it rises or falls with the factor alone. Chance alone gives up to about "
        f"{2 / np.sqrt(max(study.size - 1, 1)):.2f} with {study.size} samples.",
        wide=True,
    )
    with drawing(figure, width=9.2, height=1.3 + 0.3 * len(found)) as ax:
        ax.imshow(found, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto", alpha=0.7)
        ax.set_xticks(range(len(axes)), [axis.name for axis in axes], rotation=12, ha="right")
        ax.set_yticks(range(len(found)), list(study.results))
        for (i, j), value in np.ndenumerate(found):
            text = "–" if np.isnan(value) else f"{value:.2f}"
            ax.text(j, i, text, ha="center", va="center", color=INK, fontsize=9)
    return figure


def _panels(study: StudyView, kept: Kept, axes: Sequence[Axis], own: Own) -> Figure:
    figure = Figure(_caption(study, kept, own(kept.key) is not None), wide=True)
    rows = -(-len(axes) // PANELS)
    with drawing(
        figure, width=9.2, height=2.9 * rows, rows=rows, columns=PANELS, sharey=True, squeeze=False
    ) as grid:
        for ax, axis in zip(grid.flat, axes, strict=False):
            _draw(ax, study, kept, axis)
            if (value := own(kept.key)) is not None:
                ax.axhline(value, color=VERMILION, lw=1.2, ls="--", label="this run")
            ax.set(xlabel=axis.name)
        for ax in grid[:, 0]:
            ax.set(ylabel=_label(kept.key, kept.display))
        for ax in list(grid.flat)[len(axes) :]:
            ax.set_visible(False)
        if grid[0, 0].get_legend_handles_labels()[1]:
            grid[0, 0].legend(fontsize=7)
    return figure


def _one(
    study: StudyView, kept: Kept, axis: Axis, run: tuple[float | None, float | None]
) -> Figure:
    figure = Figure(_caption(study, kept, None not in run))
    with drawing(figure) as ax:
        _draw(ax, study, kept, axis)
        if None not in run:
            ax.plot(*run, "*", color=VERMILION, ms=11, mec="white", label="this run", zorder=4)
        ax.set(xlabel=axis.name, ylabel=_label("top tenth / bottom tenth", kept.display))
        ax.legend(fontsize=8)
    return figure


def _draw(ax: Axes, study: StudyView, kept: Kept, axis: Axis) -> None:
    """Draw samples with their numerical errors; a band where samples are many, else lines."""
    for name, chosen, colour in _series(study):
        x, y, error = (v[chosen] for v in (axis.values, kept.shown, kept.error))
        found = band(x, y)
        ax.errorbar(
            x, y, np.nan_to_num(error), fmt="o", ms=2 if found else 4, lw=0.6, color=colour,
            alpha=0.35 if found else 0.9, label=None if found else name or "samples",
        )  # fmt: skip
        if found:
            ax.fill_between(found.x, found.low, found.high, color=colour, alpha=0.25, lw=0)
            ax.plot(found.x, found.middle, color=colour, label=f"median {name}".strip())
    if axis.log:
        ax.set_xscale("log")


def _series(study: StudyView) -> Iterator[tuple[str, np.ndarray, str]]:
    """Split the samples by the first factor that has names instead of numbers."""
    named: Factor | None = next((f for f in study.factors if f.numbers is None), None)
    if named is None:
        yield "", np.full(study.size, True), BLUE
        return
    shown = np.array(named.shown)
    for i, level in enumerate(dict.fromkeys(named.shown)):
        yield level, shown == level, SERIES[i] if i < len(SERIES) else GREY


def _caption(study: StudyView, kept: Kept, with_run: bool) -> str:
    """Say what the marks mean, as far as there are any."""
    known = kept.error[np.isfinite(kept.error)]
    largest = f", {known.max():.2g} at most" if known.size else ""
    banded = any(band(axis.values, kept.shown) for axis in factor_axes(study))
    return (
        f"{kept.key}: {kept.doc}. Each mark is a sample, its bar the numerical error{largest}."
        + (" Bands hold 90 % of the samples, lines are medians." if banded else "")
        + (" Dashed, or a star: this run." if with_run else "")
    )


def _label(name: str, unit: str) -> str:
    shown = unit_text(unit)
    return f"{name} [{shown}]" if shown else name
