"""Draw docs/figures/drying_study.png: the binder's gradient over the draws of a study.

Run: python docs/figures/drying_study.py [FOLDER] (about two minutes; from the repository's root).
FOLDER holds the study if it was run already: multiscale ensemble cases/drying_sensitivity --probe.
It prints the page's numbers.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np

from multiscale.ensemble import load_ensemble, run_ensemble
from multiscale.report.bands import band, rank_correlation
from multiscale.report.figures.study import RATE, Axis, factor_axes
from multiscale.results import StudyView, open_study

RATIO, HOLD = "drying.binder_ratio[0]", "drying.adhesion"
SHOWN = ("diffusivity", "gel concentration", "mobile fraction")


def main() -> None:
    """Draw the ratio against drying rate and three properties, with bands."""
    with TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else scratch)
        if len(sys.argv) < 2:
            run_ensemble(load_ensemble("cases/drying_sensitivity", probe=True), folder)
        study = open_study(folder)
    rate = Axis("mean drying rate / g m$^{-2}$ s$^{-1}$", study.results[RATE].shown)
    axes = factor_axes(study)
    chosen = [rate, *(axis for axis in axes if axis.name.startswith(SHOWN))]
    figure, panels = plt.subplots(1, 4, figsize=(9.6, 2.9), layout="constrained", sharey=True)
    for panel, axis in zip(panels, chosen, strict=True):
        draw(panel, study, axis)
    panels[0].set(ylabel="binder, top / bottom tenth", ylim=(0, None))
    panels[0].legend(fontsize=7, frameon=False)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=80)
    tell(study, [rate, *axes])


def draw(panel: plt.Axes, study: StudyView, axis: Axis) -> None:
    """Draw samples, the band that holds 90 % of them, and its median."""
    ratio = study.results[RATIO].shown
    found = band(axis.values, ratio)
    panel.plot(axis.values, ratio, ".", ms=2, color="C7")
    panel.fill_between(found.x, found.low, found.high, alpha=0.3, label="90 % of the draws")
    panel.plot(found.x, found.middle, "o-", ms=3, label="median")
    panel.set_xlabel(axis.name, fontsize=8)
    if axis.log:
        panel.set_xscale("log")


def tell(study: StudyView, axes: list[Axis]) -> None:
    """Print bands over the drying rate, and rank correlations with ratio and peel force."""
    ratio, hold = (study.results[key].shown for key in (RATIO, HOLD))
    for kept in (ratio, hold):
        found = band(axes[0].values, kept)
        print(np.round(np.column_stack([found.x, found.low, found.middle, found.high]), 2))
    mobile = next(axis.values for axis in axes if axis.name == "mobile fraction")
    rest = np.log(ratio) - np.polyval(np.polyfit(mobile, np.log(ratio), 2), mobile)
    for axis in axes:
        ranks = [rank_correlation(axis.values, kept) for kept in (ratio, hold, rest)]
        print(f"{axis.name}: ratio, peel force, ratio beside mobile fraction", np.round(ranks, 2))


if __name__ == "__main__":
    main()
