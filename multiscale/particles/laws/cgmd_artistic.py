"""The force field of coarse-grained electrode slurries: attraction and contact in one law.

    F = F_LJ(r) n + F_Hertz(delta'),     delta' = swelling (r_i + r_j) - r

F_LJ is `cgmd`, of the particles as they are; F_Hertz is `granular_hertz` of particles swollen to
1.02 diameters, as the published scripts have it, so that the reduced radius grows too. It is kept
to compare with published work, whose numbers are calibrated on densities and viscosities; the
scripts give them in units of 1e-9 J/m (energy), kPa (k_n, k_t) and 1e12 1/(m s) (gamma).
Where only a material is known: k_n = 4 G/(3 (1 - nu)), k_t = 4 G/(2 - nu).
[Ngandjong2021] [Lombardo2020]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from multiscale.particles.law import WALL_RADIUS, Floats, Response, Value, pair_law, per_type
from multiscale.particles.laws.granular_hertz import stiffnesses, touch
from multiscale.particles.laws.lj_shifted import (
    SIGMA,
    attract,
    attraction,
    attraction_between,
    attraction_reach,
)

WALL = 0.5 * WALL_RADIUS


def _mix(
    types: Sequence[str],
    energy: Value,
    cutoff: Value,
    kn: Value,
    kt: Value,
    gamma_n: Value,
    gamma_t: Value,
    friction: Value,
    sigma: Value = SIGMA,
    swelling: Value = 1.02,
) -> Mapping[str, Floats]:
    grown = per_type(swelling, types)
    if np.any(grown < 1.0) or np.ptp(grown) > 0.0:
        raise ValueError(
            f"cgmd_artistic: swelling = {grown.tolist()}: give one number of at least 1 for all"
        )
    return {
        **attraction(types, energy, cutoff, sigma),
        **stiffnesses(types, kn, kt, gamma_n, gamma_t, friction),
        "more": np.full((len(types), len(types)), grown[0] - 1.0),
    }


def _reach(cutoff: Value, largest_radius: float, swelling: float = 1.02) -> float:
    return max(attraction_reach(cutoff, largest_radius), 2.0 * (swelling - 1.0) * largest_radius)


def _between(
    types: Sequence[str],
    radius_i: Floats,
    radius_j: Floats,
    cutoff: Value,
    swelling: float = 1.02,
) -> Floats:
    swollen = (swelling - 1.0) * (radius_i + radius_j)
    return np.maximum(attraction_between(types, radius_i, radius_j, cutoff), swollen)


@pair_law(
    ("energy", "cut_i", "cut_j", "sigma_i", "sigma_j", "kn", "kt", "gamma_n", "ratio_t", "friction",
     "more"),
    vectors=("slip",),
    reach=_reach,
    mix=_mix,
    between=_between,
)  # fmt: skip
def cgmd_artistic(c, p, h):  # type: ignore[no-untyped-def]
    """Lennard-Jones with shifted force and Hertz contact of swollen spheres, in one."""
    far = attract(c, p)
    overlap = c.overlap + p.more * (c.ri + (c.rj if c.rj < WALL else 0.0))
    on = overlap > 0.0
    near, (x, y, z) = touch(overlap if on else 0.0, (1.0 + p.more) * c.radius, c, p, h)
    return Response(
        far.fn + (near.fn if on else 0.0),
        near.fx if on else 0.0,
        near.fy if on else 0.0,
        near.fz if on else 0.0,
        0.0,
        0.0,
        0.0,
        far.stored + (near.stored if on else 0.0),
        near.lost if on else 0.0,
    ), (x if on else 0.0, y if on else 0.0, z if on else 0.0)
