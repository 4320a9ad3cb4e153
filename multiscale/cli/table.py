"""Plain tables for a terminal or a log."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from shutil import get_terminal_size

_NARROWEST = 20  # columns below which folding the last cell would make it harder to read


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write rows below a header, columns aligned to the left.

    The last column is folded to the width of the terminal; in a pipe it is as long as it is.
    """
    lines = [header, *rows]
    widths = [max(len(row[i]) for row in lines) for i in range(len(header) - 1)]
    indent = sum(widths) + 2 * len(widths)
    room = get_terminal_size().columns - indent if sys.stdout.isatty() else 0
    written = []
    for row in lines:
        last = textwrap.wrap(row[-1], room) if room >= _NARROWEST else [row[-1]]
        cells = [*(cell.ljust(w) for cell, w in zip(row[:-1], widths, strict=True)), *last[:1]]
        written.append("  ".join(cells).rstrip())
        written += [" " * indent + more for more in last[1:]]
    return "\n".join(written)


def duration(seconds: float | None) -> str:
    """Write a time for people: "3.4 s", "12 min", "2.5 h"; "-" where unknown."""
    if seconds is None:
        return "-"
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
