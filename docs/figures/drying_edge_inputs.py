"""Draw docs/figures/drying_edge_inputs.png: what air and surface tension do to the dry edge.

The cathode C1 in the default dryer; below as a thin slurry, which levels. Prints the numbers of the
table in docs/explanation/drying_edge.md. Run: python docs/figures/drying_edge_inputs.py (a minute).
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
from multiscale.stages.drying.edge.result import computed, output_positions  # noqa: E402
from multiscale.stages.drying.edge.solve import solve_edge  # noqa: E402
from multiscale.stages.drying.edge.stage import web_of  # noqa: E402
from multiscale.stages.drying.setup import portions_of  # noqa: E402

GRID = {"columns": 80, "layers": 50, "steps": 120}
THIN = {"viscosity": 0.3, "yield_stress": 0.02}
SHOWN = 6.0  # mm
READ = 0.5, 2.0  # mm, where the table reads the profiles
STUDIES = {
    "air at the edge": ({}, "air_enhancement", (0.0, 0.3, 1.0, 2.0)),
    "surface tension, thin slurry": (THIN, "surface_tension_factor", (0.25, 0.5, 1.0, 2.0)),
}
PANELS = {
    "edge_height": "dry height / um",
    "edge_binder": "binder in the dry mass / wet film's",
    "edge_binder_ratio": "binder, top tenth / bottom tenth",
}


def dried(**changes: float) -> dict[str, np.ndarray]:
    """The edge's fields of the record, at one resolution."""
    powder, formulation, wet = cathode()
    options = Film2D().model_copy(update={"edge": Edge().model_copy(update=GRID | changes)})
    portions = portions_of(formulation, wet, options)
    web = web_of(powder, formulation, wet, portions, options)
    drying = solve_edge(MPI.COMM_SELF, web, portions, wet.web_speed, options, lambda *_: None)
    fields = computed(drying, portions, np.linspace(0, 1, 51))
    return {"y": 1e3 * output_positions(web), **{name: fields[name] for name in PANELS}}


def main() -> None:
    """A row of panels for each study, a line for each value."""
    figure, axes = plt.subplots(2, 3, figsize=(10, 5.2), layout="constrained", sharex=True)
    for row, (title, (always, name, values)) in zip(axes, STUDIES.items(), strict=True):
        for value in values:
            found = dried(**always, **{name: value})
            read = []
            for one, (field, label) in zip(row, PANELS.items(), strict=True):
                profile = np.atleast_2d(found[field])[0] * (1e6 if field == "edge_height" else 1)
                one.plot(found["y"], profile, label=f"{value:g}")
                one.set_title(f"{label}", fontsize=9)
                read += [f"{np.interp(at, found['y'], profile):.3f}" for at in READ]
            print(f"{name} {value:g}:", *read)
        row[0].set_ylabel(title)
        row[0].legend(title=name, fontsize=7, title_fontsize=7, frameon=False)
    for one in axes[1]:
        one.set(xlabel="distance from the edge / mm", xlim=(0, SHOWN))
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=75)


if __name__ == "__main__":
    main()
