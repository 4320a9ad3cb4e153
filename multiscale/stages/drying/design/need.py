"""What a web needs to leave its dryer dry: more time, or hotter air.

Both follow from the time t_d at which the web would be dry if its last zone went on for as long as
the whole dryer: smooth on either side of just dry, which the solvent left at the exit is not. The
heat and solvent balance is enough, binder does not change it.
"""

from __future__ import annotations

import math
from dataclasses import replace

from multiscale.errors import MultiscaleError, StageFailed
from multiscale.stages.drying.design.dryer import Dryer, balance, scaled, warmed
from multiscale.stages.drying.options import Zone
from multiscale.units import Quantity

LONGEST = 256.0  # times the present time; a web that needs more is in equilibrium with its air
PRECISION = 1e-7  # of ln(factor)
STEPS = 60


def time_factor(dryer: Dryer, guess: float = 1.0) -> float:
    """Give the least factor on the time in every zone with which the web leaves dry.

    Root of ln(t_d/t) over ln(factor) by secants inside a bracket, on the dry side. A factor of 0.5
    allows twice the web speed or half the lengths.

    Args:
        dryer: as it is.
        guess: where the search starts.

    Raises:
        StageFailed: no time is enough, the air itself carries too much vapour.
    """
    low, high, x = -math.inf, math.inf, math.log(guess)
    before: tuple[float, float] | None = None
    for _ in range(STEPS):
        excess = _excess(scaled(dryer, math.exp(x)))
        low, high = (low, x) if excess <= 0 else (x, high)
        if -PRECISION < excess <= 0 or high - low < PRECISION:
            return math.exp(high)
        if x > math.log(LONGEST):
            break
        following = x + _step(x, excess, before)
        if not low < following < high:
            following = 0.5 * (low + high)
        before = (x, excess) if math.isfinite(excess) else None
        x = following
    raise StageFailed(
        f"the web does not dry in {LONGEST:g} times {dryer.residence:.0f} s: the vapour in the air "
        "holds it above drying.residual_limit; lower the zones' vapour_fraction or heat the last"
    )


def hotter_by(dryer: Dryer) -> float | None:
    """Give by how much hotter all air must be for the web to leave dry, K.

    None where the hottest air that the model takes is not enough; 0 where the web leaves dry.
    """
    from scipy.optimize import brentq

    def excess(rise: float) -> float:
        return min(_excess(warmed(dryer, rise)), math.log(2))

    if excess(0.0) <= 0:
        return 0.0
    most = hottest() - max(zone.air_temperature for zone in dryer.options.zones)
    try:
        if most <= 0 or excess(most) > 0:
            return None
        return float(brentq(excess, 0.0, most, xtol=1e-3))
    except MultiscaleError:  # radiation beside such air leaves the range of the properties
        return None


def hottest() -> float:
    """Give the hottest drying air that a zone takes, K."""
    marks = Zone.model_fields["air_temperature"].metadata
    return next(mark.high for mark in marks if isinstance(mark, Quantity))


def _excess(dryer: Dryer) -> float:
    """ln(t_d/t), at most ln 2; infinite where the web is not dry by then."""
    zones, total = dryer.options.zones, sum(zone.length for zone in dryer.options.zones)
    last = zones[-1].model_copy(update={"length": zones[-1].length + total})
    options = dryer.options.model_copy(update={"zones": (*zones[:-1], last)})
    history = balance(replace(dryer, options=options))
    dry = history.passage(1)
    return math.log(dry / dryer.residence) if dry < history.residence else math.inf


def _step(x: float, excess: float, before: tuple[float, float] | None) -> float:
    """Step of ln(factor), aimed at the dry side of the root."""
    if math.isinf(excess):
        return math.log(2)
    target = excess + 0.5 * PRECISION
    if before is None or before[1] == excess:
        return target
    slope = (excess - before[1]) / (x - before[0])
    return -target / slope if slope < 0 else target
