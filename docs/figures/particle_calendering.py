"""Draw docs/figures/particle_calendering.png: a cathode of particles pressed between plates.

Run: python docs/figures/particle_calendering.py (seconds). The numbers are those that
`pytest --slow -s tests/validation/test_particle_calendering.py` prints, for seeds 1 to 6.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

# Plate press, NMC111 with 4 % carbon black and 4 % PVDF, after release [Sangros2020].
STRESS = np.array([0, 19.82, 42.71, 79.13, 159.37])
MEASURED = np.array([0.522, 0.417, 0.368, 0.305, 0.270])
FITTED, PREDICTED = [1, 4], [2, 3]
# A row for each packing of 2237 particles, a column for each load; after release, and under load.
RELEASED = np.array(
    [
        [0.4095, 0.3525, 0.3185, 0.2617],
        [0.4095, 0.3560, 0.3205, 0.2687],
        [0.4083, 0.3602, 0.3233, 0.2662],
        [0.4131, 0.3576, 0.3212, 0.2689],
        [0.4055, 0.3616, 0.3224, 0.2698],
        [0.3939, 0.3620, 0.3184, 0.2716],
    ]
)
PRESSED = np.array(
    [
        [0.3910, 0.3362, 0.2985, 0.2363],
        [0.3889, 0.3392, 0.3018, 0.2429],
        [0.3909, 0.3433, 0.3036, 0.2403],
        [0.3910, 0.3402, 0.3017, 0.2428],
        [0.3896, 0.3442, 0.3048, 0.2442],
        [0.3778, 0.3445, 0.2995, 0.2457],
    ]
)
BROKEN = np.array(
    [
        [0.64, 0.74, 0.81, 0.89],
        [0.63, 0.74, 0.81, 0.88],
        [0.61, 0.72, 0.79, 0.88],
        [0.62, 0.73, 0.80, 0.88],
        [0.66, 0.74, 0.81, 0.88],
        [0.66, 0.72, 0.81, 0.87],
    ]
)
NUMERICAL = np.array([0.004, 0.005, 0.008, 0.004])  # from half the speed, and release pressure


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
