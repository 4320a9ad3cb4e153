"""Limits of the time step: what each interaction allows [s].

The named limits are those of the field for given materials; `of_laws` asks the laws themselves, so
that it holds for any law.

    Rayleigh wave      t_R = pi r sqrt(rho/G) / (0.1631 nu + 0.8766)
    Hertz collision    t_c = 2.9433 delta/v,   delta = (5 m v^2 / (4 k))^(2/5),   k = 4/3 E* sqrt(R)
    lubrication        m / X, X the squeeze resistance of the narrowest film
    adhesion           h / v, the time to cross the range h of the force
    leapfrog           k dt^2 + 2 c dt <= 4 m

The last one is exact for a mass m on a spring k with a damper c that sees the velocity half a step
old, as here: the step's matrix has determinant 1 - c dt/m and trace 2 - k dt^2/m - c dt/m.
[Johnson1985] [OSullivan2004]
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multiscale.particles.law import PairLaw
from multiscale.particles.sweep import HOME, IMAGE_SHIFT

if TYPE_CHECKING:
    from multiscale.particles.kernel import Kernel

Floats = NDArray[np.float64]
_COLLISION = 2.0 / 2.5 * math.sqrt(math.pi) * math.gamma(0.4) / math.gamma(0.9)


def rayleigh(
    radius: float, density: float, shear_modulus: float, poisson: float, share: float = 0.2
) -> float:
    """Give a share of the time in which a surface wave passes a particle [s].

    Args:
        radius: [m]; density: [kg/m3]; shear_modulus: [Pa].
        poisson: Poisson's ratio.
        share: 0.1 to 0.2 in dense systems.
    """
    wave = math.pi * radius * math.sqrt(density / shear_modulus)
    return share * wave / (0.1631 * poisson + 0.8766)


def collision_time(radius: float, mass: float, modulus: float, speed: float) -> float:
    """Give the duration t_c of a Hertz collision without damping [s].

    Args:
        radius: reduced radius R [m].
        mass: reduced mass m [kg].
        modulus: contact modulus E* [Pa].
        speed: of approach [m/s].
    """
    k = 4.0 / 3.0 * modulus * math.sqrt(radius)
    deepest = (5.0 * mass * speed**2 / (4.0 * k)) ** 0.4
    return _COLLISION * deepest / speed if speed > 0 else math.inf


def collision(radius: float, mass: float, modulus: float, speed: float, parts: int = 40) -> float:
    """Give a part of the duration of a Hertz collision [s]; see `collision_time`."""
    return collision_time(radius, mass, modulus, speed) / parts


def lubrication(mass: float, resistance: float, share: float = 0.1) -> float:
    """Give a share of the time in which a film stops a particle [s].

    Args:
        mass: of the lightest particle [kg].
        resistance: to squeezing, of the narrowest film [N s/m].
        share: of m / X.
    """
    return share * mass / resistance if resistance > 0 else math.inf


def adhesion(span: float, speed: float, share: float = 0.05) -> float:
    """Give a share of the time in which a pair crosses the range of its adhesion [s].

    Args:
        span: range of the force beyond contact [m].
        speed: of approach [m/s].
        share: of h / v.
    """
    return share * span / speed if speed > 0 else math.inf


def leapfrog(mass: float, stiffness: float, resistance: float) -> float:
    """Give the largest stable time step of a mass on a spring and a damper [s].

    Args:
        mass: [kg]; of a pair the reduced one.
        stiffness: k [N/m], counted as 0 where it is negative.
        resistance: c [N s/m], the same.
    """
    k, c = max(stiffness, 0.0), max(resistance, 0.0)
    return 4.0 * mass / (c + math.sqrt(c * c + 4.0 * k * mass)) if k + c > 0.0 else math.inf


def of_laws(
    kernel: Kernel,
    laws: Sequence[PairLaw],
    tables: tuple[Floats, ...],
    radius: Floats,
    mass: Floats,
    time_step: float,
    *,
    overlap: float = 0.05,
    share: float = 0.2,
) -> dict[str, float]:
    """Give what each pair law allows, from its stiffness and resistance at and near contact [s].

    They are differences of the law's normal force between the lightest particles of each pair of
    types, at a deep overlap and at a gap of a millionth of a radius.

    Args:
        kernel: compiled laws.
        laws: pair laws, in the kernel's order.
        tables: their tables.
        radius: of the smallest particle of each type [m], shape (types,).
        mass: of the lightest particle of each type [kg], shape (types,).
        time_step: at which the laws are asked [s].
        overlap: the deep one, over the smaller radius.
        share: of the limit of one pair. A particle between many others is stiffer: 0.2 is safe
            for up to a dozen contacts.
    """
    i, j = (k.ravel() for k in np.indices((len(radius), len(radius))))
    m = mass[i] * mass[j] / (mass[i] + mass[j])
    least = np.minimum(radius[i], radius[j])
    limits = np.full(len(laws), np.inf)
    for depth in (overlap * least, -1e-6 * least):
        h, v = 1e-4 * abs(depth), 1e-4 * abs(depth) / time_step
        before = _normal_forces(kernel, tables, radius, mass, depth, 0.0 * v, time_step)
        deeper = _normal_forces(kernel, tables, radius, mass, depth + h, 0.0 * v, time_step)
        faster = _normal_forces(kernel, tables, radius, mass, depth, -v, time_step)
        k, c = (deeper - before) / h, (faster - before) / v
        for law in range(len(laws)):
            found = map(leapfrog, m.tolist(), k[law].tolist(), c[law].tolist())
            limits[law] = min(limits[law], *found)
    return {law.name: share * float(limit) for law, limit in zip(laws, limits, strict=True)}


def _normal_forces(
    kernel: Kernel,
    tables: tuple[Floats, ...],
    radius: Floats,
    mass: Floats,
    overlap: Floats,
    speed: Floats,
    time_step: float,
) -> Floats:
    """Ask the laws about one fresh pair of each two types, shape (laws, types^2)."""
    types = len(radius)
    i, j = (k.ravel() for k in np.indices((types, types)))
    pairs = types * types
    first, second = np.arange(pairs, dtype=np.int32), np.arange(pairs, 2 * pairs, dtype=np.int32)
    kind = np.concatenate([i, j])
    X, V = np.zeros((2 * pairs, 4)), np.zeros((2 * pairs, 8))
    X[:, 3], V[:, 3], V[:, 7] = radius[kind], 1.0 / mass[kind], mass[kind]
    X[:pairs, 0] = radius[i] + radius[j] - overlap  # i lies to the right of j: n = e_x
    V[:pairs, 0] = speed
    C = np.stack([radius[i] + radius[j], 0.0 * overlap, 0.0 * overlap])
    C[1] = radius[i] * radius[j] / C[0]
    C[2] = mass[i] * mass[j] / (mass[i] + mass[j])
    still, out = np.zeros((27, 3)), np.zeros((len(tables), 9, pairs))
    kernel.respond_to_pairs(
        0, pairs, first, second | np.int32(HOME << IMAGE_SHIFT), np.arange(pairs, dtype=np.uint8),
        C, np.zeros((kernel.history, pairs)), X, V, kind, tables, still, still, 0, time_step,
        np.zeros((pairs, 3)), out,
    )  # fmt: skip
    return out[:, 0]
