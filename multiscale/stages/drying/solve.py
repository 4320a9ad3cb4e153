"""The whole film at one resolution: heat and solvent, solids and liquid, then every binder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from multiscale.stages.drying.binders import (
    carry,
    film_forming,
    refuse_overfilled_pores,
    spread_of,
)
from multiscale.stages.drying.checks import refuse_condensation
from multiscale.stages.drying.film import Film
from multiscale.stages.drying.history import History, solve_history, step_times
from multiscale.stages.drying.migration import Profile, TimeFunction
from multiscale.stages.drying.options import Film1D
from multiscale.stages.drying.setup import Portion, gases_of, mobile_volume
from multiscale.stages.drying.solids import Solids, fill, settle

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Drying:
    """What a solve gives.

    Attributes:
        history: heat and solvent balance.
        solids: solids and liquid through the thickness.
        shrinkage_end: s; the residence time where the film still shrinks at the exit.
        dry: time at which the residual solvent meets its limit, s; the residence time where it is
            above at the exit.
        rests: time from which on the liquid carries nothing, s.
        profiles: mobile share of each binder, scaled to a mean of 1, until it has set or the liquid
            no longer flows.
        spreads: diffusivity D phi_l^b of each binder in the film over time, m^2/s.
        dispersion_length: dispersivity of the flow between the grains, m.
    """

    history: History
    solids: Solids
    shrinkage_end: float
    dry: float
    rests: float
    profiles: tuple[Profile, ...]
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
    moving = mobile_volume(portions)
    limit = options.residual_limit * film.solids_mass
    history, solids = _balance(film, moving, limit, web_speed, options)
    film, column = history.film, solids.column
    shrinkage_end, dry, still = (history.passage(i) for i in range(3))
    rests = min(still, solids.cut_off)
    m, T = history.state(history.ends[-1:])[:2, 0]
    report(0.1, f"web leaves at {T - 273.15:.1f} degC with {m * 1e3:.3g} g/m2 of solvent")
    if m > limit:
        dry = history.residence  # vapour has wetted it again, or it never was
    profiles = []
    forming = np.concatenate([film_forming(history, p.binder) for p in portions])
    events = [shrinkage_end, *history.ends, *forming.tolist()]
    times = step_times(history, rests, options.steps, events)
    for i, portion in enumerate(portions):

        def progress(fraction: float, name: str = portion.binder.name, i: int = i) -> None:
            done = 0.1 + 0.9 * (i + fraction) / len(portions)
            report(done, f"{name} at {times[int(fraction * (times.size - 1))]:.1f} s of drying")

        profiles.append(carry(column, portion, times, options, progress))
    refuse_overfilled_pores(portions, profiles, float(film.height(m)) - film.solids_volume + moving)
    spreads = tuple(spread_of(history, p, moving, options) for p in portions)
    length = options.dispersion * film.grain
    return Drying(history, solids, shrinkage_end, dry, rests, tuple(profiles), spreads, length)


def _balance(
    film: Film, moving: float, limit: float, web_speed: float, options: Film1D
) -> tuple[History, Solids]:
    """Solve the balance three times, each with what the film has shown until then.

    The solids need the balance only until air enters, and tell it the pores; the liquid needs it
    only until it is cut off from the surface, and tells it from when on vapour crosses dry pores.
    What a solve adds comes after what the one before it was used for: no iteration is needed, and
    zones that lie behind that are not solved before the last one.

    Args:
        film: as it enters the dryer.
        moving: volume of binder in the liquid, m.
        limit: solvent at which the coating is dry, kg/m^2.
        web_speed: m/s.
        options: of the model.
    """
    durations = [zone.length / web_speed for zone in options.zones]

    def solve(film: Film, watch: Sequence[float]) -> History:
        return solve_history(film, gases_of(options), durations, options.tolerance, watch)

    settled = settle(solve(film, [film.solvent_at_packing]), moving, options)
    film = replace(film, packing=settled.packing)
    solids = fill(solve(film, [film.solvent_at_packing]), settled, moving, options)
    film = replace(film, connected=solids.connected)
    still = options.connected_saturation * film.solvent_at_packing
    history = solve(film, [film.solvent_at_packing, limit, still])
    refuse_condensation(history, options)
    return history, replace(solids, column=replace(solids.column, history=history))
