"""The electrode's inside: a view, two slices and the phases by depth."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.report.figures.canvas import (
    GREY,
    PHASES,
    Figure,
    drawing,
    foil_to_top,
)  # fmt: skip
from multiscale.report.raycast import render
from multiscale.results import RunView

_MOST_VOXELS = 256  # along an edge; more do not show at the width of a page


def figures(run: RunView) -> list[Figure]:
    """View, depth profiles, slices."""
    label = run.microstructure.label.read()
    return [view(run, label), depth_profiles(run), slices(run, label)]


def view(run: RunView, label: NDArray[np.uint8]) -> Figure:
    """The voxels seen from above the separator's side."""
    from matplotlib.image import imsave

    size = run.microstructure.voxel_size
    every = max(1, -(-max(label.shape) // _MOST_VOXELS))
    pixels = render(label[::every, ::every, ::every], size * every, PHASES)
    edges = " × ".join(f"{n * s * 1e6:.0f}" for n, s in zip(label.shape, size, strict=True))
    buffer = io.BytesIO()
    imsave(buffer, pixels, format="png")
    return Figure(
        f"Microstructure, {edges} µm, {run.value('microstructure.label').text} of "
        f"{size[2] * 1e6:.2g} µm: active material blue-grey, carbon-binder domain orange, pores "
        "empty. The foil is below.",
        data=buffer.getvalue(),
        mime="image/png",
    )


def slices(run: RunView, label: NDArray[np.uint8]) -> Figure:
    """A cut through the thickness and one half-way up."""
    from matplotlib.colors import ListedColormap

    size = run.microstructure.voxel_size * 1e6
    x, y, z = (n * s for n, s in zip(label.shape, size, strict=True))
    figure = Figure("Cuts: through the thickness with the foil below, and half-way up.", wide=True)
    shape = {"width_ratios": (x / z, x / y)}  # both cuts equally high
    high = min(4.0, 8.0 / sum(shape["width_ratios"]))
    with drawing(figure, width=9.2, height=high + 0.6, columns=2, gridspec_kw=shape) as axes:
        cuts = (
            (label[:, label.shape[1] // 2, :].T, (0, x, 0, z), "height z [µm]"),
            (label[:, :, label.shape[2] // 2].T, (0, x, 0, y), "cross-web y [µm]"),
        )
        for ax, (cut, extent, name) in zip(axes, cuts, strict=True):
            ax.imshow(
                cut, origin="lower", extent=extent, cmap=ListedColormap(PHASES), vmin=0, vmax=2,
                interpolation="nearest", interpolation_stage="rgba",
            )  # fmt: skip
            ax.set(xlabel="web direction x [µm]", ylabel=name)
            ax.spines[["top", "right"]].set_visible(True)
    return figure


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
