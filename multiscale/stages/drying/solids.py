"""Solids and liquid of a film whose balance is known: from the wet film to empty pores.

First the solids, under the film's fall alone; air enters where their stress at the surface meets
the suction of its pores, which need not be at the packing of the options. The balance then knows
its pore volume, and the liquid follows from it. Capillarity spreads the liquid so much faster than
it evaporates that the balance takes the surface as wet as the mean until liquid no longer reaches
it; what is left then dries behind a layer of dry pores, which the balance has to be told.
All binder counts as solid where the solids carry stress, what of it moves as liquid where it flows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multiscale.errors import StageFailed
from multiscale.stages.drying.checks import refuse_leak, refuse_wet_web
from multiscale.stages.drying.column import Column, Shares
from multiscale.stages.drying.consolidation import Consolidation, Scalar, consolidate
from multiscale.stages.drying.emptying import Pores, empty, pores_of
from multiscale.stages.drying.film import Film
from multiscale.stages.drying.history import History
from multiscale.stages.drying.layers import Layers
from multiscale.stages.drying.network import TabulatedSkeleton, flow_of, stiffening_of
from multiscale.stages.drying.options import Film1D
from multiscale.stages.drying.regimes import CARRIES, Setting, setting_of
from multiscale.stages.drying.skeleton import (
    GRAVITY,
    PowerLawSkeleton,
    Skeleton,
    strength_at_packing,
    suction_between,
)

REFERENCE_TEMPERATURE = 298.15  # of surface tension, osmotic pressure and medium viscosity, K
RANDOM_SPHERES = 0.64
MARGIN = 0.05  # of close packing over packing, at least
STEPS_SHARE = 4  # binder steps to one of solids and liquid, which change as fast but do not crowd
CHANGE = 8.0  # of phi or S in a step, over the number of binder steps: 0.02 at the default


@dataclass(frozen=True)
class Settled:
    """Solids of the film until they rest.

    Attributes:
        layers: mesh of the thickness.
        skeleton: what they resist with.
        course: phi until air enters.
        packing: mean solid fraction at which air enters, all binder included.
        setting: where the film stands on the map of regimes.
    """

    layers: Layers
    skeleton: Skeleton
    course: Consolidation
    packing: float
    setting: Setting


def skeleton_of(film: Film, options: Film1D) -> Skeleton:
    """Give what the film's solids resist with.

    Raises:
        StageFailed: the gel point is not below the packing.
    """
    chosen, packing = options.solids, film.packing
    if chosen.network is None and chosen.gel_point >= packing:
        raise StageFailed(
            f"drying.solids.gel_point {chosen.gel_point:g} is not below drying.packing "
            f"{packing:g}: the network would carry nothing when air enters; lower it"
        )
    close = chosen.close_packing or max(RANDOM_SPHERES, packing + MARGIN)
    if close <= packing:
        raise StageFailed(
            f"drying.solids.close_packing {close:g} is not above drying.packing {packing:g}; raise "
            "it"
        )
    tension = film.solvent.surface_tension(REFERENCE_TEMPERATURE)
    suction = suction_between(film.grain, tension, chosen.wetting, chosen.entry_factor)
    excess = excess_density(film)
    carried = chosen.yield_stress >= CARRIES * excess * GRAVITY * film.grain
    grains = (film.grain, 0.0 if carried else excess, REFERENCE_TEMPERATURE, close, suction)
    if chosen.network is not None:
        stiffening = stiffening_of(chosen.network)
        return TabulatedSkeleton(*grains, *stiffening, flow_of(chosen.network))
    strength = strength_at_packing(packing, chosen.gel_point, chosen.exponent, suction)
    return PowerLawSkeleton(*grains, chosen.gel_point, chosen.exponent, strength)


def excess_density(film: Film) -> float:
    """Give the density of the solids above that of the liquid, kg/m^3."""
    return max(film.solids_mass / film.solids_volume - film.liquid_density, 1e-3)


def viscosity_of(history: History, moving: float, options: Film1D) -> Scalar:
    """Give the viscosity of the liquid over time, Pa s: mu_0 eta(T)/eta(T_0) (L_0/L)^n.

    Args:
        history: balance of heat and solvent.
        moving: volume of binder in the liquid, m.
        options: of the model.
    """
    film, chosen = history.film, options.solids
    rho, reference = film.liquid_density, film.solvent.viscosity(REFERENCE_TEMPERATURE)
    L_0 = film.initial_solvent / rho + moving

    def viscosity(t: float) -> float:
        m, T = history.state(np.array([t]))[:2, 0]
        thinning = film.solvent.viscosity(float(T)) / reference
        thicker = (L_0 / max(float(m) / rho + moving, 1e-3 * L_0)) ** chosen.thickening
        return chosen.medium_viscosity * thinning * thicker

    return viscosity


def settle(history: History, moving: float, options: Film1D) -> Settled:
    """Follow the solids of the shrinking film until air enters the pores.

    Args:
        history: balance of heat and solvent; only its part before air enters counts.
        moving: volume of binder in the liquid, m.
        options: of the model.

    Raises:
        StageFailed: no air enters before the web leaves, a step finds no solution, or solids are
            lost.
    """
    film, skeleton = history.film, skeleton_of(history.film, options)

    def height(t: float) -> float:
        m = float(history.state(np.array([t]))[0, 0])
        return film.solids_volume + m / film.liquid_density

    layers = Layers(options.cells)
    h_0, viscosity = height(0.0), viscosity_of(history, moving, options)
    phi_0 = film.solids_volume / h_0
    course = consolidate(
        layers,
        skeleton,
        np.full(layers.xi.size, phi_0),
        history.residence,
        height,
        viscosity,
        max(options.steps // STEPS_SHARE, 1),
        CHANGE / options.steps,
    )
    heights = film.solids_volume + history.state(course.times)[0] / film.liquid_density
    solids = np.full(course.times.size, film.solids_volume)
    refuse_leak("solids", course.times, heights * (course.phi @ layers.weight), solids)
    if not course.entered:
        refuse_wet_web(history, options)
        raise StageFailed(
            f"no air has entered the pores when the web leaves the dryer: the solid fraction at "
            f"the surface is {course.phi[-1, -1]:.3f}, {film.packing:.3f} is needed; slow the web "
            "or heat the zones"
        )
    h_end = height(course.entry)
    E = (h_0 - h_end) / course.entry
    setting = setting_of(
        skeleton, excess_density(film), phi_0, h_0, E, viscosity(0.0), options.solids.yield_stress
    )
    return Settled(layers, skeleton, course, film.solids_volume / h_end, setting)


@dataclass(frozen=True)
class Solids:
    """Solids and liquid over time.

    Attributes:
        column: both, through the thickness.
        settled: the solids until they rest.
        pores: between them then.
        cut_off: time at which liquid no longer reaches the surface, s; the residence time where it
            does to the end.
        connected: share of the pores that solvent fills then; the options' where it never is.
    """

    column: Column
    settled: Settled
    pores: Pores
    cut_off: float
    connected: float


def fill(history: History, settled: Settled, moving: float, options: Film1D) -> Solids:
    """Follow the liquid through the pores of the solids at rest.

    Args:
        history: balance of heat and solvent, of a film that packs as `settled` says; its first
            watched content ends shrinkage.
        settled: the solids.
        moving: volume of binder in the liquid, m.
        options: of the model.

    Raises:
        StageFailed: a step finds no solution, or liquid is lost.
    """
    film, layers, entry = history.film, settled.layers, history.passage(0)
    resting, height = film.solids_volume - moving, film.dry_height
    phi = settled.course.phi
    share = phi / (phi @ layers.weight)[:, None]
    packed = share[-1] * film.solids_volume / height
    pores = pores_of(
        settled.skeleton,
        packed,
        1 - share[-1] * resting / height,
        height,
        options.connected_saturation,
        options.solids.pore_index,
    )

    def liquid(t: float) -> float:
        return float(history.state(np.array([t]))[0, 0]) / film.liquid_density + moving

    emptying = empty(
        layers,
        pores,
        entry,
        history.residence,
        liquid,
        viscosity_of(history, moving, options),
        max(options.steps // STEPS_SHARE, 1),
        CHANGE / options.steps,
    )
    solution = emptying.saturation * pores.porosity
    given = history.state(emptying.times)[0] / film.liquid_density + moving
    refuse_leak("liquid", emptying.times, height * (solution @ layers.weight), given)
    column = Column(
        history,
        layers.xi,
        moving,
        entry,
        Shares(settled.course.times, share),
        Shares(emptying.times, solution / (solution @ layers.weight)[:, None]),
    )
    if not emptying.cut_off:
        return Solids(column, settled, pores, history.residence, film.connected)
    end = float(emptying.times[-1])
    left = float(history.state(np.array([end]))[0, 0]) / film.liquid_density
    connected = max(left / film.pore_volume, film.connected)
    return Solids(column, settled, pores, end, connected)
