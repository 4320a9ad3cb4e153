"""One look for all figures: size, type, colours that colour-blind readers tell apart."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multiscale.results import Value, unit_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette, without its yellow.
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9",
)  # fmt: skip
INK, GREY, MIST, PALE = "#222222", "#777777", "#BDBDB6", "#E4E4E0"
SERIES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
# Pore, active material, carbon-binder domain: three shades in grey print as well.
PHASES = ((1.0, 1.0, 1.0), (0.68, 0.77, 0.87), (0.70, 0.30, 0.0))

_DPI = 120  # of pictures in pixels
_STYLE: Any = {  # rc_context names each key in its type
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.labelsize": 10,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "multiscale",  # the same picture for the same result
}


@dataclass
class Figure:
    """A picture with the sentence below it.

    Attributes:
        caption: what it shows, one or two sentences; also its text for screen readers.
        wide: takes the full width of the page.
        data: the picture, filled when its block ends; none where the sentence is all.
        mime: its type.
    """

    caption: str
    wide: bool = False
    data: bytes = field(default=b"", repr=False)
    mime: str = "image/svg+xml"


@contextmanager
def drawing(
    figure: Figure, *, width: float = 4.6, height: float = 3.1, rows: int = 1, columns: int = 1,
    **options: Any,
) -> Iterator[Any]:  # fmt: skip
    """Give axes to draw on and put the picture into `figure` when the block ends.

    Args:
        figure: receives the picture.
        width, height: in inches.
        rows, columns: of axes; with one of each the block gets the axes themselves.
        options: for `matplotlib.figure.Figure.subplots`.

    It is drawn as lines, or as pixels where the figure's type says "image/png".
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context(_STYLE):
        canvas = Canvas(figsize=(width, height))
        yield canvas.subplots(rows, columns, **options)
        buffer = io.BytesIO()
        if figure.mime == "image/png":
            canvas.savefig(buffer, format="png", dpi=_DPI, pil_kwargs={"optimize": True})
        else:
            canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    figure.data = buffer.getvalue()


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Write a picture with a palette of 256 colours, which takes a third of the bytes.

    Args:
        pixels: red, green, blue, shape (height, width, 3).
    """
    from PIL import Image

    buffer = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.quantize(256, dither=Image.Dither.NONE).save(buffer, "png", optimize=True)
    return buffer.getvalue()


def label(name: str, value: Value) -> str:
    """An axis label with its unit: "film temperature [°C]"."""
    unit = unit_text(value.display)
    return f"{name} [{unit}]" if unit else name


def foil_to_top(ax: Axes) -> None:
    """Mark the ends of an axis that runs through the thickness, foil at the left."""
    for x, side, name in ((0.02, "left", "foil"), (0.98, "right", "top")):
        ax.annotate(
            name, (x, 1.0), xycoords="axes fraction", ha=side, va="bottom", color=GREY, fontsize=9
        )


def names(text: str, count: int, kind: str) -> Sequence[str]:
    """Names of `count` things from a comma-separated text; "binder 1" and so on without one."""
    given = [name.strip() for name in text.split(",") if name.strip()]
    return given if len(given) == count else [f"{kind} {i + 1}" for i in range(count)]
