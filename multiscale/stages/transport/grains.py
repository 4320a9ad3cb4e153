"""The particles of a packing as the voxel engine takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from multiscale.voxels.apertures import sphere_forms
from multiscale.voxels.ellipsoids import Ellipsoids, ellipsoid_fields, forms, spheroids, stretch
from multiscale.voxels.particle_fields import particle_fields

if TYPE_CHECKING:
    from multiscale.records.record import FloatArray
    from multiscale.stages.transport.problem import Geometry
    from multiscale.voxels.particle_fields import Ids, Singles

type Order = tuple[int, int, int]
XYZ = (0, 1, 2)


def grain_forms(
    geometry: Geometry, order: Order = XYZ
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give centres [m], radii [m] or Q of ellipsoids [1/m^2], and voxel edges [m], axes in `order`.

    Spheroids with their poles along z are spheres of the space stretched by 1/aspect, where shares
    of faces and volumes are the same; their edges are longer there.
    """
    axes = list(order)
    if len(geometry.pole) == 0:
        upright = stretch(geometry.aspect)
        centre, edges = upright * geometry.centre, upright * geometry.edges
        return centre[:, axes], geometry.radius, np.asarray(edges[axes])
    form = forms(_tilted(geometry))
    return geometry.centre[:, axes], form[:, axes][:, :, axes], np.asarray(geometry.edges)[axes]


def exact_forms(geometry: Geometry) -> tuple[FloatArray, FloatArray]:
    """Give centres [m] and Q [1/m^2] of the particles themselves, shapes (n, 3) and (n, 3, 3)."""
    if geometry.aspect == 1.0 and len(geometry.pole) == 0:
        return geometry.centre, sphere_forms(geometry.radius)
    return geometry.centre, forms(_tilted(geometry))


def nearest_grain(
    geometry: Geometry, order: Order, reach: float, layers: tuple[int, int]
) -> tuple[Ids, Singles]:
    """Find the particle whose surface is nearest, and the signed distance to it over the edge.

    Of spheroids with their poles along z in the space that makes them spheres, where overlaps are
    parted too: only the zero of that distance and its ratios along a link matter.

    Args:
        geometry: the voxels.
        order: axes of the result, the driven one first.
        reach: in longest edges of that space; infinite beyond.
        layers: first layer along the driven axis and the one behind the last.

    Returns:
        Particle of each voxel from 1 on, 0 beyond `reach`; the distance in longest edges.
    """
    shape, wraps = geometry.label.shape, geometry.periodic
    size = shape[order[0]], shape[order[1]], shape[order[2]]
    around = wraps[order[0]], wraps[order[1]], wraps[order[2]]
    centre, radius, edges = grain_forms(geometry, order)
    voxel = float(edges.max())
    far = reach * voxel
    if len(geometry.pole) == 0:
        ids, distance = particle_fields(centre, radius, size, edges, around, far, layers)
    else:
        of, axes = _tilted(geometry), list(order)
        turned = Ellipsoids(centre, of.axes, of.turn[:, axes])
        ids, distance = ellipsoid_fields(turned, size, edges, around, far, layers)
    distance /= np.float32(voxel)
    return ids, distance


def _tilted(geometry: Geometry) -> Ellipsoids:
    diameter = 2 * geometry.radius * geometry.aspect ** (1 / 3)  # of spheres of equal volume
    upright = np.broadcast_to([0.0, 0.0, 1.0], geometry.centre.shape)
    pole = geometry.pole if len(geometry.pole) else upright
    return spheroids(geometry.centre, diameter, geometry.aspect, pole)
