"""From suspension to a wet film on the foil."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multiscale.coupling.context import Context
from multiscale.coupling.stage import stage
from multiscale.log import logger
from multiscale.materials.solvent import solvent
from multiscale.records import Formulation, Suspension, WetFilm
from multiscale.stages.coating.balances import CONSERVED
from multiscale.stages.coating.gap_law import true_gap, wet_thickness
from multiscale.stages.coating.options import CommaBar, SlotDie

if TYPE_CHECKING:
    from multiscale.stages.coating.knife import KnifeFilm

_GRAVITY = 9.81
_CAPILLARY_LIMIT = 0.1  # largest Ca at which the Landau-Levich meniscus term holds


def _dry(suspension: Suspension) -> float:
    return 1.0 - suspension.solvent_mass_fraction


@dataclass(frozen=True)
class _Laid:
    """Film and window: thickness in m, limits over the gap, each with its numerical error."""

    thickness: float
    error: float
    low: float
    high: float
    error_low: float
    error_high: float
    window: str


@stage("coating", version=1, kinds=[CommaBar, SlotDie], conserves=CONSERVED)
def coat(
    formulation: Formulation, suspension: Suspension, options: CommaBar | SlotDie, ctx: Context
) -> WetFilm:
    """Lay the film on the foil and say where the setting lies in the coating window."""
    laid = ctx.on_root(
        lambda: (
            _under_bar(suspension, options)
            if isinstance(options, CommaBar)
            else _under_die(formulation, suspension, options)
        )
    )
    return WetFilm(
        thickness=laid.thickness,
        **_areal_masses(suspension, laid.thickness),
        temperature=suspension.temperature,
        web_speed=options.web_speed,
        width=options.width,
        foil=options.foil,
        foil_thickness=options.foil_thickness,
        gap=options.gap,
        shear_rate=options.web_speed / options.gap,
        window_low=laid.low,
        window_high=laid.high,
        window=laid.window,
        error={
            "thickness": laid.error,
            "loading": laid.error * suspension.density * _dry(suspension),
            "window_low": laid.error_low,
            "window_high": laid.error_high,
        },
    )


def _areal_masses(suspension: Suspension, thickness: float) -> dict[str, Any]:
    """Masses per coated area of a film of slurry, kg/m²."""
    slurry = suspension.density * thickness
    return {
        "active_mass": slurry * suspension.active_mass_fraction,
        "additive_mass": slurry * suspension.additive_mass_fraction,
        "binder_mass": slurry * suspension.binder_mass_fraction,
        "solvent_mass": slurry * suspension.solvent_mass_fraction,
        "loading": slurry * _dry(suspension),
    }


def _under_bar(suspension: Suspension, o: CommaBar) -> _Laid:
    """Comma bar: the calibrated law, carried to the set speed by lubrication in the true gap."""
    gap = true_gap(o.gap, o.slope, o.offset)
    here, at_law = (_lubricated(suspension, o, gap, speed) for speed in (o.web_speed, o.law_speed))
    t, error = wet_thickness(o.gap, o.slope, o.offset, here, at_law)
    if o.web_speed == o.law_speed:
        error = 0.0  # the law as it is
    place = f"{t / gap:.3f} of the true gap of {gap * 1e6:.0f} um"
    fault = "check slope, offset, law_speed, bar_radius and reservoir_head"
    if t < 0.5 * gap:
        window = f"outside: {place}, below the 0.5 of Couette flow; {fault}"
    elif t > here.ratio * gap:
        window = f"outside: {place}, above the {here.ratio:.3f} of lubrication; {fault}"
    else:
        window = f"ok: {place}, between Couette flow (0.5) and lubrication ({here.ratio:.3f})"
    scale = gap / o.gap  # the record's window is over the gap as set
    rates = (o.web_speed / o.gap, o.law_speed / o.gap)
    return _Laid(
        t, error, 0.5 * scale, here.ratio * scale, 0.0, here.error * scale,
        _assessed(window, suspension, rates),
    )  # fmt: skip


def _lubricated(suspension: Suspension, o: CommaBar, gap: float, speed: float) -> KnifeFilm:
    from multiscale.stages.coating.knife import knife_film  # Numba: not at import

    return knife_film(
        gap,
        o.bar_radius,
        speed,
        suspension.density * _GRAVITY * o.reservoir_head,
        suspension.yield_stress,
        suspension.consistency,
        suspension.flow_index,
    )


def _under_die(formulation: Formulation, suspension: Suspension, o: SlotDie) -> _Laid:
    """Slot die: the pump sets the film, lubrication of the bead its window."""
    from multiscale.stages.coating.slot_bead import (  # Numba: not at import
        TOLERANCE,
        Die,
        steady_thickness,
    )

    t = o.flow_rate / (o.web_speed * o.width)
    die = Die(
        gap=o.gap,
        downstream_lip=o.downstream_lip,
        upstream_lip=o.upstream_lip,
        dynamic_angle=o.dynamic_contact_angle,
        static_angle=o.static_contact_angle,
        vacuum=o.vacuum,
        surface_tension=solvent(formulation.solvent).surface_tension(suspension.temperature),
        tau_y=suspension.yield_stress,
        k=suspension.consistency,
        n=suspension.flow_index,
    )
    low = steady_thickness(0.0, o.web_speed, die) / o.gap
    high = steady_thickness(o.upstream_lip, o.web_speed, die) / o.gap
    ca = die.capillary_number(o.web_speed)
    verdict = "air-entrainment" if t / o.gap < low else "swelling" if t / o.gap > high else "ok"
    window = f"{verdict}: {t / o.gap:.3f} of the gap, window {low:.3f} to {high:.3f}, Ca {ca:.2g}"
    if ca > _CAPILLARY_LIMIT:
        window += " (the limits are viscous; the meniscus term is outside its range)"
    error = TOLERANCE / o.gap
    window = _assessed(window, suspension, (o.web_speed / o.gap,))
    return _Laid(t, 0.0, low, high, error, error, window)


def _assessed(window: str, suspension: Suspension, rates: Sequence[float]) -> str:
    """Take the verdict back, and say so, where the flow curve does not reach the rates."""
    slowest, fastest = float(suspension.flow_curve.x[0]), float(suspension.flow_curve.x[-1])
    beyond = [rate for rate in rates if not slowest <= rate <= fastest]
    if not beyond:
        return window
    said = (
        f"the flow curve from {slowest:.3g} to {fastest:.3g} 1/s is extrapolated to "
        f"{beyond[0]:.3g} 1/s"
    )
    logger.warning("coating: %s; widen slurry.rate_low and slurry.rate_high", said)
    return f"not-assessed: {said}, and would say {window}"
