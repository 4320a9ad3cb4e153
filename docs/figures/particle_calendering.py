"""Draw docs/figures/particle_calendering.png: a cathode of particles pressed between plates.

Run: python docs/figures/particle_calendering.py (seconds). The numbers are those that `table` of
`tests/validation/test_particle_calendering.py` prints for the calibrated parameters and seeds 1 to
12; the porosities after release stand in `tests/press_calibration.py`.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from press_calibration import DRY, LISTED, LOADS, PRESSED_AT, RUNS

# Plate press, NMC111 with 4 % carbon black and 4 % PVDF, after release [Sangros2020].
STRESS = np.array([0, *LOADS / 1e6])
MEASURED = np.array([DRY, *LISTED])
FITTED, PREDICTED = [1, 4], [2, 3]
# A row for each packing of 2237 particles, a column for each load; after release, and under load.
RELEASED = np.array(RUNS[PRESSED_AT])
PRESSED = np.array(
    [
        [0.3882, 0.3349, 0.2961, 0.2449],
        [0.3890, 0.3408, 0.2953, 0.2462],
        [0.3911, 0.3396, 0.3031, 0.2470],
        [0.4000, 0.3388, 0.2991, 0.2465],
        [0.3918, 0.3407, 0.3001, 0.2432],
        [0.3884, 0.3444, 0.2957, 0.2464],
        [0.3798, 0.3361, 0.2980, 0.2466],
        [0.3822, 0.3373, 0.2970, 0.2444],
        [0.3915, 0.3389, 0.3020, 0.2495],
        [0.3923, 0.3357, 0.2982, 0.2464],
        [0.3853, 0.3373, 0.2986, 0.2436],
        [0.3868, 0.3397, 0.2948, 0.2470],
    ]
)
BROKEN = np.array(
    [
        [0.65, 0.80, 0.87, 0.92],
        [0.63, 0.77, 0.85, 0.91],
        [0.60, 0.76, 0.84, 0.92],
        [0.58, 0.77, 0.84, 0.91],
        [0.65, 0.78, 0.86, 0.93],
        [0.64, 0.76, 0.86, 0.92],
        [0.66, 0.78, 0.85, 0.92],
        [0.65, 0.76, 0.85, 0.92],
        [0.63, 0.77, 0.84, 0.92],
        [0.65, 0.80, 0.86, 0.92],
        [0.66, 0.79, 0.86, 0.92],
        [0.67, 0.78, 0.87, 0.91],
    ]
)
# Half the speed moves less than two of its standard errors, to which the load left is added.
NUMERICAL = np.array([0.010, 0.005, 0.005, 0.003])


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
