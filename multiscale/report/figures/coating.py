"""Where the coater's setting lies in its window."""

from __future__ import annotations

from multiscale.report.figures.canvas import BLUE, GREEN, INK, VERMILION, Figure, drawing
from multiscale.results import RunView


def figures(run: RunView) -> list[Figure]:
    """The setting against the ends of the coating window."""
    return [window(run)]


def window(run: RunView) -> Figure:
    """Wet thickness over gap, with the smallest and the largest stable value.

    Where the stage does not assess the window, only its reason is told.
    """
    film = run.coating
    ratio, low, high = film.thickness / film.gap, film.window_low, film.window_high
    figure = Figure(f"Wet thickness over gap: {ratio:.3g}. Coating window: {film.window}.")
    if film.window.startswith("not-assessed"):
        return figure
    with drawing(figure, height=1.7) as ax:
        ax.axvspan(low, high, color=GREEN, alpha=0.18, lw=0)
        for end in (low, high):
            ax.axvline(end, color=GREEN, lw=1.5)
            ax.annotate(
                f"{end:.2f}", (end, 0.03), xycoords=("data", "axes fraction"), color=INK,
                xytext=(4, 0), textcoords="offset points", fontsize=9,
            )  # fmt: skip
        ax.annotate(
            "stable", ((low + high) / 2, 0.97), xycoords=("data", "axes fraction"),
            ha="center", va="top", color=GREEN, fontsize=9,
        )  # fmt: skip
        ax.plot(ratio, 0.5, "D", ms=9, color=BLUE if low <= ratio <= high else VERMILION)
        ax.annotate(
            f"set: {ratio:.2f}", (ratio, 0.5), xytext=(10, 0), textcoords="offset points",
            va="center", color=INK,
        )  # fmt: skip
        ends = (ratio, low, high)
        room = 0.2 * (max(ends) - min(ends))
        ax.set(xlabel="wet thickness / gap", ylim=(0, 1), yticks=[])
        ax.set_xlim(max(min(ends) - room, 0), max(ends) + 1.6 * room)
        ax.spines["left"].set_visible(False)
    return figure
