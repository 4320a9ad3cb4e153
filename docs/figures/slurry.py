"""Draw docs/figures/slurry.png: the flow curve of the NMC622 cathode slurry, part by part.

Run: python docs/figures/slurry.py (seconds).
"""

from pathlib import Path

from mpi4py import MPI

import matplotlib.pyplot as plt
import numpy as np

from multiscale.coupling.context import Context
from multiscale.records import Formulation, Powder
from multiscale.stages.slurry import SlurryClosure, mix

POWDER = Powder("NMC622", 4750.0, np.array([5e-6, 10e-6, 17e-6]), np.array([0.25, 0.5, 0.25]))
RECIPE = Formulation(
    solvent="NMP",
    binders="PVDF",
    additive="carbon black",
    solids_mass_fraction=0.69,
    active_mass_fraction=0.96,
    additive_mass_fraction=0.02,
    binder_mass_fraction=np.array([0.02]),
    additive_density=1900.0,
    binder_density=np.array([1780.0]),
    solvent_density=1028.0,
)


def main() -> None:
    """Compare the whole closure with its parts, its fit and the band of measured slurries."""
    ctx = Context(comm=MPI.COMM_SELF, control=MPI.COMM_SELF)
    whole = mix.call(POWDER, RECIPE, SlurryClosure(), ctx)
    calm = mix.call(POWDER, RECIPE, SlurryClosure(network_yield_stress="0 Pa"), ctx)
    rate, tau = whole.flow_curve.x, whole.flow_curve.y
    fit = whole.yield_stress + whole.consistency * rate**whole.flow_index
    figure, axes = plt.subplots(figsize=(5.2, 3.6), layout="constrained")
    measured = np.geomspace(12.5, 100.0, 9)
    curves = [k * measured**n for k, n in ((12.2, 0.557), (66.9, 0.360))]
    axes.fill_between(
        measured, *curves, color="0.8", label="16 measured NMC111 slurries, lowest to highest"
    )
    axes.loglog(rate, tau, "k", label="medium × network × crowding")
    axes.loglog(rate, fit, "C1--", label="Herschel-Bulkley fit, 1 to 1000 1/s")
    axes.loglog(rate, calm.flow_curve.y, "C0", label="without the carbon network")
    axes.loglog(rate, whole.medium_viscosity * rate, "C0:", label="polymer solution alone")
    axes.axvline(0.05 / 170.8e-6, color="0.5", lw=0.8)
    axes.text(420, 2e-1, "coater", rotation=90, color="0.4", fontsize=8)
    axes.set(xlabel="shear rate / 1/s", ylabel="shear stress / Pa", ylim=(1e-1, 1e4))
    axes.legend(fontsize=7, frameon=False)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=110)


if __name__ == "__main__":
    main()
