"""The text of the compiled measurements: the laws asked once more, and nothing moved.

It follows the text of the sweep in the same module; see `sweep_text`.
"""

MEASURE = '''

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
