"""Draw docs/figures/drying_edge.png: the edge of the cathode C1, dried by the default dryer.

Run: python docs/figures/drying_edge.py (half a minute).
"""

import sys
from pathlib import Path

from mpi4py import MPI

import matplotlib.pyplot as plt
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from drying_case import cathode  # noqa: E402  (the tests' case is the figure's case)

from multiscale.stages.drying.edge.options import Edge, Film2D  # noqa: E402
from multiscale.stages.drying.edge.solve import EdgeDrying, solve_edge  # noqa: E402
from multiscale.stages.drying.edge.stage import web_of  # noqa: E402
from multiscale.stages.drying.setup import portions_of  # noqa: E402

SHOWN = 6.0  # mm


def main() -> None:
    """Four panels."""
    powder, formulation, wet = cathode()
    edge = Edge().model_copy(update={"columns": 80, "layers": 60, "steps": 160})
    options = Film2D().model_copy(update={"edge": edge})
    portions = portions_of(formulation, wet, options)
    web = web_of(powder, formulation, wet, portions, options)
    drying = solve_edge(MPI.COMM_SELF, web, portions, wet.web_speed, options, lambda *_: None)
    figure, axes = plt.subplots(1, 4, figsize=(11.5, 2.9), layout="constrained")
    draw_height(axes[0], drying)
    draw_temperature(axes[1], drying)
    draw_times(axes[2], drying)
    draw_binder(axes[3], drying)
    for one in axes:
        one.set(xlabel="distance from the edge / mm", xlim=(0, SHOWN))
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=80)


def draw_height(axes: plt.Axes, drying: EdgeDrying) -> None:
    crossing = drying.crossing
    y = 1e3 * crossing.web.y
    axes.plot(y, 1e6 * crossing.web.height, label="wet")
    for t in (20.0, 45.0):
        axes.plot(y, 1e6 * crossing.state(t).h, label=f"{t:g} s")
    axes.plot(y, 1e6 * crossing.state(float(crossing.ends[-1])).h, "k", label="dry")
    axes.set(title="height / um", ylim=(0, None))
    axes.legend(fontsize=7, frameon=False)


def draw_temperature(axes: plt.Axes, drying: EdgeDrying) -> None:
    crossing = drying.crossing
    for t in (35.0, 60.0, 75.0):
        axes.plot(1e3 * crossing.web.y, crossing.state(t).T - 273.15, label=f"{t:g} s")
    axes.set(title="temperature / degC")
    axes.legend(fontsize=7, frameon=False)


def draw_times(axes: plt.Axes, drying: EdgeDrying) -> None:
    y = 1e3 * drying.crossing.web.y
    axes.plot(y, drying.packed, label="packed")
    axes.plot(y, drying.dry, label="dry")
    axes.set(title="time / s")
    axes.legend(fontsize=7, frameon=False)


def draw_binder(axes: plt.Axes, drying: EdgeDrying) -> None:
    section = drying.sections[0]
    h = drying.crossing.state(float(drying.crossing.ends[-1])).h
    y = np.broadcast_to(section.y[:, None], section.total.shape)
    content = section.total / (drying.crossing.web.height / drying.crossing.web.height[-1])[:, None]
    colours = axes.pcolormesh(
        1e3 * y, 1e6 * h[:, None] * section.xi, content, vmin=0, vmax=4, shading="gouraud"
    )
    axes.set(title="mobile binder / mean", ylabel="z / um")
    axes.figure.colorbar(colours, ax=axes)


if __name__ == "__main__":
    main()
