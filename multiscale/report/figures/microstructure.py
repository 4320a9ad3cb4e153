"""The electrode's inside: a view, two cuts and the phases by depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multiscale.records import FloatArray, Form
from multiscale.report.figures.canvas import (
    GREY,
    MIST,
    PHASES,
    SERIES,
    Figure,
    drawing,
    foil_to_top,
    names,
    png,
)  # fmt: skip
from multiscale.report.raycast import render
from multiscale.results import RunView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_VOXELS = 256  # along an edge; more do not show at the width of a page


def figures(run: RunView) -> list[Figure]:
    """View, depth profiles, cuts with the carbon-binder domain by height."""
    label = run.microstructure.label.read()
    return [view(run, label), depth_profiles(run), slices(run, label)]


def view(run: RunView, label: NDArray[np.uint8]) -> Figure:
    """The voxels seen from above the separator's side."""
    size = run.microstructure.voxel_size
    every = max(1, -(-max(label.shape) // _MOST_VOXELS))
    pixels = render(label[::every, ::every, ::every], size * every, PHASES, ambient=0.6)
    edges = " × ".join(f"{n * s * 1e6:.0f}" for n, s in zip(label.shape, size, strict=True))
    return Figure(
        f"Microstructure, {edges} µm, {run.value('microstructure.label').text} of "
        f"{size[2] * 1e6:.2g} µm: active material pale blue, carbon-binder domain brown, pores "
        f"empty. The foil is below.{_forms(run)}",
        data=png(pixels),
        mime="image/png",
    )


def _forms(run: RunView) -> str:
    """Which forms the domain takes, where it was placed by them."""
    shares = zip(
        Form, run.microstructure.cbd_share, run.microstructure.cbd_share_prior, strict=False
    )
    told = [f"{f.name.lower()} {100 * s:.0f} ± {100 * p:.0f} %" for f, s, p in shares if s > 0]
    return f" The domain by form: {', '.join(told)}." if told else ""


def slices(run: RunView, label: NDArray[np.uint8]) -> Figure:
    """A cut through the thickness, the domain by height beside it, and a cut half-way up."""
    size = run.microstructure.voxel_size * 1e6
    x, y, z = (n * s for n, s in zip(label.shape, size, strict=True))
    followed = _binders(run)
    told = "; dashed: what drying left of each binder" * bool(followed)
    figure = Figure(
        "Cuts: through the thickness with the foil below, and half-way up. Between them the "
        f"carbon-binder domain by height, over its mean{told}.",
        wide=True,
    )
    shape = {"width_ratios": (x / z, 0.62, x / y)}  # both cuts equally high
    high = min(4.0, 8.0 / sum(shape["width_ratios"]))
    with drawing(figure, width=9.2, height=high + 0.6, columns=3, gridspec_kw=shape) as axes:
        cuts = (
            (axes[0], label[:, label.shape[1] // 2, :].T, (0, x, 0, z), "height z [µm]"),
            (axes[2], label[:, :, label.shape[2] // 2].T, (0, x, 0, y), "cross-web y [µm]"),
        )
        for ax, cut, extent, name in cuts:
            draw_cut(ax, cut, extent)
            ax.set(xlabel="web direction x [µm]", ylabel=name)
        structure = run.microstructure
        _draw_domain(axes[1], structure.z * z, structure.cbd_profile, followed, run)
        axes[1].set_ylim(0, z)
        axes[1].set_box_aspect(1 / shape["width_ratios"][1])
    return figure


def draw_cut(ax: Axes, cut: NDArray[np.uint8], extent: tuple[float, float, float, float]) -> None:
    """Draw a section of labelled voxels, its first axis upwards."""
    from matplotlib.colors import ListedColormap

    ax.imshow(
        cut, origin="lower", extent=extent, cmap=ListedColormap(PHASES), vmin=0, vmax=2,
        interpolation="nearest", interpolation_stage="rgba",
    )  # fmt: skip
    ax.spines[["top", "right"]].set_visible(True)


def _binders(run: RunView) -> list[tuple[str, FloatArray]]:
    """Name and profile of each binder as dried; none where the volume is an image."""
    if "drying" not in run or len(run.microstructure.centre) == 0:
        return []
    known = run.formulation.binders if "formulation" in run else ""
    profiles = run.drying.binder
    return list(zip(names(known, len(profiles), "binder"), profiles, strict=True))


def _draw_domain(
    ax: Axes,
    height: FloatArray,
    domain: FloatArray,
    followed: list[tuple[str, FloatArray]],
    run: RunView,
) -> None:
    """Draw the domain's share by height over its mean, and the binders that it follows."""
    mean = max(float(domain.mean()), np.finfo(float).tiny)
    share = domain / mean
    ax.plot(share, height, color=PHASES[2], label="domain")
    top = run.microstructure.thickness * 1e6
    for (name, profile), colour in zip(followed, SERIES, strict=False):
        ax.plot(profile, run.drying.z * top, color=colour, lw=1.4, ls="--", label=name)
    ax.axvline(1, color=MIST, lw=1, zorder=0)
    ax.set(xlabel="share / mean [1]")
    ax.set_xlim(0, 1.1 * max([2.0, share.max(), *(p.max() for _, p in followed)]))
    ax.legend(loc="lower right", fontsize=8)


def depth_profiles(run: RunView) -> Figure:
    """Active material, carbon-binder domain and open pore by height, stacked to 100 %."""
    structure: Any = run.microstructure
    layers = [structure.active_profile, structure.cbd_profile, structure.pore_profile]
    height = structure.z * structure.thickness * 1e6
    figure = Figure(
        f"Phases by height. Electrolyte fraction {100 * structure.porosity:.1f} %, the nano-pores "
        f"of the carbon-binder domain ({100 * structure.nanoporosity:.0f} % of it) included."
    )
    names = ("active material", "carbon-binder domain", "open pore")
    with drawing(figure, height=3.4) as ax:
        ax.stackplot(
            height, *(100 * layer for layer in layers), labels=names, ec=GREY, lw=0.4,
            colors=[PHASES[1], PHASES[2], PHASES[0]],
        )  # fmt: skip
        ax.set(xlabel="height z [µm]", ylabel="share of the volume [%]", ylim=(0, 100))
        ax.set_xlim(height[0], height[-1])
        ax.figure.legend(loc="outside lower center", ncols=3, columnspacing=1.2, handlelength=1.2)
        foil_to_top(ax)
    return figure
