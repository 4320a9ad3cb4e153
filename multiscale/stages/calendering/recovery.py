"""Spring-back: the elastic part at once, the visco-elastic part with time."""

from collections.abc import Sequence
from math import exp


def delayed_recovery(
    release: float, shares: Sequence[float], times: Sequence[float], rest: float
) -> float:
    """Recover slowly after the nip: dH_v = dH_e sum_i alpha_i [1 - exp(-t/tau_i)], a Prony series.

    Args:
        release: elastic recovery dH_e at the nip's exit, m.
        shares: alpha_i, each mode's recovery over dH_e, 1.
        times: tau_i, s.
        rest: time t since the nip, s.

    Returns:
        Further recovery dH_v, m.
    """
    return release * sum(a * (1 - exp(-rest / tau)) for a, tau in zip(shares, times, strict=True))
