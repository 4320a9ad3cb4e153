"""Draw docs/figures/ion_current.png: where the ions pass through a random pore space.

Run: python docs/figures/ion_current.py (a quarter of a minute; from the repository's root).
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from multiscale.voxels.current_density import current_density
from multiscale.voxels.diffusion import diffuse
from tests.voxel_images import blobs

SHAPE, POROSITY = (72, 72, 72), 0.45


def main() -> None:
    """Concentration and current density on one cut along the driven axis."""
    pore = blobs(SHAPE, 4.0, seed=1) < POROSITY
    found = diffuse(pore.astype(np.float32), (1.0, 1.0, 1.0), (True, True))
    magnitude = np.linalg.norm(current_density(found, (1.0, 1.0, 1.0)), axis=0)
    middle = SHAPE[1] // 2
    shown = found.through[:, middle]
    figure, axes = plt.subplots(1, 2, figsize=(7.6, 3.5), layout="constrained")
    for ax, field, name, colours, high in (
        (axes[0], found.potentials(), "c / c(foil)", "cividis", 1.0),
        (axes[1], magnitude, "|j| / (D₀ Δc / L)", "viridis", 1.5),
    ):
        ax.set_facecolor("#3a3a3a")
        cut = np.ma.masked_where(~shown, field[:, middle])
        picture = ax.imshow(cut, origin="lower", cmap=colours, vmin=0, vmax=high)
        end = "neither" if high == 1.0 else "max"
        figure.colorbar(picture, ax=ax, label=name, extend=end, shrink=0.9)
        ax.set(xlabel="x [voxels]", ylabel="z [voxels], foil below")
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=84)
    slices = current_density(found, (1.0, 1.0, 1.0))[0].mean((1, 2), dtype=float)
    print(f"D_eff/D0 {found.conductivity:.4f}, slices {slices.min():.4f} to {slices.max():.4f}")
    print(f"largest |j| over the mean along z {magnitude.max() / found.conductivity:.1f}")


if __name__ == "__main__":
    main()
