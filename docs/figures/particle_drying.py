"""Draw docs/figures/particle_drying.png: a dried film of particles and what its network bears.

Run: PYTHONPATH=tests python docs/figures/particle_drying.py (five minutes, most of them for the
flow through the pores).
"""

from pathlib import Path

import grains_case
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import EllipseCollection

from multiscale.records import Packing
from multiscale.stages.grains import Particles
from multiscale.stages.grains.network import Network, squeeze_network
from multiscale.stages.grains.stage import plan_of
from multiscale.units import SI

BOX = Particles(lateral_size=SI(60e-6), cbd_diameter=SI(2e-6), steps=5000, slices=15)


def draw_section(axes: plt.Axes, packing: Packing) -> None:
    """Cut the packing in the plane y = half the box."""
    depth = packing.position[:, 1] % packing.box[1] - 0.5 * packing.box[1]
    cut = np.abs(depth) < packing.radius
    width = 2e6 * np.sqrt(packing.radius[cut] ** 2 - depth[cut] ** 2)
    place = 1e6 * np.column_stack(
        [packing.position[cut, 0] % packing.box[0], packing.position[cut, 2]]
    )
    colour = np.where(packing.kind[cut] == 1, "#7f8fa6", "#c23616")
    axes.add_collection(
        EllipseCollection(
            width,
            width,
            0,
            units="xy",
            offsets=place,
            transOffset=axes.transData,
            facecolors=colour,
            edgecolors="white",
            linewidths=0.2,
        )
    )
    x, _, z = 1e6 * packing.box
    axes.set(xlim=(0, x), ylim=(0, 1.02 * z), aspect="equal", xlabel="x / µm", ylabel="z / µm")


def draw_profile(axes: plt.Axes, slow: Packing, fast: Packing) -> None:
    """Compare the domain over the thickness with the film model's law."""
    for packing, colour, name in ((slow, "C0", "0.1 µm/s"), (fast, "C3", "1 µm/s")):
        axes.plot(packing.film_profile, packing.z, colour, label=f"film, {name}")
        axes.errorbar(
            packing.cbd_profile, packing.z, xerr=packing.cbd_scatter, fmt="o", ms=3,
            color=colour, lw=0.8, label="particles",
        )  # fmt: skip
    axes.set(xlabel="carbon-binder domain / mean", ylabel="z / thickness", ylim=(0, 1))
    axes.legend(fontsize=7, frameon=False)


def draw_network(axes: plt.Axes, network: Network) -> None:
    """Draw yield pressure and permeability over the solid fraction."""
    bears = network.pressure > 1e-3
    P, error = network.pressure[bears], network.pressure_error[bears]
    below = np.minimum(error, 0.9 * P)  # zero has no place on this axis
    axes.errorbar(network.phi[bears], P, [below, error], fmt="o-", ms=3)
    axes.axvline(network.phi_max, color="0.7", lw=0.8)
    axes.set(xlabel="solid fraction", ylabel="$P_y/p_e$ (blue)", yscale="log")
    right = axes.twinx()
    right.errorbar(
        network.phi, 1e12 * network.permeability, 1e12 * network.permeability_error,
        fmt="s-", ms=3, color="C2",
    )  # fmt: skip
    right.set(ylabel="k / µm² (green)", yscale="log")


def network_of_the_small_box() -> Network:
    """Press the packing of the tests."""
    inputs = grains_case.POWDER, grains_case.FORMULATION, grains_case.wet_film()
    content, plan = plan_of(*inputs, grains_case.coating(), grains_case.SMALL, 1)
    return squeeze_network(plan, grains_case.packing(), content, 5, grains_case.context())


def main() -> None:
    """Compute and draw."""
    slow, fast = (grains_case.grains(BOX, rate) for rate in (1e-7, 1e-6))
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
    draw_section(axes[0], fast)
    draw_profile(axes[1], slow, fast)
    network = network_of_the_small_box()
    draw_network(axes[2], network)
    print(network)
    for name, packing in (("slow", slow), ("fast", fast)):
        print(name, len(packing.radius), packing.porosity, packing.error["porosity"],
              packing.cbd_ratio, packing.error["cbd_ratio"], packing.settling)  # fmt: skip
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=72, pil_kwargs={"optimize": True})


if __name__ == "__main__":
    main()
