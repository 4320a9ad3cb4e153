"""Draw docs/figures/fluid_laws.png: film and bridge against the exact solutions.

Run: PYTHONPATH=tests python docs/figures/fluid_laws.py (half a minute; the exact solutions are
those of the tests).
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from fluid_pair import pair_resistance, pair_wrench, parameters
from liquid_bridge import bridge_force
from sphere_squeeze import squeeze_resistance

from multiscale.particles import laws

UP = np.array([0.0, 0.0, 1.0])


def draw_film(axes: plt.Axes) -> None:
    """Compare film and Stokes drag with two spheres in bispherical coordinates."""
    film = laws.lubrication(viscosity=1.0, h_min=1e-3, h_max=0.5, largest_radius=1.0)
    gaps = np.geomspace(2e-4, 0.5, 60)
    for color, b in (("C0", 1.0), ("C1", 0.2), ("C2", 5.0)):
        size = min(1.0, b)
        model = [
            pair_resistance(film, (1.0, b), g * size, UP)[2, 2] / (6 * np.pi) + 1.0 for g in gaps
        ]
        dots = gaps[::6]
        exact = [squeeze_resistance(1.0, b, g * size) for g in dots]
        axes.loglog(gaps, model, color, label=f"b = {b:g} a")
        axes.loglog(dots, exact, color + "o", ms=4, mfc="none")
    axes.axvline(0.05, color="0.7", lw=0.8)
    axes.text(0.055, 2e3, "default $h_{max}$", rotation=90, fontsize=7, color="0.4", va="top")
    axes.set(xlabel="gap / smaller radius", ylabel="resistance to approach / 6πμa")
    axes.legend(
        fontsize=7, frameon=False, title="film + Stokes drag (dots: exact)", title_fontsize=7
    )


def draw_bridge(axes: plt.Axes) -> None:
    """Compare Willett's closed form with the equation of Young and Laplace."""
    for color, volume in (("C0", 1e-2), ("C1", 1e-3)):
        law = laws.pendular(surface_tension=1.0, contact_angle=0.2, volume=volume)
        size = volume ** (1 / 3)
        gaps = np.linspace(0.0, 1.2, 200)
        still = np.zeros((2, 3))
        pull = [
            -pair_wrench(
                law.kind.function, parameters(law), (1.0,), np.array([UP * (2 + g * size), 0 * UP]),
                still, still, np.ones(2), np.ones(2), np.array([0, 1]), 0, 1.0,
            )[0, 0, 2]
            for g in gaps
        ]  # fmt: skip
        axes.plot(gaps, pull, color, label=f"V = {volume:g} R³")
        dots = np.linspace(0.03, 0.75, 10)
        exact = [bridge_force(volume, g * size, 0.2) for g in dots]
        axes.plot(dots, exact, color + "o", ms=4, mfc="none")
    axes.set(xlabel="gap / V$^{1/3}$", ylabel="pull of a bridge / Rσ", ylim=(0, None))
    axes.legend(fontsize=7, frameon=False, title="Willett (dots: Young-Laplace)", title_fontsize=7)


def main() -> None:
    """Draw both."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.2), layout="constrained")
    draw_film(left)
    draw_bridge(right)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=100)


if __name__ == "__main__":
    main()
