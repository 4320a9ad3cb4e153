"""Draw docs/figures/cell.png: reference voltages, Newman-Tobias limit and rate capability.

Run: python docs/figures/cell.py (half a minute).
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import cell_case  # noqa: E402  (the tests' cases are the figure's cases)
import cell_references as reference  # noqa: E402

from multiscale.stages.cell import DFN, discharge  # noqa: E402

TIME = np.array([60, 600, 1200, 1800, 2400, 3000, 3300])
VOLTAGE = [3.94451, 3.81507, 3.66203, 3.51220, 3.39332, 3.22572, 3.00086]


def main() -> None:
    """Three panels."""
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(9.6, 3.1), layout="constrained")
    solution = reference.chen2020_at(1)[1]
    t = np.linspace(1, solution.t[-1], 200)
    left.plot(t, solution["Voltage [V]"](t=t), label="through our profiles")
    left.plot(TIME, VOLTAGE, "k.", label="PyBaMM, Bruggeman")
    left.set(xlabel="time in s", ylabel="voltage in V", title="Chen2020 at 1C")
    points = [20, 40, 80, 160]
    for tau, sigma in ((3.0, 1.0), (6.0, 0.2)):
        study, exact = (
            reference.studied(tau=tau, sigma=sigma),
            reference.exact_resistance(tau, sigma),
        )
        off = [1 - reference.first_resistance(study, n) / exact for n in points]
        middle.loglog(points, off, "o-", label=f"tau {tau:g}, sigma {sigma:g} S/m")
    middle.loglog(points, 0.1 / np.array(points), "k:", lw=0.8, label="first order")
    middle.set(xlabel="points per domain", ylabel="1 - R / R(Newman-Tobias)", title="first instant")
    middle.set_xticks(points, [str(n) for n in points])
    middle.minorticks_off()
    rates = (0.1, 0.5, 1.0, 2.0, 3.0, 5.0)
    for tau, gradient in ((2.0, 0.0), (4.0, 0.0), (4.0, -0.3), (4.0, 0.3)):
        given = cell_case.inputs(tau=tau, gradient=gradient)
        result = discharge.call(*given, DFN(points=20, c_rates=rates), cell_case.context())
        name = f"tau {tau:g}" + (f", solids {gradient:+.0%} at top" if gradient else "")
        right.plot(rates, result.capacity / result.nominal_capacity, ".-", label=name)
    right.set(xlabel="C-rate", ylabel="capacity / nominal", title="NMC622 | graphite, full cell")
    for axes in (left, middle, right):
        axes.legend(fontsize=7)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90)


if __name__ == "__main__":
    main()
