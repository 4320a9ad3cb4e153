"""The whole film at one resolution: heat and solvent balance, then every binder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from multiscale.materials.binder import Binder
from multiscale.records.record import FloatArray
from multiscale.stages.drying.film import Film
from multiscale.stages.drying.history import History, solve_history, step_times
from multiscale.stages.drying.migration import Gel, Profile, migrate
from multiscale.stages.drying.options import Film1D
from multiscale.stages.drying.setup import diffusivity, gases_of

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Drying:
    """What a solve gives.

    Attributes:
        history: heat and solvent balance.
        shrinkage_end: s; the residence time where the film still shrinks at the exit.
        dry: time at which the residual solvent meets its limit, s; the residence time likewise.
        profiles: mobile share of each binder, scaled to a mean of 1.
    """

    history: History
    shrinkage_end: float
    dry: float
    profiles: tuple[Profile, ...]


def solve_drying(
    film: Film,
    binders: Sequence[Binder],
    binder_mass: FloatArray,
    web_speed: float,
    options: Film1D,
    report: Report,
) -> Drying:
    """Solve the balances, then carry each binder by the liquid that they leave.

    Args:
        film: the wet film.
        binders: the formulation's binders.
        binder_mass: of each, kg/m^2.
        web_speed: m/s.
        options: dryer and resolution.
        report: told the fraction done and a physical number.
    """
    durations = [zone.length / web_speed for zone in options.zones]
    still = options.connected_saturation * film.solvent_at_packing
    limit = options.residual_limit * film.solids_mass
    history = solve_history(
        film,
        gases_of(options),
        durations,
        options.tolerance,
        (film.solvent_at_packing, still, limit),
    )
    shrinkage_end, last, dry = history.reached
    m, T = history.state(history.ends[-1:])[:2, 0]
    report(0.1, f"web leaves at {T - 273.15:.1f} degC with {m * 1e3:.3g} g/m2 of solvent")
    times = step_times(history, last, options.steps, [shrinkage_end, *history.ends])
    profiles = []
    for i, (b, mass) in enumerate(zip(binders, binder_mass, strict=True)):

        def progress(fraction: float, name: str = b.name, i: int = i) -> None:
            done = 0.1 + 0.9 * (i + fraction) / len(binders)
            report(done, f"{name} at {times[int(fraction * (times.size - 1))]:.1f} s of drying")

        profiles.append(_carry(history, b, mass, times, options, progress))
    return Drying(history, shrinkage_end, dry, tuple(profiles))


def _carry(
    history: History,
    b: Binder,
    mass: float,
    times: FloatArray,
    options: Film1D,
    report: Callable[[float], None],
) -> Profile:
    """Solve for one binder, scaled to unit mass: a binder without mass has a profile too."""
    film = history.film

    def liquid(t: FloatArray) -> FloatArray:
        return history.state(t)[0] / film.liquid_density

    def kappa(t: FloatArray) -> FloatArray:
        m, T = history.state(t)[:2]
        h = film.height(m)
        D = diffusivity(b, film.solvent, options.diffusivity_factor, T)
        return D * (m / film.liquid_density / h) ** (1 + options.tortuosity_exponent) / h

    def threshold(t: FloatArray) -> FloatArray:
        # The binder on the solids swells in the same liquid: both shares count towards gelling.
        left = b.gel_concentration - (mass - mobile_mass) / liquid(t)
        return np.maximum(left, 0.0) / mobile_mass

    mobile_mass = options.mobile_fraction * mass
    gels = mobile_mass > 0 and options.gelation_rate > 0
    gel = Gel(threshold, options.gelation_rate) if gels else None
    c_0 = 1 / float(liquid(np.zeros(1))[0])
    return migrate(times, liquid, kappa, c_0, options.cells, gel, report=report)
