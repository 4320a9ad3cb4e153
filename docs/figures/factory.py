"""Draw docs/figures/factory.png: dryer energy over the solids of the slurry, and cost step by step.

Round numbers stand for the drying model (200 g/m2, 175 mAh/g at 3.65 V, NMP at 550 kJ/kg, 60 kg of
air per kg of vapour heated by 60 K), so that the figure does not need a run.

Run: python docs/figures/factory.py (seconds).
"""

from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np

from multiscale.stages.factory.economics import throughput
from multiscale.stages.factory.masses import Masses
from multiscale.stages.factory.options import PerStep
from multiscale.stages.factory.web_steps import drying

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


def dryer_energy(solids: float) -> tuple[float, float, float]:
    """Heat of evaporation, fuel and electricity per cell energy, as the factory counts them."""
    vapour = LOADING * (1 - solids) / solids
    dry = SimpleNamespace(
        web_speed=0.5,
        residence_time=60.0,
        width=0.6,
        heat_in=vapour * LATENT,
        heat_latent=vapour * LATENT,
        exhaust_heat=vapour * AIR_HEAT,
    )
    m = Masses(LOADING, 0.0, 0.0, evaporated=vapour, residual=0.0, foil=0.02)
    step = drying(SimpleNamespace(solvent="NMP"), dry, 1.0, m, PerStep())
    return vapour * LATENT / ENERGY, step.heat / ENERGY, step.electricity / ENERGY


def draw_dryer(axes: plt.Axes) -> None:
    """Heat of evaporation is the small part; air and recovery are the rest."""
    solids = np.linspace(0.5, 0.8, 61)
    latent, fuel, electricity = np.transpose([dryer_energy(s) for s in solids])
    axes.plot(solids, latent, label="heat of evaporation")
    axes.plot(solids, fuel, label="fuel: web, air, distillation")
    axes.plot(solids, fuel + electricity, label="+ electricity: fans, condenser")
    axes.plot(*REFERENCE, "ks", ms=4, label="reference 0.13416")
    axes.set(xlabel="solids in the slurry, by mass", ylabel="energy / cell energy", ylim=(0, None))
    axes.set_title("NMP dryer")
    axes.legend(fontsize=7, frameon=False)


def draw_chain(axes: plt.Axes) -> None:
    """Each step is paid for all that enters it."""
    paid = np.array(COSTS) * throughput(YIELDS)
    names = [f"step {k + 1}" for k in range(len(COSTS))]
    axes.bar(names, COSTS, label=f"without scrap: {sum(COSTS)}")
    axes.bar(names, paid - COSTS, bottom=COSTS, label=f"with scrap: {paid.sum():.3f}")
    axes.set(ylabel="cost per good piece", title="yield chain, reference 73.741")
    axes.legend(fontsize=7, frameon=False)


if __name__ == "__main__":
    main()
