"""Draw docs/figures/transport.png: convergence with the voxel size, and of the linear solver.

Run: python docs/figures/transport.py (a quarter of a minute; from the repository's root).
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from multiscale.stages.transport.coarser import EverySecond
from multiscale.stages.transport.volume import Image, all_layers
from multiscale.voxels import laplace
from multiscale.voxels.percolation import percolating
from tests.voxel_images import blobs, sphere_lattice

PERIODIC = (True, True)
EXACT = {
    ("sc", np.pi / 6, "touching, simple cubic"): 0.34372,
    ("fcc", 0.6, "60 %, face-centred"): 0.29917,
}
PER_CELL = {"sc": 1, "fcc": 4}


def conduct(d: np.ndarray, history: list[float] | None = None) -> float:
    """Effective conductivity along the first axis."""
    d = np.where(percolating(d > 0, PERIODIC), d, 0.0)
    watch = (lambda i, r: None) if history is None else (lambda i, r: history.append(r))
    faces = laplace.faces_of_cells(d.astype(float), (1.0, 1.0, 1.0), PERIODIC)
    return laplace.conduct(faces, PERIODIC, watch=watch).conductivity


def main() -> None:
    """Two panels."""
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
    draw_staircase(axes[0])
    draw_solver(axes[1])
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=92)


def draw_staircase(axes: plt.Axes) -> None:
    """Error of D_eff on the voxels, extrapolated, and as stated; prints the rows of the table."""
    n = np.array([16, 32, 64, 128])
    for colour, ((lattice, fraction, name), exact) in zip(("C0", "C1"), EXACT.items(), strict=True):
        diameter = n * (6 * fraction / (np.pi * PER_CELL[lattice])) ** (1 / 3)
        images = [sphere_lattice(lattice, fraction, k) for k in n]
        found = np.array([conduct(image) for image in images])
        coarse = np.array([conduct(all_layers(EverySecond(Image(image)))) for image in images[1:]])
        step = found[1:] - coarse
        value, stated = found[1:] + step, abs(step)
        axes.loglog(diameter, 1 - found / exact, "o-", color=colour, label=name)
        axes.loglog(diameter[1:], abs(1 - value / exact), "s--", color=colour, ms=4, lw=0.8)
        axes.loglog(diameter[1:], stated / exact, "x", color=colour)
        print(name, (abs(value - exact) / stated).round(2))
    axes.loglog([10, 100], [0.2, 0.02], "k:", lw=1, label="first order")
    axes.set(xlabel="voxels per sphere diameter", ylabel="relative error of $D_{eff}$")
    axes.set_title("o on the voxels, squares: extrapolated, x stated error", fontsize=9)
    axes.legend(fontsize=8)


def draw_solver(axes: plt.Axes) -> None:
    """Residual over the iterations: pores, and islands of a strong conductor in a weak one."""
    for n, style in ((32, ":"), (64, "--"), (96, "-")):
        grain, domain = blobs((n, n, n), 3.0, 2), blobs((n, n, n), 1.0, 3)
        islands = np.select([grain < 0.4, domain < 0.25], [0.0, 1.0], 1e-5)
        for d, colour, name in ((grain < 0.4, "C0", "pores"), (islands, "C3", "contrast 1e5")):
            history: list[float] = []
            conduct(d, history)
            axes.semilogy(history, style, color=colour, label=f"{name}, {n}³")
    axes.set(xlabel="iteration", ylabel="relative residual")
    axes.legend(fontsize=8)


if __name__ == "__main__":
    main()
