"""The whole calender: passes, warming of the coating, spring-back."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from multiscale.errors import StageFailed
from multiscale.stages.calendering.heating import mean_heating, softened
from multiscale.stages.calendering.options import LineLoad
from multiscale.stages.calendering.recovery import delayed_recovery
from multiscale.stages.calendering.roll_gap import (
    POINTS,
    Law,
    Layer,
    Nip,
    fresh_layer,
    pass_at_load,
    pass_at_set_gap,
)

LEAST_PORES = (
    0.01  # in the nip; below, solid would have to flow and the law of release does not hold
)


@dataclass(frozen=True)
class Calendered:
    """The coating after the calender, all compressible layers together.

    Attributes:
        last: the last pass.
        entered: the coating before it.
        law: compaction and release in it, at the coating's temperature.
        thickness: after spring-back, m.
        work: of all passes, per web area, J/m^2.
    """

    last: Nip
    entered: Layer
    law: Law
    thickness: float
    work: float

    @property
    def porosity(self) -> float:
        """After spring-back, from the solid that the mechanics carried through every pass."""
        return 1 - self.law.solid / self.thickness


def calendered(
    solid: float, porosity: float, width: float, options: LineLoad, points: int = POINTS
) -> Calendered:
    """Send the web through the calender.

    Args:
        solid: thickness of the solid alone, all layers, of the web as it enters the nip, m.
        porosity: porosity before the first pass, 1.
        width: coated width, m.
        options: the machine and the coating's answer.
        points: Gauss points of the nip integral.

    Raises:
        StageFailed: nothing to compact, an open gap, or a load beyond the law's range.
    """
    if porosity <= options.porosity_min:
        raise StageFailed(
            f"the dry porosity {porosity:.4f} is not above porosity_min {options.porosity_min:.4f}"
            ", so that there is nothing to compact; lower calendering.porosity_min"
        )
    law = Law(
        solid,
        porosity,
        options.porosity_min,
        options.sigma_c,
        options.unloading_modulus,
        slow=sum(options.recovery_shares),
    )
    layer, work = fresh_layer(law), 0.0
    for _ in range(options.passes):
        entered = layer
        nip, warm = _warm_pass(law, entered, width, options, points)
        if (left := 1 - solid / nip.gap) < LEAST_PORES:
            raise StageFailed(
                f"a line load of {nip.line_load / 1e3:.0f} N/mm (peak {nip.peak_stress / 1e6:.0f} "
                f"MPa) leaves {left:.3f} pores in the nip, where the compaction law ends; lower the"
                " load, open the gap, or raise unloading_modulus"
            )
        layer, work = nip.layer, work + nip.work
    slow = delayed_recovery(
        nip.layer.free - nip.gap, options.recovery_shares, options.recovery_times, options.rest_time
    )
    return Calendered(nip, entered, warm, nip.layer.free + slow, work)


def _warm_pass(
    law: Law, layer: Layer, width: float, options: LineLoad, points: int
) -> tuple[Nip, Law]:
    """One pass with the compaction stress at the coating's mean temperature in the nip, its law.

    The contact time follows from the nip's length, and the length from the warm coating's stress;
    the dependence is weak, so that repeating settles in a few rounds.
    """
    solve = _drive(layer, width, options, points)
    heated = 0.0
    for _ in range(50):
        temperature = options.web_temperature + heated * (
            options.roll_temperature - options.web_temperature
        )
        warm = replace(
            law,
            sigma_c=softened(
                options.sigma_c, options.softening, temperature, options.reference_temperature
            ),
        )
        nip = solve(warm)
        before = heated
        heated = mean_heating(
            nip.length / options.web_speed,
            layer.free / options.coated_sides,
            options.thermal_diffusivity,
        )
        if abs(heated - before) < 1e-12:
            return nip, warm
    raise StageFailed(
        f"the nip's length and temperature do not settle (heated share {before:.6f}, then"
        f" {heated:.6f}); check softening and roll_temperature"
    )


def _drive(layer: Layer, width: float, options: LineLoad, points: int) -> Callable[[Law], Nip]:
    """Control by load or by gap."""
    if options.gap is None:
        return lambda law: pass_at_load(law, layer, options.load, options.roll_radius, points)
    gap, compliance = options.gap, width / options.mill_stiffness
    return lambda law: pass_at_set_gap(law, layer, gap, compliance, options.roll_radius, points)
