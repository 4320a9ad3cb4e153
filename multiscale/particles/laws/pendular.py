"""A small bridge of liquid between two particles pulls them together.

    F = 2 pi R' sigma cos(theta)/(1 + 1.05 S + 2.5 S^2),     S = s sqrt(R'/V),     0 < s < s_c
    s_c = (1 + theta/2) V^(1/3)

s is the gap, R' = 2 a b/(a + b) (a for equal spheres, 2a at a wall), V the volume of the bridge. It
forms when the two touch and breaks at s_c. [Willett2000] [Lian1993]

The energy of the bridge, with D = 10 - 1.05^2,

    U = -2 pi R' sigma cos(theta) sqrt(V/R') 2/sqrt(D) [arctan((5S + 1.05)/sqrt(D))] from S to S_c,

is lost when it forms, since the liquid then runs together by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from multiscale.particles.elementary import arctan
from multiscale.particles.law import Floats, Value, force, pair_law, per_pair, per_type

_ROOT = math.sqrt(10.0 - 1.05**2)


def rupture_distance(volume: Floats | float, contact_angle: Floats | float) -> Floats | float:
    """Give the gap [m] at which a bridge breaks. [Lian1993]"""
    return (1.0 + 0.5 * contact_angle) * np.cbrt(volume)


def pendular_mix(
    types: Sequence[str], surface_tension: Value, contact_angle: Value, volume: Value
) -> Mapping[str, Floats]:
    """Give the parameters of each pair of types.

    A volume for each type (`{"AM": 1e-19, ...}`) is that of a bridge between two of it; two types
    bring half of theirs each.

    Raises:
        ValueError: a volume is negative, or a contact angle lies outside 0 to pi/2.
    """
    if isinstance(volume, Mapping) and set(volume) == set(types):
        own = per_type(volume, types)
        liquid = 0.5 * (own[:, None] + own)
    else:
        liquid = per_pair(volume, types)
    theta = per_pair(contact_angle, types)
    tension = 2.0 * np.pi * per_pair(surface_tension, types)
    if np.any(liquid < 0.0) or np.any(theta < 0.0) or np.any(theta > 0.5 * np.pi):
        raise ValueError(
            f"liquid bridges of {liquid.tolist()} m3 at contact angles {theta.tolist()}: "
            "a volume is not negative, and a liquid that bridges has an angle from 0 to pi/2"
        )
    return {
        "pull": np.where(liquid > 0.0, tension * np.cos(theta), 0.0),
        "volume": np.where(liquid > 0.0, liquid, 1.0),  # without liquid any divisor will do
        "rupture": np.asarray(rupture_distance(liquid, theta)),
    }


def pendular_reach(volume: Value, contact_angle: Value) -> float:
    """Give the widest gap [m] that a bridge spans."""
    v = max(volume.values()) if isinstance(volume, Mapping) else volume
    theta = max(contact_angle.values()) if isinstance(contact_angle, Mapping) else contact_angle
    return float(rupture_distance(v, theta))


@pair_law(
    ("pull", "volume", "rupture"), scalars=("joined",), reach=pendular_reach, mix=pendular_mix
)
def pendular(c, p, h):  # type: ignore[no-untyped-def]
    """Liquid bridge; parameters surface_tension [N/m], contact_angle [rad] and volume [m3]."""
    (joined,) = h
    touching = c.overlap >= 0.0
    s = 0.0 if touching else -c.overlap
    held = 1.0 if touching else (joined if s < p.rupture else 0.0)
    R = 2.0 * c.radius
    scale = math.sqrt(R / p.volume)
    S, end = s * scale, p.rupture * scale
    fn = -p.pull * R * held / (1.0 + S * (1.05 + 2.5 * S))
    low, high = (5.0 * S + 1.05) / _ROOT, (5.0 * end + 1.05) / _ROOT
    angle = arctan((high - low) / (1.0 + high * low)) if high > low else 0.0
    work = p.pull * R / scale * 2.0 / _ROOT * angle
    stored = fn * (c.overlap if touching else 0.0) - work * held
    formed = 1.0 if touching and joined < 0.5 else 0.0
    return force(fn, stored=stored, lost=-formed * stored), (held,)
