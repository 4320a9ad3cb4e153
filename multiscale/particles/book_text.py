"""What the energy book adds to the text of the sweep; nothing of it stands there without a book.

Kinetic energy is counted with v' = v - L x, the velocity relative to a periodic box that deforms by
L = dH/dt H^-1; it does not change where a particle crosses a face. While dH/dt is constant,

    d/dt (kinetic + stored + lost) = -sum_pairs F.L (x_i - x_j) - sum_i m v'.L v'      of the box
                                     + sum_walls F.w + sum_i [F_body.v' + M_body.omega]

Leapfrog makes its kinetic energy grow by dt F_n.(v_n-1/2 + v_n+1/2)/2 in each kick: forces at t_n
do their work with the time of the kick, and with the mean of the velocities before and after it.
Between the kicks m v'.L v' is at work, with v' half-way.
"""

from __future__ import annotations

from collections.abc import Mapping

from multiscale.particles.layout import Clock

BOX, BODY = int(Clock.BOX_WORK), int(Clock.BODY_WORK)
_PAIR = (
    "b[{row}*B + q] = (nx*r[0] + r[1])*(l[0]*dx + l[3]*dy) + (ny*r[0] + r[2])*l[1]*dy"
    " + (nz*r[0] + r[3])*l[2]*dz"
)
_PAIRS = f"clock[{BOX}] -= kick * sum_lost(m, k0, J, n, b, {{row}}*B)"
# The bonds' virial is that of this moment: sums[3 a + c] = d_a F_c, tension positive.
_BONDS = (
    f"clock[{BOX}] += kick * (l[0]*bonds[8][0] + l[3]*bonds[8][3] + l[1]*bonds[8][4]"
    " + l[2]*bonds[8][8])"
)
_WALL = (
    f"clock[{BOX}] -= kick * (fx*(l[0]*X[i, 0] + l[3]*X[i, 1]) + fy*l[1]*X[i, 1] + fz*l[2]*X[i, 2])"
)
_MOTION = [  # half-way through the step that was just made
    "cy = y - 0.5*dt*vy",
    "wx = vx - l[0]*(x - 0.5*dt*vx) - l[3]*cy",
    "wy = vy - l[1]*cy",
    "wz = vz - l[2]*(z - 0.5*dt*vz)",
    f"clock[{BOX}] -= dt * V[i, 7] * (wx*(l[0]*wx + l[3]*wy) + wy*l[1]*wy + wz*l[2]*wz)",
]
_KEEP = ["f0x = fx; f0y = fy; f0z = fz; g0x = gx; g0y = gy; g0z = gz"]
_AT_KICK = ["h = 0.5 * kick * V[i, 3]", "ux = vx - h*fx", "uy = vy - h*fy", "uz = vz - h*fz"]
_OFF_BOX = [
    "cy = y - dt*vy",
    "ux -= l[0]*(x - dt*vx) + l[3]*cy",
    "uy -= l[1]*cy",
    "uz -= l[2]*(z - dt*vz)",
]
_BODIES = [
    "h *= 2.5",
    f"clock[{BODY}] += kick * ((fx - f0x)*ux + (fy - f0y)*uy + (fz - f0z)*uz"
    " + (gx - g0x)*(V[i, 4] - h*gx) + (gy - g0y)*(V[i, 5] - h*gy) + (gz - g0z)*(V[i, 6] - h*gz))",
]


def book_text(
    *, book: bool, flow: bool, bonds: bool, bodies: bool, row: int
) -> Mapping[str, str | list[str]]:
    """Give what fills the book's gaps in the text.

    Args:
        book: whether energy is booked; without it all gaps stay empty.
        flow: the box may deform.
        bonds: there are bonds.
        bodies: there are body laws.
        row: of the block buffer, for the power of the box on each pair.

    Returns:
        Lists of lines, and the arguments that functions take more, by the names of the gaps.
    """
    box, body = book and flow, book and bodies
    more = (", clock" if box or body else "") + (", l" if box else "")
    return {
        "book_import": "\nfrom multiscale.particles.frame_kernel import box_gradient"
        if box
        else "",
        "gradient": ", l" if box else "",
        "more": more,
        "wall_more": ", clock, l, kick" if box else "",
        "box_gradient": ["l = box_gradient(frame)"] if box else [],
        "box_bonds": [_BONDS] if box and bonds else [],
        "box_wall": [_WALL] if box else [],
        "box_pair": [_PAIR.format(row=row)] if box else [],
        "box_pairs": [_PAIRS.format(row=row)] if box else [],
        "keep_forces": _KEEP if body else [],
        "works": [
            *([*_AT_KICK, *(_OFF_BOX if box else []), *_BODIES] if body else []),
            *(_MOTION if box else []),
        ],
    }
