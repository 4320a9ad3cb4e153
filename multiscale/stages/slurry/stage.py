"""From powder and recipe to a suspension with its flow curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from multiscale.coupling.context import Context
from multiscale.coupling.stage import Balance, stage
from multiscale.errors import HandoverError
from multiscale.log import logger
from multiscale.materials.active import active_material
from multiscale.materials.solvent import solvent
from multiscale.records import Closure, Formulation, Powder, Suspension
from multiscale.stages.slurry import crowding, herschel_bulkley, packing
from multiscale.stages.slurry.composition import Composition, compose
from multiscale.stages.slurry.flow_curve import Suspended, shear_stress
from multiscale.stages.slurry.herschel_bulkley import HerschelBulkley
from multiscale.stages.slurry.medium import Medium, mix_medium
from multiscale.stages.slurry.options import SlurryClosure, SlurryMeasured

_POINTS_PER_DECADE = 10
_PASTE = 1e3  # yield stress from which a slurry keeps the shape it is given, Pa


def _solids_volume(inputs: Mapping[str, Any]) -> float:
    recipe: Formulation = inputs["formulation"]
    specific = (
        recipe.active_mass_fraction / inputs["powder"].density
        + recipe.additive_mass_fraction / recipe.additive_density
        + np.sum(recipe.binder_mass_fraction / recipe.binder_density)
    )
    return float(recipe.solids_mass_fraction * specific)


CONSERVED = (
    Balance(
        "active material per slurry mass", "1",
        lambda i: i["formulation"].solids_mass_fraction * i["formulation"].active_mass_fraction,
        lambda s: s.active_mass_fraction,
    ),
    Balance(
        "additive per slurry mass", "1",
        lambda i: i["formulation"].solids_mass_fraction * i["formulation"].additive_mass_fraction,
        lambda s: s.additive_mass_fraction,
    ),
    Balance(
        "binder per slurry mass", "1",
        lambda i: i["formulation"].solids_mass_fraction
        * np.sum(i["formulation"].binder_mass_fraction),
        lambda s: np.sum(s.binder_mass_fraction),
    ),
    Balance(
        "solvent per slurry mass", "1",
        lambda i: 1.0 - i["formulation"].solids_mass_fraction,
        lambda s: s.solvent_mass_fraction,
    ),
    Balance(
        "solids volume per slurry mass", "m^3/kg", _solids_volume,
        lambda s: s.solid_fraction / s.density,
    ),
)  # fmt: skip


@stage("slurry", version=1, kinds=[SlurryClosure, SlurryMeasured], conserves=CONSERVED)
def mix(
    powder: Powder,
    formulation: Formulation,
    options: SlurryClosure | SlurryMeasured,
    ctx: Context,
) -> Suspension:
    """Mix the slurry: composition by volume, jamming fraction, flow curve and its fit."""
    return ctx.on_root(lambda: _mix(powder, formulation, options))


def _mix(
    powder: Powder, formulation: Formulation, options: SlurryClosure | SlurryMeasured
) -> Suspension:
    mixture = _composition(powder, formulation)
    phi, phi_m = float(mixture.volume[0]), _jamming_fraction(powder, options.maximum_packing)
    if phi >= 0.98 * phi_m:
        raise HandoverError(
            f"slurry: {phi:.3f} of the volume is active material, which jams at {phi_m:.3f}; "
            "lower formulation.solids_mass_fraction"
        )
    medium = mix_medium(
        mixture,
        formulation.binders.split(","),
        formulation.binder_density,
        solvent(formulation.solvent).viscosity(options.temperature),
    )
    decades = np.log10(options.rate_high / options.rate_low)
    rate = np.geomspace(
        options.rate_low, options.rate_high, round(_POINTS_PER_DECADE * decades) + 1
    )
    if isinstance(options, SlurryMeasured):
        law = HerschelBulkley(options.yield_stress, options.consistency, options.flow_index)
        tau = herschel_bulkley.stress(rate, law.yield_stress, law.consistency, law.flow_index)
        eta_0 = medium.eta_0
    else:
        slurry = _suspended(phi, phi_m, medium, options)
        tau, eta_0 = shear_stress(rate, slurry), slurry.eta_0
        inside = np.geomspace(options.fit_low, options.fit_high, 41)
        law = herschel_bulkley.fit(inside, shear_stress(inside, slurry), slurry.tau_0 > 0)
    if law.yield_stress >= _PASTE:
        logger.warning(
            "slurry: a yield stress of %.3g kPa makes a paste, which neither levels nor flows to "
            "the coater by itself; lower additive or solids, or check the flow curve",
            law.yield_stress / 1e3,
        )
    return Suspension(
        temperature=options.temperature,
        density=mixture.density,
        active_mass_fraction=float(mixture.mass[0]),
        additive_mass_fraction=float(mixture.mass[1]),
        binder_mass_fraction=mixture.mass[3:],
        solvent_mass_fraction=float(mixture.mass[2]),
        solid_fraction=mixture.solid_fraction,
        active_fraction=phi,
        maximum_packing=phi_m * mixture.solid_fraction / (phi + medium.particles * (1.0 - phi)),
        flow_curve=Closure(rate, tau),
        yield_stress=law.yield_stress,
        consistency=law.consistency,
        flow_index=law.flow_index,
        medium_viscosity=eta_0,
        error={
            "yield_stress": law.yield_stress_error,
            "consistency": law.consistency_error,
            "flow_index": law.flow_index_error,
        },
    )


def _composition(powder: Powder, formulation: Formulation) -> Composition:
    dry_mass = np.array(
        [
            formulation.active_mass_fraction,
            formulation.additive_mass_fraction,
            *formulation.binder_mass_fraction,
        ]
    )
    if abs(dry_mass.sum() - 1.0) > 1e-9:
        raise HandoverError(
            f"slurry: the mass fractions in the solids add up to {dry_mass.sum():.6f}, not to 1"
        )
    dry_density = np.array(
        [powder.density, formulation.additive_density, *formulation.binder_density]
    )
    return compose(
        formulation.solids_mass_fraction, dry_mass, dry_density, formulation.solvent_density
    )


def _jamming_fraction(powder: Powder, given: float | None) -> float:
    if given is not None:
        return given
    densest = packing.random_close_packing(powder.diameter, powder.volume_fraction)
    return active_material(powder.material).jamming_ratio * densest


def _suspended(phi: float, phi_m: float, medium: Medium, options: SlurryClosure) -> Suspended:
    """Put the closure together; options win over the medium's own values."""
    eta_0 = medium.eta_0 if options.medium_viscosity is None else options.medium_viscosity
    tau_0 = medium.tau_0 if options.network_yield_stress is None else options.network_yield_stress
    return Suspended(
        phi=phi,
        eta_r=crowding.LAWS[options.crowding](phi, phi_m),
        solvent_viscosity=medium.solvent_viscosity,
        eta_0=eta_0,
        relaxation_time=medium.relaxation * eta_0,
        cross_exponent=medium.cross_exponent,
        tau_0=tau_0,
    )
