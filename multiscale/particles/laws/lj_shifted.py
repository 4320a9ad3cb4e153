"""The attraction of coarse-grained electrode slurries (CGMD): Lennard-Jones with shifted force.

    U(r) = u(r) - u(r_c) - (r - r_c) u'(r_c),     r < r_c
    u(r) = 4 eps [(sigma/r)^12 - (sigma/r)^6]

r is the distance of the centres [m]. For a particle of the diameter d: sigma = 0.89 d (or another
share), eps = energy d with `energy` in J/m, r_c = cutoff d. Unlike particles take the geometric
mean of eps and the arithmetic means of sigma and r_c. Energy and force end continuously at r_c.
Walls do not attract. The law adds to `granular_hertz`; its numbers are calibrated, not measured.
[Toxvaerd2011] [Ngandjong2021] [Lombardo2020]
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numba import njit

from multiscale.particles.law import INLINE, WALL_RADIUS, Floats, Value, force, pair_law, per_type
from multiscale.particles.laws.elastic import largest

SIGMA = 0.89  # sigma/d
WALL = 0.5 * WALL_RADIUS


def attraction(
    types: Sequence[str], energy: Value, cutoff: Value, sigma: Value = SIGMA
) -> Mapping[str, Floats]:
    """Give the tables of the law from its values per type."""
    eps, cut, s = (per_type(value, types) for value in (energy, cutoff, sigma))
    if np.any(eps < 0.0) or np.any(s <= 0.0) or np.any(cut <= s):
        raise ValueError(
            f"cgmd: energy {eps.tolist()} J/m and cutoff {cut.tolist()} diameters for "
            f"{list(types)}: give energy >= 0 and a cutoff beyond sigma = {s.tolist()} diameters"
        )
    both = (len(types), len(types))
    return {
        "energy": np.sqrt(eps[:, None] * eps),
        "cut_i": np.broadcast_to(cut[:, None], both),
        "cut_j": np.broadcast_to(cut, both),
        "sigma_i": np.broadcast_to(s[:, None], both),
        "sigma_j": np.broadcast_to(s, both),
    }


def attraction_reach(cutoff: Value, largest_radius: float) -> float:
    """Give how far beyond contact the law acts [m]."""
    return max(0.0, 2.0 * (largest(cutoff) - 1.0) * largest_radius)


def attraction_between(
    types: Sequence[str], radius_i: Floats, radius_j: Floats, cutoff: Value
) -> Floats:
    """Give r_c - r_i - r_j, how far beyond contact particles of each two types attract [m]."""
    beyond = per_type(cutoff, types) - 1.0
    return np.maximum(beyond[:, None] * radius_i + beyond * radius_j, 0.0)


@njit(**INLINE)
def attract(c, p):  # type: ignore[no-untyped-def]
    """Give the force along n and the energy, 0 beyond r_c and at walls."""
    eps = 2.0 * p.energy * math.sqrt(c.ri * c.rj)
    sigma = p.sigma_i * c.ri + p.sigma_j * c.rj
    r = c.ri + c.rj - c.overlap
    rc = p.cut_i * c.ri + p.cut_j * c.rj
    s, sc = sigma / r, sigma / rc
    s6, sc6 = s * s * s * s * s * s, sc * sc * sc * sc * sc * sc
    # f = -u' = 24 eps (2 s^12 - s^6)/r
    f = 24.0 * eps * s6 * (2.0 * s6 - 1.0) / r
    fc = 24.0 * eps * sc6 * (2.0 * sc6 - 1.0) / rc
    stored = 4.0 * eps * (s6 * (s6 - 1.0) - sc6 * (sc6 - 1.0)) + (r - rc) * fc
    near = (r < rc) & (c.rj < WALL)
    return force(f - fc if near else 0.0, 0.0, 0.0, 0.0, stored if near else 0.0)


@pair_law(
    ("energy", "cut_i", "cut_j", "sigma_i", "sigma_j"),
    reach=attraction_reach,
    mix=attraction,
    between=attraction_between,
)
def cgmd(c, p, h):  # type: ignore[no-untyped-def]
    """Lennard-Jones with shifted force; parameters energy and cutoff per type, largest_radius."""
    return attract(c, p), h
