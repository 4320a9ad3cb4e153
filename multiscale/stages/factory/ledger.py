"""From steps per area to figures per cell energy of good output."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from multiscale.records import FactoryFigures, FloatArray
from multiscale.stages.factory.economics import YEAR, capital_recovery, scaled, throughput
from multiscale.stages.factory.options import PerStep
from multiscale.stages.factory.step import Step

TOTALS = ("total_energy", "total_cost", "total_co2", "cell_energy")


def ledger(
    steps: Sequence[Step], cell_energy: float, energy_error: float, options: PerStep
) -> FactoryFigures:
    """Pay every step for all that enters it, and divide by what comes out good.

    Of n_k = 1/prod_{j >= k} y_j pieces that enter step k, y_k n_k leave; each piece is one square
    metre of electrode and stands for `cell_energy`. The totals inherit half of what they change
    between either end of the cell energy's error.

    Args:
        steps: in order.
        cell_energy: of a good cell per electrode area, E, J/m^2.
        energy_error: of E, J/m^2; the lower end is E/10 or more.
        options: plant and prices.
    """
    least = max(cell_energy - energy_error, 0.1 * cell_energy)
    low, high = (_figures(steps, end, options) for end in (least, cell_energy + energy_error))
    error = {name: abs(high[name] - low[name]) / 2 for name in TOTALS}
    return FactoryFigures(**_figures(steps, cell_energy, options), error=error)


def electrode_mass(figures: FactoryFigures) -> float:
    """Follow the electrode line's masses to one good square metre of dried electrode, kg/m^2.

    E prod_{j > v} y_j sum_{k <= v} (added - scrap - emission)_k with v the vacuum dryer.
    """
    line = slice(figures.steps.split(",").index("vacuum drying") + 1)
    left = (figures.added - figures.scrap - figures.emission)[line].sum()
    return float(figures.cell_energy * left * np.prod(figures.yields[line.stop :]))


def _figures(steps: Sequence[Step], cell_energy: float, options: PerStep) -> dict[str, Any]:
    """Work out the fields of `FactoryFigures`."""

    def column(name: str) -> FloatArray:
        return np.array([getattr(step, name) for step in steps], float)

    good = column("good")
    pieces = throughput(good) / cell_energy  # m^2/J
    electricity, heat = pieces * column("electricity"), pieces * column("heat")
    material = pieces * column("material")
    investment, running = _machines(steps, pieces, options)
    paid = np.array([step.machine is not None for step in steps])  # else the price holds it
    energies = options.prices.electricity * electricity + options.prices.heat * heat
    conversion = running + paid * energies
    product = pieces * column("mass_out")
    energy, cost = float(np.sum(electricity + heat)), float(np.sum(material + conversion))
    by_model = float(pieces @ column("modelled_energy"))
    return {
        "steps": ",".join(step.name for step in steps),
        "yields": good,
        "mass_in": pieces * column("mass_in"),
        "added": pieces * column("added"),
        "mass_out": product * good,
        "scrap": product * (1 - good),
        "emission": pieces * column("emission"),
        "electricity": electricity,
        "heat": heat,
        "material_cost": material,
        "conversion_cost": conversion,
        "investment": investment,
        "total_energy": energy,
        "total_cost": cost,
        "total_co2": float(np.sum(options.electricity_co2 * electricity + options.heat_co2 * heat)),
        "total_yield": float(np.prod(good)),
        "cell_energy": cell_energy,
        "modelled_energy_share": by_model / energy if energy else 0.0,
        "modelled_cost_share": float(column("modelled") @ (material + conversion)) / cost
        if cost
        else 0.0,
    }


def _machines(
    steps: Sequence[Step], pieces: FloatArray, options: PerStep
) -> tuple[FloatArray, FloatArray]:
    """Investment per output, EUR/W, and capital, upkeep and people per energy, EUR/J."""
    annuity = (capital_recovery(options.interest, options.lifetime / YEAR) + options.upkeep) / YEAR
    output, wage = options.annual_output, options.prices.wage
    investment, running = np.zeros(len(steps)), np.zeros(len(steps))
    for k, step in enumerate(steps):
        if step.machine is None:
            continue
        count = output * pieces[k] * step.time / options.availability
        investment[k] = scaled(step.price, count, step.machine.capital_exponent) / output
        people = scaled(step.machine.staff, count, step.machine.labour_exponent)
        running[k] = annuity * investment[k] + wage * people / output
    return investment, running
