"""The dry coating as particles: where its carbon-binder domain is."""

from __future__ import annotations

from multiscale.report.figures.canvas import BLUE, GREY, PALE, Figure, drawing, foil_to_top
from multiscale.results import RunView


def figures(run: RunView) -> list[Figure]:
    """Carbon-binder domain through the thickness, of the particles and of the film model."""
    packing = run.grains
    figure = Figure(
        f"Carbon-binder domain of {len(packing.radius)} spheres through the dry coating, with the "
        f"standard deviation by their number; grey: the film model. Top tenth over bottom tenth: "
        f"{packing.cbd_ratio:.2f}. {len(packing.bond)} bonds hold the binder."
    )
    with drawing(figure) as ax:
        ax.plot(packing.z, packing.film_profile, color=GREY)
        ax.errorbar(
            packing.z, packing.cbd_profile, yerr=packing.cbd_scatter, fmt="o", ms=4, color=BLUE
        )
        ax.axhline(1, color=PALE, lw=1.2, zorder=0)
        ax.set(xlabel="height / thickness", ylabel="carbon-binder domain / mean", xlim=(0, 1))
        ax.set_ylim(bottom=0)
        foil_to_top(ax)
    return [figure]
