"""How the two ends of a bond move relative to each other in a time step, in the bond's frame."""

from __future__ import annotations

import math

from numba import njit

from multiscale.particles.bond_block import (
    AXIS,
    NORMAL,
    RADIUS_I,
    RADIUS_J,
    SEPARATION,
    SPIN_I,
    SPIN_J,
    STEP,
    TANGENT,
    VALUES,
    B,
)
from multiscale.particles.law import INLINE


@njit(**INLINE)
def follow(b, dt):  # type: ignore[no-untyped-def]
    """Turn the frame with the pair and measure the step of the relative motion in it.

    The separation d goes from d0 to d1; slips and bendings are taken half-way, n = (d0 + d1)/|..|:
        du_n = |d1| - |d0|,  du_s = d1 - d0 - (h_i w_i + h_j w_j) x n - (..n) n,  dtheta = w_j - w_i
    with w = omega dt and the levers h from the centres to the middle of the gap.
    """
    axis, tangent = VALUES + AXIS * B, VALUES + TANGENT * B
    for q in range(B):
        x = b[SEPARATION + q]
        y = b[SEPARATION + B + q]
        z = b[SEPARATION + 2 * B + q]
        x0 = b[axis + q]
        y0 = b[axis + B + q]
        z0 = b[axis + 2 * B + q]
        ri = b[RADIUS_I + q]
        rj = b[RADIUS_J + q]
        distance = math.sqrt(x * x + y * y + z * z)
        before = math.sqrt(x0 * x0 + y0 * y0 + z0 * z0)
        inverse = 1.0 / distance
        nx = x * inverse
        ny = y * inverse
        nz = z * inverse
        inverse0 = 1.0 / before
        mx = x0 * inverse0 + nx
        my = y0 * inverse0 + ny
        mz = z0 * inverse0 + nz
        # The smallest rotation that takes n0 to n: t - (t.n)/(1 + n0.n) (n0 + n); |n0 + n|^2 is
        # 2 (1 + n0.n).
        square = mx * mx + my * my + mz * mz
        tx = b[tangent + q]
        ty = b[tangent + B + q]
        tz = b[tangent + 2 * B + q]
        h = 2.0 * (tx * nx + ty * ny + tz * nz) / square
        tx -= h * mx
        ty -= h * my
        tz -= h * mz
        sx = ny * tz - nz * ty
        sy = nz * tx - nx * tz
        sz = nx * ty - ny * tx
        root = math.sqrt(square)
        h = 1.0 / root
        mx *= h
        my *= h
        mz *= h

        wi = dt / ri
        wix = wi * b[SPIN_I + q]
        wiy = wi * b[SPIN_I + B + q]
        wiz = wi * b[SPIN_I + 2 * B + q]
        wj = dt / rj
        wjx = wj * b[SPIN_J + q]
        wjy = wj * b[SPIN_J + B + q]
        wjz = wj * b[SPIN_J + 2 * B + q]
        # The frame spins about n by the mean angle: half of it, p, is where the step is measured.
        quarter = 0.125 * ((wix + wjx) * mx + (wiy + wjy) * my + (wiz + wjz) * mz)
        h = 1.0 / (1.0 + quarter * quarter)
        c = (1.0 - quarter * quarter) * h
        s = 2.0 * quarter * h
        px = c * tx + s * sx
        py = c * ty + s * sy
        pz = c * tz + s * sz
        ox = c * sx - s * tx
        oy = c * sy - s * ty
        oz = c * sz - s * tz
        tx = c * px + s * ox
        ty = c * py + s * oy
        tz = c * pz + s * oz
        h = tx * nx + ty * ny + tz * nz  # round-off would add up over many steps
        tx -= h * nx
        ty -= h * ny
        tz -= h * nz
        h = 1.5 - 0.5 * (tx * tx + ty * ty + tz * tz)
        b[tangent + q] = h * tx
        b[tangent + B + q] = h * ty
        b[tangent + 2 * B + q] = h * tz

        dx = x - x0
        dy = y - y0
        dz = z - z0
        chord = 0.25 * (distance + before) * root  # |d0 + d1|/2: a rigid turn gives no slip
        hi = 0.5 * (chord + ri - rj)
        hj = chord - hi
        ax = hi * wix + hj * wjx
        ay = hi * wiy + hj * wjy
        az = hi * wiz + hj * wjz
        h = dx * mx + dy * my + dz * mz
        ux = dx - h * mx - (ay * mz - az * my)
        uy = dy - h * my - (az * mx - ax * mz)
        uz = dz - h * mz - (ax * my - ay * mx)
        b[STEP + q] = (dx * (x + x0) + dy * (y + y0) + dz * (z + z0)) / (distance + before)
        b[STEP + B + q] = ux * px + uy * py + uz * pz
        b[STEP + 2 * B + q] = ux * ox + uy * oy + uz * oz
        ux = wjx - wix
        uy = wjy - wiy
        uz = wjz - wiz
        h = ux * mx + uy * my + uz * mz
        ux -= h * mx
        uy -= h * my
        uz -= h * mz
        b[STEP + 3 * B + q] = h
        b[STEP + 4 * B + q] = ux * px + uy * py + uz * pz
        b[STEP + 5 * B + q] = ux * ox + uy * oy + uz * oz
        b[NORMAL + q] = nx
        b[NORMAL + B + q] = ny
        b[NORMAL + 2 * B + q] = nz
        b[axis + q] = x
        b[axis + B + q] = y
        b[axis + 2 * B + q] = z
