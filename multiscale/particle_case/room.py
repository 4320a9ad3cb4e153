"""Where the particles of a case may be at the start: the box, less what lies behind its walls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multiscale.particle_case.options import WallInput

if TYPE_CHECKING:
    from multiscale.particle_case.load import ParticleCase


def is_upper(wall: WallInput, length: float) -> bool:
    """Whether a wall bounds the particles from above; it faces the middle of the box.

    Args:
        wall: across one axis.
        length: of the box along it [m].
    """
    if wall.position is not None:
        return wall.position >= 0.5 * length
    return wall.side == "high"


def inner_ends(case: ParticleCase) -> NDArray[np.float64]:
    """Give the lower and upper ends of the room between the walls [m], shape (2, 3)."""
    ends = np.array([[0.0, 0.0, 0.0], case.box.lengths])
    for wall in case.walls:
        a = "xyz".index(wall.axis)
        if wall.position is None:
            continue
        if is_upper(wall, case.box.lengths[a]):
            ends[1, a] = min(ends[1, a], wall.position)
        else:
            ends[0, a] = max(ends[0, a], wall.position)
    return ends


def wall_name(wall: WallInput) -> str:
    """Name a wall for people: its axis, where it is, and its material if that is given."""
    at = wall.side or f"at {1e6 * (wall.position or 0.0):.4g} um"
    return " ".join(filter(None, (wall.axis, at, wall.material)))
