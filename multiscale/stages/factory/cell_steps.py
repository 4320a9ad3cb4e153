"""From electrodes to cells: the counter electrode, assembly and formation, each lumped."""

import numpy as np

from multiscale.errors import HandoverError
from multiscale.records import CellPerformance
from multiscale.stages.factory.options import PerStep
from multiscale.stages.factory.step import Step


def energy_at(cell: CellPerformance, c_rate: float) -> tuple[float, float]:
    """Full-cell energy at a rate and its error, J/m^2, interpolated over the rate's logarithm.

    Raises:
        HandoverError: the cell was not computed around that rate, or gives no energy there.
    """
    order = np.argsort(cell.c_rate)
    rates = cell.c_rate[order]
    if not rates[0] * (1 - 1e-9) <= c_rate <= rates[-1] * (1 + 1e-9):
        raise HandoverError(
            f"the factory declares the cell energy at {c_rate:.4g} C, but the cell was computed"
            f" for {rates[0]:.4g} to {rates[-1]:.4g} C; change factory.c_rate or the cell's"
        )
    found, error = (
        float(np.interp(np.log(c_rate), np.log(rates), values[order]))
        for values in (cell.energy, cell.energy_error)
    )
    if found <= 0:
        raise HandoverError(
            f"the cell delivers no energy at {c_rate:.4g} C, so that nothing can be counted per "
            "energy; lower factory.c_rate"
        )
    return found, error


def counter_electrode(cell: CellPerformance, electrode: float, options: PerStep) -> Step:
    """Add the bought counter electrode, sized by the cell's balance, to `electrode`, kg/m^2.

    Its price includes its making; energy and CO2 of that making are counted, but not paid again.
    """
    counter = options.counter_electrode
    capacity = cell.counter_ratio * cell.nominal_capacity
    added = counter.mass * capacity
    return Step(
        name="counter electrode",
        mass_in=electrode + added,
        mass_out=electrode + added,
        added=added,
        material=counter.price * capacity,
        electricity=counter.electricity * capacity,
        heat=counter.heat * capacity,
    )


def assembly(electrodes: float, options: PerStep) -> Step:
    """Stack, weld and fill; `electrodes` is the mass of both, kg/m^2."""
    machine = options.assembly
    time = 1 / machine.rate
    mass = electrodes + machine.parts_mass
    return Step(
        name="assembly",
        mass_in=mass,
        mass_out=mass,
        added=machine.parts_mass,
        material=machine.parts_price,
        electricity=machine.power * time,
        heat=machine.heat * time,
        machine=machine,
        price=machine.price,
        time=time,
    )


def formation(cell: CellPerformance, mass: float, options: PerStep) -> Step:
    """Charge and discharge slowly, then store; `mass` is the cell's, kg/m^2.

    A cycle takes E [1/(eta_cell eta_conv) - eta_conv] from the grid; E at the slowest rate known.
    """
    machine = options.formation
    energy = float(cell.energy[np.argmin(cell.c_rate)])
    time = energy * machine.time / machine.capacity
    converter = machine.converter_efficiency
    lost = 1 / (machine.cell_efficiency * converter) - converter
    return Step(
        name="formation",
        mass_in=mass,
        mass_out=mass,
        electricity=machine.cycles * energy * lost + machine.power * time,
        machine=machine,
        price=machine.price,
        time=time,
    )
