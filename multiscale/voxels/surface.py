"""Specific surface of a phase by two independent estimators; none counts voxel faces.

Counting faces gives 1.5 times the area of any isotropic surface, however fine the voxels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.area import interface_area
from multiscale.voxels.slabs import Slabs
from multiscale.voxels.two_point import two_point_probability

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def surface_by_correlation(
    phase: Mask, edge: Floats, periodic: tuple[bool, bool, bool], slabs: Slabs | None = None
) -> float:
    """Measure s_v = -4 S2'(0), by a parabola through the first three bins [Torquato2002].
    Collective."""
    r, s2 = two_point_probability(phase, edge, periodic, 3.5 * float(edge.min()), slabs)
    return float(-4 * np.polyfit(r[:3], s2[:3], 2)[1])


def specific_surface(
    phase: Mask, edge: Floats, periodic: tuple[bool, bool, bool], slabs: Slabs | None = None
) -> tuple[float, float]:
    """Measure s_v by the Cauchy-Crofton formula, and its error by an independent estimator.
    Collective.

    Args:
        phase: where the phase is in this rank's slices, shape (x, y, own slices).
        edge: edge lengths of a voxel [m], shape (3,).
        periodic: which axes are periodic.
        slabs: who has which slices along z; this rank all where left out.

    Returns:
        Area per volume [1/m], and the larger of its distances to the slope of S2 and to the value
        on voxels of twice the edge.
    """
    label = phase.astype(np.uint8)
    area, change = interface_area(label, edge, 1, 0, (periodic[0], periodic[1]), slabs)
    value = float(area.mean())
    return value, max(change, abs(value - surface_by_correlation(phase, edge, periodic, slabs)))
