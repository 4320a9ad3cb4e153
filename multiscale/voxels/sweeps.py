"""What conjugate gradients and multigrid do to all cells but for the smoothing.

A is the matrix of the finite volumes, (A x)_i = sum over the faces T_f (x_i - x_neighbour). The
kernels take x by colours (see `checkerboard`) and leave the cells without open faces at 0. They
need the ghosts along axis 0 (`slabs.fill_ends`) and fill those along the other axes themselves.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from multiscale.voxels.checkerboard import (
    end_of_row,
    inline,
    layer,
    parallel,
    rows_around,
    wrap_layer,
)


@inline
def outflow(here, m, xd, xu, yd, yu, zd, zu, a0, a1, b0, b1, z0, z1):  # type: ignore[no-untyped-def]
    """Net flux out of a cell, (A x)_m."""
    return (
        a0[m] * (here - xd[m])
        + a1[m] * (here - xu[m])
        + b0[m] * (here - yd[m])
        + b1[m] * (here - yu[m])
        + z0[m] * (here - zd[m - 1])
        + z1[m] * (here - zu[m - 1])
    )


@layer
def _restrict_slab(x, b, f, colours, slab, cells, wraps, coarse):  # type: ignore[no-untyped-def]
    bottom, top = 2 * slab - 1, min(2 * slab + 1, cells[0] + 1)
    for i in range(bottom, top):
        for c in range(2):
            wrap_layer(x, c, i, cells, wraps, np.float32(0), np.float32(0))
    total = np.empty(x.shape[3], np.float32)
    for block in range(1, (cells[1] + 1) // 2 + 1):
        total[:] = 0
        for i in range(bottom, top):
            for j in range(2 * block - 1, min(2 * block + 1, cells[1] + 1)):
                for c in range(colours):
                    xd, xu, yd, yu, zd, zu, a0, a1, b0, b1, z0, z1 = rows_around(x, f, c, i, j)
                    row, right = x[c, i, j], b[c, i, j]
                    for m in range(1, end_of_row(cells, c, i, j)):
                        total[m] += right[m] - outflow(
                            row[m], m, xd, xu, yd, yu, zd, zu, a0, a1, b0, b1, z0, z1
                        )
        for k in range((cells[2] + 1) // 2):
            coarse[(slab + block + k) & 1, slab, block, k // 2 + 1] = total[k + 1]


@parallel
def restrict_residual(x, b, f, cells, wraps, seam, coarse):  # type: ignore[no-untyped-def]
    """Sum b - A x over blocks of 2 x 2 x 2 cells, where colour 1 was relaxed last.

    It has no residual then, unless cells of one colour meet at the `seam` of an odd periodic axis.
    """
    for slab in prange(1, (cells[0] + 1) // 2 + 1):
        _restrict_slab(x, b, f, 2 if seam else 1, slab, cells, wraps, coarse)


@layer
def _add_layer(x, i, cells, coarse):  # type: ignore[no-untyped-def]
    correction = np.empty(x.shape[3], np.float32)
    slab = (i + 1) // 2
    for j in range(1, cells[1] + 1):
        block = (j + 1) // 2
        for k in range((cells[2] + 1) // 2):
            correction[k + 1] = coarse[(slab + block + k) & 1, slab, block, k // 2 + 1]
        for c in range(2):
            row = x[c, i, j]
            for m in range(1, end_of_row(cells, c, i, j)):
                row[m] += correction[m]


@parallel
def add_blocks(x, cells, coarse):  # type: ignore[no-untyped-def]
    """Add to each cell what its block of 2 x 2 x 2 cells was corrected by."""
    for i in prange(1, cells[0] + 1):
        _add_layer(x, i, cells, coarse)


@layer
def _multiply_layer(p, f, q, i, cells, wraps):  # type: ignore[no-untyped-def]
    total = 0.0
    for c in range(2):
        wrap_layer(p, c, i, cells, wraps, np.float32(0), np.float32(0))
    for c in range(2):
        for j in range(1, cells[1] + 1):
            xd, xu, yd, yu, zd, zu, a0, a1, b0, b1, z0, z1 = rows_around(p, f, c, i, j)
            row, out, partial = p[c, i, j], q[c, i, j], np.float32(0)
            for m in range(1, end_of_row(cells, c, i, j)):
                flux = outflow(row[m], m, xd, xu, yd, yu, zd, zu, a0, a1, b0, b1, z0, z1)
                out[m] = flux
                partial += flux * row[m]
            total += float(partial)
    return total


@parallel
def multiply(p, f, q, cells, wraps, by_layer):  # type: ignore[no-untyped-def]
    """q = A p; p · q of each layer."""
    for i in prange(1, cells[0] + 1):
        by_layer[i] = _multiply_layer(p, f, q, i, cells, wraps)


@layer
def _residual_layer(x, f, r, i, cells, wraps, jump):  # type: ignore[no-untyped-def]
    total = 0.0
    for c in range(2):
        wrap_layer(x, c, i, cells, wraps, jump[1], jump[2])
    for c in range(2):
        for j in range(1, cells[1] + 1):
            xd, xu, yd, yu, zd, zu, a0, a1, b0, b1, z0, z1 = rows_around(x, f, c, i, j)
            row, out = x[c, i, j], r[c, i, j]
            for m in range(1, end_of_row(cells, c, i, j)):
                left = -outflow(row[m], m, xd, xu, yd, yu, zd, zu, a0, a1, b0, b1, z0, z1)
                out[m] = left
                total += left * left
    return total


@parallel
def residual(x, f, r, cells, wraps, jump, by_layer):  # type: ignore[no-untyped-def]
    """r = -A x of a potential in double precision with its boundary values; r · r of each layer."""
    for i in prange(1, cells[0] + 1):
        by_layer[i] = _residual_layer(x, f, r, i, cells, wraps, jump)


@layer
def _step_layer(e, r, p, q, alpha, i, cells):  # type: ignore[no-untyped-def]
    total = 0.0
    for c in range(2):
        for j in range(1, cells[1] + 1):
            to, left, along, out = e[c, i, j], r[c, i, j], p[c, i, j], q[c, i, j]
            partial = np.float32(0)
            for m in range(1, end_of_row(cells, c, i, j)):
                to[m] += alpha * along[m]
                rest = left[m] - alpha * out[m]
                left[m] = rest
                partial += rest * rest
            total += float(partial)
    return total


@parallel
def step(e, r, p, q, alpha, cells, by_layer):  # type: ignore[no-untyped-def]
    """e += alpha p, r -= alpha q; r · r of each layer."""
    for i in prange(1, cells[0] + 1):
        by_layer[i] = _step_layer(e, r, p, q, alpha, i, cells)


@layer
def _project_layer(z, r, q, i, cells):  # type: ignore[no-untyped-def]
    with_r, with_q = 0.0, 0.0
    for c in range(2):
        for j in range(1, cells[1] + 1):
            row, left, out = z[c, i, j], r[c, i, j], q[c, i, j]
            zr, zq = np.float32(0), np.float32(0)
            for m in range(1, end_of_row(cells, c, i, j)):
                zr += row[m] * left[m]
                zq += row[m] * out[m]
            with_r += float(zr)
            with_q += float(zq)
    return with_r, with_q


@parallel
def project(z, r, q, cells, by_layer):  # type: ignore[no-untyped-def]
    """z · r and z · q of each layer."""
    for i in prange(1, cells[0] + 1):
        by_layer[i, 0], by_layer[i, 1] = _project_layer(z, r, q, i, cells)


@parallel
def turn(p, z, beta, cells):  # type: ignore[no-untyped-def]
    """p = z + beta p."""
    for i in prange(1, cells[0] + 1):
        for c in range(2):
            for j in range(1, cells[1] + 1):
                along, row = p[c, i, j], z[c, i, j]
                for m in range(1, end_of_row(cells, c, i, j)):
                    along[m] = row[m] + beta * along[m]


@parallel
def add(x, e, cells):  # type: ignore[no-untyped-def]
    """x += e, e = 0: from single to double precision."""
    for i in prange(1, cells[0] + 1):
        for c in range(2):
            for j in range(1, cells[1] + 1):
                row, correction = x[c, i, j], e[c, i, j]
                for m in range(1, end_of_row(cells, c, i, j)):
                    row[m] += correction[m]
                    correction[m] = 0


@layer
def _flux_layer(x, e, f, i, cells):  # type: ignore[no-untyped-def]
    total = 0.0
    for c in range(2):
        o = 1 - c
        for j in range(1, cells[1] + 1):
            here, below, a0 = x[c, i, j], x[o, i - 1, j], f[0, c, i, j]
            e_here, e_below = e[c, i, j], e[o, i - 1, j]
            for m in range(1, end_of_row(cells, c, i, j)):
                total += a0[m] * ((below[m] - here[m]) + (e_below[m] - e_here[m]))
    return total


@parallel
def plane_fluxes(x, e, f, cells, by_plane):  # type: ignore[no-untyped-def]
    """Flux of x + e through the planes between the layers of axis 0, both ends included."""
    for i in prange(1, cells[0] + 2):
        by_plane[i - 1] = _flux_layer(x, e, f, i, cells)


@layer
def _lower_layer(x, f, i, cells, by_axis):  # type: ignore[no-untyped-def]
    by_axis[:] = 0
    for c in range(2):
        for j in range(1, cells[1] + 1):
            xd, _, yd, _, zd, _, a0, _, b0, _, z0, _ = rows_around(x, f, c, i, j)
            row = x[c, i, j]
            for m in range(1, end_of_row(cells, c, i, j)):
                by_axis[0] += a0[m] * (row[m] - xd[m])
                by_axis[1] += b0[m] * (row[m] - yd[m])
                by_axis[2] += z0[m] * (row[m] - zd[m - 1])


@parallel
def lower_fluxes(x, f, cells, by_layer):  # type: ignore[no-untyped-def]
    """Sum over the lower faces of T (x - x_below), by layer and axis; ghosts as `residual` left."""
    for i in prange(1, cells[0] + 1):
        _lower_layer(x, f, i, cells, by_layer[i - 1])
