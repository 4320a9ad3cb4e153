"""Draw docs/figures/drying_solids.png: a skin that grows, the regimes, the default cathode."""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from drying_case import cathode

from multiscale.stages.drying import Film1D
from multiscale.stages.drying.consolidation import consolidate
from multiscale.stages.drying.layers import Layers
from multiscale.stages.drying.regimes import CARRIES, regime_map
from multiscale.stages.drying.setup import film_of, portions_of
from multiscale.stages.drying.skeleton import PowerLawSkeleton
from multiscale.stages.drying.solve import solve_drying


def front(axis) -> None:
    """A film of spheres without network until they touch, E = 1 um/s."""
    h_0, E = 1e-4, 1e-6
    layers = Layers(200)
    rigid = PowerLawSkeleton(5e-6, 0.0, 300.0, 0.66, 1e30, 0.5995, 60.0, 1e4)
    found = consolidate(
        layers, rigid, np.full(201, 0.3), 48.0, lambda t: h_0 - E * t, lambda t: 1e-3, 100, 0.05
    )
    for t in (5, 15, 25, 35, 45):
        k = int(np.searchsorted(found.times, t))
        axis.plot(found.phi[k], 1e6 * (h_0 - E * found.times[k]) * layers.xi, label=f"{t} s")
    axis.set(xlabel="solid fraction", ylabel="z / µm", title="rigid spheres: a packed skin")
    axis.legend(fontsize=7)


def regimes(axis, setting) -> None:
    """The map, and where the default cathode stands on it."""
    peclet, settling = np.geomspace(1e-5, 1e5, 201), np.geomspace(1e-3, 1e3, 121)
    names = ["uniform", "evaporation", "sedimentation"]
    level = [[names.index(name) for name in row] for row in regime_map(peclet, settling)]
    axis.pcolormesh(peclet, settling, level, cmap="Pastel1", vmax=8, shading="nearest")
    for name, x, y in (("uniform", 1e-3, 3e-2), ("skin", 1e2, 3e-2), ("sediment", 1e-2, 60)):
        axis.text(x, y, name)
    axis.plot(setting.peclet, setting.settling, "k^", label="default cathode")
    held = "does not settle" if setting.yielding > CARRIES else "settles"
    axis.annotate(
        f"Y = {setting.yielding:.1f}: {held}", (setting.peclet, setting.settling),
        xytext=(5, -14), textcoords="offset points", fontsize=8,
    )  # fmt: skip
    axis.set(
        xscale="log", yscale="log", xlabel="Pe = E h₀/D₀", ylabel="N_s = U₀/E", title="regimes"
    )
    axis.legend(fontsize=7)


def liquid(axis, drying) -> None:
    """How the pores of the default cathode empty."""
    column = drying.solids.column
    for t in np.linspace(column.entry, drying.solids.cut_off, 6):
        axis.plot(column.saturation(np.array([t]))[0], column.xi, label=f"{t:.0f} s")
    axis.set(xlabel="saturation", ylabel="z/h", title="default cathode: pores empty")
    axis.legend(fontsize=7)


def main() -> None:
    powder, formulation, wet = cathode()
    options = Film1D()
    portions = portions_of(formulation, wet, options)
    film = film_of(powder, formulation, wet, options)
    drying = solve_drying(film, portions, wet.web_speed, options, lambda fraction, note: None)
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    front(axes[0])
    regimes(axes[1], drying.solids.settled.setting)
    liquid(axes[2], drying)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=80)


if __name__ == "__main__":
    main()
