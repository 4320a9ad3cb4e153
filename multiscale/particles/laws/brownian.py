"""Brownian motion: the random forces that belong to the resistances of the liquid.

A resistance matrix Q asks for a force of mean zero and covariance 2 kT Q/dt in each time step (the
fluctuation-dissipation theorem), constant over the step. For one particle

    F = sqrt(12 pi mu a kT/dt) g        M = sqrt(16 pi mu a^3 kT/dt) g'

and for a pair, with X, A, B, C of `lubrication`,

    F_n = q sqrt(X) g.n
    F_t = q sqrt(A) g_t                                           q = sqrt(2 kT/dt)
    M   = q [B/sqrt(A) n x g_t + sqrt(C - B^2/A) g'_t]

g and g' are vectors of independent numbers of mean 0 and variance 1 (see `random`), g_t the part
normal to n. The numbers of a pair belong to the smaller identity, so that both sides, on whatever
rank, see opposite forces. The energy that the noise gives is not booked. [LiRoyerNess2024]
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from numba import njit

from multiscale.particles.law import (
    INLINE,
    Floats,
    Response,
    Value,
    body_law,
    pair_law,
    per_pair,
)
from multiscale.particles.laws.lubrication import (
    lubrication_between,
    lubrication_mix,
    lubrication_reach,
    resistances,
)
from multiscale.particles.random import noise
from multiscale.particles.vectors import cross, in_plane

BOLTZMANN = 1.380649e-23  # [J/K], exact
_ONE_BODY, _PAIR = 1, 2  # streams of random numbers


@body_law(("temperature", "viscosity", "seed"))
def brownian(b, p):  # type: ignore[no-untyped-def]
    """Noise of Stokes drag; parameters temperature [K], viscosity [Pa s], seed (0 to 2^32 - 1)."""
    gx, gy, gz, hx, hy, hz = noise(p.seed, _ONE_BODY, b.step, b.id, 0)
    f = math.sqrt(12.0 * math.pi * p.viscosity * b.radius * BOLTZMANN * p.temperature / b.dt)
    m = f * b.radius * math.sqrt(4.0 / 3.0)
    return f * gx, f * gy, f * gz, m * hx, m * hy, m * hz


def pair_brownian_mix(
    types: Sequence[str],
    temperature: Value,
    viscosity: Value,
    seed: Value,
    h_min: Value = 1e-3,
    h_max: Value = 0.05,
) -> Mapping[str, Floats]:
    """Give the parameters of each pair of types."""
    film = lubrication_mix(types, viscosity, h_min, h_max)
    return {
        **film,
        "temperature": per_pair(temperature, types),
        "seed": per_pair(seed, types),
    }


@njit(**INLINE)
def pair_noise(c, seed):  # type: ignore[no-untyped-def]
    """Give g and g' of the pair, as i feels them: opposite for the larger identity."""
    first, second = (c.id_i, c.id_j) if c.id_i < c.id_j else (c.id_j, c.id_i)
    sign = 1.0 if c.id_i < c.id_j else -1.0
    gx, gy, gz, hx, hy, hz = noise(seed, _PAIR, c.step, first, second)
    return sign * gx, sign * gy, sign * gz, sign * hx, sign * hy, sign * hz


@pair_law(
    ("viscosity", "h_min", "h_max", "temperature", "seed"),
    reach=lubrication_reach,
    mix=pair_brownian_mix,
    between=lubrication_between,
)
def pair_brownian(c, p, h):  # type: ignore[no-untyped-def]
    """Noise of `lubrication`; its parameters, temperature [K] and seed (0 to 2^32 - 1)."""
    X, A, B, C = resistances(c, p.viscosity, p.h_min, p.h_max)
    gx, gy, gz, hx, hy, hz = pair_noise(c, p.seed)
    q = math.sqrt(2.0 * BOLTZMANN * p.temperature / c.dt)
    gn = gx * c.nx + gy * c.ny + gz * c.nz
    gx, gy, gz = gx - gn * c.nx, gy - gn * c.ny, gz - gn * c.nz
    hx, hy, hz = in_plane(hx, hy, hz, c.nx, c.ny, c.nz)
    kx, ky, kz = cross(c.nx, c.ny, c.nz, gx, gy, gz)
    root = math.sqrt(A)
    shear = q * root
    coupling = q * B / root if A > 0.0 else 0.0
    rest = C - B * B / A if A > 0.0 else 0.0
    roll = q * math.sqrt(rest if rest > 0.0 else 0.0)
    return Response(
        q * math.sqrt(X) * gn,
        shear * gx,
        shear * gy,
        shear * gz,
        coupling * kx + roll * hx,
        coupling * ky + roll * hy,
        coupling * kz + roll * hz,
        0.0,
        0.0,
    ), h
