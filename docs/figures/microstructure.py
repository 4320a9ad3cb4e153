"""Draw docs/figures/microstructure.png: a section, the profiles, and the area over the voxel size.

Run: python docs/figures/microstructure.py (half a minute).
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from multiscale.stages.microstructure.fill import Content, fill_box
from multiscale.stages.microstructure.options import Stochastic
from multiscale.stages.microstructure.pack import pack_particles
from multiscale.voxels.area import interface_area, interface_profile
from multiscale.voxels.slabs import whole
from multiscale.voxels.voxelise import radius_factor

ACTIVE, CBD = 0.63, 0.131
WIDTH = np.log(17 / 5) / (2 * 1.2816)
SPREAD = np.linspace(-3, 3, 30)
DIAMETER, SHARE = 10e-6 * np.exp(WIDTH * SPREAD), np.exp(-(SPREAD**2) / 2)
BOX = np.array([48e-6, 48e-6, 64e-6])
Z = (np.arange(25) + 0.5) / 25
WEIGHT = 1 + 0.3 * (2 * Z - 1)
FORMS = np.array([0.17, 0.17, 0.62, 0.04, 0.0])  # as the stage derives them


def main() -> None:
    """Three panels."""
    rng = np.random.default_rng(1)
    particles = pack_particles(
        DIAMETER, SHARE / SHARE.sum(), ACTIVE, BOX, rng, lambda share, note: None
    )
    shape = (96, 96, 128)
    content = Content(ACTIVE, CBD, Z, WEIGHT, FORMS)
    label, _ = fill_box(
        particles,
        shape,
        BOX / shape,
        content,
        Stochastic(),
        rng,
        lambda share, note: None,
        whole(shape[2], (False, False, False)),
    )
    figure, axes = plt.subplots(1, 3, figsize=(9.6, 3.4), layout="constrained")
    draw_section(axes[0], label)
    draw_profiles(axes[1], label)
    draw_area(axes[2], particles.middle, particles.equatorial)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90)


def draw_section(axes: plt.Axes, label: np.ndarray) -> None:
    """A plane through the middle of the box."""
    colours = ListedColormap(["#ffffff", "#8d99a6", "#1d1d1b"])
    extent = (0, 1e6 * BOX[0], 0, 1e6 * BOX[2])
    axes.imshow(label[:, 48].T, cmap=colours, origin="lower", extent=extent, interpolation="none")
    axes.set(xlabel="x [um]", ylabel="z [um], foil at 0", title="particles, CBD, pore")


def draw_profiles(axes: plt.Axes, label: np.ndarray) -> None:
    """Fractions by slice, and the quota that the binder profile asks for."""
    z = (np.arange(label.shape[2]) + 0.5) / label.shape[2]
    for phase, name, colour in (
        (1, "active", "#8d99a6"),
        (0, "pore", "#3f7fbf"),
        (2, "CBD", "#1d1d1b"),
    ):
        axes.plot(np.mean(label == phase, axis=(0, 1)), z, color=colour, label=name)
    axes.plot(CBD * WEIGHT, Z, "o", ms=3, mfc="none", color="#c23b22", label="CBD asked for")
    axes.set(xlabel="volume fraction", ylabel="z/h", title="by slice", ylim=(-0.05, 1.3))
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.legend(frameon=False, fontsize=8, loc="upper center", ncol=2)


def draw_area(axes: plt.Axes, centre: np.ndarray, radius: np.ndarray) -> None:
    """Surface of the packing's particles against the exact one of its spheres."""
    exact = 4 * np.pi * np.sum(radius**2) / BOX.prod()
    voxel, raw, better, faces = np.array([2, 1.5, 1, 0.75, 0.5]), [], [], []
    for v in voxel:
        shape = tuple(2 * round(length / (2e-6 * v)) for length in BOX)
        edge = BOX / shape
        mask, _ = radius_factor(centre, radius, shape, edge, round(ACTIVE * np.prod(shape)))
        label = mask.astype(np.uint8)
        raw.append(interface_profile(label, edge, 1, 0).mean() / exact)
        better.append(interface_area(label, edge, 1, 0)[0].mean() / exact)
        steps = [np.abs(np.diff(label.astype(int), axis=a)).sum() / edge[a] for a in range(3)]
        faces.append(sum(steps) / label.size / exact)
    axes.plot(voxel, faces, "v:", color="#999999", label="counting faces")
    axes.plot(voxel, raw, "s--", color="#3f7fbf", label="Crofton")
    axes.plot(voxel, better, "o-", color="#c23b22", label="Crofton, v and 2v")
    axes.axhline(1, color="k", lw=0.8)
    axes.set(xlabel="voxel [um]", ylabel="area / exact", xlim=(0, None), ylim=(0, 1.6))
    axes.set_title("particle surface")
    axes.legend(frameon=False, fontsize=8)


if __name__ == "__main__":
    main()
