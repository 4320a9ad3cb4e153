"""Draw docs/figures/permeability.png: flow around spheres, and the drag's error over the voxels.

Run: python docs/figures/permeability.py (half a minute).
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from multiscale.voxels.stokes import creep

ROUND = (True, True, True)
DRAG = {0.125: 4.292, 0.343: 15.4, 0.5236: 42.1}  # simple cubic, Zick and Homsy (1982)
COLOUR = {0.125: "#3f7fbf", 0.343: "#8d99a6", 0.5236: "#1d1d1b"}


def main() -> None:
    """Two panels."""
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), layout="constrained")
    draw_flow(axes[0])
    draw_errors(axes[1])
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90)


def sphere(fraction: float, n: int) -> tuple[np.ndarray, float]:
    """Distance to the sphere of one cell of n voxels, and its radius."""
    a = n * (3 * fraction / (4 * np.pi)) ** (1 / 3)
    x = np.arange(n) + 0.5 - n / 2
    distance = np.sqrt(x[:, None, None] ** 2 + x[:, None] ** 2 + x**2) - a
    return distance.astype(np.float32), a


def draw_flow(axes: plt.Axes) -> None:
    """Speed in the plane through the middle of a cell, over the superficial velocity."""
    level, _ = sphere(0.343, 48)
    flow = creep(level > 0, ROUND, level=level)
    speed = np.linalg.norm(flow.velocity[:, :, 24], axis=-1) / flow.permeability
    shown = np.ma.masked_where(level[:, :, 24] <= 0, speed)
    image = axes.imshow(shown.T, cmap="Blues", origin="lower", extent=(0, 1, 0, 1))
    axes.set(
        xlabel="x/L", ylabel="y/L", title="speed over the superficial one", facecolor="#8d99a6"
    )
    plt.colorbar(image, ax=axes, shrink=0.8)


def draw_errors(axes: plt.Axes) -> None:
    """Relative error of the drag: walls where they are, and half way between cells."""
    size = np.array([12, 16, 24, 32, 48])
    for fraction, exact in DRAG.items():
        errors: dict[bool, list[float]] = {True: [], False: []}
        for n in size:
            level, a = sphere(fraction, int(n))
            for placed in (True, False):
                k = creep(level > 0, ROUND, level=level if placed else None).permeability
                errors[placed].append(abs(n**3 / (6 * np.pi * a * k) / exact - 1))
        style = {"color": COLOUR[fraction], "markersize": 4}
        axes.loglog(size, errors[True], "s-", label=f"φ = {fraction:g}", **style)
        axes.loglog(size, errors[False], "o:", **style)
    axes.loglog(size, 0.6 * (size / 12.0) ** -2 / 10, "--", color="#c0504d", label="second order")
    axes.set(xlabel="voxels per cell edge", title="error of the drag")
    axes.set_xticks(size, [str(n) for n in size])
    axes.minorticks_off()
    axes.legend(frameon=False, fontsize=8)


if __name__ == "__main__":
    main()
