"""The samples of a run as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from multiscale.files import replacing
from multiscale.particle_case.samples import Row


def draw(rows: Sequence[Row], path: Path, title: str) -> None:
    """Draw viscosity against strain, or pressure against solid fraction; coordination below."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sheared = "viscosity" in rows[0]
    x, y = ("strain", "viscosity") if sheared else ("solid_fraction", "pressure")
    labels = {
        "strain": "strain",
        "viscosity": "viscosity of the particles' stress [Pa s]",
        "solid_fraction": "solid fraction",
        "pressure": "pressure [Pa]",
    }
    figure = Figure(figsize=(6, 6), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True)
    for stage in sorted({row["stage"] for row in rows}):
        mine = [row for row in rows if row["stage"] == stage]
        at = [row[x] for row in mine]
        above.plot(at, [row[y] for row in mine], ".-", label=f"stage {stage:.0f}")
        below.plot(at, [row["coordination"] for row in mine], ".-")
    if not sheared and max(row[y] for row in rows) > 0:
        above.set_yscale("log", nonpositive="mask")
    above.set_ylabel(labels[y])
    below.set_ylabel("contacts per particle")
    below.set_xlabel(labels[x])
    above.set_title(title)
    above.legend(frameon=False)
    with replacing(path) as scratch:
        figure.savefig(scratch, format="png", dpi=120)
