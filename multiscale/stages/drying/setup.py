"""From records and options to what the equations need."""

from __future__ import annotations

import numpy as np

from multiscale.errors import HandoverError, StageFailed
from multiscale.materials.binder import Binder, binder
from multiscale.materials.foil import foil
from multiscale.materials.solvent import Solvent, solvent
from multiscale.records.formulation import Formulation
from multiscale.records.powder import Powder
from multiscale.records.record import FloatArray
from multiscale.records.wet_film import WetFilm
from multiscale.stages.drying.evaporation import Air
from multiscale.stages.drying.film import Film
from multiscale.stages.drying.options import Film1D

REFERENCE_TEMPERATURE = 298.15  # of binder diffusivities, K
THROAT = 0.2  # throat radius of a packing over its Sauter diameter


def binders_of(formulation: Formulation) -> list[Binder]:
    """Find the formulation's binders, in its order."""
    return [binder(name.strip()) for name in formulation.binders.split(",")]


def film_of(powder: Powder, formulation: Formulation, wet: WetFilm, options: Film1D) -> Film:
    """Build the film that enters the dryer.

    Raises:
        HandoverError: the wet film's thickness does not fit its masses.
        StageFailed: the film is packed before it enters.
    """
    binders = binders_of(formulation)
    volumes = wet.binder_mass / formulation.binder_density
    solids = (
        wet.active_mass / powder.density
        + wet.additive_mass / formulation.additive_density
        + float(volumes.sum())
    )
    height = solids + wet.solvent_mass / formulation.solvent_density
    if abs(height / wet.thickness - 1) > 0.02:
        raise HandoverError(
            f"WetFilm.thickness = {wet.thickness * 1e6:.2f} um, but its masses fill "
            f"{height * 1e6:.2f} um; the coating stage and the densities disagree"
        )
    if solids / height >= options.packing:
        raise StageFailed(
            f"the wet film holds {solids / height:.3f} solids by volume, no less than the packing "
            f"{options.packing:.3f} at which shrinkage ends; raise drying.packing or add solvent"
        )
    soluble = np.array([b.chi is not None for b in binders])
    chi = np.array([b.chi or 0.0 for b in binders])
    polymer = float(volumes[soluble].sum())
    metal = foil(wet.foil)
    capacity = (
        metal.density * metal.heat_capacity * wet.foil_thickness
        + (wet.active_mass + wet.additive_mass) * options.solids_heat_capacity
        + float(sum(m * b.heat_capacity for m, b in zip(wet.binder_mass, binders, strict=True)))
    )
    return Film(
        solvent=solvent(formulation.solvent),
        liquid_density=formulation.solvent_density,
        initial_solvent=wet.solvent_mass,
        solids_mass=wet.active_mass + wet.additive_mass + float(wet.binder_mass.sum()),
        solids_volume=solids,
        polymer_volume=polymer,
        chi=float((chi * volumes).sum() / polymer) if polymer > 0 else 0.0,
        packing=options.packing,
        heat_capacity=capacity,
        pore_radius=THROAT * sauter_diameter(powder),
        initial_temperature=wet.temperature,
    )


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
