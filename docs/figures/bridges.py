"""Draw docs/figures/bridges.png: a pressed packing without and with its bonds as bridges.

Run: PYTHONPATH=tests python docs/figures/bridges.py (a minute).
"""

from dataclasses import replace
from pathlib import Path

import grains_case
import matplotlib.pyplot as plt
import numpy as np

from multiscale.records import Phase
from multiscale.report.figures.microstructure import draw_cut
from multiscale.stages.microstructure.pressed import Spheres, label_spheres, press
from multiscale.voxels.bridges import Bridges, bridge_fields

POROSITY, VOXEL = 0.38, 0.2e-6
NO_BONDS = Bridges(np.empty((0, 3)), np.empty((0, 3)), np.empty((0, 2)), np.empty(0))
# r_1, r_2 (0: the foil), D, R.
PAIRS = [(3.0, 2.0, 5.6, 1.3), (3.0, 2.0, 4.4, 1.6), (3.0, 0.0, 3.2, 1.4)]


def draw_distance(axes: plt.Axes) -> None:
    """Outlines and signed distances of a bond across a gap, of an overlap and to the foil."""
    size, n = 0.05, 140
    for number, (one, other, length, radius) in enumerate(PAIRS):
        x = 6.5 * number
        of = Bridges(
            np.array([[0.5 * n * size, size / 2, 3.4]]),
            np.array([[0.0, 0.0, -length if other == 0 else length]]),
            np.array([[one, other]]),
            np.array([radius]),
        )
        _, d = bridge_fields(of, (n, 1, 200), np.full(3, size), (False, False, False), 5.0)
        at = x + (np.arange(n) + 0.5) * size, (np.arange(200) + 0.5) * size - 3.4
        axes.contour(*at, d[:, 0].T, np.arange(0.25, 1.1, 0.25), colors="0.75", linewidths=0.6)
        axes.contourf(*at, d[:, 0].T, [-9, 0], colors=["#c23616"])
        for height, r in ((0.0, one), (length, other)):
            axes.add_patch(plt.Circle((x + 0.5 * n * size, height), r, fill=False, color="#7f8fa6"))
    axes.axhline(-3.2, color="0.3")
    axes.set(aspect="equal", xlabel="x", ylabel="z")


def cut(axes: plt.Axes, spheres: Spheres, shape, edge, phi) -> None:
    """The section half-way across the box."""
    label, _ = label_spheres(spheres, shape, edge, *phi)
    x, _, z = 1e6 * edge * shape
    draw_cut(axes, label[:, shape[1] // 2].T, (0, x, 0, z))
    axes.set(xlabel="x [µm]")
    print(np.bincount(label.ravel(), minlength=len(Phase)) / label.size)


def main() -> None:
    """Three panels."""
    packing, electrode = grains_case.packing(), grains_case.electrode(POROSITY)
    h = electrode.thickness
    active = electrode.active_mass / (grains_case.POWDER.density * h)
    cbd = (1 - active - POROSITY) / (1 - packing.nanoporosity)
    spheres = press(packing, h, 1500)
    lengths = np.array([packing.box[0], packing.box[1], h])
    shape = tuple(int(n) for n in 2 * np.rint(lengths / (2 * VOXEL)))
    shape_ratio = {"width_ratios": (1.6, 1, 1)}
    figure, axes = plt.subplots(
        1, 3, figsize=(10, 3.4), layout="constrained", gridspec_kw=shape_ratio
    )
    draw_distance(axes[0])
    for ax, bridges in zip(axes[1:], (NO_BONDS, spheres.bridges), strict=True):
        cut(ax, replace(spheres, bridges=bridges), shape, lengths / shape, (active, cbd))
    axes[1].set(ylabel="height z [µm]", title="spheres alone")
    axes[2].set(title="with bridges")
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=84)


if __name__ == "__main__":
    main()
