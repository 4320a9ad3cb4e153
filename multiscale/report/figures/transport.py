"""How hard the electrode is to cross."""

from __future__ import annotations

import numpy as np

from multiscale.report.figures.canvas import (
    BLUE,
    GREY,
    SKY,
    VERMILION,
    Figure,
    drawing,
    foil_to_top,
)
from multiscale.results import RunView


def figures(run: RunView) -> list[Figure]:
    """Tortuosity factor by direction and by layer."""
    return [by_direction(run), by_layer(run)]


def by_direction(run: RunView) -> Figure:
    """Tortuosity factor along x, y and z with its numerical error, and Bruggeman's for spheres."""
    transport = run.transport
    error = transport.record.error["tortuosity"]
    spheres = transport.porosity**-0.5
    figure = Figure(
        "Tortuosity factor τ = ε D₀/D_eff by direction, bars: numerical error. Bruggeman's law for "
        f"spheres would give 1/√ε = {spheres:.2f}."
    )
    with drawing(figure) as ax:
        bars = ax.bar(
            ["x (web)", "y (cross-web)", "z (thickness)"], transport.tortuosity, width=0.5,
            yerr=error, color=[SKY, SKY, BLUE], error_kw={"capsize": 4, "lw": 1.2},
        )  # fmt: skip
        ax.bar_label(bars, fmt="%.2f", padding=3)
        ax.axhline(spheres, color=GREY, lw=1, ls="--", label="Bruggeman, spheres")
        ax.set(ylabel="tortuosity factor", ylim=(0, 1.35 * (np.max(transport.tortuosity) + error)))
        ax.legend(loc="upper left")
        ax.tick_params(axis="x", length=0)
    return figure


def by_layer(run: RunView) -> Figure:
    """Tortuosity factor and electrolyte fraction of each layer through the thickness."""
    transport = run.transport
    edges = np.linspace(0, transport.thickness * 1e6, transport.z.size + 1)
    figure = Figure("Each layer's tortuosity factor along z and its electrolyte fraction.")
    with drawing(figure) as ax:
        ax.stairs(transport.tortuosity_profile, edges, baseline=None, color=BLUE, lw=1.8)
        ax.set(xlabel="height z [µm]", xlim=(0, edges[-1]))
        ax.set_ylabel("tortuosity factor", color=BLUE)
        ax.set_ylim(0, 1.15 * transport.tortuosity_profile.max())
        right = ax.twinx()
        share = 100 * transport.porosity_profile
        right.stairs(share, edges, baseline=None, color=VERMILION, lw=1.8, ls="--")
        right.set_ylabel("electrolyte fraction [%]", color=VERMILION)
        right.set_ylim(0, 1.15 * share.max())
        right.spines["right"].set_visible(True)
        foil_to_top(ax)
    return figure
