"""Film under a round bar: generalised Reynolds equation with the Swift-Stieber outlet."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, sqrt

import numpy as np

from multiscale.errors import StageFailed
from multiscale.stages.coating.gap_flow import pressure_rise

_POINTS = 96


@dataclass(frozen=True)
class KnifeFilm:
    """What the lubrication solution gives.

    Attributes:
        ratio: film thickness over the gap.
        outlet: position of the outlet over sqrt(2 R H).
        error: numerical error of `ratio`, from half the number of points.
    """

    ratio: float
    outlet: float
    error: float


def knife_film(
    gap: float, radius: float, speed: float, reservoir_pressure: float,
    tau_y: float, k: float, n: float,
) -> KnifeFilm:  # fmt: skip
    """Give the film that leaves a bar at rest above a moving web.

    h(x) = H + x²/(2R),  q(dp/dx; h) = U t,  p(-inf) = p_res,  p = dp/dx = 0 at the outlet x_e.
    There the flow is linear Couette flow, so t = h(x_e)/2 for every fluid. With p_res = 0 a
    Newtonian film has t/H = 0.6129.

    Args:
        gap: smallest gap H, m.
        radius: of the bar R, m.
        speed: web speed U, m/s.
        reservoir_pressure: of the slurry dam above ambient, Pa.
        tau_y, k, n: Herschel-Bulkley parameters, Pa, Pa s^n, 1.

    Raises:
        StageFailed: the dam runs through the gap; there is no outlet inside h < 101 H.

    Source: [Swift1932], [Stieber1933], Herschel-Bulkley flux as in `gap_flow`.
    """
    fine, coarse = (
        _outlet(points, gap, radius, speed, reservoir_pressure, tau_y, k, n)
        for points in (_POINTS, _POINTS // 2)
    )
    return KnifeFilm(0.5 * (1.0 + fine**2), fine, 0.5 * abs(fine**2 - coarse**2))


def _outlet(
    points: int, gap: float, radius: float, speed: float, pressure: float,
    tau_y: float, k: float, n: float,
) -> float:  # fmt: skip
    """Outlet position over sqrt(2 R H), where the pressure built up under the bar has gone."""
    from scipy.optimize import brentq

    nodes, weights = np.polynomial.legendre.leggauss(points)
    length = sqrt(2.0 * radius * gap)

    def left_over(s: float) -> float:
        # x = length tan(theta): h = H/cos²(theta), dx = length h/H dtheta, from x = -inf
        start, end = -np.pi / 2.0, atan(s)
        half = (end - start) / 2.0
        h = gap / np.cos(start + half * (nodes + 1.0)) ** 2
        dx = half * weights * length * h / gap
        q = 0.5 * (1.0 + s * s) * gap * speed
        return pressure + pressure_rise(h, dx, q, speed, tau_y, k, n)

    low, high = 1e-6, 1.0
    while left_over(high) > 0.0:
        low, high = high, 2.0 * high
        if high > 10.0:
            raise StageFailed(
                f"coating: at {speed * 1e3:.3g} mm/s the slurry in front of the bar "
                f"({pressure:.4g} Pa) runs through the gap of {gap * 1e6:.0f} um by its own "
                "weight, so that the bar sets no film; lower reservoir_head, raise the speed "
                "(web_speed, or law_speed where the law was measured faster) or thicken the slurry"
            )
    return float(brentq(left_over, low, high, xtol=1e-12, rtol=1e-12))
