"""The stage grains: the wet film as particles, dried under what the film model hands down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from multiscale.coupling.context import Context
from multiscale.coupling.stage import Balance, stage
from multiscale.records import DryCoating, Formulation, Packing, Powder, WetFilm
from multiscale.stages.grains.options import Particles

if TYPE_CHECKING:
    from multiscale.stages.grains.dry import Plan
    from multiscale.stages.grains.suspension import Content


def _binder(inputs: Mapping[str, Any]) -> float:
    return float(np.sum(inputs["film"].binder_mass / inputs["formulation"].binder_density))


def _inactive(inputs: Mapping[str, Any]) -> float:
    additive = inputs["film"].additive_mass / inputs["formulation"].additive_density
    return _binder(inputs) + float(additive)


CONSERVES = (
    Balance(
        "active material", "kg/m^2", lambda i: i["film"].active_mass, lambda p: p.active_mass, 1e-10
    ),
    Balance("volume of binder and additive", "m", _inactive, lambda p: p.inactive_volume, 1e-10),
    Balance("binder in the bonds", "m", _binder, lambda p: p.bond_volume, 1e-10),
)


@stage("grains", version=5, kinds=[Particles], conserves=CONSERVES, seeded=True, optional=True)
def settle(
    powder: Powder,
    formulation: Formulation,
    film: WetFilm,
    coating: DryCoating,
    options: Particles,
    ctx: Context,
) -> Packing:
    """Dry the film as particles, to a packing with bonds. Collective.

    Raises:
        CaseError: the particles do not fit the wet film.
        StageFailed: the box holds too few of them, or their gaps cannot hold the binder.
        OutOfTime: asked to stop; run again to go on from the last checkpoint.
    """
    from multiscale.stages.grains.dry import dry  # Numba only where it is run
    from multiscale.stages.grains.result import packing_of

    content, plan = plan_of(powder, formulation, film, coating, options, ctx.seed)
    dried = dry(plan, ctx)
    packing: Packing | None = ctx.comm.bcast(packing_of(plan, dried, content, powder))
    assert packing is not None
    return packing


def plan_of(
    powder: Powder,
    formulation: Formulation,
    film: WetFilm,
    coating: DryCoating,
    options: Particles,
    seed: int,
) -> tuple[Content, Plan]:
    """Choose the spheres of the box and what is done to them.

    Raises:
        StageFailed: the box holds too few of them.
    """
    from multiscale.materials.solvent import solvent
    from multiscale.stages.grains.course import course_of
    from multiscale.stages.grains.dry import Plan
    from multiscale.stages.grains.heights import solute_of
    from multiscale.stages.grains.suspension import content_of, suspend

    content = content_of(powder, formulation, film, coating)
    suspension = suspend(powder, content, coating.thickness, options)
    unit = suspension.unit
    return content, Plan(
        suspension=suspension,
        course=course_of(coating, solvent(formulation.solvent), unit),
        solids=content.solids / unit,
        solute=solute_of(coating, suspension.moving, content.moving),
        bridge=_bridge(coating, formulation, suspension.radius.size, options.lateral_size, unit),
        binder=float(content.binder.sum()) * options.lateral_size**2 / unit**3,
        options=options,
        seed=int(np.random.SeedSequence([seed, *b"grains"]).generate_state(1)[0]),
    )


def _bridge(
    coating: DryCoating, formulation: Formulation, particles: int, edge: float, unit: float
) -> float:
    """Give the volume of a bridge: what is left when the binder sets, over three pairs a sphere.

    Bridges are small: at most a hundredth of r^3, where the law of their force still holds.
    """
    left = np.interp(float(coating.binder_setting.max()), coating.time, coating.solvent_history)
    volume = float(left) / formulation.solvent_density * edge**2 / unit**3
    return min(volume / (3 * particles), 0.01)
