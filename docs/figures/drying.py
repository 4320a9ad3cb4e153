"""Draw docs/figures/drying.png: binder profiles against references, the default dryer, orders.

Run: python docs/figures/drying.py (seconds).
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/verification")]

import test_binder_migration as reference  # noqa: E402  (the tests' cases are the figure's cases)
from drying_case import cathode  # noqa: E402

from multiscale.stages.drying import Film1D  # noqa: E402
from multiscale.stages.drying.setup import film_of, portions_of  # noqa: E402
from multiscale.stages.drying.solve import solve_drying  # noqa: E402


def main() -> None:
    """Three panels."""
    figure, (profiles, dryer, orders) = plt.subplots(1, 3, figsize=(9.6, 3.2), layout="constrained")
    draw_profiles(profiles)
    draw_dryer(dryer)
    draw_orders(orders)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90)


def draw_profiles(axes: plt.Axes) -> None:
    """Binder at the end of shrinkage, lines, and the reference values at the faces, dots."""
    for Pe, (top, foil) in zip(reference.PECLET[1:], reference.C6[1:], strict=True):
        profile, mean = reference.shrink(Pe, 0.3, 0.6)
        (line,) = axes.semilogy(profile.xi, profile.c / mean, label=f"{Pe:g}")
        axes.plot([0, 1], [foil, top], "o", color=line.get_color(), ms=4, clip_on=False)
    axes.set(xlabel="height / film height", ylabel="binder / mean", title="end of shrinkage")
    axes.legend(title="E h$_0$/D", fontsize=7, title_fontsize=7, frameon=False)


def draw_dryer(axes: plt.Axes) -> None:
    """Film temperature and solvent of the default cathode."""
    powder, formulation, wet = cathode()
    film = film_of(powder, formulation, wet, Film1D())
    portions = portions_of(formulation, wet, Film1D())
    drying = solve_drying(film, portions, wet.web_speed, Film1D(), lambda *_: None)
    t = np.linspace(0, drying.history.residence, 400)
    m, T = drying.history.state(t)[:2]
    axes.plot(t, T - 273.15, "C3")
    air = np.array([zone.air_temperature - 273.15 for zone in Film1D().zones])
    axes.stairs(air, [0, *drying.history.ends], color="C3", ls=":", baseline=None)
    axes.axvline(drying.shrinkage_end, color="0.7", lw=0.8)
    axes.set(xlabel="time / s", title="default dryer")
    axes.set_ylabel("film (air dotted) / degC", color="C3")
    other = axes.twinx()
    other.plot(t, 1e3 * m, "C0")
    other.set_ylabel("solvent / g m$^{-2}$", color="C0")


def draw_orders(axes: plt.Axes) -> None:
    """Errors against the manufactured solution, in space and in time."""
    cells, steps = np.array([10, 20, 40, 80]), np.array([2, 4, 8, 16])
    space = [reference.manufactured_error(int(n), 1000) for n in cells]
    time = [reference.manufactured_error(1600, int(n)) for n in steps]
    axes.loglog(cells, space, "o-", label="cells")
    axes.loglog(steps, time, "s-", label="time steps")
    axes.loglog(cells, space[0] * (cells[0] / cells) ** 2.0, "k:", label="order 2")
    axes.set_xticks([2, 5, 10, 20, 50], labels=["2", "5", "10", "20", "50"])
    axes.minorticks_off()
    axes.set(xlabel="cells or steps", ylabel="L$_2$ error", title="manufactured solution")
    axes.legend(fontsize=7, frameon=False)


if __name__ == "__main__":
    main()
