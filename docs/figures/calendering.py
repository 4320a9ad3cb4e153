"""Draw docs/figures/calendering.png: plate-press fits, pressure in the nip, porosity over load.

Run: python docs/figures/calendering.py (seconds).
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from multiscale.stages.calendering.compaction import (
    fit_exponential,
    fit_heckel,
    fit_kawakita,
    porosity_at_stress,
)
from multiscale.stages.calendering.roll_gap import Law, fresh_layer, pass_at_load, press

# Plate press, NMC111 with 4 % carbon black and 4 % PVDF, after release [Sangros2020].
STRESS = np.array([0, 19.82, 42.71, 79.13, 159.37]) * 1e6
POROSITY = np.array([0.522, 0.417, 0.368, 0.305, 0.270])
RADIUS = 0.25
NMC622 = Law(solid=90e-6, porosity_0=0.5, porosity_min=0.265, sigma_c=80e6, unloading_modulus=2.5e9)
# The three nips of the reference table: rigid rolls, entry only, gap 70, 62 and 58 um.
TABLE = Law(80e-6 * 0.478, 0.522, 0.26518, 42.710e6, np.inf)
REFERENCE = [(13.098, 0.45371), (40.684, 0.38323), (65.810, 0.34069)]


def main() -> None:
    """Three panels."""
    figure, (fits, nip, load) = plt.subplots(1, 3, figsize=(9.6, 3.2), layout="constrained")
    draw_fits(fits)
    draw_nip(nip)
    draw_load(load)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90)


def draw_fits(axes: plt.Axes) -> None:
    """Three laws on one plate-press curve."""
    stress = np.linspace(0, 170e6, 200)
    low, sigma_c = fit_exponential(STRESS, POROSITY)
    slope, intercept = fit_heckel(STRESS[1:], POROSITY[1:])
    a, b = fit_kawakita(STRESS[1:], POROSITY[1:], POROSITY[0])
    compaction = a * b * stress / (1 + b * stress)
    axes.plot(STRESS / 1e6, POROSITY, "ks", label="measured")
    axes.plot(stress / 1e6, porosity_at_stress(stress, 0.522, low, sigma_c), label="exponential")
    axes.plot(stress / 1e6, np.exp(-slope * stress - intercept), "--", label="Heckel")
    axes.plot(stress / 1e6, 1 - 0.478 / (1 - compaction), ":", label="Kawakita")
    axes.set(xlabel="stress / MPa", ylabel="porosity after release", title="plate press")
    axes.legend(fontsize=7, frameon=False)


def draw_nip(axes: plt.Axes) -> None:
    """Pressure along the web: the entry from the loading law, the exit elastic."""
    for line_load in (1e5, 3e5, 5e5):
        peak = pass_at_load(NMC622, fresh_layer(NMC622), line_load, RADIUS)
        stress = np.linspace(1e-3, 1, 300) * peak.peak_stress
        residual = porosity_at_stress(stress, 0.5, 0.265, 80e6)
        height = NMC622.solid / (1 - residual) * (1 - stress / NMC622.unloading_modulus)
        scale = RADIUS * peak.flattening
        entry = -np.sqrt(scale * np.maximum(height - peak.gap, 0))
        leave = np.sqrt(scale * peak.release * (1 - stress / peak.peak_stress))
        x = np.r_[entry, leave[::-1]]
        axes.plot(x * 1e3, np.r_[stress, stress[::-1]] / 1e6, label=f"{line_load / 1e3:.0f} N/mm")
    axes.set(xlabel="x / mm, web runs to the right", ylabel="pressure / MPa", title="nip")
    axes.legend(fontsize=7, frameon=False)


def draw_load(axes: plt.Axes) -> None:
    """Porosity over line load, and the reference nips."""
    loads = np.geomspace(1e4, 1e6, 60)
    nips = [pass_at_load(NMC622, fresh_layer(NMC622), q, RADIUS) for q in loads]
    axes.semilogx(loads / 1e3, [1 - NMC622.solid / n.gap for n in nips], "C0--", label="in the nip")
    axes.semilogx(loads / 1e3, [1 - NMC622.solid / n.layer.free for n in nips], "C0", label="after")
    peaks = np.linspace(5e6, 70e6, 40)
    rigid = [press(TABLE, fresh_layer(TABLE), s, RADIUS, c_h=0.0) for s in peaks]
    porosity = [1 - TABLE.solid / n.gap for n in rigid]
    axes.semilogx([n.line_load / 1e3 for n in rigid], porosity, "C1", label="rigid rolls")
    axes.plot([r[0] for r in REFERENCE], [r[1] for r in REFERENCE], "ks", ms=4, label="reference")
    axes.set(xlabel="line load / (N/mm)", ylabel="porosity", title="default cathode")
    axes.legend(fontsize=7, frameon=False)


if __name__ == "__main__":
    main()
