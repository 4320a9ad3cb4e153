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
from multiscale.report.figures.cutaway import cutaway
from multiscale.results import RunView

SOLID = "#5A5A5A"


def figures(run: RunView) -> list[Figure]:
    """Tortuosity factor by direction and by layer, and where the ions pass."""
    kept = 0 not in run.transport.concentration.shape
    return [by_direction(run), by_layer(run), *([cutaway(run), section(run)] if kept else [])]


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


def section(run: RunView) -> Figure:
    """Concentration and flux density of the electrolyte in a cut through the thickness."""
    transport = run.transport
    shape, edges = transport.concentration.shape, transport.voxel_size * 1e6
    middle = slice(shape[1] // 2, shape[1] // 2 + 1)
    concentration, flux = (
        field.read(y=middle)[:, 0].T for field in (transport.concentration, transport.flux_density)
    )
    figure = Figure(
        "Steady diffusion through the electrolyte from the foil to the top, in a cut half-way "
        f"across the web: {shape[0]} × {shape[2]} voxels of {edges[0]:.2g} × {edges[2]:.2g} µm. "
        "Left concentration over that at the foil; right flux density over its mean, its highest "
        "two per cent in one colour. Dark: solid, and pores that do not connect both faces.",
        wide=True,
    )
    x, z = shape[0] * edges[0], shape[2] * edges[2]
    high = min(4.0, 3.4 * z / x)
    busy = np.isfinite(flux).any() and float(np.nanquantile(flux, 0.98))
    with drawing(figure, width=9.2, height=high + 0.7, columns=2) as axes:
        for ax, cut, name, colours, most in (
            (axes[0], concentration, "c / c(foil) [1]", "cividis", 1.0),
            (axes[1], flux, "|j| / mean j [1]", "viridis", busy or 1.0),
        ):
            ax.set_facecolor(SOLID)
            picture = ax.imshow(
                np.ma.masked_invalid(cut), origin="lower", extent=(0, x, 0, z), cmap=colours,
                vmin=0, vmax=most, interpolation="nearest", interpolation_stage="rgba",
            )  # fmt: skip
            above = "max" if ax is axes[1] else "neither"
            ax.figure.colorbar(picture, ax=ax, label=name, extend=above)
            ax.set(xlabel="web direction x [µm]", ylabel="height z [µm]")
            ax.spines[["top", "right"]].set_visible(True)
    return figure
