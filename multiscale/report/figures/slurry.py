"""The slurry's flow curve."""

from __future__ import annotations

import numpy as np

from multiscale.report.figures.canvas import BLUE, GREY, VERMILION, Figure, drawing
from multiscale.results import RunView


def figures(run: RunView) -> list[Figure]:
    """Flow curve with the Herschel-Bulkley law and the rate in the coating gap."""
    return [flow_curve(run)]


def flow_curve(run: RunView) -> Figure:
    """Shear stress over shear rate: the tabulated curve and tau = tau_y + K gamma^n."""
    slurry = run.slurry
    rate, stress = slurry.flow_curve.x, slurry.flow_curve.y
    fit = slurry.yield_stress + slurry.consistency * rate**slurry.flow_index
    seen = "coating" in run and rate[0] < run.coating.shear_rate < rate[-1]
    at = run.coating.shear_rate if seen else float(np.sqrt(rate[0] * rate[-1]))
    off = float(np.interp(np.log(at), np.log(rate), fit / stress)) - 1
    figure = Figure(
        f"Flow curve and the Herschel–Bulkley law fitted to it: yield stress "
        f"{slurry.yield_stress:.3g} Pa, consistency {slurry.consistency:.3g} Pa·sⁿ, exponent "
        f"{slurry.flow_index:.3g}. At {at:.3g} s⁻¹{', as in the coater,' if seen else ''} the law "
        f"is off by {100 * off:+.1f} %."
    )
    with drawing(figure) as ax:
        ax.loglog(rate, stress, "o", ms=4, mfc="none", color=BLUE, label="model")
        ax.loglog(rate, fit, color=VERMILION, label="Herschel–Bulkley")
        if seen:
            ax.axvline(at, color=GREY, lw=1, ls=":")
            ax.annotate(
                "coater", (at, 0.04), ha="right", va="bottom",
                xycoords=("data", "axes fraction"), color=GREY, fontsize=9, rotation=90,
            )  # fmt: skip
        ax.set(xlabel="shear rate [s⁻¹]", ylabel="shear stress [Pa]")
        ax.legend(loc="upper left")
    return figure
