"""Draw docs/figures/binder_gradient.png: the binder after slow and after fast drying.

Run: python docs/figures/binder_gradient.py (a minute; from the repository's root).
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt

import multiscale as ms
from multiscale.report.figures.canvas import BLUE, VERMILION
from multiscale.report.figures.microstructure import draw_cut
from multiscale.results import RunView

CASE = "cases/nmc622_cathode"
MOBILE = "drying.mobile_fraction=0.6"  # four times that of PVDF: for the eye
SLOW, FAST = (70, 10, 20), (130, 120, 3)  # air [degC], heat transfer [W/m2/K], zones [m]


def main() -> None:
    """Two cuts, and the domain by height between them."""
    with TemporaryDirectory() as folder:
        slow, fast = (
            dried(Path(folder) / name, *how) for name, how in (("slow", SLOW), ("fast", FAST))
        )
        shape = {"width_ratios": (1, 0.5, 1)}
        figure, axes = plt.subplots(
            1, 3, figsize=(9.2, 3.9), layout="constrained", gridspec_kw=shape, sharey=True
        )
        for ax, run, name, colour in (
            (axes[0], slow, "slow", BLUE),
            (axes[2], fast, "fast", VERMILION),
        ):
            cut(ax, run, name)
            height = run.microstructure.z * run.microstructure.thickness * 1e6
            style = "-" if name == "slow" else "--"
            axes[1].plot(
                100 * run.microstructure.cbd_profile, height, style, color=colour, label=name
            )
        axes[1].set(xlabel="carbon-binder domain [vol%]", xlim=(0, None))
        axes[1].legend(frameon=False, fontsize=9)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=84)


def dried(folder: Path, air: float, transfer: float, length: float) -> RunView:
    """The chain up to the microstructure with three equal zones."""
    changed = [
        f'drying.zones[{i}].{key}="{value}"'
        for i in range(3)
        for key, value in (
            ("air_temperature", f"{air} degC"),
            ("heat_transfer", f"{transfer} W/m^2/K"),
            ("heat_transfer_bottom", f"{transfer} W/m^2/K"),
            ("length", f"{length} m"),
        )
    ]
    ms.run(ms.load_case(CASE, [MOBILE, *changed]), folder, until="microstructure")
    return ms.open_run(folder)


def cut(ax: plt.Axes, run: RunView, name: str) -> None:
    """The section half-way across the web."""
    label = run.microstructure.label.read()
    x, _, z = 1e6 * run.microstructure.voxel_size * label.shape
    draw_cut(ax, label[:, label.shape[1] // 2].T, (0, x, 0, z))
    ax.set(xlabel="x [µm]", ylabel="height z [µm]")
    dry = run.drying
    ax.set_title(f"{name}: dry in {dry.drying_time:.0f} s, binder × {dry.binder_ratio[0]:.1f}")


if __name__ == "__main__":
    main()
