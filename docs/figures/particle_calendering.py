"""Draw docs/figures/particle_calendering.png: a cathode of particles pressed between plates.

Run: python docs/figures/particle_calendering.py (seconds). The numbers are those that `table` of
`tests/validation/test_particle_calendering.py` prints for the parameters of the start and seeds 1
to 12; the porosities after release stand in `tests/press_calibration.py`.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from press_calibration import DRY, LISTED, LOADS, RUNS, START

# Plate press, NMC111 with 4 % carbon black and 4 % PVDF, after release [Sangros2020].
STRESS = np.array([0, *LOADS / 1e6])
MEASURED = np.array([DRY, *LISTED])
FITTED, PREDICTED = [1, 4], [2, 3]
# A row for each packing of 2237 particles, a column for each load; after release, and under load.
RELEASED = np.array(RUNS[START])
PRESSED = np.array(
    [
        [0.3977, 0.3427, 0.2975, 0.2437],
        [0.3836, 0.3335, 0.3002, 0.2477],
        [0.3860, 0.3388, 0.2999, 0.2502],
        [0.3957, 0.3381, 0.3006, 0.2456],
        [0.3919, 0.3357, 0.2981, 0.2478],
        [0.3953, 0.3310, 0.2964, 0.2436],
        [0.3782, 0.3313, 0.2972, 0.2472],
        [0.3797, 0.3356, 0.2947, 0.2428],
        [0.3828, 0.3363, 0.2980, 0.2489],
        [0.4009, 0.3264, 0.2961, 0.2458],
        [0.3947, 0.3270, 0.2924, 0.2420],
        [0.3787, 0.3306, 0.2974, 0.2438],
    ]
)
BROKEN = np.array(
    [
        [0.61, 0.77, 0.86, 0.93],
        [0.66, 0.80, 0.85, 0.92],
        [0.64, 0.76, 0.85, 0.92],
        [0.61, 0.78, 0.86, 0.93],
        [0.63, 0.78, 0.86, 0.92],
        [0.62, 0.80, 0.87, 0.93],
        [0.67, 0.79, 0.85, 0.92],
        [0.66, 0.77, 0.86, 0.93],
        [0.66, 0.78, 0.86, 0.92],
        [0.62, 0.81, 0.86, 0.92],
        [0.64, 0.81, 0.87, 0.93],
        [0.68, 0.79, 0.86, 0.93],
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
            capsize=3, label=f"{name}, 12 packings",
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
