"""Conductance of the way from voxel centre to voxel centre where grains conduct as well.

Where the grains conduct better than what lies around them, a link is four tubes side by side, in
each of which the pieces conduct in series; where they conduct worse it is two half voxels in
series, in each of which they lie side by side:

    T/w = <1 / (R_i/2 + R_j/2)> over the tubes,    R = f/k + (1 - f)/d       k > d
    T/w =  1 / (R_i/2 + R_j/2),                    R = 1/(f k + (1 - f) d)   k < d

f is the volume fraction of grains in half of voxel i towards j (in a tube of it), exact on lines
along the link (`line_covers`), k their conductivity, d that of what lies around them in the voxel.
In the plane the two rules are one, seen by the flux and by the potential [Keller1964]. The first is
exact for layers across the link, the second for layers along it, both for layers that end with half
voxels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.apertures import OPEN, Apertures, sphere_forms
from multiscale.voxels.bridges import cylinders
from multiscale.voxels.line_covers import cover_planes
from multiscale.voxels.slabs import Slabs, next_layers, whole

Floats = NDArray[np.float64]
type Singles = np.ndarray[Any, np.dtype[np.float32]]
Shape = tuple[int, int, int]
Wraps = tuple[bool, bool, bool]

LINES = 2  # in each direction across a tube
CHUNK = 16  # layers of voxels that are looked at together


def link_shares(
    centre: Floats,
    form: Floats,
    shape: Shape,
    edge: Floats,
    periodic: Wraps,
    wraps: Wraps,
    d: Singles,
    grain: float,
    slabs: Slabs | None = None,
) -> Apertures:
    """Give T of each link over that of what lies around the grains. Collective.

    As `transmissibilities` takes it with the conductivities d: 255 T (d_i + d_j)/(2 d_i d_j), more
    than 255 where the grains conduct better.

    Args:
        centre: centres of the grains [m], shape (n, 3), axes in the order of d.
        form: Q of ellipsoids [1/m^2], shape (n, 3, 3), or radii of spheres [m], shape (n,).
        shape: voxels along each axis, of all ranks.
        edge: edge lengths of a voxel [m], shape (3,).
        periodic: which axes repeat.
        wraps: along which of them the flux may pass from the last voxel to the first.
        d: conductivity of what lies around the grains, positive; this rank's layers of axis 0.
        grain: conductivity k of the grains.
        slabs: who has which layers; this rank all where left out.
    """
    slabs = slabs or whole(shape[0], wraps)
    form = np.asarray(form, float)
    grains = np.asarray(centre, float), sphere_forms(form) if form.ndim == 1 else form
    ends = next_layers(d, slabs)
    faces = []
    for axis in range(3):
        order = (1, 2, 0) if axis == 0 else (0, 3 - axis, axis)  # normal, across, along
        own, n = (slabs.begin, slabs.end) if axis == 0 else (0, shape[axis]), shape[axis]
        spans = ((own[0] - 1) % n, own[0] or n), own, (own[1] % n, own[1] % n + 1)
        size = list(d.shape)
        size[axis] += 1
        share = np.empty(size, np.float32)
        around, out = d.transpose(order), share.transpose(order)
        base = slabs.begin if order[0] == 0 else 0
        for first in range(0, around.shape[0], CHUNK):
            rows = slice(first, min(first + CHUNK, around.shape[0]))
            f = np.concatenate(
                [_halves(grains, shape, edge, periodic, order, (rows, base), s) for s in spans],
                axis=2,
            )
            cells = around[rows]
            low, high = cells[..., -1:], cells[..., :1]
            if axis == 0:
                low, high = (e[rows, :, None] for e in ends)
            if not wraps[axis] and own[0] == 0:
                low, f[..., :2] = cells[..., :1], f[..., 3:1:-1]  # the mirror has half a link
            if not wraps[axis] and own[1] == n:
                high, f[..., -2:] = cells[..., -1:], f[..., -3:-5:-1]
            out[rows] = OPEN * _links(f, np.concatenate([low, cells, high], axis=2), grain)
        faces.append(share)
    return Apertures(*faces)  # type: ignore[arg-type]  # in single precision


def _links(f: Singles, d: Singles, grain: float) -> Singles:
    """Give shares of the links between cells in rows, of whose tubes and halves f are grains."""
    k = np.float32(grain)
    tubes = np.stack([f[p::2, q::2] for p in range(2) for q in range(2)])
    mean, around = tubes.mean(axis=0), np.repeat(d, 2, axis=2)

    def series(r: NDArray[Any]) -> Singles:
        return np.asarray(2 / (r[..., 1:-1:2] + r[..., 2::2]), np.float32)

    better = series(tubes / k + (1 - tubes) / around).mean(axis=0)
    worse = series(1 / (mean * k + (1 - mean) * around))
    grains_better = np.minimum(d[..., :-1], d[..., 1:]) < k
    return np.asarray(np.where(grains_better, better, worse) / series(1 / around), np.float32)


def _halves(
    grains: tuple[Floats, Floats],
    shape: Shape,
    edge: Floats,
    periodic: Wraps,
    order: Shape,
    rows: tuple[slice, int],
    span: tuple[int, int],
) -> Singles:
    """Give the share of grains in the tubes and halves of voxels, two by two by two of each.

    Args:
        rows: layers along order[0], and the number of the first one among those of all ranks.
        span: first and last + 1 of the voxels along order[2].
    """
    axes, fine = list(order), np.array([2, 2, 2])
    size, cells = np.asarray(edge, float)[axes] / fine, np.array(shape)[axes] * fine
    layers, base = rows
    planes = np.arange(2 * LINES * (layers.start + base), 2 * LINES * (layers.stop + base))
    covered = np.zeros((planes.size, cells[1], 2 * (span[1] - span[0])), np.float32)
    cover_planes(
        np.ascontiguousarray(grains[0][:, axes] / size),
        np.ascontiguousarray(grains[1][:, axes][:, :, axes]),
        cylinders(None, order),
        size,
        cells.astype(float),
        np.array(periodic)[axes],
        (planes + 0.5) / LINES,
        LINES,
        (0, 2 * span[0]),
        covered,
    )
    by_plane = covered.reshape(-1, LINES, *covered.shape[1:])
    return np.asarray(by_plane.mean(axis=1), np.float32)
