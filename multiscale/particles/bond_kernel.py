"""One step of the binder bonds: kinematics, relaxation, failure, forces.

Bonds are taken in blocks of 64: both ends are gathered into a small buffer, the block is computed
in loops without branches, which the compiler vectorises, and the forces are scattered. A block is
always computed in full, so that two ranks which hold the same bond round alike.

The state of a bond lives in its own frame (n, t, n x t), which turns with it: a rigid rotation
changes no state. Components: elongation, two slips, twist, two bendings.

A bond to a wall ends at its anchor, a point of the wall, which has no size and does not turn: the
lever on the wall's side is then half the gap. The anchor moves with the wall and stays on its
plane.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from multiscale.particles.law import INLINE

FAST: dict[str, Any] = {k: v for k, v in INLINE.items() if k != "forceinline"} | {"cache": True}
B = 64  # bonds in a block

# Rows of a bond's values, as `Bonds.values` keeps them.
RADIUS, LENGTH, INTACT, AXIS, TANGENT, STATE = 0, 1, 2, 3, 6, 9

# Places in the block's buffer; `VALUES` takes the rows above.
SEPARATION, SPIN_I, SPIN_J, RADIUS_I, RADIUS_J, SHARE = 0, 3 * B, 6 * B, 9 * B, 10 * B, 11 * B
NORMAL, STEP, STRAIN, STIFFNESS, STORED, LOST = 12 * B, 15 * B, 21 * B, 27 * B, 31 * B, 32 * B
VALUES = 33 * B
ANCHOR = 3  # rows at the end of a bond's values, if there are bonds to walls
POINT = 1e-30  # radius of an anchor [m], above zero so that 0/r stays a number
FORCE, TURN_I, TURN_J = SEPARATION, SPIN_I, SPIN_J  # written over what is no longer needed

# What `bond_pass` sums: of this moment ...
VIRIAL, ELASTIC = 0, 9
# ... and since the sums were last set to zero.
VISCOUS, FRACTURE, BROKEN = 10, 11, 12
SUMS = 13


@njit(**INLINE)
def _carry_anchors(m, at, i, W, dt, values):  # type: ignore[no-untyped-def]
    """Move the anchors with their walls, and onto the plane n.x = offset."""
    first = values.shape[0] - ANCHOR
    for e in range(at, at + m):
        if i[e] < 0:
            w = -1 - i[e]
            off = W[w, 3]
            for a in range(3):
                values[first + a, e] += dt * W[w, 4 + a]
                off -= W[w, a] * values[first + a, e]
            for a in range(3):
                values[first + a, e] += off * W[w, a]


@njit(**INLINE)
def _gather(m, at, i, j, code, X, V, SH, n, values, b):  # type: ignore[no-untyped-def]
    """Spare lanes of a last block repeat its last bond and count nothing."""
    anchor = values.shape[0] - ANCHOR
    for q in range(B):
        e = at + min(q, m - 1)
        p = i[e]
        r = j[e]
        c = code[e]
        if p < 0:
            for a in range(3):
                b[SEPARATION + a * B + q] = X[r, a] - values[anchor + a, e]
                b[SPIN_I + a * B + q] = 0.0
                b[SPIN_J + a * B + q] = V[r, 4 + a]
            b[RADIUS_I + q] = POINT
            b[RADIUS_J + q] = X[r, 3]
            b[SHARE + q] = 1.0 if q < m else 0.0
            continue
        for a in range(3):
            b[SEPARATION + a * B + q] = X[r, a] + SH[c, a] - X[p, a]
            b[SPIN_I + a * B + q] = V[p, 4 + a]
            b[SPIN_J + a * B + q] = V[r, 4 + a]
        b[RADIUS_I + q] = X[p, 3]
        b[RADIUS_J + q] = X[r, 3]
        # A bond between two ranks stands on both: each books half of it.
        b[SHARE + q] = (0.5 if p < n else 0.0) + (0.5 if r < n else 0.0) if q < m else 0.0
    for row in range(values.shape[0]):
        source = values[row, at : at + m]
        target = b[VALUES + row * B : VALUES + row * B + B]
        for q in range(m):
            target[q] = source[q]
        for q in range(m, B):
            target[q] = source[m - 1]


@njit(**INLINE)
def _follow(b, dt):  # type: ignore[no-untyped-def]
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


@njit(**INLINE)
def _stiffen(b, young, shear):  # type: ignore[no-untyped-def]
    """k_n A, k_s A, k_s J, k_n I, with k_n = E/l, k_s = G/l."""
    for q in range(B):
        square = b[VALUES + RADIUS * B + q] ** 2
        area = math.pi * square / b[VALUES + LENGTH * B + q]
        b[STIFFNESS + q] = young * area
        b[STIFFNESS + B + q] = shear * area
        b[STIFFNESS + 2 * B + q] = 0.5 * shear * area * square
        b[STIFFNESS + 3 * B + q] = 0.25 * young * area * square
        b[STORED + q] = 0.0
        b[LOST + q] = 0.0


@njit(**INLINE)
def _relax(b, component, prony, viscosity):  # type: ignore[no-untyped-def]
    """Step all branches of one component: q <- decay q + gain du; sum alpha q, energy and loss."""
    du = b[STEP + component * B : STEP + component * B + B]
    strain = b[STRAIN + component * B : STRAIN + component * B + B]
    spring = STIFFNESS + (2 * component + 1) // 3 * B  # one for elongation, slips, twist, bendings
    k = b[spring : spring + B]
    stored = b[STORED : STORED + B]
    lost = b[LOST : LOST + B]
    for q in range(B):
        strain[q] = 0.0
        lost[q] += viscosity * k[q] * du[q] * du[q]
    for branch in range(prony.shape[0]):
        alpha = prony[branch, 0]
        decay = prony[branch, 1]
        gain = prony[branch, 2]
        aa = prony[branch, 3]
        ab = prony[branch, 4]
        bb = prony[branch, 5]
        row = VALUES + (STATE + 6 * branch + component) * B
        state = b[row : row + B]
        for q in range(B):
            old = state[q]
            new = decay * old + gain * du[q]
            state[q] = new
            strain[q] += alpha * new
            stored[q] += 0.5 * alpha * k[q] * new * new
            lost[q] += alpha * k[q] * (aa * old * old + (ab * old + bb * du[q]) * du[q])


@njit(**INLINE)
def _load(b, tensile, shear, viscosity, sums):  # type: ignore[no-untyped-def]
    """Break what is overloaded, and give the force on i and both torques per radius."""
    tangent = VALUES + TANGENT * B
    elastic = 0.0
    viscous = 0.0
    fracture = 0.0
    broken = 0.0
    for q in range(B):
        ka = b[STIFFNESS + q]
        kb = b[STIFFNESS + B + q]
        kc = b[STIFFNESS + 2 * B + q]
        kd = b[STIFFNESS + 3 * B + q]
        fn = ka * b[STRAIN + q]
        fs = kb * b[STRAIN + B + q]
        ft = kb * b[STRAIN + 2 * B + q]
        mn = kc * b[STRAIN + 3 * B + q]
        ms = kd * b[STRAIN + 4 * B + q]
        mt = kd * b[STRAIN + 5 * B + q]
        # With I = A R^2/4 and J = A R^2/2, stress times area is F_n + 4 |M_s|/R, |F_s| + 2 |M_n|/R.
        radius = b[VALUES + RADIUS * B + q]
        inverse = 1.0 / radius
        area = math.pi * radius * radius
        pull = fn + 4.0 * inverse * math.sqrt(ms * ms + mt * mt)
        slide = math.sqrt(fs * fs + ft * ft) + 2.0 * inverse * abs(mn)
        was = b[VALUES + INTACT * B + q]
        holds = 0.0 if (pull > tensile * area) | (slide > shear * area) else was
        b[VALUES + INTACT * B + q] = holds
        share = b[SHARE + q]
        elastic += share * holds * b[STORED + q]
        viscous += share * was * b[LOST + q]
        da = b[STEP + q]
        db = b[STEP + B + q]
        dc = b[STEP + 2 * B + q]
        dd = b[STEP + 3 * B + q]
        de = b[STEP + 4 * B + q]
        df = b[STEP + 5 * B + q]
        fn += viscosity * ka * da
        fs += viscosity * kb * db
        ft += viscosity * kb * dc
        mn += viscosity * kc * dd
        ms += viscosity * kd * de
        mt += viscosity * kd * df
        # Leapfrog lets half of a step's work be done by the force at its end: a bond that breaks
        # there has not done it.
        undone = 0.5 * (fn * da + fs * db + ft * dc + mn * dd + ms * de + mt * df)
        fracture += share * (was - holds) * (b[STORED + q] - undone)
        broken += share * (was - holds)
        fn *= holds
        fs *= holds
        ft *= holds
        mn *= holds
        ms *= holds
        mt *= holds
        nx = b[NORMAL + q]
        ny = b[NORMAL + B + q]
        nz = b[NORMAL + 2 * B + q]
        tx = b[tangent + q]
        ty = b[tangent + B + q]
        tz = b[tangent + 2 * B + q]
        sx = ny * tz - nz * ty
        sy = nz * tx - nx * tz
        sz = nx * ty - ny * tx
        fx = fn * nx + fs * tx + ft * sx
        fy = fn * ny + fs * ty + ft * sy
        fz = fn * nz + fs * tz + ft * sz
        mx = mn * nx + ms * tx + mt * sx
        my = mn * ny + ms * ty + mt * sy
        mz = mn * nz + ms * tz + mt * sz
        ri = b[RADIUS_I + q]
        rj = b[RADIUS_J + q]
        x = b[VALUES + AXIS * B + q]
        y = b[VALUES + (AXIS + 1) * B + q]
        z = b[VALUES + (AXIS + 2) * B + q]
        distance = x * nx + y * ny + z * nz
        hi = 0.5 * (distance + ri - rj)
        hj = distance - hi
        cx = ny * fz - nz * fy
        cy = nz * fx - nx * fz
        cz = nx * fy - ny * fx
        inverse = 1.0 / ri
        b[TURN_I + q] = inverse * (hi * cx + mx)
        b[TURN_I + B + q] = inverse * (hi * cy + my)
        b[TURN_I + 2 * B + q] = inverse * (hi * cz + mz)
        inverse = 1.0 / rj
        b[TURN_J + q] = inverse * (hj * cx - mx)
        b[TURN_J + B + q] = inverse * (hj * cy - my)
        b[TURN_J + 2 * B + q] = inverse * (hj * cz - mz)
        b[FORCE + q] = fx
        b[FORCE + B + q] = fy
        b[FORCE + 2 * B + q] = fz
    sums[ELASTIC] += elastic
    sums[VISCOUS] += viscous
    sums[FRACTURE] += fracture
    sums[BROKEN] += broken


@njit(**INLINE)
def _scatter(m, at, i, j, F, W, WF, ahead, values, b):  # type: ignore[no-untyped-def]
    for row in range(INTACT, values.shape[0]):  # radius and length stay
        source = b[VALUES + row * B : VALUES + row * B + m]
        target = values[row, at : at + m]
        for q in range(m):
            target[q] = source[q]
    for q in range(m):
        p = i[at + q]
        r = j[at + q]
        for a in range(3):
            F[r, a] -= b[FORCE + a * B + q]
            F[r, 4 + a] += b[TURN_J + a * B + q]
            if p < 0:
                WF[-1 - p, a] += b[FORCE + a * B + q]
                WF[-1 - p, 3] -= ahead * W[-1 - p, 4 + a] * b[FORCE + a * B + q]
            else:
                F[p, a] += b[FORCE + a * B + q]
                F[p, 4 + a] += b[TURN_I + a * B + q]


@njit(**INLINE)
def _virial(b, sums):  # type: ignore[no-untyped-def]
    for a in range(3):
        for c in range(3):
            total = 0.0
            for q in range(B):
                total += b[SHARE + q] * b[VALUES + (AXIS + a) * B + q] * b[FORCE + c * B + q]
            sums[VIRIAL + 3 * a + c] += total


@njit(**FAST)
def bond_pass(  # type: ignore[no-untyped-def]
    X, V, F, n, dt, SH, W, WF, ahead, i, j, code, ranges, materials, prony, values, sums
):
    """Add the bonds' forces and torques to F, for a time step that has just been made.

    Leapfrog: X is at the end of the step, the spin in V belongs to the step. Call with the table
    of dt = 0 and dt = 0 where no step was made since the last call.

    Args:
        X: position and radius [m], shape (n + ghosts, 4).
        V: columns 4 to 6: surface spin u = r omega [m/s], shape (n + ghosts, 8).
        F: columns 0 to 2: force [N], 4 to 6: torque / r [N], shape (n + ghosts, 8); added to.
        n: number of owned particles; they come first.
        dt: time step [s].
        SH: shift of the partner for each image code [m], shape (27, 3).
        W: walls, shape (walls, 8), and WF: force on each and work done by it, shape (walls, 4),
            added to; see `layout`.
        ahead: the time step that follows [s], over which a wall does its work.
        i, j, code, ranges: see `bonds.Ends`.
        materials, prony: see `bonds.step_tables`.
        values: see `bonds.Bonds`, shape (9 + 6 branches [+ 3], bonds); stepped.
        sums: shape (13,). 0 to 8: sum of d_a F_b [N m], tension positive: the stress is this over
            the volume; 9: elastic energy [J], both of this moment. 10: energy lost by viscosity,
            11: by fracture [J], 12: bonds broken; these are added to. A bond with one owned end
            counts half.
    """
    b = np.empty(VALUES + values.shape[0] * B)
    sums[VIRIAL : ELASTIC + 1] = 0.0
    for material in range(ranges.size - 1):
        young = materials[material, 0]
        shear_modulus = materials[material, 1]
        tensile = materials[material, 2]
        shear = materials[material, 3]
        viscosity = materials[material, 4]
        for at in range(ranges[material], ranges[material + 1], B):
            m = min(B, ranges[material + 1] - at)
            _carry_anchors(m, at, i, W, dt, values)
            _gather(m, at, i, j, code, X, V, SH, n, values, b)
            _follow(b, dt)
            _stiffen(b, young, shear_modulus)
            for component in range(6):
                _relax(b, component, prony[material], viscosity)
            _load(b, tensile, shear, viscosity, sums)
            _virial(b, sums)
            _scatter(m, at, i, j, F, W, WF, ahead, values, b)
