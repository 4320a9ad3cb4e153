"""Draw docs/figures/morphology.png: forms of the domain over active content and solids.

Run: python docs/figures/morphology.py (a quarter of a minute).
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from multiscale.records import Form
from multiscale.stages.microstructure.morphology import Ingredients, Mix, mix_forms
from multiscale.stages.microstructure.pack import pack_particles

WIDTH = np.log(17 / 5) / (2 * 1.2816)
SPREAD = np.linspace(-3, 3, 30)
DIAMETER, SHARE = 10e-6 * np.exp(WIDTH * SPREAD), np.exp(-(SPREAD**2) / 2)
BOX = np.array([40e-6, 40e-6, 60e-6])
POROSITY, NANO = 0.3, 0.47
DENSITY = np.array([4750.0, 1780.0, 1900.0, 1028.0])  # NMC, PVDF, carbon black, NMP
COLOURS = ("#8d99a6", "#3f7fbf", "#5b7f3b", "#1d1d1b", "#c23b22")


def main() -> None:
    """Shares with their priors, over the active material in the solids and the solids' fraction."""
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained", sharey=True)
    content, solids = np.linspace(0.90, 0.98, 5), np.linspace(0.55, 0.79, 7)
    draw(axes[0], content, [mixed(a, 0.69) for a in content], "active material in the solids")
    draw(axes[1], solids, [mixed(0.96, s) for s in solids], "solids in the slurry")
    axes[0].set(ylabel="share of the domain", ylim=(0, 0.85))
    axes[1].legend(frameon=False, fontsize=8)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90)


def draw(axes: plt.Axes, x: np.ndarray, found: list[Mix], title: str) -> None:
    """One line for each form."""
    for form in (Form.FILM, Form.BRIDGES, Form.HEAPS, Form.AGGLOMERATES):
        mean, spread = (np.array([getattr(m, k)[form] for m in found]) for k in ("share", "prior"))
        axes.plot(x, mean, "o-", ms=3, color=COLOURS[form], label=form.name.lower())
        axes.fill_between(x, mean - spread, mean + spread, color=COLOURS[form], alpha=0.12, lw=0)
    axes.set(xlabel=title + ", by mass")


def mixed(active: float, solids: float) -> Mix:
    """The mix of NMC622 with as much carbon black as PVDF."""
    rest = (1 - active) / 2
    volume = np.array([active, rest, rest, 1 / solids - 1]) / DENSITY
    phi = volume / volume[:3].sum() * (1 - POROSITY)
    particles = pack_particles(
        DIAMETER,
        SHARE / SHARE.sum(),
        float(phi[0]),
        BOX,
        np.random.default_rng(1),
        lambda share, note: None,
    )
    inactive = phi[1] + phi[2]
    of = Ingredients(
        additive=phi[2] / inactive,
        dissolved=phi[1] / inactive,
        fibrous=0.0,
        solvent=phi[3] / inactive,
        adsorbed=0.0,
        gelled=0.0,
        layer=phi[1] / (phi[2] * DENSITY[2] * 62e3),
        structure=1 + DENSITY[2] * 2.9e-3,
        aggregate=0.2e-6,
        surface=6 * phi[0] * float((SHARE / SHARE.sum() / DIAMETER).sum()),
        domain=inactive / (1 - NANO),
    )
    return mix_forms(of, lambda angle: particles.necks(BOX, angle))


if __name__ == "__main__":
    main()
