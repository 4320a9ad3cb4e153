"""Machines, prices and the plant. Every default is a prior: see docs/explanation/factory.md."""

from typing import Annotated, Literal

from multiscale.coupling.stage import Options
from multiscale.units import Quantity

Share = Annotated[float, Quantity("1", low=0, high=1)]
Yield = Annotated[float, Quantity("1", low=0.01, high=1)]
PerEnergy = Annotated[float, Quantity("EUR/J", low=0, high=1e-3, display="EUR/(kW*h)")]
PerMass = Annotated[float, Quantity("EUR/kg", low=0, high=1e4)]
Intensity = Annotated[float, Quantity("kg/J", low=0, high=1e-5, display="kg/(kW*h)")]


class Machine(Options):
    """What every step has."""

    good: Yield = 0.99
    """Good output over input; the rest is scrap of the finished step."""
    staff: Annotated[float, Quantity("1", low=0, high=1e3)] = 1.0
    """People at each machine, round the clock."""
    capital_exponent: Annotated[float, Quantity("1", low=0.3, high=1.2)] = 0.8
    """p in: capital grows with the number of machines to the power p."""
    labour_exponent: Annotated[float, Quantity("1", low=0.2, high=1.2)] = 0.7
    """The same for people."""


class WebMachine(Machine):
    """A machine that the web runs through; price and power go with its width."""

    price: Annotated[float, Quantity("EUR/m", low=0, high=1e9)] = 1e6
    """Price per coated width."""
    power: Annotated[float, Quantity("W/m", low=0, high=1e7, display="kW/m")] = 1e4
    """Electric power per coated width while it runs, process work aside."""


class Mixing(Machine):
    """Batch mixers, taken as one machine of constant rate."""

    price: Annotated[float, Quantity("EUR", low=0, high=1e10)] = 3e6
    """Price of one mixing line."""
    rate: Annotated[float, Quantity("kg/s", low=1e-6, high=1e3, display="kg/h")] = 0.25
    """Slurry it makes."""
    energy: Annotated[float, Quantity("J/kg", low=0, high=1e7, display="kW*h/kg")] = 1.8e5
    """Electric energy per slurry mass."""


class Coating(WebMachine):
    """Coater, unwinder and gauges."""

    good: Yield = 0.975
    price: Annotated[float, Quantity("EUR/m", low=0, high=1e9)] = 4e6
    staff: Annotated[float, Quantity("1", low=0, high=1e3)] = 1.0


class Drying(Machine):
    """Dryer of the length that web speed and residence time make, with solvent recovery."""

    good: Yield = 0.995
    staff: Annotated[float, Quantity("1", low=0, high=1e3)] = 0.5
    price: Annotated[float, Quantity("EUR/m^2", low=0, high=1e7)] = 6e4
    """Price per dryer area, length times coated width."""
    fan_power: Annotated[float, Quantity("W/m^2", low=0, high=1e5)] = 1e3
    """Electric power of the fans per dryer area."""
    heat_recovery: Share = 0.5
    """Share of the exhaust's heat that the heat exchanger returns to the fresh air."""
    burner_efficiency: Annotated[float, Quantity("1", low=0.05, high=1)] = 0.85
    """Heat in the air over fuel heat."""
    solvent_recovery: Share = 0.98
    """Share of the vapour that is condensed and bought no more; water is never recovered."""
    cooling_performance: Annotated[float, Quantity("1", low=0.5, high=50)] = 5.0
    """Heat taken from the exhaust per electric energy of the condenser's cooling."""
    distillation_heat: Annotated[float, Quantity("J/kg", low=0, high=1e8, display="kW*h/kg")] = (
        1.5e6
    )
    """Fuel heat that makes the condensate fit for use again."""


class Calendering(WebMachine):
    """Calender."""

    price: Annotated[float, Quantity("EUR/m", low=0, high=1e9)] = 3e6
    power: Annotated[float, Quantity("W/m", low=0, high=1e7, display="kW/m")] = 4e4
    drive_efficiency: Annotated[float, Quantity("1", low=0.05, high=1)] = 0.7
    """Work of the rolls on the web over electric energy of the drives."""


class Slitting(WebMachine):
    """Slitter."""

    good: Yield = 0.985
    speed: Annotated[float, Quantity("m/s", low=1e-3, high=20, display="m/min")] = 1.0
    """Web speed."""


class VacuumDrying(Machine):
    """Batch drying of slit coils, which takes out the solvent left by the dryer."""

    good: Yield = 0.998
    staff: Annotated[float, Quantity("1", low=0, high=1e3)] = 0.2
    price: Annotated[float, Quantity("EUR", low=0, high=1e10)] = 5e5
    """Price of one chamber."""
    batch: Annotated[float, Quantity("kg", low=1e-3, high=1e6)] = 1000.0
    """Electrode mass in one batch, foil included."""
    time: Annotated[float, Quantity("s", low=1, high=1e7, display="h")] = 12 * 3600.0
    """Time of one batch."""
    temperature: Annotated[float, Quantity("K", low=290, high=470, display="degC")] = 393.15
    """Temperature of the coils."""
    power: Annotated[float, Quantity("W", low=0, high=1e8, display="kW")] = 1e4
    """Pumps and heat losses of one chamber."""
    heat_capacity: Annotated[float, Quantity("J/kg/K", low=100, high=5000)] = 850.0
    """Heat capacity of the electrode, foil included."""


class Counter(Options):
    """The other electrode, bought ready for assembly, per its capacity, which the cell balances."""

    mass: Annotated[float, Quantity("kg/coulomb", low=0, high=1, display="g/Ah")] = 3.8e-3 / 3600
    """Mass per capacity, foil included."""
    price: Annotated[float, Quantity("EUR/coulomb", low=0, high=1, display="EUR/Ah")] = 0.045 / 3600
    """Price per capacity, its making included."""
    electricity: Annotated[float, Quantity("J/coulomb", low=0, high=1e4, display="W*h/Ah")] = 2.5
    """Electric energy that went into it per capacity."""
    heat: Annotated[float, Quantity("J/coulomb", low=0, high=1e4, display="W*h/Ah")] = 10.0
    """Fuel heat that went into it per capacity."""


class Assembly(Machine):
    """Cutting, stacking, welding, filling, with the dry room; effort goes with electrode area."""

    good: Yield = 0.98
    staff: Annotated[float, Quantity("1", low=0, high=1e3)] = 6.0
    price: Annotated[float, Quantity("EUR", low=0, high=1e10)] = 5e7
    """Price of one line."""
    rate: Annotated[float, Quantity("m^2/s", low=1e-6, high=1e3)] = 0.25
    """Electrode area (one coated side of the electrode under study) that one line assembles."""
    power: Annotated[float, Quantity("W", low=0, high=1e9, display="kW")] = 2.5e5
    """Electric power of one line and its dry room."""
    heat: Annotated[float, Quantity("W", low=0, high=1e9, display="kW")] = 1.0e6
    """Fuel heat that dries the air of one line's dry room."""
    parts_mass: Annotated[float, Quantity("kg/m^2", low=0, high=100)] = 0.25
    """Separator, electrolyte, tabs and housing per electrode area."""
    parts_price: Annotated[float, Quantity("EUR/m^2", low=0, high=1e4)] = 2.5
    """Their price per electrode area."""


class Formation(Machine):
    """First cycles and ageing; effort goes with the cell energy and the days spent there."""

    good: Yield = 0.98
    staff: Annotated[float, Quantity("1", low=0, high=1e3)] = 0.2
    price: Annotated[float, Quantity("EUR", low=0, high=1e10)] = 5e6
    """Price of one module of channels and racks."""
    capacity: Annotated[float, Quantity("J", low=1, high=1e16, display="MW*h")] = 1e7 * 3600.0
    """Cell energy that one module holds."""
    time: Annotated[float, Quantity("s", low=60, high=1e8, display="h")] = 14 * 86400.0
    """Time of a cell in the module, ageing included."""
    power: Annotated[float, Quantity("W", low=0, high=1e9, display="kW")] = 1e4
    """Electric power of one module, charging aside."""
    cycles: Annotated[float, Quantity("1", low=0.5, high=20)] = 2.0
    """Full charges and discharges."""
    cell_efficiency: Annotated[float, Quantity("1", low=0.1, high=1)] = 0.9
    """Energy discharged over energy charged in these cycles."""
    converter_efficiency: Annotated[float, Quantity("1", low=0.1, high=1)] = 0.9
    """Of the power electronics, each way; discharge feeds the grid."""


class Prices(Options):
    """What is bought."""

    active: PerMass = 24.0
    """Active material."""
    additive: PerMass = 8.0
    """Conductive additive."""
    binder: PerMass = 15.0
    """Binders, mean."""
    solvent: PerMass = 3.0
    """Solvent; water costs nothing."""
    foil: PerMass = 6.0
    """Current collector."""
    electricity: PerEnergy = 0.15 / 3.6e6
    heat: PerEnergy = 0.06 / 3.6e6
    """Fuel, per heat."""
    wage: Annotated[float, Quantity("EUR/s", low=0, high=1, display="EUR/h")] = 40 / 3600
    """Cost of one person's working time."""


class PerStep(Options):
    """Mass, energy, cost and CO2 step by step, per cell energy of good output."""

    kind: Literal["per-step"] = "per-step"
    c_rate: Annotated[float, Quantity("1/h", low=1e-3, high=100)] = 1 / 3
    """Discharge rate at which the cell energy is declared."""
    annual_output: Annotated[float, Quantity("W", low=1, high=1e12, display="GW*h/year")] = (
        1e10 / 8766
    )
    """Good cells of the plant, as energy per time."""
    availability: Annotated[float, Quantity("1", low=0.05, high=1)] = 0.85
    """Share of the year in which machines run."""
    interest: Annotated[float, Quantity("1", low=0, high=0.5)] = 0.08
    """Per year."""
    lifetime: Annotated[float, Quantity("s", low=3e7, high=2e9, display="year")] = (
        10 * 365.25 * 86400.0
    )
    """Of machines."""
    upkeep: Annotated[float, Quantity("1", low=0, high=0.5)] = 0.05
    """Maintenance and floor space, per year and capital."""
    ambient: Annotated[float, Quantity("K", low=250, high=320, display="degC")] = 293.15
    """Temperature that material is heated from."""
    electricity_co2: Intensity = 0.25 / 3.6e6
    """CO2 per electric energy."""
    heat_co2: Intensity = 0.202 / 3.6e6
    """CO2 per fuel heat; natural gas."""
    prices: Prices = Prices()
    mixing: Mixing = Mixing()
    coating: Coating = Coating()
    drying: Drying = Drying()
    calendering: Calendering = Calendering()
    slitting: Slitting = Slitting()
    vacuum_drying: VacuumDrying = VacuumDrying()
    counter_electrode: Counter = Counter()
    assembly: Assembly = Assembly()
    formation: Formation = Formation()
