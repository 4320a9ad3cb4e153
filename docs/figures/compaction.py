"""Draw docs/figures/compaction.png: contacts deep in compaction, and twelve spheres in a press.

Run: python docs/figures/compaction.py (half a minute, most of it compiling).
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "verification"))
from test_compaction_by_mdr import LAMMPS, MATERIAL, press, table, twelve_spheres


def main() -> None:
    """Two panels."""
    figure, (contact, box) = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
    draw_contact(contact)
    draw_box(box)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90)


def draw_contact(axes: plt.Axes) -> None:
    """Force of two equal spheres over their overlap: loaded, and unloaded from three depths."""
    p, radius = table(**MATERIAL), 0.5
    down = np.linspace(0, 0.4, 2001)
    axes.plot(down / radius, press(p, down)[0] / 1e6, "C0", label="loading")
    hertz = 4 / 3 * 0.5 * p.modulus * np.sqrt(0.5 * radius) * down**1.5
    axes.plot(down / radius, hertz / 1e6, "k:", lw=1, label="Hertz")
    for depth in (0.15, 0.25, 0.35):
        way = np.concatenate([down[down <= depth], np.linspace(depth, 0, 400)])
        force = press(p, way)[0]
        axes.plot(way[-400:] / radius, force[-400:] / 1e6, "C1", lw=1)
    axes.plot([], [], "C1", lw=1, label="unloading")
    axes.set(xlabel="overlap / radius", ylabel="force / MN", ylim=(0, 60))
    axes.legend(frameon=False, fontsize=8)


def draw_box(axes: plt.Axes) -> None:
    """Force on the walls of the box over their displacement, by axis."""
    sim, at, force = twelve_spheres(), [], []
    while sim.step < 49_900:
        sim.run(200)
        at.append(sim.step * 1e-5)
        force.append(-np.diag(sim.wall_force[:3, :3]) / 1e6)
    for a, name in enumerate("xyz"):
        axes.plot(at, np.array(force)[:, a], f"C{a}", lw=1, label=f"wall across {name}")
        axes.plot(LAMMPS[:, 0], LAMMPS[:, 1 + a], "o", color=f"C{a}", ms=4)
    axes.plot([], [], "ko", ms=4, label="LAMMPS mdr")
    axes.set(xlabel="displacement of each wall / m", ylabel="force / MN", xlim=(0, 0.5))
    axes.legend(frameon=False, fontsize=8)


if __name__ == "__main__":
    main()
