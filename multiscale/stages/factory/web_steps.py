"""The electrode line, from mixer to vacuum dryer: what each step takes, with its own machine."""

from multiscale.materials.solvent import solvent
from multiscale.records import DryCoating, Electrode, Formulation
from multiscale.stages.factory.masses import Masses
from multiscale.stages.factory.options import PerStep
from multiscale.stages.factory.step import Step


def recovers_solvent(formulation: Formulation) -> bool:
    """An organic solvent is condensed and used again; the steam of a water process is let go."""
    return formulation.solvent.casefold() != "water"


def mixing(formulation: Formulation, m: Masses, options: PerStep) -> Step:
    """Slurry from powders and solvent; fresh solvent replaces what the dryer does not give back."""
    machine, prices = options.mixing, options.prices
    powders = prices.active * m.active + prices.additive * m.additive + prices.binder * m.binder
    fresh = m.evaporated + m.residual - _recovered(formulation, m, options)
    return Step(
        name="mixing",
        mass_in=m.slurry,
        mass_out=m.slurry,
        added=m.solids / formulation.solids_mass_fraction,
        modelled=True,
        material=powders + (prices.solvent * fresh if recovers_solvent(formulation) else 0.0),
        electricity=machine.energy * m.slurry,
        machine=machine,
        price=machine.price,
        time=m.slurry / machine.rate,
    )


def coating(dry: DryCoating, stretch: float, m: Masses, options: PerStep) -> Step:
    """Slurry onto foil, one side per pass; `stretch` is the calender's elongation lambda."""
    machine = options.coating
    time = 1 / (stretch * dry.web_speed * dry.width)
    return Step(
        name="coating",
        mass_in=m.slurry + m.foil,
        mass_out=m.slurry + m.foil,
        added=m.foil,
        modelled=True,
        material=options.prices.foil * m.foil,
        electricity=machine.power * dry.width * time,
        machine=machine,
        price=machine.price * dry.width,
        time=time,
    )


def drying(
    formulation: Formulation, dry: DryCoating, stretch: float, m: Masses, options: PerStep
) -> Step:
    """Evaporate the solvent, and recover it from the exhaust.

    Fuel heat: [q_web + q_exhaust (1 - R)]/eta + h_dist m_rec. The condenser's cooling takes what is
    left in the exhaust and the vapour's heat: [q_exhaust (1 - R) + q_latent]/COP of electricity.
    q are the heats per area that the drying model gives.
    """
    machine = options.drying
    area = dry.web_speed * dry.residence_time * dry.width  # of the dryer
    time = 1 / (stretch * dry.web_speed * dry.width)
    exhaust = dry.exhaust_heat * (1 - machine.heat_recovery)
    heat = (dry.heat_in + exhaust) / machine.burner_efficiency / stretch
    electricity, modelled = machine.fan_power * area * time, heat
    if recovers_solvent(formulation):
        cooling = (exhaust + dry.heat_latent) / machine.cooling_performance / stretch
        electricity, modelled = electricity + cooling, modelled + cooling
        heat += machine.distillation_heat * _recovered(formulation, m, options)
    return Step(
        name="drying",
        mass_in=m.slurry + m.foil,
        mass_out=m.web,
        emission=m.evaporated,
        modelled=True,
        electricity=electricity,
        heat=heat,
        modelled_energy=modelled,
        machine=machine,
        price=machine.price * area,
        time=time,
    )


def calendering(electrode: Electrode, m: Masses, options: PerStep) -> Step:
    """Press all coated sides at once; the drives do the work that the nip model gives."""
    machine = options.calendering
    web_area = electrode.elongation * electrode.coated_sides
    time = 1 / (web_area * electrode.web_speed * electrode.width)
    work = electrode.roll_work / electrode.elongation / machine.drive_efficiency
    return Step(
        name="calendering",
        mass_in=m.web,
        mass_out=m.web,
        modelled=True,
        electricity=work + machine.power * electrode.width * time,
        modelled_energy=work,
        machine=machine,
        price=machine.price * electrode.width,
        time=time,
    )


def slitting(electrode: Electrode, m: Masses, options: PerStep) -> Step:
    """Cut the web into coils."""
    machine = options.slitting
    time = 1 / (electrode.coated_sides * machine.speed * electrode.width)
    return Step(
        name="slitting",
        mass_in=m.web,
        mass_out=m.web,
        modelled=True,
        electricity=machine.power * electrode.width * time,
        machine=machine,
        price=machine.price * electrode.width,
        time=time,
    )


def vacuum_drying(formulation: Formulation, m: Masses, options: PerStep) -> Step:
    """Take the rest of the solvent out of the coils: sensible and latent heat, pumps and losses."""
    machine = options.vacuum_drying
    time = m.web * machine.time / machine.batch
    warming = m.web * machine.heat_capacity * max(machine.temperature - options.ambient, 0.0)
    latent = m.residual * solvent(formulation.solvent).latent_heat(machine.temperature)
    return Step(
        name="vacuum drying",
        mass_in=m.web,
        mass_out=m.solids + m.foil,
        emission=m.residual,
        modelled=True,
        electricity=warming + latent + machine.power * time,
        machine=machine,
        price=machine.price,
        time=time,
    )


def _recovered(formulation: Formulation, m: Masses, options: PerStep) -> float:
    """Solvent given back, kg/m^2."""
    return options.drying.solvent_recovery * m.evaporated if recovers_solvent(formulation) else 0.0
