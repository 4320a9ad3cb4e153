"""Moduli of a contact between two elastic spheres, and the damping that gives a restitution.

    1/E* = (1 - nu_i^2)/E_i + (1 - nu_j^2)/E_j
    1/G* = (2 - nu_i)/G_i + (2 - nu_j)/G_j,     G = E / (2 (1 + nu))

[Johnson1985] [Mindlin1953]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from multiscale.particles.law import Floats, Value, per_pair, per_type


def contact_moduli(types: Sequence[str], young: Value, poisson: Value) -> tuple[Floats, Floats]:
    """Give E* and G* [Pa] of each pair of types, shape (types, types).

    Raises:
        ValueError: a modulus is not positive, or a Poisson's ratio lies outside (-1, 1/2].
    """
    e, nu = per_type(young, types), per_type(poisson, types)
    if np.any(e <= 0.0) or np.any(nu <= -1.0) or np.any(nu > 0.5):
        raise ValueError(
            f"Young's moduli {e.tolist()} Pa and Poisson's ratios {nu.tolist()} for {list(types)}: "
            "an elastic solid has E > 0 and -1 < nu <= 0.5"
        )
    soft, slack = (1.0 - nu**2) / e, (2.0 - nu) * 2.0 * (1.0 + nu) / e
    return 1.0 / (soft[:, None] + soft), 1.0 / (slack[:, None] + slack)


def damping_ratio(restitution: Value, types: Sequence[str]) -> Floats:
    """Give alpha of eta = alpha sqrt(m k_n) that makes a Hertz contact rebound with e.

        alpha = -sqrt(5) ln e / sqrt(pi^2 + ln^2 e)

    It is exact and independent of the speed where the contact ends at overlap 0, with tension
    before. [Antypov2011]

    Raises:
        ValueError: a restitution lies outside (0, 1].
    """
    e = per_pair(restitution, types)
    if np.any(e <= 0.0) or np.any(e > 1.0):
        raise ValueError(
            f"restitution {e.min():g} to {e.max():g}: a damped contact rebounds with 0 < e <= 1"
        )
    return -np.sqrt(5.0) * np.log(e) / np.sqrt(np.pi**2 + np.log(e) ** 2) + 0.0


def softest(young: Value, poisson: Value) -> float:
    """Give the least E* [Pa] of any pair of types."""
    return float(_moduli_of_all(young, poisson).min())


def stiffest(young: Value, poisson: Value) -> float:
    """Give the largest E* [Pa] of any pair of types."""
    return float(_moduli_of_all(young, poisson).max())


def _moduli_of_all(young: Value, poisson: Value) -> Floats:
    types = next((list(v) for v in (young, poisson) if isinstance(v, Mapping)), ["all"])
    return contact_moduli(types, young, poisson)[0]


def smallest(value: Value) -> float:
    """Give the smallest of a value's entries."""
    return min(value.values()) if isinstance(value, Mapping) else float(value)


def largest(value: Value) -> float:
    """Give the largest of a value's entries."""
    return max(value.values()) if isinstance(value, Mapping) else float(value)
