"""Draw docs/figures/factory.png: dryer energy over the solids of the slurry, and cost step by step.

The web-scale records are replaced by round numbers (200 g/m2, 175 mAh/g at 3.65 V, NMP at 550 kJ/kg,
60 kg of air per kg of vapour heated by 60 K), so that the figure does not need a run.

Run: python docs/figures/factory.py (seconds).
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from multiscale.stages.factory.economics import throughput
from multiscale.stages.factory.options import PerStep

LOADING, ACTIVE = 0.2, 0.96  # kg/m^2, 1
ENERGY = LOADING * ACTIVE * 175 * 3600 * 3.65  # J/m^2
LATENT, AIR_HEAT = 550e3, 60 * 1000 * 60.0  # J per kg of vapour
REFERENCE = (0.65, 0.13416)  # solids, latent heat per cell energy with all yields 1
YIELDS, COSTS = [0.99, 0.985, 0.995, 0.98, 0.99], [50, 5, 2, 8, 5]  # reference chain: 73.741


def main() -> None:
    """Two panels."""
    figure, (dryer, chain) = plt.subplots(1, 2, figsize=(7.6, 3.2), layout="constrained")
    draw_dryer(dryer)
    draw_chain(chain)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=100)


def draw_dryer(axes: plt.Axes) -> None:
    """Latent heat is the small part; air and recovery are the rest."""
    drying = PerStep().drying
    solids = np.linspace(0.5, 0.8, 61)
    vapour = LOADING * (1 - solids) / solids / ENERGY
    latent = vapour * LATENT
    fuel = (latent + vapour * AIR_HEAT * (1 - drying.heat_recovery)) / drying.burner_efficiency
    distilled = fuel + vapour * drying.solvent_recovery * drying.distillation_heat
    cooling = vapour * (AIR_HEAT * (1 - drying.heat_recovery) + LATENT) / drying.cooling_performance
    axes.plot(solids, latent, label="heat of evaporation")
    axes.plot(solids, fuel, label="fuel for web and air")
    axes.plot(solids, distilled, label="+ distillation")
    axes.plot(solids, distilled + cooling, label="+ condenser (electric)")
    axes.plot(*REFERENCE, "ks", ms=4, label="reference 0.13416")
    axes.set(xlabel="solids in the slurry, by mass", ylabel="energy / cell energy", ylim=(0, None))
    axes.set_title("NMP dryer")
    axes.legend(fontsize=7, frameon=False)


def draw_chain(axes: plt.Axes) -> None:
    """Late losses are dear: each step is paid for all that enters it."""
    paid = np.array(COSTS) * throughput(YIELDS)
    names = [f"step {k + 1}" for k in range(len(COSTS))]
    axes.bar(names, COSTS, label=f"without scrap: {sum(COSTS)}")
    axes.bar(names, paid - COSTS, bottom=COSTS, label=f"with scrap: {paid.sum():.3f}")
    axes.set(ylabel="cost per good piece", title="yield chain, reference 73.741")
    axes.legend(fontsize=7, frameon=False)


if __name__ == "__main__":
    main()
