"""Particles of a phase: touching ones are parted by a watershed of the distance to the surface.

A volume may be shared by ranks, each of which holds a slab of it: the particles are the same for
any number of them and whichever axis is cut.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from multiscale.voxels.basins import Ids, find_basins, find_saddles
from multiscale.voxels.checkerboard import Singles, Wraps, layer
from multiscale.voxels.distance import Squares, distance_inside, whole_squares
from multiscale.voxels.halo import layers_around
from multiscale.voxels.slabs import Slabs, from_all, next_layers, whole

type Floats = np.ndarray[Any, np.dtype[np.float64]]
type Mask = np.ndarray[Any, np.dtype[np.bool_]]
type Axes = tuple[int, int, int]

# Two maxima of the distance are two particles if the path between them dips by more than this
# share of the smaller one: touching spheres dip by far more, a rough surface by less.
DIP = 0.1
_SMOOTHED = 1.0  # voxels
_MARGIN = 4  # voxels that the smoothing looks at on either side
_REACH = 16  # layers beside a slab that hold the particles at its seam; more if they are larger


def split_particles(
    phase: Mask,
    periodic: Wraps,
    slabs: Slabs | None = None,
    axes: Axes = (0, 1, 2),
    edge: Floats | None = None,
) -> Ids:
    """Number the particles of a phase. Collective.

    The heights are the distances to the surface, smoothed over a voxel. Each voxel belongs to the
    summit that the steepest way up leads to; two basins are one where the highest saddle between
    them lies less than `DIP` below the lower summit, the highest saddles first [Roerdink2000].

    Args:
        phase: where the particles are, layers of this rank, shape (n0, n1, n2).
        periodic: axes that wrap around.
        slabs: who has which layers of axis 0; this rank all where left out.
        axes: which axes of the volume those of `phase` are.
        edge: edge lengths of a voxel along x, y, z [m]; cubes where left out.

    Returns:
        Particle of each voxel from 1 on, the thickest first, 0 outside.
    """
    slabs = replace(slabs or whole(len(phase), periodic), periodic=periodic[0])
    squares = whole_squares(np.ones(3) if edge is None else np.asarray(edge)[list(axes)])
    own = smoothed_distance(phase, periodic, slabs, axes, squares)
    below, above = next_layers(own, slabs)
    height = np.concatenate((below[None], own, above[None]))
    del own
    basins = find_basins(height, periodic, slabs, axes)
    saddles = find_saddles(height, basins, periodic, slabs)
    del height
    order = np.lexsort((saddles.high, saddles.low, -saddles.level))
    particle = _join(saddles.low[order], saddles.high[order], saddles.level[order], basins.summit)
    _rename(basins.ids.reshape(-1), particle)
    return basins.ids


def particle_count(ids: Ids, slabs: Slabs) -> int:
    """How many particles there are, as numbered by `split_particles`. Collective."""
    return max(from_all(int(ids.max(initial=0)), slabs))


def smoothed_distance(
    phase: Mask, periodic: Wraps, slabs: Slabs, axes: Axes, squares: Squares = (1, 1, 1)
) -> Singles:
    """Compute the distance to the surface, smoothed over a voxel along each axis; 0 outside.
    Collective.

    Args:
        phase, periodic, slabs, axes: as for `split_particles`.
        squares: squared edges of a voxel, axes as those of `phase`, as of `distance_inside`.

    Returns:
        In the unit of `squares`, for the layers of this rank.
    """
    from scipy.ndimage import gaussian_filter1d

    wraps = (periodic[0] and slabs.comm is None, periodic[1], periodic[2])
    reach, last = _REACH, len(phase)
    while True:
        around, below = layers_around(phase, slabs, reach + _MARGIN)
        distance = distance_inside(around, wraps, squares)
        low = max(below - _MARGIN, 0)
        distance = distance[low : below + last + _MARGIN]
        # What lies beyond the layers held could only be nearer than what is farther than that.
        largest = max(from_all(float(distance.max()), slabs))
        largest = int(np.ceil(largest / np.sqrt(squares[0])))  # in layers
        if slabs.comm is None or largest <= reach or reach >= slabs.total:
            break
        reach = min(largest, slabs.total)
    for axis in (axes.index(a) for a in range(3)):
        mode = "wrap" if wraps[axis] else "nearest"
        gaussian_filter1d(distance, _SMOOTHED, axis, output=distance, mode=mode)
    height = distance[below - low : below - low + last]
    return np.where(phase, height, np.float32(0))


@layer
def _root(parent, i):  # type: ignore[no-untyped-def]
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@layer
def _join(low, high, level, summit):  # type: ignore[no-untyped-def]
    """Particle of each basin; the basin with the higher summit, the smaller number, stands."""
    parent = np.arange(summit.size)
    for n in range(low.size):
        a, b = _root(parent, low[n]), _root(parent, high[n])
        a, b = min(a, b), max(a, b)
        if a != b and level[n] > (1 - DIP) * summit[b]:
            parent[b] = a
    particle = np.zeros(summit.size, np.int32)
    count = 0
    for b in range(1, summit.size):
        a = _root(parent, b)
        if a == b:
            count += 1
            particle[b] = count
        else:
            particle[b] = particle[a]
    return particle


@layer
def _rename(ids, particle):  # type: ignore[no-untyped-def]
    for v in range(ids.size):
        ids[v] = particle[ids[v]]
