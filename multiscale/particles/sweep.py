"""The text of a kernel module: one sweep over the pair list that gathers, asks the laws, scatters,
and moves each particle as soon as the last pair that touches it is done.

Pairs are taken in blocks of B: (1) gather both particles into a buffer of rows, (2) the laws run
over the block in a loop without branches or indirection, which LLVM vectorises, (3) scatter.
The histories lie in list order, so that they stream. What follows from radii and masses is computed
anew: kept for each pair, it would cost more memory traffic than arithmetic.

Arrays (n owned particles, then g ghosts):

    X (n+g, 4)    x, y, z, radius
    V (n+g, 8)    velocity at the last half step; 1/m; u = r omega; m
    F (n+g, 8)    force, 0, torque/r, 0: zero between the steps
    X0 (n, 3)     position at the last list build
    A, G (n+g)    type; global identity
    I, J (pairs)  first and second particle; the upper bits of J hold the image of the second
    K (pairs)     row of the tables: type of i times the number of types + type of j
    H (h, pairs)  history
    T, TB         tables of each pair law (types^2, p) and of each body law (types, p)
    SH, SV (27,3) position and velocity of the images
    b, ib         buffers of a block: rows of B floats, two rows of B integers
    frame, clock  see `Frame` and `Clock`
    W (walls, 8)  normal, offset, velocity, type; WF (walls, 4): force on the wall, work done by it
    WI, WJ, WH    particle and wall of each near pair, history (h, near pairs)
    bonds         i, j, code, ranges, materials, Prony tables at rest and of a step, values, sums
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from string import Template
from typing import NamedTuple

import numpy as np

from multiscale.particles.law import BodyLaw, PairLaw

B = 64  # pairs in a block: long enough for full vectors, short enough for the first cache
IMAGE_SHIFT = 26  # bits of a particle's index; its image is above them
INDEX_MASK = (1 << IMAGE_SHIFT) - 1
HOME = 13  # the image (0, 0, 0) of (kx + 1) + 3 (ky + 1) + 9 (kz + 1)
# Image k of each code, shape (27, 3).
IMAGES = np.stack(np.unravel_index(np.arange(27), (3, 3, 3)), axis=1)[:, ::-1] - 1.0
_FIXED_ROWS = 12  # x, v, u, and r_i + r_j, r_i r_j, 1/m_i + 1/m_j


class Needs(NamedTuple):
    """What the laws look at, so that the kernel gathers nothing else."""

    spin: bool  # omega_i - omega_j
    radii: bool  # r_i and r_j apart
    ids: bool
    couple: bool  # some law gives a couple
    types: bool  # several types: parameters differ from pair to pair
    flow: bool  # the box deforms: images have a velocity
    book: bool  # sum the energy dissipated
    bonds: bool  # there are bonds between particles


class Clock(IntEnum):
    """Slots of `clock`: what one call hands to the next."""

    STEP = 0
    TIME = 1  # [s]
    DT = 2  # [s]
    INNER = 3  # approach of any pair since the last pruning, at most [m]
    INNER_LIMIT = 4
    OUTER = 5  # the same since the last build [m]
    OUTER_LIMIT = 6
    CUT = 7  # longest distance in the list [m]
    PACE = 8  # approach of any pair per step, at most [m]
    DRIFT = 9  # motion of walls that do not bound the frame since the build [m]
    LOST = 10  # energy dissipated by the pair laws [J]
    DRIFT_RATE = 11  # speed of the walls that do not bound the frame [m/s]
    SIZE = 12


class Frame(IntEnum):
    """Rows of `frame`, a column per axis: the box, or the gap between two plates."""

    LOW = 0
    HIGH = 1
    LOW_RATE = 2
    HIGH_RATE = 3
    LOW_BUILD = 4  # at the last build
    HIGH_BUILD = 5
    TILT = 6  # xy tilt, its rate, the tilt at the last build
    SIZE = 7


class Text(NamedTuple):
    """A kernel module's source, and the rows of its block buffer."""

    source: str
    rows: int


def module_text(pair: Sequence[PairLaw], body: Sequence[BodyLaw], needs: Needs) -> Text:
    """Write the kernel module of these laws."""
    history = sum(kind.history for kind in pair)
    radii = needs.radii or needs.spin or needs.couple
    rows = _FIXED_ROWS
    h0, rows = rows, rows + history
    w0, rows = rows, rows + 3 * needs.spin
    r0, rows = rows, rows + 2 * radii
    k0, rows = rows, rows + needs.types * sum(len(kind.parameters) for kind in pair)
    e0, rows = rows, rows + needs.book

    gather = []
    if needs.flow:
        gather += [f"b[{3 + a}*B + q] -= SV[c, {a}]" for a in range(3)]
    if radii:
        gather += [f"b[{r0}*B + q] = X[i, 3]", f"b[{r0 + 1}*B + q] = X[j, 3]"]
    if needs.spin:
        gather += [
            f"b[{w0 + a}*B + q] = V[i, {4 + a}] / X[i, 3] - V[j, {4 + a}] / X[j, 3]"
            for a in range(3)
        ]
    if needs.ids:
        gather += ["ib[q] = G[i]", "ib[B + q] = G[j]"]
    copy_in = [f"copy_to(b, {h0 + s}*B, H[{s}, k0:k0 + m])" for s in range(history)]
    hoisted, parameters, k = [], [], k0
    for a, kind in enumerate(pair):
        if needs.types:
            copy_in += [
                f"look_up(b, {k + c}*B, T[{a}], {c}, K[k0:k0 + m])"
                for c in range(len(kind.parameters))
            ]
            parameters += [
                f"P{a}({_list(f'b[{k + c}*B + q]' for c in range(len(kind.parameters)))})"
            ]
            k += len(kind.parameters)
        else:
            hoisted += [f"p{a} = P{a}({_columns(f'T[{a}]', '0', kind)})"]
            parameters += [f"p{a}"]
    scatter = []
    if needs.couple:
        scatter = [
            f"F[i, {4 + a}] += b[{6 + a}*B + q] / X[i, 3]; "
            f"F[j, {4 + a}] -= b[{6 + a}*B + q] / X[j, 3]"
            for a in range(3)
        ]
    spin = [f"b[{w0 + a}*B + q]" if needs.spin else "0.0" for a in range(3)]
    sizes = [f"b[{r0}*B + q]", f"b[{r0 + 1}*B + q]"] if radii else ["0.0", "0.0"]
    source = Template(_MODULE).substitute(
        block=B,
        mask=INDEX_MASK,
        shift=IMAGE_SHIFT,
        classes="\n\n".join(_classes([k.parameters for k in pair] + [k.parameters for k in body])),
        respond=_respond(pair),
        gather=_lines(8, gather),
        copy_in=_lines(4, copy_in),
        hoisted=_lines(4, hoisted),
        spin=_list(spin),
        sizes=_list(sizes),
        ids="ib[q], ib[B + q]" if needs.ids else "0, 0",
        parameters=_tuple(parameters),
        history_in=_tuple(f"b[{h0 + s}*B + q]" for s in range(history)),
        history_out=_lines(8, [f"b[{h0 + s}*B + q] = r[{9 + s}]" for s in range(history)]),
        couple_out=_lines(
            8, [f"b[{6 + a}*B + q] = r[{4 + a}]" for a in range(3)] if needs.couple else []
        ),
        book_out=_lines(8, [f"b[{e0}*B + q] = r[8]"] if needs.book else []),
        copy_out=_lines(
            4, [f"copy_from(b, {h0 + s}*B, H[{s}, k0:k0 + m])" for s in range(history)]
        ),
        scatter=_lines(8, scatter),
        book=f"sum_lost(m, k0, J, n, b, {e0}*B)" if needs.book else "0.0",
        wall_parameters=_tuple(
            f"P{a}({_columns(f'T[{a}]', 'k', kind)})" for a, kind in enumerate(pair)
        ),
        wall_history=_tuple(f"WH[{s}, q]" for s in range(history)),
        wall_history_out=_lines(8, [f"WH[{s}, q] = r[{9 + s}]" for s in range(history)]),
        each=_lines(8, _each(pair)),
        bonds=_BONDS if needs.bonds else "",
        imports=_BOND_IMPORT if needs.bonds else "",
        bodies=_lines(8, _bodies(len(pair), body)),
        act=_lines(8, _bodies(len(pair), body) or ["pass"]),
    )
    return Text(source, rows)


def _lines(indent: int, lines: Iterable[str]) -> str:
    return ("\n" + " " * indent).join(lines)


def _list(items: Iterable[str]) -> str:
    return ", ".join(items)


def _tuple(items: Iterable[str]) -> str:
    return "(" + "".join(f"{item}, " for item in items) + ")"


def _columns(table: str, row: str, kind: PairLaw | BodyLaw) -> str:
    return _list(f"{table}[{row}, {c}]" for c in range(len(kind.parameters)))


def _classes(parameters: Sequence[tuple[str, ...]]) -> list[str]:
    """Write a named tuple for the parameters of each law."""
    fields = [[f"{name}: float" for name in names] or ["pass"] for names in parameters]
    return [f"class P{k}(NamedTuple):\n    {_lines(4, f)}" for k, f in enumerate(fields)]


def _slots(pair: Sequence[PairLaw]) -> list[range]:
    ends, start = [], 0
    for kind in pair:
        ends.append(range(start, start + kind.history))
        start += kind.history
    return ends


def _respond(pair: Sequence[PairLaw]) -> str:
    """Add the laws up; contact laws see the clipped overlap and are masked."""
    lines: list[str] = []
    touching: list[int] = []
    reaching: list[int] = []
    for a, (kind, slots) in enumerate(zip(pair, _slots(pair), strict=True)):
        seen = "c" if kind.reach_of else "touch"
        lines += [f"r{a}, g{a} = law_{a}({seen}, p[{a}], {_tuple(f'h[{s}]' for s in slots)})"]
        (reaching if kind.reach_of else touching).append(a)
    sums = []
    for name in ("fn", "fx", "fy", "fz", "mx", "my", "mz", "stored", "lost"):
        masked = " + ".join(f"r{a}.{name}" for a in touching)
        free = [f"r{a}.{name}" for a in reaching]
        sums += [" + ".join(([f"(({masked}) if on else 0.0)"] if touching else []) + free) or "0.0"]
    histories = [
        f"g{a}[{s - slots.start}]" if a in reaching else f"(g{a}[{s - slots.start}] if on else 0.0)"
        for a, slots in enumerate(_slots(pair))
        for s in slots
    ]
    return _lines(4, [*lines, f"return {_tuple([*sums, *histories])}"])


def _each(pair: Sequence[PairLaw]) -> list[str]:
    """Store the response of each law apart, for the measurements."""
    lines = []
    for a, (kind, slots) in enumerate(zip(pair, _slots(pair), strict=True)):
        seen, on = ("c", "True") if kind.reach_of else ("touch", "on")
        h = _tuple(f"H[{s}, e]" for s in slots)
        lines += [f"r{a}, g{a} = law_{a}({seen}, P{a}({_columns(f'T[{a}]', 'k', kind)}), {h})"]
        lines += [f"for v in range(9): out[{a}, v, q] = r{a}[v] if {on} else 0.0"]
        lines += [f"if keep: H[{s}, e] = g{a}[{s - slots.start}] if {on} else 0.0" for s in slots]
    return lines


def _bodies(first: int, body: Sequence[BodyLaw]) -> list[str]:
    if not body:
        return []
    lines = [
        "ir = 1.0 / X[i, 3]",
        "body = Body(X[i, 0], X[i, 1], X[i, 2], V[i, 0], V[i, 1], V[i, 2], V[i, 4]*ir, V[i, 5]*ir,"
        " V[i, 6]*ir, X[i, 3], V[i, 7], G[i], step, time, dt)",
    ]
    for a, kind in enumerate(body, start=first):
        columns = _columns(f"TB[{a - first}]", "A[i]", kind)
        lines += [
            f"q = law_{a}(body, P{a}({columns}))",
            "fx += q[0]; fy += q[1]; fz += q[2]",
            "gx += q[3]*ir; gy += q[4]*ir; gz += q[5]*ir",
        ]
    return lines


_BOND_IMPORT = "from multiscale.particles.bond_kernel import bond_pass\n"
# The bonds follow the step that has just been made; before the first one there was none.
_BONDS = """bond_pass(X, V, F, n, 0.0 if half else dt, SH, W, WF, dt, bonds[0], bonds[1], bonds[2],
                  bonds[3], bonds[4], bonds[5] if half else bonds[6], bonds[7], bonds[8])"""

_MODULE = '''"""Written by multiscale.particles.sweep; multiscale.particles.kernel sets the laws."""

import math
from typing import NamedTuple

from numba import njit

from multiscale.particles.law import INLINE, WALL_RADIUS, Body, Contact
$imports
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
def ask(m, b, ib, T, step, dt):
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
        b[q] = nx*r[0] + r[1]
        b[B + q] = ny*r[0] + r[2]
        b[2*B + q] = nz*r[0] + r[3]
        b[3*B + q] = s * (ny*r[3] - nz*r[2])
        b[4*B + q] = s * (nz*r[1] - nx*r[3])
        b[5*B + q] = s * (nx*r[2] - ny*r[1])


@njit(**ALWAYS)
def scatter(m, k0, I, J, H, X, F, b):
    $copy_out
    Ib = I[k0:k0 + m]
    Jb = J[k0:k0 + m]
    for q in range(m):
        i = Ib[q] & MASK
        j = Jb[q] & MASK
        fx = b[q]
        fy = b[B + q]
        fz = b[2*B + q]
        gx = b[3*B + q]
        gy = b[4*B + q]
        gz = b[5*B + q]
        F[i, 0] += fx
        F[i, 1] += fy
        F[i, 2] += fz
        F[i, 4] -= gx
        F[i, 5] -= gy
        F[i, 6] -= gz
        F[j, 0] -= fx
        F[j, 1] -= fy
        F[j, 2] -= fz
        F[j, 4] -= gx
        F[j, 5] -= gy
        F[j, 6] -= gz
        $scatter


@njit(**INLINE)
def sum_lost(m, k0, J, n, b, at):
    lost = 0.0
    for q in range(m):
        lost += b[at + q] * (1.0 if (J[k0 + q] & MASK) < n else 0.5)
    return lost


@njit(**INLINE)
def affine(frame):
    """The frame's stretch since the build and its rate: x = low + stretch (x0 - low0) + ..."""
    ex = frame[1, 0] - frame[0, 0]
    ey = frame[1, 1] - frame[0, 1]
    ez = frame[1, 2] - frame[0, 2]
    ey0 = frame[5, 1] - frame[4, 1]
    ax = ex / (frame[5, 0] - frame[4, 0])
    ay = ey / ey0
    az = ez / (frame[5, 2] - frame[4, 2])
    axy = (frame[6, 0] - ax * frame[6, 2]) / ey0
    lx = (frame[3, 0] - frame[2, 0]) / ex
    ly = (frame[3, 1] - frame[2, 1]) / ey
    lz = (frame[3, 2] - frame[2, 2]) / ez
    lxy = (frame[6, 1] - lx * frame[6, 0]) / ey
    return ax, ay, az, axy, lx, ly, lz, lxy


@njit(**INLINE)
def speed2(X, V, i, frame, a):
    """Square of the speed relative to the affine motion."""
    y = X[i, 1] - frame[0, 1]
    vx = V[i, 0] - frame[2, 0] - a[4] * (X[i, 0] - frame[0, 0]) - a[7] * y
    vy = V[i, 1] - frame[2, 1] - a[5] * y
    vz = V[i, 2] - frame[2, 2] - a[6] * (X[i, 2] - frame[0, 2])
    return vx*vx + vy*vy + vz*vz


@njit(**ALWAYS)
def move(first, last, X, V, F, X0, A, G, TB, frame, a, dt, kick, step, time, mx, mv):
    """Kick and drift; give the largest squares of displacement and speed off the affine motion."""
    for i in range(first, last):
        fx = F[i, 0]
        fy = F[i, 1]
        fz = F[i, 2]
        gx = F[i, 4]
        gy = F[i, 5]
        gz = F[i, 6]
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
        y0 = X0[i, 1] - frame[4, 1]
        dx = x - frame[0, 0] - a[0] * (X0[i, 0] - frame[4, 0]) - a[3] * y0
        dy = y - frame[0, 1] - a[1] * y0
        dz = z - frame[0, 2] - a[2] * (X0[i, 2] - frame[4, 2])
        mx = max(mx, dx*dx + dy*dy + dz*dz)
        mv = max(mv, speed2(X, V, i, frame, a))
        for c in range(8):
            F[i, c] = 0.0
    return mx, mv


@njit(**INLINE)
def wall_contact(q, X, V, A, G, W, WI, WJ, step, dt):
    i = WI[q]
    w = WJ[q]
    nx = W[w, 0]
    ny = W[w, 1]
    nz = W[w, 2]
    distance = X[i, 0]*nx + X[i, 1]*ny + X[i, 2]*nz - W[w, 3]
    radius = X[i, 3]
    s = distance / radius
    vx = V[i, 0] - W[w, 4]
    vy = V[i, 1] - W[w, 5]
    vz = V[i, 2] - W[w, 6]
    vn = vx*nx + vy*ny + vz*nz
    ux = V[i, 4]
    uy = V[i, 5]
    uz = V[i, 6]
    c = Contact(
        radius - distance, nx, ny, nz, vn,
        vx - vn*nx + s*(ny*uz - nz*uy), vy - vn*ny + s*(nz*ux - nx*uz),
        vz - vn*nz + s*(nx*uy - ny*ux),
        ux/radius, uy/radius, uz/radius, radius, WALL_RADIUS, radius, V[i, 7],
        G[i], -1 - w, step, dt,
    )
    return c, s


@njit(**INLINE)
def push_walls(near, X, V, F, A, G, T, types, W, WF, WI, WJ, WH, step, dt):
    lost = 0.0
    for q in range(near):
        i = WI[q]
        w = WJ[q]
        c, s = wall_contact(q, X, V, A, G, W, WI, WJ, step, dt)
        k = A[i]*types + int(W[w, 7])
        r = respond(c, $wall_parameters, $wall_history)
        $wall_history_out
        fx = c.nx*r[0] + r[1]
        fy = c.ny*r[0] + r[2]
        fz = c.nz*r[0] + r[3]
        F[i, 0] += fx
        F[i, 1] += fy
        F[i, 2] += fz
        F[i, 4] += r[4]/c.ri - s*(c.ny*r[3] - c.nz*r[2])
        F[i, 5] += r[5]/c.ri - s*(c.nz*r[1] - c.nx*r[3])
        F[i, 6] += r[6]/c.ri - s*(c.nx*r[2] - c.ny*r[1])
        WF[w, 0] -= fx
        WF[w, 1] -= fy
        WF[w, 2] -= fz
        WF[w, 3] += dt * (fx*W[w, 4] + fy*W[w, 5] + fz*W[w, 6])
        lost += r[8]
    return lost


@njit(**INLINE)
def place_images(frame, SH, SV):
    ex = frame[1, 0] - frame[0, 0]
    ey = frame[1, 1] - frame[0, 1]
    ez = frame[1, 2] - frame[0, 2]
    for c in range(27):
        kx = c % 3 - 1
        ky = (c // 3) % 3 - 1
        kz = c // 9 - 1
        SH[c, 0] = kx*ex + ky*frame[6, 0]
        SH[c, 1] = ky*ey
        SH[c, 2] = kz*ez
        SV[c, 0] = kx*(frame[3, 0] - frame[2, 0]) + ky*frame[6, 1]
        SV[c, 1] = ky*(frame[3, 1] - frame[2, 1])
        SV[c, 2] = kz*(frame[3, 2] - frame[2, 2])


@njit(**INLINE)
def advance_frame(frame, W, dt):
    """Move the box and the walls by one step."""
    for a in range(3):
        frame[0, a] += dt * frame[2, a]
        frame[1, a] += dt * frame[3, a]
    frame[6, 0] += dt * frame[6, 1]
    for w in range(W.shape[0]):
        W[w, 3] += dt * (W[w, 0]*W[w, 4] + W[w, 1]*W[w, 5] + W[w, 2]*W[w, 6])


@njit(**FAST)
def advance(steps, half, n, g, pairs, I, J, K, H, X, V, F, X0, A, G, T, TB, types, SH, SV,
            frame, clock, b, ib, near, W, WF, WI, WJ, WH, bonds):
    """Take up to `steps` steps; the first kick is half a one if `half`.

    Returns the number taken and why it stopped: 0 all taken, 1 build the list, 2 prune it.
    """
    dt = clock[2]
    for taken in range(steps):
        step = int(clock[0])
        time = clock[1]
        place_images(frame, SH, SV)
        for w in range(W.shape[0]):
            WF[w, 0] = 0.0
            WF[w, 1] = 0.0
            WF[w, 2] = 0.0
        lost = push_walls(near, X, V, F, A, G, T, types, W, WF, WI, WJ, WH, step, dt)
        $bonds
        advance_frame(frame, W, dt)
        a = affine(frame)
        kick = 0.5*dt if half else dt
        half = False
        mx = 0.0
        mv = 0.0
        for i in range(n, n + g):
            mv = max(mv, speed2(X, V, i, frame, a))
        done = 0
        k0 = 0
        while done < n:
            m = min(B, pairs - k0)
            gather(m, k0, I, J, K, H, X, V, G, T, SH, SV, b, ib)
            ask(m, b, ib, T, step, dt)
            scatter(m, k0, I, J, H, X, F, b)
            lost += $book
            k0 += m
            until = I[k0] if k0 < pairs else n
            mx, mv = move(done, until, X, V, F, X0, A, G, TB, frame, a, dt, kick, step, time,
                          mx, mv)
            done = until
        rate = math.sqrt(a[4]*a[4] + a[5]*a[5] + a[6]*a[6] + a[7]*a[7])
        strain = math.sqrt((a[0]-1.0)**2 + (a[1]-1.0)**2 + (a[2]-1.0)**2 + a[3]*a[3])
        clock[0] += 1.0
        clock[1] += dt
        clock[8] = dt * (2.0*math.sqrt(mv) + rate*clock[7] + clock[11])
        clock[3] += clock[8]
        clock[9] += dt*clock[11]
        clock[5] = 2.0*math.sqrt(mx) + strain*clock[7] + clock[9]
        clock[10] += lost
        if clock[5] > clock[6]:
            return taken + 1, 1
        if clock[3] > clock[4]:
            return taken + 1, 2
    return steps, 0


@njit(**FAST)
def respond_to_pairs(start, end, I, J, K, H, X, V, G, T, SH, SV, step, dt, normal, out, keep):
    """Give each law's response to the pairs start to end: normal (m, 3), out (laws, 9, m).

    With `keep` the histories go on by a step.
    """
    for q in range(end - start):
        e = start + q
        i = I[e]
        j = J[e] & MASK
        s = (J[e] >> SHIFT) & 31
        k = K[e]
        dx = X[i, 0] - X[j, 0] - SH[s, 0]
        dy = X[i, 1] - X[j, 1] - SH[s, 1]
        dz = X[i, 2] - X[j, 2] - SH[s, 2]
        vx = V[i, 0] - V[j, 0] - SV[s, 0]
        vy = V[i, 1] - V[j, 1] - SV[s, 1]
        vz = V[i, 2] - V[j, 2] - SV[s, 2]
        distance = math.sqrt(dx*dx + dy*dy + dz*dz)
        nx = dx / distance
        ny = dy / distance
        nz = dz / distance
        vn = vx*nx + vy*ny + vz*nz
        sum_radii = X[i, 3] + X[j, 3]
        a = distance / sum_radii
        ux = a * (V[i, 4] + V[j, 4])
        uy = a * (V[i, 5] + V[j, 5])
        uz = a * (V[i, 6] + V[j, 6])
        c = Contact(
            sum_radii - distance, nx, ny, nz, vn,
            vx - vn*nx + (ny*uz - nz*uy), vy - vn*ny + (nz*ux - nx*uz),
            vz - vn*nz + (nx*uy - ny*ux),
            V[i, 4]/X[i, 3] - V[j, 4]/X[j, 3], V[i, 5]/X[i, 3] - V[j, 5]/X[j, 3],
            V[i, 6]/X[i, 3] - V[j, 6]/X[j, 3],
            X[i, 3], X[j, 3], X[i, 3]*X[j, 3]/sum_radii, 1.0/(V[i, 3] + V[j, 3]),
            G[i], G[j], step, dt,
        )
        on = c.overlap > 0.0
        touch = Contact(
            c.overlap if on else 0.0, c.nx, c.ny, c.nz, c.vn, c.tx, c.ty, c.tz, c.wx, c.wy, c.wz,
            c.ri, c.rj, c.radius, c.mass, c.id_i, c.id_j, c.step, c.dt,
        )
        normal[q, 0] = nx * distance
        normal[q, 1] = ny * distance
        normal[q, 2] = nz * distance
        $each


@njit(**FAST)
def respond_to_walls(near, X, V, A, G, T, types, W, WI, WJ, WH, step, dt, out):
    """Give the laws' common response to each particle near a wall, out (near, 10): overlap last."""
    for q in range(near):
        c, s = wall_contact(q, X, V, A, G, W, WI, WJ, step, dt)
        k = A[WI[q]]*types + int(W[WJ[q], 7])
        r = respond(c, $wall_parameters, $wall_history)
        for v in range(9):
            out[q, v] = r[v]
        out[q, 9] = c.overlap


@njit(**FAST)
def act_on_bodies(n, X, V, A, G, TB, step, time, dt, out):
    """Give the body laws' force and torque/r on each particle, out (n, 6)."""
    for i in range(n):
        fx = 0.0
        fy = 0.0
        fz = 0.0
        gx = 0.0
        gy = 0.0
        gz = 0.0
        $act
        out[i, 0] = fx
        out[i, 1] = fy
        out[i, 2] = fz
        out[i, 3] = gx
        out[i, 4] = gy
        out[i, 5] = gz
'''
