"""The block of bonds on which `bond_kernel` works: how a bond is kept, gathered and scattered."""

from __future__ import annotations

from numba import njit

from multiscale.particles.law import INLINE

B = 64  # bonds in a block

# Rows of a bond's values, as `Bonds.values` keeps them.
RADIUS, LENGTH, INTACT, AXIS, TANGENT, STATE = 0, 1, 2, 3, 6, 9

# Places in the block's buffer; `VALUES` takes the rows above.
SEPARATION, SPIN_I, SPIN_J, RADIUS_I, RADIUS_J, SHARE = 0, 3 * B, 6 * B, 9 * B, 10 * B, 11 * B
NORMAL, STEP, STRAIN, STIFFNESS, STORED, LOST = 12 * B, 15 * B, 21 * B, 27 * B, 31 * B, 32 * B
LEFT = 33 * B  # INTACT at the start of the step, if broken necks may be squeezed
VALUES = 34 * B
ANCHOR = 3  # rows at the end of a bond's values, if there are bonds to walls
POINT = 1e-30  # radius of an anchor [m], above zero so that 0/r stays a number
FORCE, TURN_I, TURN_J = SEPARATION, SPIN_I, SPIN_J  # written over what is no longer needed


@njit(**INLINE)
def carry_anchors(m, at, i, W, dt, values):  # type: ignore[no-untyped-def]
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
def gather(m, at, i, j, code, X, V, SH, n, values, b):  # type: ignore[no-untyped-def]
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
def scatter(m, at, i, j, F, W, WF, ahead, values, b):  # type: ignore[no-untyped-def]
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
