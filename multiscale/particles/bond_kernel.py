"""One step of the binder bonds: kinematics, relaxation, failure, forces.

Bonds are taken in blocks of 64: both ends are gathered into a small buffer, the block is computed
in loops without branches, which the compiler vectorises, and the forces are scattered. A block is
always computed in full, so that two ranks which hold the same bond round alike.

The state of a bond lives in its own frame (n, t, n x t), which turns with it: a rigid rotation
changes no state. Components: elongation, two slips, twist, two bendings.

A bond to a wall ends at its anchor, a point of the wall, which has no size and does not turn: the
lever on the wall's side is then half the gap. The anchor moves with the wall and stays on its
plane.

Necks of a material with `friction` are squeezed once they are broken, see `bond_squeeze`; those of
porous binder are pressed shut, see `bond_compaction`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from multiscale.particles.bond_block import (
    AXIS,
    FORCE,
    INTACT,
    LENGTH,
    LOST,
    NORMAL,
    RADIUS,
    RADIUS_I,
    RADIUS_J,
    SHARE,
    STATE,
    STEP,
    STIFFNESS,
    STORED,
    STRAIN,
    TANGENT,
    TURN_I,
    TURN_J,
    VALUES,
    B,
    carry_anchors,
    gather,
    scatter,
)
from multiscale.particles.bond_compaction import densify, flow
from multiscale.particles.bond_motion import follow
from multiscale.particles.bond_squeeze import part, remember, squeeze
from multiscale.particles.law import INLINE

FAST: dict[str, Any] = {k: v for k, v in INLINE.items() if k != "forceinline"} | {"cache": True}

# What `bond_pass` sums: of this moment ...
VIRIAL, ELASTIC = 0, 9
# ... and since the sums were last set to zero.
VISCOUS, FRACTURE, BROKEN = 10, 11, 12
SUMS = 13


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
        friction = materials[material, 5]
        squeezed = friction >= 0.0
        rho_0 = materials[material, 6]
        sigma_y = materials[material, 7]
        porous = rho_0 < 1.0
        for at in range(ranges[material], ranges[material + 1], B):
            m = min(B, ranges[material + 1] - at)
            carry_anchors(m, at, i, W, dt, values)
            gather(m, at, i, j, code, X, V, SH, n, values, b)
            follow(b, dt)
            _stiffen(b, young, shear_modulus)
            if porous:
                densify(b, rho_0)
            if squeezed:
                part(b)
            for component in range(6):
                _relax(b, component, prony[material], viscosity)
            if porous:
                flow(b, rho_0, sigma_y)
            if squeezed:
                freed, broken = squeeze(b, prony[material], friction, tensile, shear, viscosity)
                sums[FRACTURE] += freed
                sums[BROKEN] += broken
                _load(b, np.inf, np.inf, viscosity, sums)
                remember(b)
            else:
                _load(b, tensile, shear, viscosity, sums)
            _virial(b, sums)
            scatter(m, at, i, j, F, W, WF, ahead, values, b)
