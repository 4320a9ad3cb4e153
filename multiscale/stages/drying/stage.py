"""Drying: from the wet film to the dry coating."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from multiscale.coupling.context import Context
from multiscale.coupling.stage import Balance, stage
from multiscale.fem import forms
from multiscale.records.dry_coating import DryCoating
from multiscale.records.formulation import Formulation
from multiscale.records.powder import Powder
from multiscale.records.wet_film import WetFilm
from multiscale.stages.drying.checks import (
    SOLVENT_TOLERANCE,
    refuse,
    refuse_drying_air,
    warn,
)
from multiscale.stages.drying.course import moments_of
from multiscale.stages.drying.edge.options import Film2D
from multiscale.stages.drying.edge.stage import with_edge
from multiscale.stages.drying.exhaust import zone_exhaust
from multiscale.stages.drying.network import films_in_doubt
from multiscale.stages.drying.options import Film1D
from multiscale.stages.drying.regimes import CARRIES
from multiscale.stages.drying.result import change, computed, numerical_error
from multiscale.stages.drying.setup import film_of, portions_of
from multiscale.stages.drying.solve import Drying, solve_drying

BINDER_TOLERANCE = 1e-10
OUTPUT_CELLS = 50  # finer than a line scan of a cross-section resolves, 1 to 2 um
OUTPUT_TIMES = 201


def _kept(quantity: str, field: str, tolerance: float = SOLVENT_TOLERANCE) -> Balance:
    def before(inputs: Mapping[str, Any]) -> float:
        return float(np.sum(getattr(inputs["film"], field)))

    def after(coating: Any) -> float:
        return float(np.sum(getattr(coating, field)))

    return Balance(quantity, "kg/m^2", before, after, tolerance)


CONSERVES = (
    _kept("active material", "active_mass"),
    _kept("additive", "additive_mass"),
    _kept("binder mass", "binder_mass", BINDER_TOLERANCE),
    Balance(
        "solvent, left and evaporated",
        "kg/m^2",
        lambda inputs: float(inputs["film"].solvent_mass),
        lambda coating: float(coating.solvent_mass + coating.evaporated_mass),
        SOLVENT_TOLERANCE,
    ),
)


@stage("drying", version=7, kinds=[Film1D, Film2D], conserves=CONSERVES)
def dry(
    powder: Powder, formulation: Formulation, film: WetFilm, options: Film1D, ctx: Context
) -> DryCoating:
    """Dry a film on its way through the zones of a dryer.

    The heat and solvent balance gives height, temperature and evaporation rate over time; these
    carry each binder through film shrinkage and pore emptying. A numerical error is twice the
    difference to half the cells plus that to half the steps and a looser tolerance; where a network
    of particles was pressed, what its errors change comes on top.

    Raises:
        StageFailed: the film is packed already or still liquid at the exit, its air could explode,
            more vapour condenses than evaporates, a solve breaks down or a balance does not close.
    """
    forms.start()
    coating = ctx.on_root(lambda: _dry(powder, formulation, film, options, ctx))
    if isinstance(options, Film2D):
        return with_edge(coating, powder, formulation, film, options, ctx)
    return coating


def _dry(
    powder: Powder, formulation: Formulation, wet: WetFilm, options: Film1D, ctx: Context
) -> DryCoating:
    film = film_of(powder, formulation, wet, options)
    portions = portions_of(formulation, wet, options)

    def solve(resolution: Film1D, start: float, end: float) -> Drying:
        def report(fraction: float, note: str) -> None:
            ctx.report(start + (end - start) * fraction, note)

        dried = film_of(powder, formulation, wet, resolution)
        return solve_drying(dried, portions, wet.web_speed, resolution, report)

    refuse_drying_air(film.solvent, options)
    fine = solve(options, 0.0, 0.5)
    history = fine.history
    refuse(history, options)
    warn(history, options)
    coarse = [solve(o, 0.5 + 0.25 * i, 0.75 + 0.25 * i) for i, o in enumerate(coarser(options))]
    doubted = [solve(o, 1.0, 1.0) for o in films_in_doubt(options)]
    times = np.union1d(np.linspace(0, history.residence, OUTPUT_TIMES), history.ends)
    moments, edges = moments_of(fine), np.linspace(0, 1, OUTPUT_CELLS + 1)
    values, *others = (
        computed(
            drying,
            portions,
            times,
            moments,
            edges,
            options.binding.adhesion_exponent,
            options.solids.shear_modulus,
        )
        for drying in (fine, *coarse, *doubted)
    )
    exhaust = zone_exhaust(history, options)
    return DryCoating(
        **values,
        active_mass=wet.active_mass,
        additive_mass=wet.additive_mass,
        binder_mobile=np.array([p.mobile for p in portions]),
        dispersion_length=fine.dispersion_length,
        regime=fine.solids.settled.setting.regime,
        yield_limit=CARRIES,
        moment=moments,
        z=0.5 * (edges[1:] + edges[:-1]),
        time=times,
        residence_time=history.residence,
        zone_end=history.ends,
        air_temperature=np.array([zone.air_temperature for zone in options.zones]),
        exhaust_air=sum(fresh for fresh, _, _ in exhaust),
        exhaust_heat=sum(heat for _, heat, _ in exhaust),
        web_speed=wet.web_speed,
        width=wet.width,
        foil=wet.foil,
        foil_thickness=wet.foil_thickness,
        error={
            k: numerical_error(k, v, [other[k] for other in others[: len(coarse)]], film)
            + change(v, [other[k] for other in others[len(coarse) :]])
            for k, v in values.items()
        },
    )


def coarser(options: Film1D) -> tuple[Film1D, Film1D]:
    """Coarser in space and coarser in time, apart: together their errors may cancel."""
    in_space = {"cells": options.cells // 2}
    in_time = {"steps": options.steps // 2, "tolerance": 30 * options.tolerance}
    return options.model_copy(update=in_space), options.model_copy(update=in_time)
