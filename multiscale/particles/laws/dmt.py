"""Adhesive contact of stiff spheres after Derjaguin, Muller and Toporov, with friction and rolling.

    F_n = 4/3 E* a delta - 2 pi W R - eta v_n,     a = sqrt(R delta)

W is the work of adhesion [J/m^2]: W = 2 gamma for two equal surfaces of the energy gamma, so that
the pull-off force is 2 pi W R = 4 pi gamma R. Contact, damping and friction are those of
`hertz_mindlin`; the adhesion presses the surfaces together too, N = |F_n + 2 pi W R|. The force
ends at delta = 0: for one that reaches over the gap add `range_adhesion` to `hertz_mindlin`.
DMT holds for a Tabor number (R W^2/(E*^2 z0^3))^(1/3) << 1, z0 being atomic; JKR for >> 1.
[Derjaguin1975] [Tabor1977]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from multiscale.particles.law import Floats, Value, pair_law, per_pair
from multiscale.particles.laws.elastic import contact_moduli, damping_ratio
from multiscale.particles.laws.hertz_mindlin import hertz
from multiscale.particles.laws.rolling import FRICTION, mindlin, respond, rolling, rolling_mix


def _mix(
    types: Sequence[str],
    young: Value,
    poisson: Value,
    work_of_adhesion: Value,
    restitution: Value,
    friction: Value,
    rolling_friction: Value = 0.0,
    rolling_stiffness: Value = 1.0,
) -> Mapping[str, Floats]:
    modulus, shear = contact_moduli(types, young, poisson)
    return {
        "kn": 4.0 / 3.0 * modulus,
        "kt": 8.0 * shear,
        "damping": damping_ratio(restitution, types) * np.sqrt(4.0 / 3.0 * modulus),
        "pull": 2.0 * np.pi * per_pair(work_of_adhesion, types),
        **rolling_mix(types, friction, rolling_friction, rolling_stiffness),
    }


@pair_law(("kn", "kt", "damping", "pull", *FRICTION), vectors=("slip", "roll"), mix=_mix)
def dmt(c, p, h):  # type: ignore[no-untyped-def]
    """Adhesive contact; parameters young, poisson, work_of_adhesion, restitution, friction, ..."""
    elastic, a, a_before, eta, stored = hertz(c, p)
    pressing = elastic - eta * c.vn
    pull = p.pull * c.radius
    k, k_before = p.kt * a, p.kt * a_before
    f, slip, held, slid = mindlin(c, p, h[0:3], k, k_before, eta, abs(pressing))
    m, roll, held_roll, rolled = rolling(c, p, h[3:6], k, k_before, eta, abs(pressing))
    stored += held + held_roll - pull * c.overlap
    lost = eta * c.vn * c.vn * c.dt + slid + rolled
    return respond(pressing - pull, f, m, stored, lost), slip + roll
