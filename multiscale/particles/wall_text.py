"""The text of the walls: their push on the particles near them, and the same to be looked at.

It follows the text of the sweep in the same module. A wall is a particle of the radius WALL_RADIUS
that does not turn.
"""

WALLS = '''

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
def push_walls(near, X, V, A, G, T, types, W, WF, WI, WJ, WH, WE, step, dt$wall_more):
    """Ask the laws; keep the forces for when the particles' rows are live."""
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
        WE[q, 0] = fx
        WE[q, 1] = fy
        WE[q, 2] = fz
        WE[q, 3] = r[4]/c.ri - s*(c.ny*r[3] - c.nz*r[2])
        WE[q, 4] = r[5]/c.ri - s*(c.nz*r[1] - c.nx*r[3])
        WE[q, 5] = r[6]/c.ri - s*(c.nx*r[2] - c.ny*r[1])
        WF[w, 0] -= fx
        WF[w, 1] -= fy
        WF[w, 2] -= fz
        WF[w, 3] += dt * (fx*W[w, 4] + fy*W[w, 5] + fz*W[w, 6])
        $box_wall
        lost += r[8]
    return lost


@njit(**INLINE)
def hand_over(start, end, WI, WE, F, turn, ring, tail, rest):
    for q in range(start, end):
        f = row_of(WI[q], turn, ring, tail, rest)
        F[f, 0] += WE[q, 0]
        F[f, 1] += WE[q, 1]
        F[f, 2] += WE[q, 2]
        F[f, 4] += WE[q, 3]
        F[f, 5] += WE[q, 4]
        F[f, 6] += WE[q, 5]


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
'''
