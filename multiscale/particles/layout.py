"""How the arrays of a sweep lie in memory; `sweep_text` is the sweep.

Arrays (n owned particles, then g ghosts):

    X (n+g, 4)    x, y, z, radius
    V (n+g, 8)    velocity at the last half step; 1/m; u = r omega; m
    F (f, 8)      force, 0, torque/r, 0: zero between the steps; see `live` for whose rows
    tail          first particle that has a row of F of its own
    X0 (n, 3)     position at the last list build
    P (n+g, p)    what a law keeps for each particle; p = 0 for most
    A, G (n+g)    type; global identity
    I, J (pairs)  first and second particle; the upper bits of J hold the image of the second
    K (pairs)     row of the tables: type of i times the number of types + type of j
    H (h, pairs)  history
    T, TB         tables of each pair law (types^2, p) and of each body law (types, p)
    SH, SV (27,3) position and velocity of the images
    b, ib         buffers of a block: rows of B floats, four rows of B integers
    frame, clock  see `Frame` and `Clock`
    W (walls, 8)  normal, offset, velocity, type; WF (walls, 4): force on the wall, work done by it
    WI, WJ, WH    particle and wall of each near pair, by particle; history (h, near pairs)
    WE            force and torque/r on the particle of each near pair (near pairs, 6)
    ghosts        what `window.exchange` needs to fetch them
    bonds         i, j, code, ranges, materials, Prony tables at rest and of a step, values, sums
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

B = 64  # pairs in a block: long enough for full vectors, short enough for the first cache
IMAGE_SHIFT = 26  # bits of a particle's index; its image is above them
INDEX_MASK = (1 << IMAGE_SHIFT) - 1
HOME = 13  # the image (0, 0, 0) of (kx + 1) + 3 (ky + 1) + 9 (kz + 1)
# Image k of each code, shape (27, 3).
IMAGES = np.stack(np.unravel_index(np.arange(27), (3, 3, 3)), axis=1)[:, ::-1] - 1.0


class Clock(IntEnum):
    """Slots of `clock`: what one call hands to the next."""

    STEP = 0
    TIME = 1  # [s]
    DT = 2  # [s]
    INNER = 3  # approach of any pair since the last pruning, at most [m]
    INNER_LIMIT = 4
    OUTER = 5  # the same since the last build, at most; see `approach` for how much it is [m]
    OUTER_LIMIT = 6
    CUT = 7  # longest distance in the list [m]
    PACE = 8  # approach of any pair per step, at most [m]
    DRIFT = 9  # motion of walls that do not bound the frame since the build [m]
    LOST = 10  # energy dissipated by the pair laws [J]
    DRIFT_RATE = 11  # speed of the walls that do not bound the frame [m/s]
    BOX_WORK = 12  # done by a box that deforms; with a book only [J]
    BODY_WORK = 13  # done by the body laws; with a book only [J]
    SIZE = 14


class Frame(IntEnum):
    """Rows of `frame`, a column per axis: the box, or the gap between two plates."""

    LOW = 0
    HIGH = 1
    LOW_RATE = 2
    HIGH_RATE = 3
    LOW_BUILD = 4  # at the last build
    HIGH_BUILD = 5
    TILT = 6  # xy tilt, its rate, the tilt at the last build
    PERIODIC = 7  # 1 along periodic axes, 0 along open ones
    SIZE = 8
