"""The electrode with a corner taken out: its phases, and what passes through its pores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multiscale.records import FloatArray
from multiscale.report.figures.canvas import GREY, INK, Figure, drawing
from multiscale.report.raycast import Colours, place, render
from multiscale.results import RunView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACTIVE, CBD, CLOSED = (0.97, 0.97, 0.97), (0.10, 0.10, 0.10), (0.45, 0.45, 0.45)
_LEVELS = 252  # of a field; with nothing and three more phases they fill a byte
_FIRST = 4  # the lowest level
_MOST_VOXELS = 192  # along an edge; more do not show in a picture of this width
_PIXELS = 640
_DARKEST = 0.12  # part of a colour map that lies too near to the domain's black


def cutaway(run: RunView) -> Figure:
    """Concentration and flux density on the faces of the box and of a corner cut out of it."""
    figure = Figure(
        "Steady diffusion through the electrolyte from the foil (below) to the top, a corner cut "
        "out. Left concentration over that at the foil; right flux density over its mean, its "
        "highest two per cent in one colour. White: active material; black: carbon-binder domain; "
        "grey: pores that do not join foil and top.",
        wide=True,
        mime="image/png",
    )
    with drawing(figure, width=9.2, height=4.8, columns=2) as axes:
        draw_fields(axes, run)
    return figure


def draw_fields(axes: Sequence[Axes], run: RunView) -> None:
    """Draw the concentration in the first axes and the flux density in the second."""
    structure, transport = run.microstructure, run.transport
    every = max(1, -(-max(structure.label.shape) // _MOST_VOXELS))
    thin = (slice(None, None, every),) * 3
    label = structure.label.read()[thin]
    edge = np.asarray(structure.label.shape) * structure.voxel_size
    flux = transport.flux_density.read()[thin]
    open_flux = flux[np.isfinite(flux)]
    busy = float(np.quantile(open_flux, 0.98)) if open_flux.size else 1.0
    for ax, field, name, colours, most in (
        (axes[0], transport.concentration.read()[thin], "c / c(foil) [1]", "viridis", 1.0),
        (axes[1], flux, "|j| / mean j [1]", "plasma", busy),
    ):
        _draw(ax, label, field, edge, name, colours, most)


def paint(label: NDArray[np.uint8], field: NDArray[np.float32], most: float) -> NDArray[np.uint8]:
    """Number the colours of a cut box: 0 nothing, 1 and 2 the solids, 3 closed pores, field above.

    Args:
        label: phases, axes (x, y, z).
        field: in the pores, NaN where they carry nothing; same shape.
        most: value of the last level; 0 is that of the first.
    """
    level = np.clip(np.nan_to_num(field) / most, 0, 1) * (_LEVELS - 1)
    painted = np.where(np.isfinite(field), _FIRST + level, 3).astype(np.uint8)
    painted = np.where(label == 0, painted, label)
    painted[label.shape[0] // 2 :, : label.shape[1] // 2] = 0  # the corner next to the eye
    return painted


def _draw(
    ax: Axes, label: NDArray[np.uint8], field: NDArray[np.float32], edge: FloatArray, name: str,
    colours: str, most: float,
) -> None:  # fmt: skip
    """Draw one box with its colour bar and the lengths of its edges."""
    import matplotlib as mpl
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    levels = mpl.colormaps[colours](np.linspace(_DARKEST, 1, _LEVELS))[:, :3]
    palette: Colours = ((1.0, 1.0, 1.0), ACTIVE, CBD, CLOSED, *map(tuple, levels.tolist()))
    pixels = render(
        paint(label, field, most), edge / label.shape, palette, width=_PIXELS, ambient=0.8,
        fog=np.inf,
    )  # fmt: skip
    ax.imshow(pixels, extent=(0, 1, 0, 1), interpolation="none")
    ax.set_aspect(pixels.shape[0] / pixels.shape[1])
    ax.axis("off")
    _measure(ax, edge)
    ax.figure.colorbar(
        ScalarMappable(Normalize(0, most), LinearSegmentedColormap.from_list(name, levels)),
        ax=ax, label=name, orientation="horizontal", shrink=0.7, aspect=30, pad=0.04,
        extend="max" if most != 1 else "neither",
    )  # fmt: skip


def _measure(ax: Axes, edge: FloatArray) -> None:
    """Write lengths along three edges of the box."""
    x, y, z = edge
    for begin, end, side, axis in (
        ((0, 0, 0), (0, 0, z), (-1.0, 0.0), "z"),
        ((0, 0, 0), (x / 2, 0, 0), (-0.4, -1.0), "x"),
        ((x, y / 2, 0), (x, y, 0), (0.4, -1.0), "y"),
    ):
        ends = place(np.array([begin, end], float), edge)
        length = 1e6 * float(np.linalg.norm(np.subtract(end, begin)))
        ax.plot(*ends.T, color=GREY, lw=0.8, clip_on=False)
        ax.annotate(
            f"{axis} {length:.0f} µm", tuple(ends.mean(axis=0)), (6 * side[0], 8 * side[1]),
            textcoords="offset points", ha="left" if side[0] > 0 else "right",
            va="center" if side[1] == 0 else "top", color=INK, fontsize=9, annotation_clip=False,
        )  # fmt: skip
