"""Van der Waals adhesion over the gap, as a linear ramp that a time step can resolve.

Two spheres of the reduced radius R attract each other over the gap h = -delta >= 0 by

    F = -A R/(6 (h + h_0)^2)

A is Hamaker's constant [J] and h_0 the cutoff [m]. The pull-off force is F_0 = A R/(6 h_0^2), the
work of separation F_0 h_0. The ramp

    F = -F_0 (1 - h/h_c),   0 <= h <= h_c;     F = -F_0 where the two touch

has the same pull-off force, and the same work where h_c = 2 h_0, which is the default. A longer
`span` h_c keeps the pull-off force and makes the work h_c/(2 h_0) times as large: no ramp has both
over another range. The force is conservative and knows no history. It adds to a contact law.
[Hamaker1937]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from multiscale.particles.law import Floats, Value, force, pair_law, per_pair
from multiscale.particles.laws.elastic import largest


def _mix(
    types: Sequence[str], hamaker: Value, cutoff: Value, span: Value = 0.0
) -> Mapping[str, Floats]:
    h_0 = per_pair(cutoff, types)
    h_c = per_pair(span, types)
    if np.any(h_0 <= 0.0) or np.any((h_c != 0.0) & (h_c < 2.0 * h_0)):
        raise ValueError(
            f"range_adhesion: cutoff {h_0.min():g} m and span {h_c.min():g} m: the force at "
            "contact is A R/(6 cutoff^2); give cutoff > 0 and a span of at least 2 cutoff, or none"
        )
    return {
        "pull": per_pair(hamaker, types) / (6.0 * h_0**2),
        "span": np.where(h_c == 0.0, 2.0 * h_0, h_c),
    }


def _reach(cutoff: Value, span: Value = 0.0) -> float:
    return max(2.0 * largest(cutoff), largest(span))


@pair_law(("pull", "span"), reach=_reach, mix=_mix)
def range_adhesion(c, p, h):  # type: ignore[no-untyped-def]
    """Attraction that falls to 0 over a span; parameters hamaker, cutoff, span (2 cutoff)."""
    pull = p.pull * c.radius
    gap = -c.overlap if c.overlap < 0.0 else 0.0
    left = p.span - gap if gap < p.span else 0.0
    fn = -pull * left / p.span
    inside = c.overlap if c.overlap > 0.0 else 0.0
    return force(fn, 0.0, 0.0, 0.0, 0.5 * fn * left - pull * inside), h
