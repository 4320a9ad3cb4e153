"""The whole film at one resolution: heat and solvent balance, then every binder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.record import FloatArray
from multiscale.stages.drying.checks import refuse_wet_web
from multiscale.stages.drying.film import Film
from multiscale.stages.drying.history import History, solve_history, step_times
from multiscale.stages.drying.migration import Profile, TimeFunction, migrate
from multiscale.stages.drying.options import Film1D
from multiscale.stages.drying.setup import Portion, diffusivity, gases_of, mobile_volume

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Drying:
    """What a solve gives.

    Attributes:
        history: heat and solvent balance.
        shrinkage_end: s; the residence time where the film still shrinks at the exit.
        dry: time at which the residual solvent meets its limit, s; the residence time where it is
            above at the exit.
        profiles: mobile share of each binder, scaled to a mean of 1.
        settings: time at which each binder stops moving, s.
        spreads: diffusivity D phi_l^b of each binder in the film over time, m^2/s.
        dispersion_length: dispersivity of the flow between the grains, m.
    """

    history: History
    shrinkage_end: float
    dry: float
    profiles: tuple[Profile, ...]
    settings: tuple[float, ...]
    spreads: tuple[TimeFunction, ...]
    dispersion_length: float


def solve_drying(
    film: Film,
    portions: Sequence[Portion],
    web_speed: float,
    options: Film1D,
    report: Report,
) -> Drying:
    """Solve the balances, then carry each binder by the liquid that they leave.

    Args:
        film: the wet film.
        portions: the binders.
        web_speed: m/s.
        options: dryer and resolution.
        report: told the fraction done and a physical number.
    """
    durations = [zone.length / web_speed for zone in options.zones]
    moving = mobile_volume(portions)
    still = options.connected_saturation * film.solvent_at_packing
    limit = options.residual_limit * film.solids_mass
    levels = [film.solvent_at_packing, limit]
    levels += [max(_setting(film, p, moving), still) for p in portions]
    history = solve_history(film, gases_of(options), durations, options.tolerance, levels)
    refuse_wet_web(history, options)
    shrinkage_end, dry, *ends = history.reached
    m, T = history.state(history.ends[-1:])[:2, 0]
    report(0.1, f"web leaves at {T - 273.15:.1f} degC with {m * 1e3:.3g} g/m2 of solvent")
    if m > limit:
        dry = history.residence  # vapour has wetted it again, or it never was
    profiles = []
    for i, (portion, end) in enumerate(zip(portions, ends, strict=True)):
        times = step_times(history, end, options.steps, [shrinkage_end, *history.ends])

        def progress(
            fraction: float, times: FloatArray = times, name: str = portion.binder.name, i: int = i
        ) -> None:
            done = 0.1 + 0.9 * (i + fraction) / len(portions)
            report(done, f"{name} at {times[int(fraction * (times.size - 1))]:.1f} s of drying")

        profiles.append(_carry(history, portion, moving, times, options, progress))
    _fits(portions, profiles, float(film.height(m)) - film.solids_volume + moving)
    spreads = tuple(_spread(history, p, moving, options) for p in portions)
    length = options.dispersion * film.grain
    return Drying(history, shrinkage_end, dry, tuple(profiles), tuple(ends), spreads, length)


def _setting(film: Film, portion: Portion, moving: float) -> float:
    """Give the solvent content at which a binder sets, kg/m^2.

    A gel moves with the solids and is squeezed like a solution until they rest; then it stops.
    Polymer on the solids swells in the same liquid as what moves: both count.
    """
    swollen = portion.mass if portion.binder.chi is not None else portion.mobile_mass
    gelled = film.liquid_density * (swollen / portion.binder.gel_concentration - moving)
    return min(gelled, film.solvent_at_packing)


def _spread(history: History, portion: Portion, moving: float, options: Film1D) -> TimeFunction:
    """Give D phi_l^b over time, m^2/s."""
    film = history.film

    def spread(t: FloatArray) -> FloatArray:
        m, T = history.state(t)[:2]
        D = diffusivity(portion.binder, film.solvent, options.diffusivity_factor, T)
        phi_l = (m / film.liquid_density + moving) / film.height(m)
        return np.asarray(D * phi_l**options.tortuosity_exponent)

    return spread


def _carry(
    history: History,
    portion: Portion,
    moving: float,
    times: FloatArray,
    options: Film1D,
    report: Callable[[float], None],
) -> Profile:
    """Solve for one binder, scaled to unit mass: a binder without mass has a profile too."""
    film, b = history.film, portion.binder
    spread = _spread(history, portion, moving, options)

    def solution(t: FloatArray) -> FloatArray:
        return history.state(t)[0] / film.liquid_density + moving

    def height(t: FloatArray) -> FloatArray:
        return film.height(history.state(t)[0])

    def kappa(t: FloatArray) -> FloatArray:
        return spread(t) * solution(t) / height(t) ** 2

    def capacity(t: FloatArray) -> FloatArray:
        # Binders share the room beside the solids in proportion to their volumes.
        return b.packing * (height(t) - film.solids_volume + moving) / moving

    def dispersivity(t: FloatArray) -> FloatArray:
        return options.dispersion * film.grain / height(t)

    c_0 = 1 / float(solution(np.zeros(1))[0])
    room = capacity if portion.mobile_mass > 0 else None
    return migrate(times, solution, kappa, c_0, options.cells, room, dispersivity, report=report)


def _fits(portions: Sequence[Portion], profiles: Sequence[Profile], room: float) -> None:
    """Refuse more binder at a height than the pores take.

    Args:
        portions: the binders.
        profiles: of their mobile shares.
        room: thickness left beside solids and immobile binder, m.
    """
    filled = sum(
        p.mobile * p.volume * profile.total for p, profile in zip(portions, profiles, strict=True)
    )
    if (worst := float(np.max(filled)) / room) > 1:
        raise StageFailed(
            f"binder would fill {worst:.2f} times the pores at the film's surface; dry more slowly "
            "or lower drying.mobile_fraction"
        )
