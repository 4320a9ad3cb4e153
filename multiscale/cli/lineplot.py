"""A small line plot in Braille dots, for a terminal."""

from __future__ import annotations

import numpy as np

from multiscale.records import FloatArray
from multiscale.results import number_text

_DOT = np.array(
    [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
)  # bit of each dot in a Braille cell


def lineplot(x: FloatArray, y: FloatArray, width: int = 60, height: int = 12) -> str:
    """Draw curves y (curve, point) over x, with the ends of both axes written beside.

    Args:
        x: abscissae, increasing, at least two.
        y: one row per curve.
        width, height: size in characters; each holds 2 by 4 dots.
    """
    columns, rows = 2 * width, 4 * height
    low, high = float(y.min()), float(y.max())
    fine = np.linspace(x[0], x[-1], 4 * columns)
    across = np.minimum((np.arange(fine.size) * columns) // fine.size, columns - 1)
    cells = np.zeros((height, width), int)
    for curve in y:
        share = (np.interp(fine, x, curve) - low) / ((high - low) or 1.0)
        down = np.rint((1 - share) * (rows - 1)).astype(int)
        for column in range(columns):  # fill steep parts, so that the line does not fall apart
            here = down[across == column]
            dots = np.arange(here.min(), here.max() + 1)
            for dot in dots:
                cells[dot // 4, column // 2] |= _DOT[dot % 4, column % 2]
    left = [number_text(high), *[""] * (height - 2), number_text(low)]
    margin = max(map(len, left))
    drawn = [
        f"{label:>{margin}} ┤{''.join(chr(0x2800 + c) for c in row)}"
        for label, row in zip(left, cells, strict=True)
    ]
    first, last = number_text(float(x[0])), number_text(float(x[-1]))
    return "\n".join(
        [
            *drawn,
            f"{'':>{margin}} └{'─' * width}",
            f"{'':>{margin}}  {first}{last:>{width - len(first)}}",
        ]
    )
