"""The text of the sweep: a template of the module that Numba compiles; `sweep` fills the gaps.

Pairs are taken in blocks of B: (1) gather both particles into a buffer of rows, (2) the laws run
over the block in a loop without branches or indirection, which LLVM vectorises, (3) scatter. Each
particle moves as soon as the last pair that touches it is done. The histories lie in list order, so
that they stream. What follows from radii and masses is computed anew: kept for each pair, it would
cost more memory traffic than arithmetic. Forces are held for the particles between the first that
has not moved and the farthest partner only, in rows taken in turn, see `live`. The arrays are those
of `layout`.
"""

BOND_IMPORT = "from multiscale.particles.bond_kernel import bond_pass\n"
# The bonds follow the step that has just been made; before the first one there was none.
BONDS = """bond_pass(X, V, F, n, 0.0 if half else dt, SH, W, WF, dt, bonds[0], bonds[1], bonds[2],
                  bonds[3], bonds[4], bonds[5] if half else bonds[6], bonds[7], bonds[8])"""

SWEEP = '''"""Written by multiscale.particles.sweep; multiscale.particles.kernel sets the laws."""

import math
from typing import NamedTuple

from numba import njit

from multiscale.particles.frame_kernel import (
    advance_frame, affine, approach, place_cell, place_images, speed2,
)
from multiscale.particles.law import INLINE, WALL_RADIUS, Body, Contact
from multiscale.particles.live import live, row_of
from multiscale.particles.window import exchange
$imports$book_import
B, MASK, SHIFT = $block, $mask, $shift
# Inlined by Numba, not by LLVM: slices of arrays then cost no reference counts.
ALWAYS = {k: v for k, v in INLINE.items() if k != "forceinline"} | {"inline": "always"}
FAST = {k: v for k, v in INLINE.items() if k != "forceinline"} | {"cache": True}

$classes


@njit(**INLINE)
def respond(c, p, h):
    on = c.overlap > 0.0
    touch = Contact(
        c.overlap if on else 0.0, c.nx, c.ny, c.nz, c.vn, c.tx, c.ty, c.tz, c.wx, c.wy, c.wz,
        c.ri, c.rj, c.radius, c.mass, c.id_i, c.id_j, c.step, c.dt,
    )
    $respond


@njit(**ALWAYS)
def copy_to(b, at, source):
    for q in range(source.size):
        b[at + q] = source[q]


@njit(**ALWAYS)
def copy_from(b, at, target):
    for q in range(target.size):
        target[q] = b[at + q]


@njit(**ALWAYS)
def look_up(b, at, table, column, row):
    for q in range(row.size):
        b[at + q] = table[row[q], column]


@njit(**ALWAYS)
def gather(m, k0, I, J, K, H, X, V, G, T, SH, SV, b, ib):
    Ib = I[k0:k0 + m]
    Jb = J[k0:k0 + m]
    for q in range(m):
        i = Ib[q] & MASK
        e = Jb[q]
        j = e & MASK
        c = (e >> SHIFT) & 31
        b[q] = X[i, 0] - X[j, 0] - SH[c, 0]
        b[B + q] = X[i, 1] - X[j, 1] - SH[c, 1]
        b[2*B + q] = X[i, 2] - X[j, 2] - SH[c, 2]
        b[3*B + q] = V[i, 0] - V[j, 0]
        b[4*B + q] = V[i, 1] - V[j, 1]
        b[5*B + q] = V[i, 2] - V[j, 2]
        b[6*B + q] = V[i, 4] + V[j, 4]
        b[7*B + q] = V[i, 5] + V[j, 5]
        b[8*B + q] = V[i, 6] + V[j, 6]
        b[9*B + q] = X[i, 3] + X[j, 3]
        b[10*B + q] = X[i, 3] * X[j, 3]
        b[11*B + q] = V[i, 3] + V[j, 3]
        $gather
    $copy_in


@njit(**ALWAYS)
def ask(m, b, ib, T, step, dt$gradient):
    """n from j to i; slip v_t + s n x (u_i + u_j), where the contact is s r_i from i's centre."""
    $hoisted
    for q in range(m):
        dx = b[q]
        dy = b[B + q]
        dz = b[2*B + q]
        vx = b[3*B + q]
        vy = b[4*B + q]
        vz = b[5*B + q]
        distance = math.sqrt(dx*dx + dy*dy + dz*dz)
        inverse = 1.0 / distance
        nx = dx * inverse
        ny = dy * inverse
        nz = dz * inverse
        vn = vx*nx + vy*ny + vz*nz
        sum_radii = b[9*B + q]
        by_sum = 1.0 / sum_radii
        s = distance * by_sum
        ux = s * b[6*B + q]
        uy = s * b[7*B + q]
        uz = s * b[8*B + q]
        c = Contact(
            sum_radii - distance, nx, ny, nz, vn,
            vx - vn*nx + (ny*uz - nz*uy), vy - vn*ny + (nz*ux - nx*uz),
            vz - vn*nz + (nx*uy - ny*ux),
            $spin, $sizes, b[10*B + q] * by_sum, 1.0 / b[11*B + q], $ids, step, dt,
        )
        r = respond(c, $parameters, $history_in)
        $history_out
        $couple_out
        $book_out
        $box_pair
        b[q] = nx*r[0] + r[1]
        b[B + q] = ny*r[0] + r[2]
        b[2*B + q] = nz*r[0] + r[3]
        b[3*B + q] = s * (ny*r[3] - nz*r[2])
        b[4*B + q] = s * (nz*r[1] - nx*r[3])
        b[5*B + q] = s * (nx*r[2] - ny*r[1])


@njit(**ALWAYS)
def scatter(m, k0, I, J, H, X, F, turn, ring, tail, rest, b, ib):
    $copy_out
    Ib = I[k0:k0 + m]
    Jb = J[k0:k0 + m]
    for q in range(m):
        ib[2*B + q] = row_of(Ib[q] & MASK, turn, ring, tail, rest)
        ib[3*B + q] = row_of(Jb[q] & MASK, turn, ring, tail, rest)
    for q in range(m):
        i = Ib[q] & MASK
        j = Jb[q] & MASK
        f = ib[2*B + q] & MASK
        g = ib[3*B + q] & MASK
        fx = b[q]
        fy = b[B + q]
        fz = b[2*B + q]
        gx = b[3*B + q]
        gy = b[4*B + q]
        gz = b[5*B + q]
        F[f, 0] += fx
        F[f, 1] += fy
        F[f, 2] += fz
        F[f, 4] -= gx
        F[f, 5] -= gy
        F[f, 6] -= gz
        F[g, 0] -= fx
        F[g, 1] -= fy
        F[g, 2] -= fz
        F[g, 4] -= gx
        F[g, 5] -= gy
        F[g, 6] -= gz
        $scatter


@njit(**INLINE)
def sum_lost(m, k0, J, n, b, at):
    lost = 0.0
    for q in range(m):
        lost += b[at + q] * (1.0 if (J[k0 + q] & MASK) < n else 0.5)
    return lost


@njit(**ALWAYS)
def move(first, last, shift, X, V, F, A, G, TB, frame, a, dt, kick, step, time, mv$more):
    """Kick and drift; give the largest square of the speed off the affine motion."""
    for i in range(first, last):
        f = (i + shift) & MASK
        fx = F[f, 0]
        fy = F[f, 1]
        fz = F[f, 2]
        gx = F[f, 4]
        gy = F[f, 5]
        gz = F[f, 6]
        $keep_forces
        $bodies
        k = kick * V[i, 3]
        vx = V[i, 0] + k * fx
        vy = V[i, 1] + k * fy
        vz = V[i, 2] + k * fz
        V[i, 0] = vx
        V[i, 1] = vy
        V[i, 2] = vz
        k *= 2.5
        V[i, 4] += k * gx
        V[i, 5] += k * gy
        V[i, 6] += k * gz
        x = X[i, 0] + dt * vx
        y = X[i, 1] + dt * vy
        z = X[i, 2] + dt * vz
        X[i, 0] = x
        X[i, 1] = y
        X[i, 2] = z
        $works
        mv = max(mv, speed2(X, V, i, frame, a))
        for c in range(8):
            F[f, c] = 0.0
    return mv


@njit(**FAST)
def advance(steps, half, n, g, pairs, I, J, K, H, X, V, F, tail, X0, A, G, T, TB, types, SH, SV,
            frame, clock, b, ib, near, W, WF, WI, WJ, WH, WE, bonds, ghosts):
    """Take up to `steps` steps; the first kick is half a one if `half`. Neighbours prune together.

    Returns the number taken and why it stopped: 0 all taken, 1 build the list, 2 prune it.
    """
    dt = clock[2]
    rest = n - tail
    ring = F.shape[0] - 1 - rest
    first_tail = near
    while first_tail > 0 and WI[first_tail - 1] >= tail:
        first_tail -= 1
    for taken in range(steps):
        step = int(clock[0])
        time = clock[1]
        place_images(frame, SH, SV)
        for w in range(W.shape[0]):
            WF[w, 0] = 0.0
            WF[w, 1] = 0.0
            WF[w, 2] = 0.0
        kick = 0.5*dt if half else dt
        $box_gradient
        lost = push_walls(near, X, V, A, G, T, types, W, WF, WI, WJ, WH, WE, step, dt$wall_more)
        turn = 0
        hand_over(first_tail, near, WI, WE, F, turn, ring, tail, rest)
        handed = live(0, first_tail, WI, ring)
        hand_over(0, handed, WI, WE, F, turn, ring, tail, rest)
        $bonds
        $box_bonds
        advance_frame(frame, W, dt)
        a = affine(frame)
        half = False
        mv = 0.0
        for i in range(n, n + g):
            mv = max(mv, speed2(X, V, i, frame, a))
        done = 0
        k0 = 0
        while done < n:
            m = min(B, pairs - k0)
            gather(m, k0, I, J, K, H, X, V, G, T, SH, SV, b, ib)
            ask(m, b, ib, T, step, dt$gradient)
            scatter(m, k0, I, J, H, X, F, turn, ring, tail, rest, b, ib)
            lost += $book
            $box_pairs
            k0 += m
            until = I[k0] if k0 < pairs else n
            while done < until:
                stop = until if done >= tail else min(until, tail, turn + ring)
                shift = ring - tail if done >= tail else -turn
                mv = move(done, stop, shift, X, V, F, A, G, TB, frame, a, dt, kick, step, time,
                          mv$more)
                done = stop
                if done == turn + ring:
                    turn = done
                fresh = live(handed, first_tail, WI, done + ring)
                hand_over(handed, fresh, WI, WE, F, turn, ring, tail, rest)
                handed = fresh
        rate = math.sqrt(a[4]*a[4] + a[5]*a[5] + a[6]*a[6] + a[7]*a[7])
        clock[0] += 1.0
        clock[1] += dt
        clock[8] = dt * (2.0*math.sqrt(mv) + rate*clock[7] + clock[11])
        clock[3] += clock[8]
        clock[9] += dt*clock[11]
        clock[5] += clock[8] + dt*rate*clock[5]  # at most: looked at closely where it matters
        clock[10] += lost
        place_cell(frame, ghosts.cell)
        why = exchange(ghosts, X, V, 2.0 if clock[3] > clock[4] else 0.0)
        if clock[5] > clock[6]:
            clock[5] = approach(n, X, X0, frame, clock[7], clock[9])
            if clock[5] > clock[6]:
                return taken + 1, 1
        if why > 0.0:
            return taken + 1, 2
    return steps, 0
'''
