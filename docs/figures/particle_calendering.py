"""Draw docs/figures/particle_calendering.png: a cathode of particles pressed between plates.

Run: python docs/figures/particle_calendering.py (seconds). The numbers are those that
`pytest --slow -s tests/validation/test_particle_calendering.py` prints for seeds 1 to 3, and
`press` gives for 4 to 6; the porosities after release stand in `tests/press_calibration.py`.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from press_calibration import DRY, LISTED, LOADS, RUNS

# Plate press, NMC111 with 4 % carbon black and 4 % PVDF, after release [Sangros2020].
STRESS = np.array([0, *LOADS / 1e6])
MEASURED = np.array([DRY, *LISTED])
FITTED, PREDICTED = [1, 4], [2, 3]
# A row for each packing of 2237 particles, a column for each load; after release, and under load.
RELEASED = np.array(RUNS[(3.31e9, 103e6)])
PRESSED = np.array(
    [
        [0.3962, 0.3270, 0.2945, 0.2456],
        [0.3926, 0.3435, 0.2936, 0.2439],
        [0.3908, 0.3376, 0.3015, 0.2510],
        [0.3897, 0.3418, 0.2966, 0.2479],
        [0.3882, 0.3395, 0.3001, 0.2491],
        [0.3834, 0.3424, 0.2985, 0.2454],
    ]
)
BROKEN = np.array(
    [
        [0.60, 0.81, 0.86, 0.92],
        [0.61, 0.75, 0.87, 0.92],
        [0.61, 0.76, 0.84, 0.92],
        [0.61, 0.76, 0.86, 0.92],
        [0.63, 0.77, 0.85, 0.92],
        [0.64, 0.75, 0.86, 0.92],
    ]
)
NUMERICAL = np.array([0.011, 0.005, 0.002, 0.008])  # from half the speed, and release pressure


def main() -> None:
    """Two panels."""
    figure, (curve, binder) = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
    draw_curve(curve)
    draw_binder(binder)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90)


def draw_curve(axes: plt.Axes) -> None:
    """Porosity over stress."""
    mean, spread = RELEASED.mean(axis=0), RELEASED.std(axis=0, ddof=1)
    model = np.array([MEASURED[0], *mean])
    axes.errorbar(STRESS, MEASURED, 0.015, fmt="ks", capsize=3, label="measured ± 0.015")
    axes.fill_between(STRESS[1:], mean - NUMERICAL, mean + NUMERICAL, alpha=0.2, lw=0)
    axes.plot(STRESS, model, "-", color="C0", lw=1)
    for which, mark, name in ((FITTED, "o", "calibrated"), (PREDICTED, "D", "predicted")):
        at = np.array(which)
        axes.errorbar(
            STRESS[at], model[at], spread[at - 1], fmt=mark, color="C1" if mark == "D" else "C0",
            capsize=3, label=f"{name}, 6 packings",
        )  # fmt: skip
    axes.plot(STRESS[1:], PRESSED.mean(axis=0), "v:", color="C7", ms=4, label="under load")
    axes.set(xlabel="stress / MPa", ylabel="porosity", title="2237 particles, pressed and released")
    axes.legend(fontsize=7, frameon=False)


def draw_binder(axes: plt.Axes) -> None:
    """Share of bonds broken and spring-back of the thickness."""
    spring = (1 - PRESSED) / (1 - RELEASED) - 1
    axes.errorbar(
        STRESS[1:], 100 * BROKEN.mean(axis=0), 100 * BROKEN.std(axis=0, ddof=1), fmt="o-",
        capsize=3, label="bonds broken",
    )  # fmt: skip
    axes.errorbar(
        STRESS[1:], 1000 * spring.mean(axis=0), 1000 * spring.std(axis=0, ddof=1), fmt="^-",
        capsize=3, label="spring-back × 10",
    )  # fmt: skip
    axes.set(xlabel="stress / MPa", ylabel="%", ylim=(0, 100), title="what the press does")
    axes.legend(fontsize=7, frameon=False)


if __name__ == "__main__":
    main()
