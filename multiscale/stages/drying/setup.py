"""From records and options to what the equations need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from multiscale.errors import HandoverError, StageFailed
from multiscale.materials.active import active_material
from multiscale.materials.additive import additive
from multiscale.materials.binder import Binder, binder
from multiscale.materials.foil import foil
from multiscale.materials.solvent import Solvent, solvent
from multiscale.records.formulation import Formulation
from multiscale.records.powder import Powder
from multiscale.records.record import FloatArray
from multiscale.records.wet_film import WetFilm
from multiscale.stages.drying.evaporation import Air
from multiscale.stages.drying.film import Film
from multiscale.stages.drying.network import packing_by, refuse_other_mass
from multiscale.stages.drying.options import Film1D
from multiscale.stages.drying.skeleton import suction_between

REFERENCE_TEMPERATURE = 298.15  # of binder diffusivities, K
THROAT = 0.2  # throat radius of a packing over its Sauter diameter


@dataclass(frozen=True)
class Portion:
    """A binder of the coating.

    Attributes:
        binder: what it is.
        mass: kg/m^2.
        density: of the dry polymer, kg/m^3.
        mobile: share that moves with the liquid.
    """

    binder: Binder
    mass: float
    density: float
    mobile: float

    @property
    def volume(self) -> float:
        """Of the dry polymer, m."""
        return self.mass / self.density

    @property
    def mobile_mass(self) -> float:
        """kg/m^2."""
        return self.mobile * self.mass


def portions_of(formulation: Formulation, wet: WetFilm, options: Film1D) -> tuple[Portion, ...]:
    """Find the formulation's binders, in its order.

    Raises:
        StageFailed: one of them is drawn into fibrils, and so is no binder of a slurry.
    """
    binders = [binder(name.strip()) for name in formulation.binders.split(",")]
    if fibrous := [b.name for b in binders if b.fibrillates]:
        raise StageFailed(
            f"{', '.join(fibrous)} neither dissolves nor gels, so that its slurry cannot be dried: "
            "it belongs to the dry route, which has no stage yet; take another binder in "
            "formulation.binder"
        )
    given = options.mobile_fraction
    return tuple(
        Portion(b, float(mass), float(density), b.mobile_fraction if given is None else given)
        for b, mass, density in zip(
            binders, wet.binder_mass, formulation.binder_density, strict=True
        )
    )


def mobile_volume(portions: Sequence[Portion]) -> float:
    """Give the volume of all binder that moves, m."""
    return sum(p.mobile * p.volume for p in portions)


def film_of(powder: Powder, formulation: Formulation, wet: WetFilm, options: Film1D) -> Film:
    """Build the film that enters the dryer.

    Raises:
        HandoverError: the wet film's thickness does not fit its masses, or the network's solids are
            not the film's.
        StageFailed: the film is packed before it enters, or the network never bears air entry.
    """
    portions = portions_of(formulation, wet, options)
    solids = (
        wet.active_mass / powder.density
        + wet.additive_mass / formulation.additive_density
        + sum(p.volume for p in portions)
    )
    height = solids + wet.solvent_mass / formulation.solvent_density
    if abs(height / wet.thickness - 1) > 0.02:
        raise HandoverError(
            f"WetFilm.thickness = {wet.thickness * 1e6:.2f} um, but its masses fill "
            f"{height * 1e6:.2f} um; the coating stage and the densities disagree"
        )
    mass = wet.active_mass + wet.additive_mass + float(wet.binder_mass.sum())
    packing = _packing(powder, formulation, mass, options)
    if solids / height >= packing:
        measured = options.solids.network is not None
        looser = "press a network of this slurry" if measured else "raise drying.packing"
        raise StageFailed(
            f"the wet film holds {solids / height:.3f} solids by volume, no less than the packing "
            f"{packing:.3f} at which shrinkage ends; {looser} or add solvent"
        )
    polymer = sum(p.volume for p in portions if p.binder.chi is not None)
    mixing = sum((p.binder.chi or 0.0) * p.volume for p in portions)
    metal = foil(wet.foil)
    capacity = (
        metal.density * metal.heat_capacity * wet.foil_thickness
        + (wet.active_mass + wet.additive_mass) * options.solids_heat_capacity
        + sum(p.mass * p.binder.heat_capacity for p in portions)
    )
    return Film(
        solvent=solvent(formulation.solvent),
        liquid_density=formulation.solvent_density,
        initial_solvent=wet.solvent_mass,
        solids_mass=mass,
        solids_volume=solids,
        polymer_volume=polymer,
        chi=mixing / polymer if polymer > 0 else 0.0,
        packing=packing,
        heat_capacity=capacity,
        grain=sauter_diameter(powder),
        pore_radius=THROAT * sauter_diameter(powder),
        initial_temperature=wet.temperature,
        foil=wet.foil,
        surface=surfaces(powder, formulation, wet),
        connected=options.connected_saturation,
    )


def _packing(
    powder: Powder, formulation: Formulation, solids_mass: float, options: Film1D
) -> float:
    """Give the solid fraction at which shrinkage ends: the network's where it was measured."""
    chosen = options.solids
    if chosen.network is None:
        return options.packing
    refuse_other_mass(chosen.network, solids_mass)
    tension = solvent(formulation.solvent).surface_tension(REFERENCE_TEMPERATURE)
    grain = sauter_diameter(powder)
    return packing_by(
        chosen.network, suction_between(grain, tension, chosen.wetting, chosen.entry_factor)
    )


def surfaces(powder: Powder, formulation: Formulation, wet: WetFilm) -> dict[str, float]:
    """Give the area of each powder per web area, named as in `materials.adsorption`."""
    area = {powder.material: wet.active_mass * active_material(powder.material).specific_surface}
    if wet.additive_mass > 0:
        name = formulation.additive
        area[name] = wet.additive_mass * additive(name).specific_surface
    return area


def sauter_diameter(powder: Powder) -> float:
    """Give d_32 = 1/sum(v_i/d_i), m."""
    v = powder.volume_fraction
    return float(v.sum() / (v / powder.diameter).sum())


def gases_of(options: Film1D) -> tuple[Air, ...]:
    """Give the drying air of each zone."""
    return tuple(
        Air(
            z.air_temperature,
            z.heat_transfer,
            z.heat_transfer_bottom,
            z.vapour_fraction,
            z.radiation,
            z.roller_transfer,
            z.roller_temperature,
        )
        for z in options.zones
    )


def diffusivity(b: Binder, liquid: Solvent, factor: float, T: FloatArray) -> FloatArray:
    """Give the binder's diffusivity in the liquid at temperatures T (K), m^2/s.

    Stokes and Einstein: D/D_ref = (T/T_ref) mu(T_ref)/mu(T); the medium is thicker than its
    solvent, but thins with temperature about as the solvent does.
    """
    mu = np.array([liquid.viscosity(float(t)) for t in T])
    thinning = liquid.viscosity(REFERENCE_TEMPERATURE) / mu
    return factor * b.diffusivity * T / REFERENCE_TEMPERATURE * thinning
