"""The frame in which particles move, compiled: its affine motion, its images, its step.

The frame is the box, or the gap between two plates. How far particles and images have moved beyond
its affine motion decides when the list of pairs has to be built anew.
"""

from __future__ import annotations

import math

from numba import njit

from multiscale.particles.law import INLINE
from multiscale.particles.layout import Frame

LOW, HIGH, LOW_RATE, HIGH_RATE = (
    int(row) for row in (Frame.LOW, Frame.HIGH, Frame.LOW_RATE, Frame.HIGH_RATE)
)
LOW_BUILD, HIGH_BUILD, TILT = (int(row) for row in (Frame.LOW_BUILD, Frame.HIGH_BUILD, Frame.TILT))
PERIODIC = int(Frame.PERIODIC)


@njit(**INLINE)
def affine(frame):  # type: ignore[no-untyped-def]
    """The frame's stretch since the build and its rate: x = low + stretch (x0 - low0) + ..."""
    ex = frame[HIGH, 0] - frame[LOW, 0]
    ey = frame[HIGH, 1] - frame[LOW, 1]
    ez = frame[HIGH, 2] - frame[LOW, 2]
    ey0 = frame[HIGH_BUILD, 1] - frame[LOW_BUILD, 1]
    ax = ex / (frame[HIGH_BUILD, 0] - frame[LOW_BUILD, 0])
    ay = ey / ey0
    az = ez / (frame[HIGH_BUILD, 2] - frame[LOW_BUILD, 2])
    axy = (frame[TILT, 0] - ax * frame[TILT, 2]) / ey0
    lx = (frame[HIGH_RATE, 0] - frame[LOW_RATE, 0]) / ex
    ly = (frame[HIGH_RATE, 1] - frame[LOW_RATE, 1]) / ey
    lz = (frame[HIGH_RATE, 2] - frame[LOW_RATE, 2]) / ez
    lxy = (frame[TILT, 1] - lx * frame[TILT, 0]) / ey
    return ax, ay, az, axy, lx, ly, lz, lxy


@njit(**INLINE)
def box_gradient(frame):  # type: ignore[no-untyped-def]
    """xx, yy, zz and xy of the gradient of the periodic box; 0 along open axes. See `gradient`."""
    ey = frame[HIGH, 1] - frame[LOW, 1]
    lx = (frame[HIGH_RATE, 0] - frame[LOW_RATE, 0]) / (frame[HIGH, 0] - frame[LOW, 0])
    ly = (frame[HIGH_RATE, 1] - frame[LOW_RATE, 1]) / ey
    lz = (frame[HIGH_RATE, 2] - frame[LOW_RATE, 2]) / (frame[HIGH, 2] - frame[LOW, 2])
    lxy = (frame[TILT, 1] - lx * frame[TILT, 0]) / ey
    px, py, pz = frame[PERIODIC, 0], frame[PERIODIC, 1], frame[PERIODIC, 2]
    return px * lx, py * ly, pz * lz, px * py * lxy


@njit(**INLINE)
def speed2(X, V, i, frame, a):  # type: ignore[no-untyped-def]
    """Square of the speed of particle i relative to the affine motion `a`."""
    y = X[i, 1] - frame[LOW, 1]
    vx = V[i, 0] - frame[LOW_RATE, 0] - a[4] * (X[i, 0] - frame[LOW, 0]) - a[7] * y
    vy = V[i, 1] - frame[LOW_RATE, 1] - a[5] * y
    vz = V[i, 2] - frame[LOW_RATE, 2] - a[6] * (X[i, 2] - frame[LOW, 2])
    return vx * vx + vy * vy + vz * vz


@njit(cache=True, error_model="numpy")
def approach(n, X, X0, frame, cut, drift):  # type: ignore[no-untyped-def]
    """How far any two particles may have approached since the build, off the affine motion [m]."""
    a = affine(frame)
    most = 0.0
    for i in range(n):
        y = X0[i, 1] - frame[LOW_BUILD, 1]
        dx = X[i, 0] - frame[LOW, 0] - a[0] * (X0[i, 0] - frame[LOW_BUILD, 0]) - a[3] * y
        dy = X[i, 1] - frame[LOW, 1] - a[1] * y
        dz = X[i, 2] - frame[LOW, 2] - a[2] * (X0[i, 2] - frame[LOW_BUILD, 2])
        most = max(most, dx * dx + dy * dy + dz * dz)
    strain = math.sqrt((a[0] - 1.0) ** 2 + (a[1] - 1.0) ** 2 + (a[2] - 1.0) ** 2 + a[3] * a[3])
    return 2.0 * math.sqrt(most) + strain * cut + drift


@njit(**INLINE)
def place_images(frame, SH, SV):  # type: ignore[no-untyped-def]
    """Position and velocity of each image, (27, 3), from the edges of the frame and its tilt."""
    ex = frame[HIGH, 0] - frame[LOW, 0]
    ey = frame[HIGH, 1] - frame[LOW, 1]
    ez = frame[HIGH, 2] - frame[LOW, 2]
    for c in range(27):
        kx = c % 3 - 1
        ky = (c // 3) % 3 - 1
        kz = c // 9 - 1
        SH[c, 0] = kx * ex + ky * frame[TILT, 0]
        SH[c, 1] = ky * ey
        SH[c, 2] = kz * ez
        SV[c, 0] = kx * (frame[HIGH_RATE, 0] - frame[LOW_RATE, 0]) + ky * frame[TILT, 1]
        SV[c, 1] = ky * (frame[HIGH_RATE, 1] - frame[LOW_RATE, 1])
        SV[c, 2] = kz * (frame[HIGH_RATE, 2] - frame[LOW_RATE, 2])


@njit(**INLINE)
def place_cell(frame, cell):  # type: ignore[no-untyped-def]
    """The edges H of the frame as columns, and dH/dt, (2, 3, 3): its other entries stay 0."""
    for a in range(3):
        cell[0, a, a] = frame[HIGH, a] - frame[LOW, a]
        cell[1, a, a] = frame[HIGH_RATE, a] - frame[LOW_RATE, a]
    cell[0, 0, 1] = frame[TILT, 0]
    cell[1, 0, 1] = frame[TILT, 1]


@njit(**INLINE)
def advance_frame(frame, W, dt):  # type: ignore[no-untyped-def]
    """Move the box and the walls by one step."""
    for a in range(3):
        frame[LOW, a] += dt * frame[LOW_RATE, a]
        frame[HIGH, a] += dt * frame[HIGH_RATE, a]
    frame[TILT, 0] += dt * frame[TILT, 1]
    for w in range(W.shape[0]):
        W[w, 3] += dt * (W[w, 0] * W[w, 4] + W[w, 1] * W[w, 5] + W[w, 2] * W[w, 6])
