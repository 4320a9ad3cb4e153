"""The factory as a stage: what the electrode costs, per cell energy of good output."""

from multiscale.coupling.context import Context
from multiscale.coupling.stage import Balance, stage
from multiscale.records import CellPerformance, DryCoating, Electrode, FactoryFigures, Formulation
from multiscale.stages.factory import cell_steps, web_steps
from multiscale.stages.factory.ledger import electrode_mass, ledger
from multiscale.stages.factory.masses import dry_mass, masses
from multiscale.stages.factory.options import PerStep

ELECTRODE_MASS = Balance(
    "mass of the electrode line",
    "kg/m^2",
    before=lambda inputs: dry_mass(inputs["electrode"]),
    after=electrode_mass,
)


@stage("factory", version=1, kinds=[PerStep], conserves=[ELECTRODE_MASS])
def account(
    formulation: Formulation,
    coating: DryCoating,
    electrode: Electrode,
    cell: CellPerformance,
    options: PerStep,
    ctx: Context,
) -> FactoryFigures:
    """Account for mass, energy, cost and CO2 of every step.

    `FactoryFigures` itself refuses masses that do not close in every step and between steps.
    """
    m, stretch = masses(coating, electrode), electrode.elongation
    counter = cell_steps.counter_electrode(cell, m.solids + m.foil, options)
    assembly = cell_steps.assembly(counter.mass_out, options)
    steps = [
        web_steps.mixing(formulation, m, options),
        web_steps.coating(coating, stretch, m, options),
        web_steps.drying(formulation, coating, stretch, m, options),
        web_steps.calendering(electrode, m, options),
        web_steps.slitting(electrode, m, options),
        web_steps.vacuum_drying(formulation, m, options),
        counter,
        assembly,
        cell_steps.formation(cell, assembly.mass_out, options),
    ]
    figures = ledger(steps, *cell_steps.energy_at(cell, options.c_rate), options)
    ctx.report(1.0, f"{figures.total_energy:.1f} kWh/kWh, {figures.total_cost * 3.6e6:.0f} EUR/kWh")
    return figures
