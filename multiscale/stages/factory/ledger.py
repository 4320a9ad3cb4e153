"""From steps per area to figures per cell energy of good output."""

from collections.abc import Sequence

import numpy as np

from multiscale.records import FactoryFigures, FloatArray
from multiscale.stages.factory.economics import YEAR, capital_recovery, scaled, throughput
from multiscale.stages.factory.options import PerStep
from multiscale.stages.factory.step import Step


def ledger(steps: Sequence[Step], cell_energy: float, options: PerStep) -> FactoryFigures:
    """Pay every step for all that enters it, and divide by what comes out good.

    Of n_k = 1/prod_{j >= k} y_j pieces that enter step k, y_k n_k leave; each piece is one square
    metre of electrode and stands for `cell_energy`.

    Args:
        steps: in order.
        cell_energy: of a good cell per electrode area, J/m^2.
        options: plant and prices.
    """

    def column(name: str) -> FloatArray:
        return np.array([getattr(step, name) for step in steps])

    good = column("good")
    pieces = throughput(good) / cell_energy  # m^2/J
    electricity, heat = pieces * column("electricity"), pieces * column("heat")
    material = pieces * column("material")
    investment, running = _machines(steps, pieces, options)
    conversion = running + options.prices.electricity * electricity + options.prices.heat * heat
    product = pieces * column("mass_out")
    return FactoryFigures(
        steps=",".join(step.name for step in steps),
        yields=good,
        mass_in=pieces * column("mass_in"),
        mass_out=product * good,
        scrap=product * (1 - good),
        emission=pieces * (column("mass_in") - column("mass_out")),
        electricity=electricity,
        heat=heat,
        material_cost=material,
        conversion_cost=conversion,
        investment=investment,
        total_energy=float(np.sum(electricity + heat)),
        total_cost=float(np.sum(material + conversion)),
        total_co2=float(np.sum(options.electricity_co2 * electricity + options.heat_co2 * heat)),
        total_yield=float(np.prod(good)),
        cell_energy=cell_energy,
    )


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
