"""Draw docs/figures/coating.png: what lubrication says about bar and slot die.

Run: python docs/figures/coating.py (seconds).
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from multiscale.stages.coating import CommaBar
from multiscale.stages.coating.gap_law import true_gap, wet_thickness
from multiscale.stages.coating.knife import KnifeFilm, knife_film
from multiscale.stages.coating.slot_bead import Die, steady_thickness

SLURRY = (44.6, 4.38, 0.732)  # Herschel-Bulkley form of the NMC622 slurry: Pa, Pa s^n, 1


def main() -> None:
    """Film under a bar over the speed, and the window of a slot die over the speed."""
    figure, (bar, slot) = plt.subplots(1, 2, figsize=(7.6, 3.3), layout="constrained")
    speed = np.geomspace(4e-3, 0.5, 25)
    law = CommaBar()
    gap = true_gap(law.gap, law.slope, law.offset)
    for head in (0.0, 0.01, 0.03):

        def film(u: float, head: float = head) -> KnifeFilm:
            return knife_film(gap, law.bar_radius, u, 2193.0 * 9.81 * head, *SLURRY)

        at_law = film(law.law_speed)
        t = [wet_thickness(law.gap, law.slope, law.offset, film(u), at_law)[0] for u in speed]
        line = bar.semilogx(speed * 60, np.divide(t, gap), label=f"dam of {head * 1e3:.0f} mm")
        ratio = [film(u).ratio for u in speed]
        bar.semilogx(speed * 60, ratio, color=line[0].get_color(), ls="--", lw=0.8)
    bar.plot([], [], color="k", ls="--", lw=0.8, label="lubrication alone")
    bar.axhline(0.612874, color="k", ls="-.", lw=0.8, label="Newtonian, no dam: 0.6129")
    bar.axhline(0.5, color="k", ls=":", lw=0.8, label="Couette flow: 0.5")
    bar.plot(0.3, 0.826, "ks", label="gap law at its own speed")
    bar.set(
        xlabel="web speed / m/min",
        ylabel="wet film / true gap",
        title="comma bar",
        ylim=(0.1, 0.95),
    )
    bar.legend(fontsize=7, frameon=False)

    die = Die(200e-6, 1e-3, 1e-3, 2.1, 1.05, 0.0, 0.0407, *SLURRY)
    low, high = (
        np.array([steady_thickness(bead, u, die) / die.gap for u in speed])
        for bead in (0.0, die.upstream_lip)
    )
    slot.fill_between(speed * 60, low, high, color="C0", alpha=0.2, label="steady bead")
    slot.semilogx(3.0, 132.3 / 200, "ks", label="NMC622 case")
    for limit in (0.5, 1.0):
        slot.axhline(limit, color="k", ls=":", lw=0.8)
    slot.set(xlabel="web speed / m/min", ylabel="wet film / gap", title="slot die", ylim=(0.3, 1.3))
    slot.legend(fontsize=7, frameon=False)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=110)


if __name__ == "__main__":
    main()
